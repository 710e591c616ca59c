//! The report as one page that needs nothing else, light or dark as the reader has it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::report::{Counts, Judged, Report, sign};
use crate::Outcome;

const STYLE: &str = include_str!("report.css");
/// Hides the rows that the box does not name, and those in which nothing failed.
const SCRIPT: &str = include_str!("report.js");

pub(super) fn report(report: &Report) -> String {
    let counts = report.counts(|_| true);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "WASI-crypto conformance" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "WASI-crypto conformance" }
                p.lead {
                    (count(report.behaviours.len(), "behaviour")) " on " (count(report.subjects.len(), "host"))
                    ", judged by hostcrypt " (env!("CARGO_PKG_VERSION")) " in "
                    (count(usize::try_from(report.took.as_secs()).unwrap_or(usize::MAX), "second")) "."
                }
                (tiles(counts))
                (failures(report))
                (hosts(report))
                (matrix(report))
                (known(report))
                (skips(report))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn tiles(counts: Counts) -> Markup {
    let tiles = [
        ("passed", counts.passed, "passed"),
        ("unsupported", counts.unsupported, "not served, and said so"),
        ("failed", counts.failed, "failed"),
        ("known", counts.known, "failed, as is known"),
        ("skipped", counts.skipped, "skipped"),
    ];
    let tiles = tiles.into_iter().filter(|(class, count, _)| *class != "known" || *count > 0);
    let tone = |class, count| if count == 0 { "none" } else { class };
    html! {
        div.tiles {
            @for (class, count, what) in tiles {
                div class={ "tile " (tone(class, count)) } { strong { (count) } span { (what) } }
            }
        }
    }
}

fn failures(report: &Report) -> Markup {
    html! {
        @if report.failures().next().is_some() {
            h2 { "Failures" }
            @for (judged, what) in report.failures() {
                details.failure open {
                    summary { code { (judged.behaviour) } " on " code { (judged.subject) } }
                    pre { (what) }
                }
            }
        }
    }
}

const TITLES: [&str; 6] = ["Runtime / backend / version", "Passed", "Not served", "Failed", "Known to fail", "Skipped"];

fn hosts(report: &Report) -> Markup {
    html! {
        h2 { "Hosts" }
        table.hosts {
            thead {
                tr {
                    th {}
                    @for title in TITLES { th { (title) } }
                }
            }
            tbody {
                @for (number, subject) in (1..).zip(&report.subjects) {
                    @let counts = report.counts(|judged| judged.subject == *subject);
                    tr {
                        td.number { (number) }
                        td { code { (subject) } }
                        td.number { (counts.passed) }
                        td.number { (counts.unsupported) }
                        td.number.bad[counts.failed > 0] { (counts.failed) }
                        td.number { (counts.known) }
                        td.number { (counts.skipped) }
                    }
                }
            }
        }
    }
}

/// The tooltip of a cell.
fn hint(judged: &Judged) -> String {
    match &judged.outcome {
        Outcome::Passed => format!("{}: passed", judged.subject),
        Outcome::Unsupported(lacking) => {
            format!("{}: does not serve {}, and says so", judged.subject, lacking.join(", "))
        }
        Outcome::Failed(what) => format!("{}: {}", judged.subject, what.lines().next().unwrap_or_default()),
        Outcome::Known(differs) => format!("{}: fails, as is known: {differs}", judged.subject),
        Outcome::Skipped(reason) => format!("{}: skipped, {reason}", judged.subject),
    }
}

fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Unsupported(_) => "unsupported",
        Outcome::Failed(_) => "failed",
        Outcome::Known(_) => "known",
        Outcome::Skipped(_) => "skipped",
    }
}

/// Neighbours that have the same text, each with how many they are.
fn runs<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<(&'a str, usize)> {
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for text in texts {
        match runs.last_mut() {
            Some((last, count)) if *last == text => *count += 1,
            _ => runs.push((text, 1)),
        }
    }
    runs
}

/// The subjects as columns: backends over versions of the interface over runtimes.
fn columns(report: &Report) -> Markup {
    let part = |subject: &'_ str, index| subject.split('/').nth(index).unwrap_or_default().to_owned();
    let [backends, versions, runtimes] =
        [1, 2, 0].map(|index| report.subjects.iter().map(|subject| part(subject, index)).collect::<Vec<_>>());
    // The same version with two backends is not one column.
    let versions = backends.iter().zip(versions).map(|(backend, version)| format!("{backend}/{version}"));
    let versions: Vec<_> = versions.collect();
    html! {
        thead {
            tr {
                th rowspan="3" { "Behaviour" }
                @for (backend, count) in runs(backends.iter().map(String::as_str)) { th.group colspan=(count) { (backend) } }
            }
            tr {
                @for (version, count) in runs(versions.iter().map(String::as_str)) {
                    th.group colspan=(count) { (version.rsplit('/').next().unwrap_or_default()) }
                }
            }
            tr { @for runtime in &runtimes { th.upright { span { (runtime) } } } }
        }
    }
}

fn part_of(behaviour: &str) -> (&str, &str) {
    behaviour.rsplit_once("::").unwrap_or(("", behaviour))
}

fn matrix(report: &Report) -> Markup {
    let mut behaviours = report.behaviours.iter();
    html! {
        h2 { "Behaviours" }
        p.controls {
            input id="filter" type="search" placeholder="Filter behaviours" aria-label="Filter behaviours";
            label { input id="failed" type="checkbox"; " only failures" }
            span.legend { "✓ passed  – not served, and said so  ✗ failed  ≠ fails, as is known  · skipped" }
        }
        div.scroll {
            table.matrix {
                (columns(report))
                @for (part, count) in runs(report.behaviours.iter().map(|behaviour| part_of(behaviour).0)) {
                    tbody {
                        tr.part { th colspan=(report.subjects.len() + 1) { (part) " " span.dim { (count) } } }
                        @for behaviour in behaviours.by_ref().take(count) { (row(report, behaviour)) }
                    }
                }
            }
        }
    }
}

fn row(report: &Report, behaviour: &str) -> Markup {
    html! {
        tr data-name=(behaviour) {
            th { (part_of(behaviour).1.replace('_', " ")) }
            @for subject in &report.subjects {
                @if let Some(judged) = report.find(subject, behaviour) {
                    td class=(class(&judged.outcome)) title=(hint(judged)) { (sign(&judged.outcome)) }
                } @else {
                    td {}
                }
            }
        }
    }
}

fn known(report: &Report) -> Markup {
    html! {
        @if report.known().next().is_some() {
            h2 { "Known to fail" }
            table.known {
                thead { tr { th { "Host" } th { "Behaviour" } th { "What differs" } } }
                tbody {
                    @for (judged, differs) in report.known() {
                        tr { td { code { (judged.subject) } } td { code { (judged.behaviour) } } td { (differs) } }
                    }
                }
            }
        }
    }
}

fn skips(report: &Report) -> Markup {
    html! {
        @if !report.skips().is_empty() {
            h2 { "Skipped" }
            ul { @for (reason, count) in report.skips() { li { (count) ": " (reason) } } }
        }
    }
}
