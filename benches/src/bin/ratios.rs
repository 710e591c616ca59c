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

use hostcrypt_benches::table::{dash, markdown};
use hostcrypt_benches::{SUBJECTS, workloads};
use serde_json::Value;

/// Nanoseconds, by workload and subject.
type Figures = HashMap<(String, String), f64>;

/// A bound on the ratio of two figures.
struct Target {
    /// What is divided by what, each a workload and a subject.
    ratio: [(String, String); 2],
    bound: Bound,
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// The backends, each of which has a library beside it.
const BACKENDS: [&str; 2] = ["rustcrypto", "boringssl"];

/// Every target, in the order of reports.
fn targets() -> Vec<Target> {
    let wasmtime = |workload: &str| (workload.to_owned(), "wasmtime/rustcrypto".to_owned());
    let mut targets = vec![
        Target { ratio: ["call/absorb-0", "call/empty"].map(wasmtime), bound: Bound::AtMost(2.5) },
        faster("call/absorb-0", "rustcrypto", 5.0),
    ];
    for workload in ["life/sha-256-64", "life/aes-256-gcm-64", "life/aes-256-gcm-64-import"] {
        targets.extend(BACKENDS.map(|backend| faster(workload, backend, 4.0)));
    }
    for (workload, times) in [("bulk/aes-256-gcm/16384", 3.0), ("sign/ecdsa-p256", 6.0)] {
        targets.extend(BACKENDS.map(|backend| faster(workload, backend, times)));
    }
    for backend in BACKENDS {
        targets.extend(of_components(backend));
    }
    for (workload, share) in workloads().iter().filter_map(|(name, _)| Some((name, share(name)?))) {
        targets.extend(BACKENDS.map(|backend| reaches(workload, backend, share)));
    }
    targets
}

/// How the door for components stands to an empty call, to the pointer door, and to itself without batches.
fn of_components(backend: &str) -> Vec<Target> {
    let ratio = |workloads: [&str; 2], doors: [&str; 2], bound| {
        let [above, below] = [0, 1].map(|index| (workloads[index].to_owned(), format!("{}/{backend}", doors[index])));
        Target { ratio: [above, below], bound }
    };
    let mut targets = Vec::new();
    // What asks nothing of a library is measured over one backend.
    if backend == BACKENDS[0] {
        targets.push(ratio(["call/max-tag-len", "call/empty"], ["component"; 2], Bound::AtMost(1.5)));
    }
    targets.push(ratio(["bulk/aes-256-gcm/16384"; 2], ["wasmtime", "component"], Bound::AtLeast(0.6)));
    targets.push(ratio(["squeeze/64-batch", "squeeze/64-calls"], ["component"; 2], Bound::AtMost(0.7)));
    targets
}

/// How much of the library's speed a guest has to get.
fn share(workload: &str) -> Option<f64> {
    let (kind, rest) = workload.split_once('/')?;
    match (kind, rest.split_once('/')) {
        ("sign" | "verify" | "exchange", _) => Some(0.97),
        ("bulk", Some(("sha-256" | "hmac-sha-256", "16384"))) => Some(0.98),
        ("bulk", Some(("aes-256-gcm" | "chacha20-poly1305", "16384"))) => Some(0.97),
        ("bulk", Some(("aes-256-gcm" | "chacha20-poly1305", "1024"))) => Some(0.85),
        _ => None,
    }
}

/// Our host is so many times faster than the published one.
fn faster(workload: &str, backend: &str, times: f64) -> Target {
    let subjects = ["published".to_owned(), format!("wasmtime/{backend}")];
    Target { ratio: subjects.map(|subject| (workload.to_owned(), subject)), bound: Bound::AtLeast(times) }
}

/// Our host has so much of the library's speed.
fn reaches(workload: &str, backend: &str, share: f64) -> Target {
    let subjects = ["library", "wasmtime"].map(|kind| format!("{kind}/{backend}"));
    Target { ratio: subjects.map(|subject| (workload.to_owned(), subject)), bound: Bound::AtLeast(share) }
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
    for (title, unit, kinds) in TABLES {
        println!("{}", figures_table(&figures, title, unit, kinds));
    }
    print!("{}", targets_table(&figures));
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

/// What a table of figures shows.
#[derive(Clone, Copy)]
enum Unit {
    Nanoseconds,
    Microseconds,
    MegabytesPerSecond,
}

/// The tables of figures: the heading of the first column, the unit, and which kinds of workloads.
const TABLES: [(&str, Unit, &[&str]); 3] = [
    ("ns", Unit::Nanoseconds, &["call", "squeeze", "life", "handles"]),
    ("MB/s", Unit::MegabytesPerSecond, &["bulk"]),
    ("µs", Unit::Microseconds, &["sign", "verify", "exchange"]),
];

fn figure_of(figures: &Figures, workload: &str, subject: &str) -> Option<f64> {
    figures.get(&(workload.to_owned(), subject.to_owned())).copied()
}

/// A row for each workload, a column for each subject.
fn figures_table(figures: &Figures, title: &str, unit: Unit, kinds: &[&str]) -> String {
    let mut rows = vec![vec![title.to_owned()]];
    rows[0].extend(SUBJECTS.map(str::to_owned));
    for (name, workload) in workloads() {
        if !kinds.iter().any(|kind| name.split('/').next() == Some(kind)) {
            continue;
        }
        let shown = |ns: f64| match (unit, workload.text_len()) {
            (Unit::MegabytesPerSecond, Some(len)) => format!("{:.0}", f64::from(len) * 1000.0 / ns),
            (Unit::Microseconds, _) => format!("{:.2}", ns / 1000.0),
            _ => format!("{ns:.1}"),
        };
        let mut row = vec![format!("`{name}`")];
        row.extend(SUBJECTS.map(|subject| figure_of(figures, &name, subject).map_or_else(dash, shown)));
        rows.push(row);
    }
    markdown(&rows)
}

/// A row for each target.
fn targets_table(figures: &Figures) -> String {
    let mut rows = vec![["ratio", "measured", "target", "reached"].map(str::to_owned).to_vec()];
    for Target { ratio: [above, below], bound } in targets() {
        let of = |(workload, subject): &(String, String)| figure_of(figures, workload, subject);
        let ratio = of(&above).zip(of(&below)).map(|(above, below)| above / below);
        let name = if above.0 == below.0 {
            format!("{}: {} ÷ {}", above.0, above.1, below.1)
        } else {
            format!("{}: {} ÷ {}", above.1, above.0, below.0)
        };
        let reached = ratio.map_or_else(dash, |ratio| if bound.is_kept(ratio) { "yes" } else { "no" }.to_owned());
        rows.push(vec![name, ratio.map_or_else(dash, |ratio| format!("{ratio:.3}")), bound.to_string(), reached]);
    }
    markdown(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_reached_or_not_or_cannot_be_told() {
        let mut figures = Figures::new();
        for (workload, subject, ns) in [
            ("call/empty", "wasmtime/rustcrypto", 10.0),
            ("call/absorb-0", "wasmtime/rustcrypto", 25.0),
            ("call/absorb-0", "published", 100.0),
            ("sign/ed25519", "library/boringssl", 96.0),
            ("sign/ed25519", "wasmtime/boringssl", 100.0),
        ] {
            figures.insert((workload.to_owned(), subject.to_owned()), ns);
        }
        let table = targets_table(&figures);
        let ends = |name: &str, cells: [&str; 3]| {
            let row = table.lines().find(|row| row.starts_with(&format!("| {name} "))).unwrap();
            let shown: Vec<_> = row.split('|').map(str::trim).skip(2).take(3).collect();
            assert_eq!(shown, cells, "{name}");
        };
        ends("wasmtime/rustcrypto: call/absorb-0 ÷ call/empty", ["2.500", "≤ 2.5", "yes"]);
        ends("call/absorb-0: published ÷ wasmtime/rustcrypto", ["4.000", "≥ 5", "no"]);
        ends("life/sha-256-64: published ÷ wasmtime/rustcrypto", ["–", "≥ 4", "–"]);
        ends("sign/ed25519: library/boringssl ÷ wasmtime/boringssl", ["0.960", "≥ 0.97", "no"]);
    }

    #[test]
    fn a_figure_is_shown_in_the_unit_of_its_table() {
        let figures = Figures::from([
            (("bulk/sha-256/1024".to_owned(), "published".to_owned()), 512.0),
            (("sign/ed25519".to_owned(), "published".to_owned()), 12_345.0),
        ]);
        let shown: String = TABLES.map(|(title, unit, kinds)| figures_table(&figures, title, unit, kinds)).concat();
        let ends = |name: &str, end: &str| shown.lines().any(|row| row.starts_with(name) && row.ends_with(end));
        assert!(ends("| `bulk/sha-256/1024`", " 2000 |"), "{shown}");
        assert!(ends("| `sign/ed25519`", " 12.35 |"), "{shown}");
    }
}
