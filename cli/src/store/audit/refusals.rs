//! Counts of refused calls: a guest may repeat a call without end, and the log must stay short.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use hostcrypt::{Errno, Refusal, RefusalCause};

/// A sort of refusals, which is counted: one function, one errno, one cause.
pub(super) type Sort = (&'static str, Errno, RefusalCause);

/// The number of refusals of a sort, and the last count in the log.
#[derive(Clone, Copy, Default)]
struct Count {
    seen: u64,
    noted: u64,
}

#[derive(Default)]
pub(super) struct Refusals(Mutex<HashMap<Sort, Count>>);

impl Refusals {
    /// Counts a refusal. Returns the count if it is to be logged: at the first, second, fourth, eighth … refusal.
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

    /// The counts that are not in the log yet.
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
