//! Timeouts of waits for locks.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

/// The maximal pause between two attempts at a lock that is held for long; for other locks, a quarter of it.
pub(super) const PAUSE: Duration = Duration::from_micros(500);

/// How long the calls of one store wait for a lock.
#[derive(Debug)]
pub(crate) struct Waits(AtomicU64);

impl Waits {
    pub(crate) fn new(limit: Duration) -> Self {
        let waits = Self(AtomicU64::new(0));
        waits.set(limit);
        waits
    }

    pub(crate) fn set(&self, limit: Duration) {
        self.0.store(limit.as_millis().try_into().unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn limit(&self) -> Duration {
        Duration::from_millis(self.0.load(Relaxed))
    }
}

/// Tries to get a lock until the timeout, and returns whether it did.
pub(super) fn until<E>(
    limit: Duration,
    pause: Duration,
    mut attempt: impl FnMut() -> Result<bool, E>,
) -> Result<bool, E> {
    let (start, mut next) = (Instant::now(), pause / 8);
    loop {
        if attempt()? {
            return Ok(true);
        }
        if start.elapsed() >= limit {
            return Ok(false);
        }
        thread::sleep(next);
        next = (2 * next).min(pause);
    }
}
