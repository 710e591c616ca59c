//! Every behaviour on every subject.

use std::{collections::BTreeMap, sync::Arc};

use hostcrypt::{Revision, abi};
use libtest_mimic::Trial;

use crate::{Behaviour, Guest, Subject, behaviours, functions, report::REPORT, subjects};

/// The whole suite over the subjects that were built in.
pub struct Suite {
    subjects: Vec<Arc<dyn Subject>>,
    skipped: BTreeMap<String, usize>,
    behaviours: usize,
}

/// A subject's name: runtime, backend, revision.
pub(crate) fn name(subject: &dyn Subject) -> String {
    format!("{}/{}/{}", subject.runtime(), subject.backend(), subject.revision())
}

/// Why a behaviour cannot be judged on a subject, if it cannot.
fn skip(behaviour: &Behaviour, subject: &dyn Subject) -> Option<String> {
    let missing = |needs: &&&str| !abi::functions(subject.revision()).any(|function| function.name == **needs);
    behaviour.needs.iter().find(missing).map(|needs| format!("revision {} has no {needs}", subject.revision()))
}

impl Suite {
    /// The suite and its trials, one for each behaviour × subject that can be judged.
    #[must_use]
    pub fn new() -> (Self, Vec<Trial>) {
        let subjects: Vec<Arc<dyn Subject>> = subjects().into_iter().map(Arc::from).collect();
        let (mut trials, mut skipped) = (Vec::new(), BTreeMap::new());
        for subject in &subjects {
            for behaviour in behaviours::all() {
                if let Some(reason) = skip(&behaviour, &**subject) {
                    *skipped.entry(reason).or_default() += 1;
                    continue;
                }
                let subject = Arc::clone(subject);
                let title = format!("{} {}::{}", name(&*subject), behaviour.part, behaviour.name);
                trials.push(Trial::test(title, move || {
                    functions::begin(behaviour);
                    (behaviour.run)(&mut Guest::new(&*subject));
                    Ok(())
                }));
            }
        }
        (Self { subjects, skipped, behaviours: behaviours::all().count() }, trials)
    }

    /// The algorithms that a subject serves and no vectors of others were run for.
    #[must_use]
    pub fn unexercised(&self) -> Vec<String> {
        let served = self.subjects.iter().flat_map(|subject| subject.algorithms());
        let mut without: Vec<_> = served.filter(|algorithm| !REPORT.has_exercised(algorithm)).cloned().collect();
        without.sort_unstable();
        without.dedup();
        without
    }

    /// The page of all functions, with the behaviour that shows each errno, and what is wrong with the list of errnos.
    /// It tells of what was run.
    #[must_use]
    pub fn functions(&self) -> (String, Vec<String>) {
        functions::page()
    }

    /// What was judged and what was not, for people to read.
    #[must_use]
    pub fn summary(&self, judged: usize) -> String {
        let names: Vec<_> = self.subjects.iter().map(|subject| name(&**subject)).collect();
        let skipped: usize = self.skipped.values().sum();
        let mut summary = format!(
            "\n{} behaviours × {} subjects ({}): {judged} judged, {skipped} skipped\n",
            self.behaviours,
            self.subjects.len(),
            names.join(", ")
        );
        for (reason, count) in &self.skipped {
            summary += &format!("  {count} skipped: {reason}\n");
        }
        let mut pending: Vec<_> =
            Revision::ALL.into_iter().flat_map(abi::functions).filter(|f| !f.served).map(|f| f.name).collect();
        pending.sort_unstable();
        pending.dedup();
        summary += &format!(
            "\nNot built yet, so that {} functions answer not_implemented: {}\n",
            pending.len(),
            pending.join(", ")
        );
        let vectors = REPORT.table();
        if !vectors.is_empty() {
            summary += &format!("\nVectors that others made, sent through the guest's door:\n{vectors}");
        }
        summary
    }
}
