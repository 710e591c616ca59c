//! Measures managed keys beside unmanaged ones, for each store, and prints the figures.
//!
//! ```text
//! stores [--once]
//! ```
//!
//! With `--once`, everything is done once with few keys, to see that it works. The file and the token are in the
//! folder for temporary files, which `TMPDIR` names: what durability costs depends on the disk below it.
//!
//! The subjects take turns. A figure is the fastest of the samples, as in `ratios`.

#[path = "../../../backends/pkcs11/tests/softhsm/mod.rs"]
mod softhsm;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hostcrypt::store::MemoryStore;
use hostcrypt_benches::stores::{Keys, Operation, SCHEMES};
use hostcrypt_benches::table::markdown;
use hostcrypt_benches::workload::Scheme;
use hostcrypt_keystore::{FileStore, Kek};

use self::softhsm::SoftHsm;

/// How much is done.
struct Effort {
    /// Keys that a store has.
    keys: i32,
    /// Keys that two files have, to see what their number does.
    few_and_many: [i32; 2],
    samples: u32,
    /// About how long a sample is.
    sample: Duration,
    /// How often a sample does it at least, and at most if a store grows by it.
    times: [u64; 2],
    /// How often a file is opened.
    openings: u32,
}

const FULL: Effort = Effort {
    keys: 100,
    few_and_many: [100, 2000],
    samples: 20,
    sample: Duration::from_millis(25),
    times: [3, 1000],
    openings: 10,
};

const ONCE: Effort =
    Effort { keys: 2, few_and_many: [1, 3], samples: 1, sample: Duration::ZERO, times: [1, 1], openings: 1 };

/// What is measured, by its name.
type Subjects = Vec<(&'static str, Keys)>;

/// The name of a row, and nanoseconds for each subject.
type Row = (String, Vec<f64>);

fn main() -> ExitCode {
    let effort = match std::env::args().nth(1).as_deref() {
        None => FULL,
        Some("--once") => ONCE,
        Some(_) => {
            eprintln!("stores: usage: stores [--once]");
            return ExitCode::FAILURE;
        }
    };
    if softhsm::module().is_none() {
        eprintln!("stores: SoftHSM is not installed: no token is measured. On Debian: apt-get install softhsm2");
        return report(&effort, None);
    }
    softhsm::with_softhsm(|hsm| report(&effort, Some(&hsm)))
}

fn report(effort: &Effort, hsm: Option<&SoftHsm>) -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let (mut names, mut rows) = (Vec::new(), Vec::new());
    for (name, scheme) in SCHEMES {
        eprintln!("stores: {name}, with {} keys in each store", effort.keys);
        let mut subjects = subjects(folder.path(), hsm, (name, scheme), effort.keys);
        names = subjects.iter().map(|(name, _)| *name).collect();
        for (operation, measured) in Operation::ALL {
            rows.push((format!("{operation}/{name}"), measure(&mut subjects, measured, effort)));
        }
    }
    println!("{}", table("per second", &names, &rows, |ns, _| per_second(ns)));
    println!("{}", table("time ÷ unmanaged", &names, &rows, |ns, unmanaged| format!("{:.2}", ns / unmanaged)));
    print!("{}", by_number(folder.path(), effort));
    ExitCode::SUCCESS
}

fn kek() -> Kek {
    Kek::from_bytes([0x42; 32])
}

/// A key that is not managed, and stores with so many keys.
fn subjects(folder: &Path, hsm: Option<&SoftHsm>, (name, scheme): (&str, Scheme), count: i32) -> Subjects {
    let file = FileStore::create(folder.join(name), &kek()).unwrap();
    let mut subjects = vec![
        ("unmanaged", Keys::unmanaged(scheme)),
        ("memory", Keys::managed(Arc::new(MemoryStore::new()), scheme, count)),
        ("file", Keys::managed(Arc::new(file), scheme, count)),
    ];
    if let Some(hsm) = hsm {
        let token = hsm.store(&hsm.token(name));
        subjects.push(("token", Keys::managed(Arc::new(token), scheme, count)));
    }
    subjects
}

/// Nanoseconds for each of the subjects, which take turns.
fn measure(subjects: &mut Subjects, operation: Operation, effort: &Effort) -> Vec<f64> {
    let [least, most] = effort.times;
    let most = if operation == Operation::Generate { most } else { u64::MAX };
    let times = subjects.iter_mut().map(|(_, keys)| {
        let one = keys.run(operation, least).as_nanos() as f64 / least as f64;
        ((effort.sample.as_nanos() as f64 / one) as u64).clamp(least, most)
    });
    let times: Vec<u64> = times.collect();
    let mut fastest = vec![f64::INFINITY; subjects.len()];
    for _ in 0..effort.samples {
        for (((_, keys), times), fastest) in subjects.iter_mut().zip(&times).zip(&mut fastest) {
            *fastest = fastest.min(keys.run(operation, *times).as_nanos() as f64 / *times as f64);
        }
    }
    fastest
}

/// What the number of keys in a file does.
fn by_number(folder: &Path, effort: &Effort) -> String {
    let (name, scheme) = SCHEMES[0];
    let paths = effort.few_and_many.map(|count| folder.join(format!("{count} keys")));
    let mut files: Subjects = Vec::new();
    for (path, count) in paths.iter().zip(effort.few_and_many) {
        eprintln!("stores: {name}, with {count} keys in a file");
        files.push(("file", Keys::managed(Arc::new(FileStore::create(path, &kek()).unwrap()), scheme, count)));
    }
    let mut rows = vec![vec!["file with".to_owned()]];
    rows[0].extend(effort.few_and_many.map(|count| format!("{count} keys")));
    for (operation, measured) in [("generate", Operation::Generate), ("open", Operation::Open)] {
        let mut row = vec![format!("`{operation}/{name}`, per second")];
        row.extend(measure(&mut files, measured, effort).into_iter().map(per_second));
        rows.push(row);
    }
    // A file that nobody has open is checked.
    drop(files);
    let mut row = vec!["`FileStore::open`, ms".to_owned()];
    row.extend(paths.iter().map(|path| {
        let openings = (0..effort.openings).map(|_| {
            let start = Instant::now();
            let store = FileStore::open(path, &kek()).unwrap();
            let took = start.elapsed();
            drop(store);
            took
        });
        format!("{:.2}", openings.min().unwrap_or_default().as_secs_f64() * 1e3)
    }));
    rows.push(row);
    markdown(&rows)
}

fn per_second(ns: f64) -> String {
    format!("{:.0}", 1e9 / ns)
}

/// A row for each operation, a column for each subject; a figure is shown beside that of the first subject.
fn table(title: &str, names: &[&str], rows: &[Row], shown: impl Fn(f64, f64) -> String) -> String {
    let mut cells = vec![vec![title.to_owned()]];
    cells[0].extend(names.iter().map(|name| (*name).to_owned()));
    for (name, figures) in rows {
        let mut row = vec![format!("`{name}`")];
        row.extend(figures.iter().map(|ns| shown(*ns, figures[0])));
        cells.push(row);
    }
    markdown(&cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_shown_per_second_and_beside_the_unmanaged_key() {
        let rows = [("sign/ed25519".to_owned(), vec![10_000.0, 25_000.0])];
        let names = ["unmanaged", "token"];
        let ends = |shown: String, end: &str| assert!(shown.lines().any(|row| row.ends_with(end)), "{shown}");
        ends(table("per second", &names, &rows, |ns, _| per_second(ns)), " 100000 | 40000 |");
        ends(table("time", &names, &rows, |ns, first| format!("{:.2}", ns / first)), " 1.00 |  2.50 |");
    }
}
