//! `hostcrypt conformance`: judges every host that is built in.

mod html;
mod junit;

use std::{
    fs,
    io::{ErrorKind, Write},
    panic,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use hostcrypt_conformance::{Case, Outcome, Suite};
use indicatif::{ProgressBar, ProgressStyle};

use crate::Outcome as Exit;

const EXAMPLES: &str = "\
Examples:
  hostcrypt conformance
  hostcrypt conformance --filter wasmtime/ --filter wycheproof::   # cases that have both in their names
  hostcrypt conformance --html report.html --junit report.xml";

/// Runs the conformance suite over every host that is built in
///
/// A host is a runtime, a backend and a revision. The exit code is 1 on any failure, and when nothing was judged.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Conformance {
    /// Judges only cases with this in their names, which are `RUNTIME/BACKEND/REVISION PART::BEHAVIOUR`
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,

    /// Lists the cases and judges none
    #[arg(long)]
    list: bool,

    /// Writes a report for CI systems: JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Writes a report for people: one page that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What became of a case, and how long that took.
pub(crate) struct Judged {
    subject: String,
    behaviour: String,
    outcome: Outcome,
    took: Duration,
}

/// Everything that was judged.
pub(crate) struct Report {
    subjects: Vec<String>,
    behaviours: Vec<String>,
    judged: Vec<Judged>,
    took: Duration,
}

impl Conformance {
    pub(crate) fn execute(&self) -> Exit {
        let suite = Suite::new();
        let named = |case: &&Case| {
            let name = format!("{} {}", case.subject(), case.behaviour());
            self.filter.iter().all(|text| name.contains(text))
        };
        let cases: Vec<&Case> = suite.cases().iter().filter(named).collect();
        if self.list {
            let lines = cases.iter().map(|case| format!("{} {}\n", case.subject(), case.behaviour()));
            return print(&lines.collect::<String>()).map(|()| 0);
        }
        let report = judge(&cases);
        print(&report.text())?;
        write(self.junit.as_deref(), "--junit", || junit::report(&report))?;
        write(self.html.as_deref(), "--html", || Ok(html::report(&report)))?;
        let counts = report.counts(|_| true);
        if counts.passed + counts.unsupported + counts.failed == 0 {
            return Err("nothing was judged: see `hostcrypt conformance --list` for what there is".to_owned());
        }
        Ok(u8::from(counts.failed > 0))
    }
}

fn write(path: Option<&Path>, option: &str, content: impl FnOnce() -> Result<String, String>) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    fs::write(path, content()?).map_err(|error| format!("{option}: cannot write `{}`: {error}", path.display()))
}

fn print(text: &str) -> Result<(), String> {
    let mut stdout = std::io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("cannot write the report: {error}")),
        _ => Ok(()),
    }
}

/// Judges the cases on all cores, with a bar to watch.
fn judge(cases: &[&Case]) -> Report {
    let bar = ProgressBar::new(cases.len() as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {elapsed}, {eta} left  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    // What fails is in the report; the trace of its panic would only tear the bar.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let (next, done, start) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Instant::now());
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { return };
                    let start = Instant::now();
                    let (subject, behaviour, outcome) = (case.subject(), case.behaviour(), case.judge());
                    if matches!(outcome, Outcome::Failed(_)) {
                        bar.println(format!("failed: {subject} {behaviour}"));
                    }
                    bar.inc(1);
                    let judged = Judged { subject, behaviour, outcome, took: start.elapsed() };
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, judged));
                }
            });
        }
    });
    panic::set_hook(hook);
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    let judged: Vec<Judged> = done.into_iter().map(|(_, judged)| judged).collect();
    let mut report = Report { subjects: Vec::new(), behaviours: Vec::new(), took: start.elapsed(), judged: Vec::new() };
    for Judged { subject, behaviour, .. } in &judged {
        if !report.subjects.contains(subject) {
            report.subjects.push(subject.clone());
        }
        if !report.behaviours.contains(behaviour) {
            report.behaviours.push(behaviour.clone());
        }
    }
    report.judged = judged;
    report
}

/// How many cases came to what.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    passed: usize,
    unsupported: usize,
    failed: usize,
    skipped: usize,
}

/// The sign of an outcome in tables.
fn sign(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "✓",
        Outcome::Unsupported(_) => "–",
        Outcome::Failed(_) => "✗",
        Outcome::Skipped(_) => "·",
    }
}

impl Report {
    fn find(&self, subject: &str, behaviour: &str) -> Option<&Judged> {
        self.judged.iter().find(|judged| judged.subject == subject && judged.behaviour == behaviour)
    }

    fn counts(&self, of: impl Fn(&Judged) -> bool) -> Counts {
        let mut counts = Counts::default();
        for judged in self.judged.iter().filter(|judged| of(judged)) {
            match judged.outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Unsupported(_) => counts.unsupported += 1,
                Outcome::Failed(_) => counts.failed += 1,
                Outcome::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }

    /// What could not be judged, by reason.
    fn skips(&self) -> Vec<(&str, usize)> {
        let mut skips: Vec<(&str, usize)> = Vec::new();
        for judged in &self.judged {
            if let Outcome::Skipped(reason) = &judged.outcome {
                match skips.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, count)) => *count += 1,
                    None => skips.push((reason, 1)),
                }
            }
        }
        skips
    }

    fn failures(&self) -> impl Iterator<Item = (&Judged, &str)> {
        self.judged.iter().filter_map(|judged| match &judged.outcome {
            Outcome::Failed(what) => Some((judged, what.as_str())),
            _ => None,
        })
    }

    /// Behaviours × subjects, for the terminal.
    fn text(&self) -> String {
        let mut text = String::new();
        for (number, subject) in (1..).zip(&self.subjects) {
            text += &format!("{number:>2}  {subject}\n");
        }
        let width = self.behaviours.iter().map(|behaviour| behaviour.chars().count()).max().unwrap_or(0);
        let numbers: String = (1..=self.subjects.len()).map(|number| format!("{number:>3}")).collect();
        text += &format!("\n{:width$}{numbers}\n", "");
        for behaviour in &self.behaviours {
            let signs = self.subjects.iter().map(|subject| {
                let judged = self.find(subject, behaviour);
                format!("{:>3}", judged.map_or(" ", |judged| sign(&judged.outcome)))
            });
            text += &format!("{behaviour:width$}{}\n", signs.collect::<String>());
        }
        text += "\n✓ passed   – does not serve the algorithm, and says so   ✗ failed   · skipped\n";
        for (reason, count) in self.skips() {
            text += &format!("{count:>5} skipped: {reason}\n");
        }
        for (judged, what) in self.failures() {
            text += &format!("\nfailed: {} {}\n{}\n", judged.subject, judged.behaviour, indent(what));
        }
        let Counts { passed, unsupported, failed, skipped } = self.counts(|_| true);
        let seconds = self.took.as_secs();
        text + &format!(
            "\n{passed} passed, {unsupported} unsupported and saying so, {failed} failed, {skipped} skipped, in {seconds} s\n"
        )
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
