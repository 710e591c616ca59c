//! How long a call waits for another one.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

/// The pause between two attempts at a lock that is held for long, at most; for other locks it is an eighth.
pub(super) const PAUSE: Duration = Duration::from_micros(500);
/// The shortest wait.
const SHORT: Duration = Duration::from_millis(20);

/// How long the calls of one store wait for a lock.
#[derive(Debug)]
pub(crate) struct Waits {
    millis: AtomicU64,
    /// When a call waited in vain, if no lock was to be had since.
    in_vain: Mutex<Option<Instant>>,
}

impl Waits {
    pub(crate) fn new(limit: Duration) -> Self {
        let waits = Self { millis: AtomicU64::new(0), in_vain: Mutex::new(None) };
        waits.set(limit);
        waits
    }

    pub(crate) fn set(&self, limit: Duration) {
        self.millis.store(limit.as_millis().try_into().unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn limit(&self) -> Duration {
        Duration::from_millis(self.millis.load(Relaxed))
    }

    /// Tries until a lock is there, and says whether it is. Right after a wait in vain, the next one is short: calls of
    /// threads that wait for each other do not add up their waits.
    pub(super) fn until<E>(
        &self,
        limit: Duration,
        most: Duration,
        mut attempt: impl FnMut() -> Result<bool, E>,
    ) -> Result<bool, E> {
        let start = Instant::now();
        let in_vain = || self.in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        let short = in_vain().is_some_and(|in_vain| start.duration_since(in_vain) < limit / 10);
        let limit = if short { (limit / 20).max(SHORT).min(limit) } else { limit };
        let mut pause = PAUSE / 16;
        loop {
            let there = attempt()?;
            if there || start.elapsed() >= limit {
                *in_vain() = (!there).then(Instant::now);
                return Ok(there);
            }
            thread::sleep(pause);
            pause = (2 * pause).min(most);
        }
    }
}
