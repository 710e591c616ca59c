//! The report as JUnit XML: a suite for each subject, a case for each behaviour.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::report::{Judged, Report};
use crate::Outcome;

pub(super) fn report(report: &Report) -> Result<String, String> {
    let mut xml = quick_junit::Report::new("hostcrypt conformance");
    xml.set_time(report.took);
    for subject in &report.subjects {
        let judged = report.judged.iter().filter(|judged| judged.subject == *subject);
        let mut suite = TestSuite::new(subject);
        suite.add_test_cases(judged.map(case));
        xml.add_test_suite(suite);
    }
    xml.to_string().map_err(|error| format!("cannot write XML: {error}"))
}

fn case(judged: &Judged) -> TestCase {
    let (mut status, mut note) = (TestCaseStatus::success(), None);
    match &judged.outcome {
        Outcome::Passed => {}
        Outcome::Unsupported(algorithms) => {
            note = Some(format!("does not serve {}, and says so", algorithms.join(", ")));
        }
        Outcome::Known(differs) => note = Some(format!("fails, as is known: {differs}")),
        Outcome::Failed(what) => {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(what.lines().next().unwrap_or_default()).set_description(what);
        }
        Outcome::Skipped(reason) => {
            status = TestCaseStatus::skipped();
            status.set_message(reason);
        }
    }
    let (part, name) = judged.behaviour.rsplit_once("::").unwrap_or(("", &judged.behaviour));
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("{}.{part}", judged.subject)).set_time(judged.took);
    if let Some(note) = note {
        case.set_system_out(note);
    }
    case
}
