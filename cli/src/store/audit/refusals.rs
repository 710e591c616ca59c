//! How often the host refused what a guest asked: a guest may ask without end, and the log has an end.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use hostcrypt::{Errno, Refusal, RefusalCause};

/// Refused calls that are counted as one: of one function, with one errno, for one cause.
pub(super) type Sort = (&'static str, Errno, RefusalCause);

/// How often there was a refusal of some sort, and the count that the log has.
#[derive(Clone, Copy, Default)]
struct Count {
    seen: u64,
    noted: u64,
}

#[derive(Default)]
pub(super) struct Refusals(Mutex<HashMap<Sort, Count>>);

impl Refusals {
    /// Counts a refusal, and returns the count where it is to be noted: of the first, the second, the fourth, and so on.
    pub(super) fn count(&self, refusal: &Refusal<'_>) -> Option<u64> {
        let sort = (refusal.function, refusal.errno, refusal.cause);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(sort).or_default();
        count.seen = count.seen.saturating_add(1);
        if !count.seen.is_power_of_two() {
            return None;
        }
        count.noted = count.seen;
        Some(count.seen)
    }

    /// The counts that the log does not have yet.
    pub(super) fn rest(&self) -> Vec<(Sort, u64)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = counts.iter_mut().filter(|(_, count)| count.seen != count.noted);
        let mut rest: Vec<_> = behind
            .map(|(sort, count)| {
                count.noted = count.seen;
                (*sort, count.seen)
            })
            .collect();
        rest.sort_unstable_by_key(|((function, errno, cause), _)| (*function, errno.to_string(), *cause));
        rest
    }
}
