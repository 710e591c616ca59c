//! What `hostcrypt conformance` does, as a maintainer sees it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::{
    fs,
    process::{Command, Output},
};

fn conformance(options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hostcrypt")).arg("conformance").args(options).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A few cases that take no time: of one runtime, both revisions, and with one that a revision has nothing for.
const FEW: [&str; 4] = ["--filter", "native/", "--filter", "kx::"];

#[test]
fn what_is_judged_is_listed_by_subject_and_behaviour() {
    let output = conformance(&["--list", "--filter", "native/", "--filter", "options::"]);
    assert!(output.status.success());
    let lines: Vec<_> = text(&output.stdout).lines().collect();
    assert!(lines.len() > 10 && lines.iter().all(|line| line.starts_with("native/") && line.contains(" options::")));
}

#[test]
fn the_table_has_a_sign_for_every_case_and_the_reason_of_every_skip() {
    let output = conformance(&FEW);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report = text(&output.stdout);
    for part in [" 1  native/", "kx::two_sides_agree", "✓", "·", "skipped: revision 2020-06 has no kx_dh", " 0 failed"]
    {
        assert!(report.contains(part), "{part} is not in\n{report}");
    }
}

#[test]
fn both_reports_have_every_case() {
    let folder = tempfile::tempdir().unwrap();
    let [junit, html] = ["report.xml", "report.html"].map(|name| folder.path().join(name));
    let files = ["--junit", junit.to_str().unwrap(), "--html", html.to_str().unwrap()];
    let output = conformance(&[&FEW[..], &files].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let listed = conformance(&[&["--list"], &FEW[..]].concat());
    let cases = text(&listed.stdout).lines().count();
    let (junit, html) = (fs::read_to_string(junit).unwrap(), fs::read_to_string(html).unwrap());
    assert_eq!(junit.matches("<testcase ").count(), cases);
    assert!(junit.contains("<skipped message=\"revision 2020-06 has no kx_dh\"/>"), "{junit}");
    let cells = ["passed", "unsupported", "failed", "skipped"]
        .map(|class| html.matches(&format!("<td class=\"{class}\"")).count());
    assert_eq!(cells.iter().sum::<usize>(), cases);
    // It needs nothing else.
    assert!(!html.contains("src=") && !html.contains("href="), "{html}");
}

#[test]
fn where_nothing_is_judged_the_exit_code_is_1() {
    let output = conformance(&["--filter", "no such thing"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no case ran"), "{}", text(&output.stderr));
}

#[test]
fn a_report_that_cannot_be_written_is_named() {
    let output = conformance(&[&FEW[..], &["--html", "no/such/folder/report.html"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("--html: cannot write `no/such/folder/report.html`"));
}
