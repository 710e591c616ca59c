//! A fair lock with a timeout, for the threads of a process.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A value that one thread at a time uses, in the order in which the threads asked.
#[derive(Debug)]
pub(crate) struct FairMutex<T> {
    queue: Mutex<Queue<T>>,
    moved: Condvar,
}

#[derive(Debug)]
struct Queue<T> {
    /// `None` while a thread uses it.
    value: Option<T>,
    /// The numbers of the waiting threads, and the next number.
    waiting: VecDeque<u64>,
    next: u64,
}

impl<T: Default> FairMutex<T> {
    pub(crate) fn new(value: T) -> Self {
        let queue = Queue { value: Some(value), waiting: VecDeque::new(), next: 0 };
        Self { queue: Mutex::new(queue), moved: Condvar::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the thread's turn, and works on the value; `None` if the turn did not come in time. After a panic, the
    /// value is dropped.
    pub(crate) fn with<R>(&self, limit: Duration, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut queue = self.queue();
        let own = queue.next;
        queue.next += 1;
        queue.waiting.push_back(own);
        let not_yet = |queue: &mut Queue<T>| queue.value.is_none() || queue.waiting.front() != Some(&own);
        let waited = self.moved.wait_timeout_while(queue, limit, not_yet);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let first = queue.waiting.front() == Some(&own);
        queue.waiting.retain(|number| *number != own);
        let value = if first { queue.value.take() } else { None };
        drop(queue);
        let Some(value) = value else {
            self.moved.notify_all();
            return None;
        };
        let mut guard = Guard { mutex: self, value };
        Some(work(&mut guard.value))
    }
}

struct Guard<'a, T: Default> {
    mutex: &'a FairMutex<T>,
    value: T,
}

impl<T: Default> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        let value = std::mem::take(&mut self.value);
        self.mutex.queue().value = Some(if std::thread::panicking() { T::default() } else { value });
        self.mutex.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    #[test]
    fn it_goes_to_whoever_waits_the_longest_and_not_to_who_has_gone() {
        let (turn, long) = (FairMutex::new(Vec::new()), Duration::from_secs(60));
        thread::scope(|scope| {
            let ((begin, begun), (go_on, held_up)) = (mpsc::channel(), mpsc::channel::<()>());
            let turn = &turn;
            scope.spawn(move || {
                turn.with(long, |_| {
                    begin.send(()).unwrap();
                    held_up.recv().unwrap();
                })
            });
            begun.recv().unwrap();
            for number in 0..4 {
                scope.spawn(move || turn.with(long, |order| order.push(number)));
                while turn.queue().waiting.len() <= number {
                    thread::yield_now();
                }
            }
            assert_eq!(turn.with(Duration::from_millis(1), |order| order.push(9)), None);
            go_on.send(()).unwrap();
        });
        assert_eq!(turn.with(long, std::mem::take), Some(vec![0, 1, 2, 3]));
    }

    #[test]
    fn what_a_panic_leaves_is_dropped() {
        let turn = FairMutex::new(1);
        let panicked = || turn.with(Duration::ZERO, |it| assert_eq!(*it, 0, "on purpose"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panicked)).is_err());
        assert_eq!(turn.with(Duration::ZERO, |it| *it), Some(0));
    }
}
