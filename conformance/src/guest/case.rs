//! The case to which a guest belongs, which travels with the guest.

use std::sync::{Arc, Mutex, PoisonError};

use hostcrypt::Revision;

use crate::{Behaviour, Capability, Requirement, report::Report};

/// The shared data of the guests of one case: the behaviour, the algorithms that the host lacks, and the report of the
/// run.
///
/// Guests that a test opens itself belong to no case: they may do anything, and nothing is recorded.
#[derive(Clone)]
pub(crate) struct CaseContext {
    /// The declared needs of the behaviour; without a behaviour, anything is allowed.
    requirements: Option<&'static [Requirement]>,
    judged: Option<Arc<Judged>>,
}

struct Judged {
    behaviour: Behaviour,
    lacking: Mutex<Vec<String>>,
    report: Arc<Report>,
}

impl CaseContext {
    /// No case.
    pub(crate) const fn none() -> Self {
        Self { requirements: None, judged: None }
    }

    pub(crate) fn new(behaviour: Behaviour, report: Arc<Report>) -> Self {
        let judged = Judged { behaviour, lacking: Mutex::default(), report };
        Self { requirements: Some(behaviour.requirements), judged: Some(Arc::new(judged)) }
    }

    /// The same case while it runs another behaviour.
    pub(crate) fn running(&self, inner: &Behaviour) -> Self {
        Self { requirements: Some(inner.requirements), judged: self.judged.clone() }
    }

    /// Panics if the behaviour did not declare a need.
    pub(super) fn require(&self, capability: Capability<'static>, does: &str) {
        let declared =
            self.requirements.is_none_or(|requirements| requirements.contains(&Requirement::Host(capability)));
        assert!(declared, "the behaviour {does}, and does not declare that it needs {capability:?}");
    }

    /// Records an algorithm that the host lacks.
    pub(super) fn lacks(&self, algorithm: &str) {
        let Some(judged) = &self.judged else { return };
        let mut lacking = judged.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        if !lacking.iter().any(|known| known == algorithm) {
            lacking.push(algorithm.to_owned());
        }
    }

    /// The algorithms that the host was found to lack.
    pub(crate) fn lacking(&self) -> Vec<String> {
        let lacking = self.judged.iter().map(|judged| judged.lacking.lock().unwrap_or_else(PoisonError::into_inner));
        lacking.flat_map(|lacking| lacking.clone()).collect()
    }

    /// Records the number that a function answered.
    pub(super) fn answered(&self, revision: Revision, function: &str, number: i32) {
        if let Some(Judged { behaviour, report, .. }) = self.judged.as_deref() {
            report.seen.answered(behaviour, revision, function, number);
        }
    }

    /// The report of the run, if the case is a part of one.
    pub(crate) fn report(&self) -> Option<&Report> {
        self.judged.as_deref().map(|judged| &*judged.report)
    }
}
