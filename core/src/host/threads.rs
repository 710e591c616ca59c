//! The threads of a host, which all its guests share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{Builder, Scope, ScopedJoinHandle},
};

use super::{Guest, Host};
use crate::stack::OWN_STACK;

/// The number of free threads of a host.
#[derive(Debug)]
pub(crate) struct Threads(Arc<AtomicUsize>);

/// A thread in use, until dropped.
#[derive(Debug)]
pub(super) struct ThreadPermit(Arc<AtomicUsize>);

impl Threads {
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(count)))
    }

    pub(super) fn take(&self) -> Option<ThreadPermit> {
        let less = |free: usize| free.checked_sub(1);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok().then(|| ThreadPermit(Arc::clone(&self.0)))
    }
}

impl Drop for ThreadPermit {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A thread that a batch may start beside the thread of its call, given back when the thread ends or this is dropped.
#[derive(Debug)]
#[must_use]
pub struct BatchThread(#[allow(dead_code, reason = "held")] ThreadPermit);

impl BatchThread {
    /// Starts the thread, with a stack of 4 MiB, which suffices for every operation. Returns `None` if the system has no
    /// thread for it; then the work is dropped.
    pub fn start<'scope, T: Send + 'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
        work: impl FnOnce() -> T + Send + 'scope,
    ) -> Option<ScopedJoinHandle<'scope, T>> {
        let work = move || {
            let _permit = self;
            work()
        };
        Builder::new().name("hostcrypt batch".into()).stack_size(OWN_STACK).spawn_scoped(scope, work).ok()
    }
}

impl Host {
    /// Returns how many threads one batch may use, including the thread of the call.
    #[must_use]
    pub fn batch_threads(&self) -> usize {
        self.shared.batch_threads
    }
}

impl Guest {
    /// Takes a thread for a batch beside the thread of the call; `None` if none is free.
    pub fn take_batch_thread(&self) -> Option<BatchThread> {
        self.host().shared.free_batch_threads.take().map(BatchThread)
    }

    /// Returns whether the guest may open that many more handles, and its objects occupy that many more bytes. If it may,
    /// calls that need no more than that may run in any order, or at the same time, without reaching a limit.
    #[must_use]
    pub fn has_room(&self, handles: usize, bytes: usize) -> bool {
        self.handles_left() >= handles && self.budget().left() >= bytes
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::backend::Backend;

    #[test]
    fn guests_share_the_threads_for_batches() {
        let host = Host::builder(Backend::EMPTY).batch_threads(3).build();
        let guests = [host.guest(), host.guest()];
        let taken = guests.each_ref().map(|guest| guest.take_batch_thread().unwrap());
        assert!(guests[0].take_batch_thread().is_none());
        drop(taken);

        // A thread is given back when it ends.
        let [thread, other] = [(); 2].map(|()| guests[0].take_batch_thread().unwrap());
        thread::scope(|scope| {
            thread.start(scope, || assert!(guests[1].take_batch_thread().is_none())).unwrap();
        });
        assert!(guests[1].take_batch_thread().is_some());
        drop(other);
    }

    #[test]
    fn without_a_setting_there_is_only_the_thread_of_the_call() {
        for builder in [Host::builder(Backend::EMPTY), Host::builder(Backend::EMPTY).batch_threads(0)] {
            let host = builder.build();
            assert_eq!(host.batch_threads(), 1);
            assert!(host.guest().take_batch_thread().is_none());
        }
    }
}
