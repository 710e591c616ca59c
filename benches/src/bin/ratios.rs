//! Prints the figures of the last run and how they stand to the targets.
//!
//! ```text
//! ratios [FOLDER]
//! ```
//!
//! The folder is the one with criterion's reports, by default `criterion` beside the folder of this program. A
//! figure is the fastest of criterion's samples: whatever else a machine does only adds to a time, and samples of tens
//! of milliseconds average over what a run does itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hostcrypt_benches::WORKLOADS;
use serde_json::Value;

/// The columns of figures.
const SUBJECTS: [&str; 4] = ["library", "native", "wasmtime", "published"];

/// Nanoseconds, by workload and subject.
type Figures = HashMap<(String, String), f64>;

/// A bound on the ratio of two figures.
struct Target {
    /// What is divided by what, each a workload and a subject.
    ratio: [(&'static str, &'static str); 2],
    bound: Bound,
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

const TARGETS: [Target; 5] = [
    Target { ratio: [("call/absorb-0", "wasmtime"), ("call/empty", "wasmtime")], bound: Bound::AtMost(2.5) },
    faster("call/absorb-0", 5.0),
    faster("life/sha-256-64", 4.0),
    faster("life/aes-256-gcm-64", 4.0),
    faster("life/aes-256-gcm-64-import", 4.0),
];

/// Our host is so many times faster than the published one.
const fn faster(workload: &'static str, times: f64) -> Target {
    Target { ratio: [(workload, "published"), (workload, "wasmtime")], bound: Bound::AtLeast(times) }
}

impl Bound {
    fn is_kept(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(bound) => ratio <= bound,
            Self::AtLeast(bound) => ratio >= bound,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(bound) => write!(f, "≤ {bound}"),
            Self::AtLeast(bound) => write!(f, "≥ {bound}"),
        }
    }
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from).or_else(reports) else {
        eprintln!("ratios: cannot tell where the reports are; name their folder");
        return ExitCode::FAILURE;
    };
    let figures = read(&folder);
    if figures.is_empty() {
        eprintln!("ratios: no reports in {}; run `cargo bench` first", folder.display());
        return ExitCode::FAILURE;
    }
    print!("{}", table(&figures));
    ExitCode::SUCCESS
}

/// The folder that criterion writes to, as seen from `target/release/ratios`.
fn reports() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.parent()?.join("criterion"))
}

/// Every figure in `<group>/<subject>/new`. What is no report is passed over.
fn read(folder: &Path) -> Figures {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let reports = entries(folder).flat_map(|group| entries(&group).collect::<Vec<_>>());
    reports.filter_map(|report| figure(&report.join("new"))).collect()
}

fn figure(report: &Path) -> Option<((String, String), f64)> {
    let json = |name: &str| serde_json::from_slice::<Value>(&std::fs::read(report.join(name)).ok()?).ok();
    let (of, sample) = (json("benchmark.json")?, json("sample.json")?);
    let text = |name: &str| Some(of.get(name)?.as_str()?.to_owned());
    let numbers = |name: &str| Some(sample.get(name)?.as_array()?.iter().filter_map(Value::as_f64));
    let fastest = numbers("times")?.zip(numbers("iters")?).map(|(ns, times)| ns / times).min_by(f64::total_cmp)?;
    Some(((text("group_id")?, text("function_id")?), fastest))
}

/// One table: a row for each workload, then a row for each target.
fn table(figures: &Figures) -> String {
    let mut rows = vec![vec!["".to_owned()]];
    rows[0].extend(SUBJECTS.map(|subject| format!("{subject}, ns")));
    rows[0].extend(["ratio", "target", "reached"].map(str::to_owned));
    let figure = |workload: &str, subject: &str| figures.get(&(workload.to_owned(), subject.to_owned())).copied();
    let dash = || "–".to_owned();
    for workload in WORKLOADS {
        let shown = |subject| figure(workload, subject).map_or_else(dash, |ns| format!("{ns:.1}"));
        let mut row = vec![workload.to_owned()];
        row.extend(SUBJECTS.map(shown));
        row.extend([dash(), dash(), dash()]);
        rows.push(row);
    }
    for Target { ratio: [above, below], bound } in TARGETS {
        let ratio = figure(above.0, above.1).zip(figure(below.0, below.1)).map(|(above, below)| above / below);
        let name = if above.0 == below.0 {
            format!("{}: {} ÷ {}", above.0, above.1, below.1)
        } else {
            format!("{}: {} ÷ {}", above.1, above.0, below.0)
        };
        let reached = ratio.map_or_else(dash, |ratio| if bound.is_kept(ratio) { "yes" } else { "no" }.to_owned());
        let mut row = vec![name];
        row.extend(SUBJECTS.map(|_| dash()));
        row.extend([ratio.map_or_else(dash, |ratio| format!("{ratio:.2}")), bound.to_string(), reached]);
        rows.push(row);
    }
    markdown(&rows)
}

/// The first column to the left, the others to the right.
fn markdown(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..rows[0].len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            text += &if column == 0 { format!("| {cell:<width$} ") } else { format!("| {cell:>width$} ") };
        }
        text += "|\n";
        if index == 0 {
            for (column, width) in widths.iter().enumerate() {
                text += &format!("|{}{}", "-".repeat(width + 1), if column == 0 { "-" } else { ":" });
            }
            text += "|\n";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_reached_or_not_or_cannot_be_told() {
        let mut figures = Figures::new();
        for (workload, subject, ns) in [
            ("call/empty", "wasmtime", 10.0),
            ("call/absorb-0", "wasmtime", 25.0),
            ("call/absorb-0", "published", 100.0),
        ] {
            figures.insert((workload.to_owned(), subject.to_owned()), ns);
        }
        let table = table(&figures);
        let row = |name: &str| table.lines().find(|row| row.contains(name)).unwrap();
        assert!(row("wasmtime: call/absorb-0 ÷ call/empty").ends_with("|  2.50 |  ≤ 2.5 |     yes |"));
        assert!(row("call/absorb-0: published ÷ wasmtime").ends_with("|  4.00 |    ≥ 5 |      no |"));
        assert!(row("life/sha-256-64: published ÷ wasmtime").ends_with("|     – |    ≥ 4 |       – |"));
    }
}
