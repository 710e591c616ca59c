//! The suite: every behaviour on every subject.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
};

use hostcrypt::abi;

use crate::{
    Behaviour, Guest, Known, Requirement, Setup, Subject, behaviours, functions, guest::CaseContext, report::Report,
    subjects, vectors,
};

/// The name of the core without a runtime.
const NATIVE: &str = "native";

/// The suite: cases of behaviours on subjects.
pub struct Suite {
    subjects: Vec<Arc<dyn Subject>>,
    cases: Vec<Case>,
    report: Arc<Report>,
}

/// One behaviour on one subject.
#[derive(Clone)]
pub struct Case {
    subject: Arc<dyn Subject>,
    behaviour: Behaviour,
    /// The known difference, if the host is known to fail.
    known: Option<String>,
    /// Whether `native` runs the same vectors on the same backend.
    repeated: bool,
    /// The counts of the run.
    report: Arc<Report>,
}

/// The outcome of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The host does as it must.
    Passed,
    /// The host does not serve these algorithms, and answers `unsupported_algorithm`.
    Unsupported(Vec<String>),
    /// The host does something else.
    Failed(String),
    /// The host does something else, which is a known failure: the difference.
    Known(String),
    /// The case cannot be judged, for this reason.
    Skipped(String),
}

impl Outcome {
    /// The details of an outcome, if there are any.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Passed => String::new(),
            Self::Unsupported(algorithms) => algorithms.join(", "),
            Self::Failed(said) | Self::Known(said) | Self::Skipped(said) => said.clone(),
        }
    }
}

/// The payload of the panic that ends a case which cannot be judged.
struct Skip(String);

/// Skips the running case: the host cannot have the setup that it needs, for this reason.
pub(crate) fn skip(reason: String) -> ! {
    // No panic to be shown: nothing is wrong.
    resume_unwind(Box::new(Skip(reason)))
}

/// Ends a behaviour that runs another one, which ended so.
pub(crate) fn fail(inner: &Behaviour, panic: Box<dyn Any + Send>) -> ! {
    if panic.is::<Skip>() {
        resume_unwind(panic)
    }
    panic!("{}::{}: {}", inner.part, inner.name, message(&*panic))
}

/// The message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panicked")
}

impl Case {
    /// The subject's name: runtime, backend and version of the interface.
    #[must_use]
    pub fn subject(&self) -> String {
        name(&*self.subject)
    }

    /// The behaviour's name, behind its part.
    #[must_use]
    pub fn behaviour(&self) -> String {
        format!("{}::{}", self.behaviour.part, self.behaviour.name)
    }

    /// Why the case cannot be judged, if that is known beforehand.
    #[must_use]
    pub fn skipped(&self) -> Option<String> {
        if self.repeated {
            return Some("native sends these vectors to the same backend; --all repeats them".to_owned());
        }
        missing(&*self.subject, &self.behaviour)
    }

    /// Judges the host. A failure is a panic that the panic hook has seen; its message is in the outcome.
    #[must_use]
    pub fn judge(&self) -> Outcome {
        match (self.run(), &self.known) {
            (Outcome::Failed(_), Some(differs)) => Outcome::Known(differs.clone()),
            (Outcome::Passed | Outcome::Unsupported(_) | Outcome::Skipped(_), Some(_)) => {
                Outcome::Failed("it is listed as known to fail, and does not: strike it from the list".to_owned())
            }
            (outcome, _) => outcome,
        }
    }

    fn run(&self) -> Outcome {
        if let Some(reason) = self.skipped() {
            return Outcome::Skipped(reason);
        }
        let context = CaseContext::new(self.behaviour, Arc::clone(&self.report));
        let run = || (self.behaviour.run)(&mut Guest::in_case(&*self.subject, Setup::default(), context.clone()));
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(()) => match context.lacking() {
                lacking if lacking.is_empty() => Outcome::Passed,
                lacking => Outcome::Unsupported(lacking),
            },
            Err(panic) => {
                let panic = match panic.downcast::<Skip>() {
                    Ok(skip) => {
                        self.report.skip(&skip.0);
                        return Outcome::Skipped(skip.0);
                    }
                    Err(panic) => panic,
                };
                Outcome::Failed(message(&*panic).to_owned())
            }
        }
    }
}

