//! Counts of a run beside passed and failed cases.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use crate::functions::Seen;

/// The vectors of one set: how many ran through the guest's calls, and how many were skipped, with the reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Vectors that ran and passed.
    pub(crate) run: usize,
    /// Skipped vectors, by reason.
    pub(crate) skipped: BTreeMap<String, usize>,
}

/// What was counted over a run, by subject and set of vectors.
#[derive(Debug, Default)]
pub(crate) struct Report {
    tallies: Mutex<BTreeMap<(String, String), Tally>>,
    exercised: Mutex<BTreeSet<String>>,
    skips: Mutex<BTreeMap<String, usize>>,
    /// The errnos that functions answered.
    pub(crate) seen: Seen,
}

impl Report {
    pub(crate) fn record(&self, subject: String, set: &str, tally: Tally) {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).insert((subject, set.to_owned()), tally);
    }

    /// Records that published vectors were run for these algorithms.
    pub(crate) fn exercise(&self, algorithms: &[&str]) {
        let names = algorithms.iter().map(|name| name.to_lowercase());
        self.exercised.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
    }

    /// Whether published vectors were run for an algorithm.
    pub(crate) fn has_exercised(&self, algorithm: &str) -> bool {
        let exercised = self.exercised.lock().unwrap_or_else(PoisonError::into_inner);
        exercised.contains(&algorithm.to_lowercase())
    }

    /// Records a case that was skipped while it ran.
    pub(crate) fn skip(&self, reason: &str) {
        *self.skips.lock().unwrap_or_else(PoisonError::into_inner).entry(reason.to_owned()).or_default() += 1;
    }

    /// The cases that were skipped while they ran, by reason.
    pub(crate) fn skips(&self) -> BTreeMap<String, usize> {
        self.skips.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A table of the sets of vectors: for each, how many were run on how many subjects, and what was skipped.
    pub(crate) fn table(&self) -> String {
        let mut sets: BTreeMap<String, (usize, Tally)> = BTreeMap::new();
        for ((_, set), tally) in self.tallies.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let (subjects, sum) = sets.entry(set.clone()).or_default();
            *subjects += 1;
            sum.run += tally.run;
            for (reason, count) in &tally.skipped {
                *sum.skipped.entry(reason.clone()).or_default() += count;
            }
        }
        let mut table = String::new();
        for (set, (subjects, tally)) in sets {
            let skipped: usize = tally.skipped.values().sum();
            table += &format!("{set:<44} {:>7} run on {subjects} subjects, {skipped:>5} skipped", tally.run);
            let reasons: Vec<_> = tally.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            if !reasons.is_empty() {
                table += &format!(": {}", reasons.join(", "));
            }
            table.push('\n');
        }
        table
    }
}
