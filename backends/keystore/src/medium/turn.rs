//! A fair lock with a timeout, for the threads of a process.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A value that one thread at a time can use.
#[derive(Debug)]
pub(crate) struct Turn<T> {
    queue: Mutex<Queue<T>>,
    moved: Condvar,
}

#[derive(Debug)]
struct Queue<T> {
    /// `None` while a thread uses it.
    it: Option<T>,
    /// The numbers of the waiting threads, and the next number.
    waiting: VecDeque<u64>,
    next: u64,
}

impl<T: Default> Turn<T> {
    pub(crate) fn new(it: T) -> Self {
        let queue = Queue { it: Some(it), waiting: VecDeque::new(), next: 0 };
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
        let not_yet = |queue: &mut Queue<T>| queue.it.is_none() || queue.waiting.front() != Some(&own);
        let waited = self.moved.wait_timeout_while(queue, limit, not_yet);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let first = queue.waiting.front() == Some(&own);
        queue.waiting.retain(|number| *number != own);
        let it = if first { queue.it.take() } else { None };
        drop(queue);
        let Some(it) = it else {
            self.moved.notify_all();
            return None;
        };
        let mut turn = GiveBack { turn: self, it };
        Some(work(&mut turn.it))
    }
}

struct GiveBack<'a, T: Default> {
    turn: &'a Turn<T>,
    it: T,
}

impl<T: Default> Drop for GiveBack<'_, T> {
    fn drop(&mut self) {
        let it = std::mem::take(&mut self.it);
        self.turn.queue().it = Some(if std::thread::panicking() { T::default() } else { it });
        self.turn.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    #[test]
    fn it_goes_to_whoever_waits_the_longest_and_not_to_who_has_gone() {
        let (turn, long) = (Turn::new(Vec::new()), Duration::from_secs(60));
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
        let turn = Turn::new(1);
        let panicked = || turn.with(Duration::ZERO, |it| assert_eq!(*it, 0, "on purpose"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panicked)).is_err());
        assert_eq!(turn.with(Duration::ZERO, |it| *it), Some(0));
    }
}