/// A need of a behaviour that a host or its guests do not meet, as the reason to skip it.
pub(crate) fn missing(subject: &dyn Subject, behaviour: &Behaviour) -> Option<String> {
    let revision = subject.revision();
    behaviour.requirements.iter().find_map(|requirement| match requirement {
        Requirement::Function(name) => {
            let has = abi::functions(revision).any(|function| function.name == *name);
            (!has).then(|| format!("revision {revision} has no {name}"))
        }
        Requirement::Host(capability) => (!subject.has(*capability)).then(|| capability.lacking().to_owned()),
    })
}

/// A subject's name: runtime, backend, version of the interface.
pub(crate) fn name(subject: &dyn Subject) -> String {
    format!("{}/{}/{}", subject.runtime(), subject.backend(), subject.version())
}

impl Default for Suite {
    fn default() -> Self {
        Self::new()
    }
}

impl Suite {
    /// Makes the suite of every behaviour on every subject that is built in.
    #[must_use]
    pub fn new() -> Self {
        Self::of(subjects())
    }

    /// Makes the suite of every behaviour on the given subjects. If one of them is `native`, other runtimes over its
    /// backend run only one set of vectors of each family; see [`whole`](Self::whole).
    #[must_use]
    pub fn of(subjects: Vec<Box<dyn Subject>>) -> Self {
        let subjects: Vec<Arc<dyn Subject>> = subjects.into_iter().map(Arc::from).collect();
        let report = Arc::new(Report::default());
        let of = |subject: &Arc<dyn Subject>| {
            let native = |other: &Arc<dyn Subject>| {
                let same = (other.backend(), other.revision()) == (subject.backend(), subject.revision());
                same && other.runtime() == NATIVE
            };
            let repeats = subject.runtime() != NATIVE && subjects.iter().any(native);
            let (subject, report) = (Arc::clone(subject), Arc::clone(&report));
            behaviours::all().map(move |behaviour| {
                let repeated = repeats && vectors::is_sent_once(&behaviour);
                Case { subject: Arc::clone(&subject), behaviour, known: None, repeated, report: Arc::clone(&report) }
            })
        };
        let cases = subjects.iter().flat_map(of).collect();
        Self { subjects, cases, report }
    }

