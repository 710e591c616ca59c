//! The report as one page that needs nothing else, light or dark as the reader has it.

use hostcrypt_conformance::Outcome;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Counts, Judged, Report, sign};

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
                    (report.behaviours.len()) " behaviours on " (report.subjects.len()) " hosts, judged by hostcrypt "
                    (env!("CARGO_PKG_VERSION")) " in " (report.took.as_secs()) " seconds."
                }
                (tiles(counts))
                (failures(report))
                (hosts(report))
                (matrix(report))
                (skips(report))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn tiles(counts: Counts) -> Markup {
    let tiles = [
        ("passed", counts.passed, "passed"),
        ("unsupported", counts.unsupported, "not served, and said so"),
        ("failed", counts.failed, "failed"),
        ("skipped", counts.skipped, "skipped"),
    ];
    html! {
        div.tiles { @for (class, count, what) in tiles { div class={ "tile " (class) } { strong { (count) } span { (what) } } } }
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

fn hosts(report: &Report) -> Markup {
    html! {
        h2 { "Hosts" }
        table.hosts {
            thead { tr { th {} th { "Runtime / backend / revision" } th { "Passed" } th { "Not served" } th { "Failed" } th { "Skipped" } } }
            tbody {
                @for (number, subject) in (1..).zip(&report.subjects) {
                    @let counts = report.counts(|judged| judged.subject == *subject);
                    tr {
                        td.number { (number) }
                        td { code { (subject) } }
                        td.number { (counts.passed) }
                        td.number { (counts.unsupported) }
                        td.number.bad[counts.failed > 0] { (counts.failed) }
                        td.number { (counts.skipped) }
                    }
                }
            }
        }
    }
}

/// What a cell says when it is pointed at.
fn hint(judged: &Judged) -> String {
    match &judged.outcome {
        Outcome::Passed => format!("{}: passed", judged.subject),
        Outcome::Unsupported(lacking) => {
            format!("{}: does not serve {}, and says so", judged.subject, lacking.join(", "))
        }
        Outcome::Failed(what) => format!("{}: {}", judged.subject, what.lines().next().unwrap_or_default()),
        Outcome::Skipped(reason) => format!("{}: skipped, {reason}", judged.subject),
    }
}

fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Unsupported(_) => "unsupported",
        Outcome::Failed(_) => "failed",
        Outcome::Skipped(_) => "skipped",
    }
}

fn matrix(report: &Report) -> Markup {
    html! {
        h2 { "Behaviours" }
        p.controls {
            input id="filter" type="search" placeholder="Filter behaviours" aria-label="Filter behaviours";
            label { input id="failed" type="checkbox"; " only failures" }
            span.legend { "✓ passed  – not served, and said so  ✗ failed  · skipped" }
        }
        div.scroll {
            table.matrix {
                thead {
                    tr {
                        th { "Behaviour" }
                        @for (number, subject) in (1..).zip(&report.subjects) { th.number title=(subject) { (number) } }
                    }
                }
                tbody {
                    @for behaviour in &report.behaviours {
                        @let (part, name) = behaviour.rsplit_once("::").unwrap_or(("", behaviour));
                        tr data-name=(behaviour) {
                            th { span.part { (part) } " " (name.replace('_', " ")) }
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
