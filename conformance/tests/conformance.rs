//! The suite over every subject that was built in.

use std::{fs, process::ExitCode};

use hostcrypt_conformance::{Case, Outcome, Suite};
use libtest_mimic::{Arguments, Trial};

/// Holds every algorithm to vectors that others made.
fn vectors(suite: &Suite) -> Result<(), String> {
    let unexercised = suite.unexercised();
    if unexercised.is_empty() {
        return Ok(());
    }
    Err(format!("no vectors of others were run for {}", unexercised.join(", ")))
}

/// Holds the page of functions to what was run, or writes it anew.
fn functions(suite: &Suite) -> Result<(), String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/functions.md");
    let (page, wrong) = suite.functions();
    if !wrong.is_empty() {
        return Err(format!("core/src/function/table.rs has the errnos of each function, but\n{}", wrong.join("\n")));
    }
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(path, page).map_err(|error| format!("cannot write {path}: {error}"));
    }
    if fs::read_to_string(path).unwrap_or_default() == page {
        return Ok(());
    }
    Err("docs/functions.md is out of date: run this test with UPDATE=1 to write it anew".to_owned())
}

/// A case as a test: what fails panics, where the harness shows it.
fn trial(case: &Case) -> Trial {
    let (case, title) = (case.clone(), format!("{} {}", case.subject(), case.behaviour()));
    Trial::test(title, move || match case.judge() {
        Outcome::Failed(what) => Err(what.into()),
        Outcome::Passed | Outcome::Unsupported(_) | Outcome::Known(_) | Outcome::Skipped(_) => Ok(()),
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Each runtime is sent a few vectors alone, unless all are asked for.
    let all = std::env::var_os("HOSTCRYPT_ALL").is_some_and(|all| !all.is_empty());
    let suite = if all { Suite::new().whole() } else { Suite::new() };
    let trials = suite.cases().iter().filter(|case| case.skipped().is_none()).map(trial).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let ran = (conclusion.num_passed + conclusion.num_failed) as usize;
    if !arguments.list {
        println!("{}", suite.summary(ran));
    }
    // A filter may leave nothing to run; a whole run that judges nothing, or knows no vectors of others for an
    // algorithm, is a failure.
    let whole = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    if whole && suite.judged(ran) == 0 {
        eprintln!("no case ran");
        return ExitCode::FAILURE;
    }
    let missing = if whole { [vectors(&suite), functions(&suite)] } else { [Ok(()), Ok(())] };
    for what in missing.iter().filter_map(|missing| missing.as_ref().err()) {
        eprintln!("{what}");
    }
    if missing.iter().any(Result::is_err) {
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}