    /// Adds every set of vectors on every subject.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.cases.iter_mut().for_each(|case| case.repeated = false);
        self
    }

    /// Sets the known failures.
    ///
    /// # Errors
    ///
    /// A known failure names a case that does not exist.
    pub fn known(mut self, known: &Known) -> Result<Self, String> {
        let mut count = 0;
        for case in &mut self.cases {
            case.known = known.find(&case.subject(), &case.behaviour()).map(str::to_owned);
            count += usize::from(case.known.is_some());
        }
        if count == known.rows().count() {
            return Ok(self);
        }
        let there = |row: &(&str, &str)| self.cases.iter().any(|case| (&*case.subject(), &*case.behaviour()) == *row);
        let row = known.rows().find(|row| !there(row)).unwrap_or_default();
        Err(format!("what is known to fail names a case that there is not: {} {}", row.0, row.1))
    }

    /// Returns every case, subject by subject.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The algorithms that a subject serves and no vectors of others were run for.
    #[must_use]
    pub fn unexercised(&self) -> Vec<String> {
        let served = self.subjects.iter().flat_map(|subject| subject.algorithms());
        let mut without: Vec<_> = served.filter(|algorithm| !self.report.has_exercised(algorithm)).cloned().collect();
        without.sort_unstable();
        without.dedup();
        without
    }

    /// Returns the page of all functions, with a behaviour that shows each errno, and the errors of the table of
    /// errnos. Both come from the cases that ran.
    #[must_use]
    pub fn functions(&self) -> (String, Vec<String>) {
        functions::page(&self.report.seen)
    }

    /// Of so many cases that were run, how many were judged: some turn out to be skipped.
    #[must_use]
    pub fn judged(&self, ran: usize) -> usize {
        ran.saturating_sub(self.report.skips().values().sum())
    }

    /// Returns a summary of the run, for people.
    #[must_use]
    pub fn summary(&self, ran: usize) -> String {
        let names: Vec<_> = self.subjects.iter().map(|subject| name(&**subject)).collect();
        let mut skipped = self.report.skips();
        for reason in self.cases.iter().filter_map(Case::skipped) {
            *skipped.entry(reason).or_default() += 1;
        }
        let mut summary = format!(
            "\n{} behaviours × {} subjects ({}): {} judged, {} skipped\n",
            behaviours::all().count(),
            self.subjects.len(),
            names.join(", "),
            self.judged(ran),
            skipped.values().sum::<usize>()
        );
        for (reason, count) in &skipped {
            summary += &format!("  {count} skipped: {reason}\n");
        }
        let vectors = self.report.table();
        if !vectors.is_empty() {
            summary += &format!("\nVectors that others made, sent through the guest's door:\n{vectors}");
        }
        summary
    }
}

#[cfg(all(test, feature = "rustcrypto"))]
mod tests {
    use super::*;
    use crate::{Encoding, behaviours::requirement, guest::SIGNATURES, guest::SYMMETRIC};

    fn judge(requirements: &'static [Requirement], run: fn(&mut Guest<'_>)) -> Outcome {
        let behaviour = Behaviour { part: "test", name: "a_test", requirements, run };
        let subject = Arc::from(subjects().remove(0));
        Case { subject, behaviour, known: None, repeated: false, report: Arc::default() }.judge()
    }

    /// The declared needs of a behaviour, and its actual ones.
    type Act = (&'static [Requirement], fn(&mut Guest<'_>));

    /// Behaviours that declare too little, each with its missing needs.
    const ACTS: [Act; 6] = [
        (&[requirement!(Memory)], |guest| drop(guest.memory().all())),
        (&[requirement!(Memory)], |guest| assert!(guest.neighbour().memory_len() > 0)),
        (&[requirement!(Handles)], |guest| {
            let options = guest.options_open(SYMMETRIC).unwrap();
            guest.close("options", options).unwrap();
            assert!(guest.close("options", options).is_err());
        }),
        (&[requirement!(Handles)], |guest| {
            let options = guest.options_open(SYMMETRIC).unwrap();
            assert!(guest.publickey_verify(options).is_err());
        }),
        (&[requirement!(Numbers)], |guest| assert!(guest.options_open(77).is_err())),
        (&[requirement!(Numbers)], |guest| {
            assert!(guest.import("publickey", SIGNATURES, "Ed25519", &[1; 32], Encoding::Number(99)).is_err());
        }),
    ];

    #[test]
    fn a_behaviour_fails_that_does_what_it_does_not_declare() {
        for (index, (requirements, run)) in ACTS.into_iter().enumerate() {
            assert_eq!(judge(requirements, run), Outcome::Passed, "{index}");
            let undeclared = judge(&[], run);
            let told = matches!(&undeclared, Outcome::Failed(why) if why.contains("does not declare that it needs"));
            assert!(told, "{index}: {undeclared:?}");
        }
    }

    #[test]
    fn a_behaviour_is_skipped_where_the_revision_lacks_its_function() {
        let skipped = judge(&[requirement!(kx_dh)], |_| {});
        assert_eq!(skipped, Outcome::Skipped("revision 2020-06 has no kx_dh".to_owned()));
    }
}
