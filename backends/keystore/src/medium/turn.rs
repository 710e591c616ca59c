//! One of a process's threads at a time, and no thread waits for ever.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Something that one thread at a time has.
#[derive(Debug)]
pub(crate) struct Turn<T> {
    place: Mutex<Place<T>>,
    back: Condvar,
}

#[derive(Debug)]
enum Place<T> {
    There(T),
    /// A thread has it.
    Taken,
}

impl<T: Default> Turn<T> {
    pub(crate) fn new(it: T) -> Self {
        Self { place: Mutex::new(Place::There(it)), back: Condvar::new() }
    }

    fn place(&self) -> MutexGuard<'_, Place<T>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on it when its turn has come; `None` if that was not within some time. What a panic leaves is dropped.
    pub(crate) fn with<R>(&self, limit: Duration, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let taken = |place: &mut Place<T>| matches!(place, Place::Taken);
        let waited = self.back.wait_timeout_while(self.place(), limit, taken);
        let (mut place, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let Place::There(it) = std::mem::replace(&mut *place, Place::Taken) else { return None };
        drop(place);
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
        *self.turn.place() = Place::There(if std::thread::panicking() { T::default() } else { it });
        self.turn.back.notify_one();
    }
}
