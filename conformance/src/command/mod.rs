//! The command that judges hosts: `hostcrypt conformance` for those that are built in, [`main`] for others.

mod html;
mod junit;
mod report;

use std::{
    fs,
    io::{ErrorKind, Write},
    panic,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use clap::{Args, Parser};
use hostcrypt::Printable;
use indicatif::{ProgressBar, ProgressStyle};

use self::report::{Judged, Report};
use crate::{Case, Known, Outcome, Subject, Suite};

const EXAMPLES: &str = "\
Examples, as options of the command:
  --filter wasmtime/ --filter wycheproof::      # cases whose names contain both
  --html report.html --junit report.xml";

/// Runs the conformance suite on every host that is built in
///
/// A host is a runtime, a backend and a version of the interface. The exit code is 1 on any failure, and if no case ran.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Conformance {
    /// Runs only cases whose names, `RUNTIME/BACKEND/VERSION PART::BEHAVIOUR`, contain the text of every --filter
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,

    /// Runs every vector on every runtime, even if `native` (the core without a runtime) runs it on the same backend
    #[arg(long)]
    all: bool,

    /// Lists the cases and runs none
    #[arg(long)]
    list: bool,

    /// Writes a report for CI systems, in JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Writes a report as one self-contained web page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// A program that judges hosts, with the options of `hostcrypt conformance`.
#[derive(Parser)]
#[command(version, about = "Runs hostcrypt's conformance suite on WASI-crypto hosts", long_about = None)]
struct Program {
    #[command(flatten)]
    conformance: Conformance,
}

/// The `main` of a program that judges hosts. Known failures do not count as failures, but a known failure that passes
/// does.
#[must_use]
pub fn main(subjects: Vec<Box<dyn Subject>>, known: &Known) -> ExitCode {
    let program = Program::parse();
    match Suite::of(subjects).known(known).and_then(|suite| program.conformance.run(suite)) {
        Ok(code) => ExitCode::from(code),
        Err(line) => {
            let _ = writeln!(std::io::stderr(), "{}", Printable(&line));
            ExitCode::FAILURE
        }
    }
}

impl Conformance {
    /// Runs the cases of a suite, and reports the outcomes.
    ///
    /// # Errors
    ///
    /// One line for the user: no case ran, or a report cannot be written.
    pub fn run(&self, suite: Suite) -> Result<u8, String> {
        let suite = if self.all { suite.whole() } else { suite };
        let named = |case: &&Case| {
            let name = format!("{} {}", case.subject(), case.behaviour());
            self.filter.iter().all(|text| name.contains(text))
        };
        let cases: Vec<&Case> = suite.cases().iter().filter(named).collect();
        if self.list {
            let line = |case: &&Case| format!("{}\n", Printable(&format!("{} {}", case.subject(), case.behaviour())));
            let lines = cases.iter().map(line);
            return print(&lines.collect::<String>()).map(|()| 0);
        }
        let report = judge(&cases);
        print(&report.text())?;
        write(self.junit.as_deref(), "--junit", || junit::report(&report))?;
        write(self.html.as_deref(), "--html", || Ok(html::report(&report)))?;
        let counts = report.counts(|_| true);
        if counts.passed + counts.unsupported + counts.failed + counts.known == 0 {
            return Err("no case ran: --list shows all cases".to_owned());
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

/// Runs the cases on all cores, with a progress bar.
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
                    let outcome = case.judge();
                    let judged = Judged::new(&case.subject(), &case.behaviour(), outcome, start.elapsed());
                    if matches!(judged.outcome, Outcome::Failed(_)) {
                        bar.println(format!("failed: {} {}", judged.subject, judged.behaviour));
                    }
                    bar.inc(1);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, judged));
                }
            });
        }
    });
    panic::set_hook(hook);
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    Report::new(done.into_iter().map(|(_, judged)| judged).collect(), start.elapsed())
}
