//! `--audit` and `--audit-required`: what the operator's log has, whatever happens to the process and to the disk.

#![cfg(all(unix, feature = "wasmtime"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "a test")]

use std::{
    collections::{HashMap, HashSet},
    fs,
    hash::{BuildHasher, RandomState},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// How often hosts are killed.
const ROUNDS: usize = 24;
/// A new file after so many rounds.
const ROUNDS_PER_FILE: usize = 6;

/// Makes keys, so many for each argument and without end for none, and invalidates every other one. It exits with the
/// first errno.
const CHURN: &str = r#"(module
    (import "wasi_ephemeral_crypto_common" "secrets_manager_open" (func $open (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_common" "secrets_manager_invalidate"
        (func $invalidate (param i32 i32 i32 i64) (result i32)))
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_key_generate_managed"
        (func $generate (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_key_id" (func $id (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_key_close" (func $close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "AES-256-GCM")
    (data (i32.const 16) "\01")
    (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
    (func (export "_start") (local $made i32) (local $most i32)
        (drop (call $args (i32.const 80) (i32.const 84)))
        (local.set $most (i32.sub (i32.load (i32.const 80)) (i32.const 1)))
        (call $must (call $open (i32.const 16) (i32.const 32)))
        (loop $again
            (call $must (call $generate (i32.load (i32.const 32)) (i32.const 0) (i32.const 11) (i32.const 16) (i32.const 36)))
            (call $must (call $id (i32.load (i32.const 36)) (i32.const 40) (i32.const 16) (i32.const 60) (i32.const 64)))
            (if (i32.and (local.get $made) (i32.const 1)) (then
                (call $must (call $invalidate (i32.load (i32.const 32)) (i32.const 40) (i32.const 16)
                    (i64.const 0xff00000000000002)))))
            (call $must (call $close (i32.load (i32.const 36))))
            (local.set $made (i32.add (local.get $made) (i32.const 1)))
            (br_if $again (i32.ne (local.get $made) (local.get $most))))))"#;

/// Asks a thousand times for what a policy may forbid, then overflows a buffer of its own and closes no handle.
const REFUSED: &str = r#"(module
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_open"
        (func $open (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_common" "options_close" (func $close (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "SHA-256")
    (data (i32.const 8) "\01")
    (func (export "_start") (local $count i32)
        (drop (call $close (i32.const 7)))
        (loop $again
            (drop (call $open (i32.const 0) (i32.const 7) (i32.const 8) (i32.const 8) (i32.const 32)))
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $count) (i32.const 1000))))))"#;

/// The number of `internal_error` in both revisions.
const INTERNAL_ERROR: i32 = 17;

fn random(below: u64) -> u64 {
    RandomState::new().hash_one(0) % below
}

struct Operator {
    folder: TempDir,
}

const STORE: [&str; 4] = ["--key-store", "keys", "--kek-file", "kek"];
const REQUIRED: [&str; 3] = ["--audit", "log", "--audit-required"];

impl Operator {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in
            [("kek", &[7; 32][..]), ("churn.wat", CHURN.as_bytes()), ("refused.wat", REFUSED.as_bytes())]
        {
            fs::write(folder.path().join(name), content).unwrap();
            fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o600)).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&[&str]]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
        command.current_dir(&self.folder).args(arguments.concat());
        command
    }

    fn output(&self, arguments: &[&[&str]]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn churn(&self, options: &[&str], count: usize) -> Output {
        let counted = vec!["once"; count];
        self.output(&[&["run"], &STORE, options, &["churn.wat"], &counted])
    }

    /// The identifiers of all keys that there are.
    fn listed(&self) -> HashSet<String> {
        let output = self.output(&[&["keys", "list", "--json"], &STORE]);
        assert!(output.status.success(), "{output:?}");
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        rows.iter().map(|row| row["identifier"].as_str().unwrap().to_owned()).collect()
    }

    /// The log, where nothing may have cut a line.
    fn log(&self) -> Vec<Value> {
        let text = self.text();
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// The lines of the log that are whole: a process that was killed may have left a part of one.
    fn whole_lines(&self) -> Vec<Value> {
        self.text().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    /// Fills the log with a line, so that it has so many bytes.
    #[cfg(target_os = "linux")]
    fn fill_log(&self, len: u64) {
        let (start, end) = ("{\"what\":\"", "\"}\n");
        let dots = ".".repeat(usize::try_from(len).unwrap() - start.len() - end.len());
        fs::write(self.path("log"), [start, &dots, end].concat()).unwrap();
    }

    /// A length for the longest file, in blocks of 512 bytes, with ample room for the store.
    #[cfg(target_os = "linux")]
    fn ample(&self) -> u64 {
        4 * fs::metadata(self.path("keys")).unwrap().len().div_ceil(512)
    }
}

fn text<'l>(line: &'l Value, part: &str) -> &'l str {
    line[part].as_str().unwrap_or_else(|| panic!("no {part}: {line}"))
}

#[derive(Default)]
struct Figures {
    intents: usize,
    without_outcome_and_made: usize,
    without_outcome_and_not_made: usize,
}

/// Holds a store to a log: no change without its intent, and what the log says was done is so.
fn check(operator: &Operator, killed: usize, figures: &mut Figures) {
    let (listed, lines) = (operator.listed(), operator.whole_lines());
    let (mut made, mut gone, mut under_way) = (HashMap::new(), HashMap::new(), HashMap::new());
    for line in &lines {
        let (identifier, change) = (text(line, "identifier").to_owned(), text(line, "change").to_owned());
        let of = if text(line, "what") == "generated" { &mut made } else { &mut gone };
        match text(line, "state") {
            "intended" => {
                assert!(of.insert(identifier, false).is_none(), "{line}");
                assert!(under_way.insert(change, line).is_none(), "{line}");
            }
            "done" => {
                assert_eq!(line["versions"], serde_json::json!([1]), "{line}");
                assert_eq!(of.insert(identifier, true), Some(false), "an outcome follows its intent: {line}");
                assert!(under_way.remove(&change).is_some(), "{line}");
            }
            other => panic!("{other}: {line}"),
        }
    }
    for identifier in &listed {
        assert!(made.contains_key(identifier), "the key {identifier} was made, and the log does not say so");
        assert_ne!(gone.get(identifier), Some(&true), "the key {identifier} is there, and the log says it is gone");
    }
    for identifier in made.iter().filter(|(_, done)| **done).map(|(identifier, _)| identifier) {
        let there = listed.contains(identifier) || gone.contains_key(identifier);
        assert!(there, "the key {identifier} is gone, and the log does not say so");
    }
    assert!(under_way.len() <= killed, "each process that was killed leaves one intent without outcome at most");
    figures.intents = made.len() + gone.len();
    for line in under_way.into_values() {
        let there = listed.contains(text(line, "identifier"));
        if there == (text(line, "what") == "generated") {
            figures.without_outcome_and_made += 1;
        } else {
            figures.without_outcome_and_not_made += 1;
        }
    }
}

#[test]
fn a_process_that_is_killed_leaves_no_change_without_its_intent() {
    let rounds = std::env::var("HOSTCRYPT_CRASH_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let (mut operator, mut killed, mut all) = (Operator::new(), 0, Figures::default());
    for round in 0..rounds {
        if round % ROUNDS_PER_FILE == 0 {
            (operator, killed) = (Operator::new(), 0);
            assert!(operator.churn(&REQUIRED, 1).status.success());
        }
        // Every other round, two processes share the store and the log.
        let run: [&[&str]; 4] = [&["run"], &STORE, &REQUIRED, &["churn.wat"]];
        let before = fs::metadata(operator.path("log")).unwrap().len();
        let mut hosts: Vec<Child> =
            (0..=round % 2).map(|_| operator.command(&run).stderr(Stdio::null()).spawn().unwrap()).collect();
        let begun = Instant::now();
        while fs::metadata(operator.path("log")).unwrap().len() == before {
            assert!(begun.elapsed() < Duration::from_secs(120), "the guest does nothing");
            thread::sleep(Duration::from_millis(1));
        }
        for host in &mut hosts {
            thread::sleep(Duration::from_micros(random(30_000)));
            host.kill().unwrap();
            host.wait().unwrap();
            killed += 1;
        }
        let mut figures = Figures::default();
        check(&operator, killed, &mut figures);
        if round % ROUNDS_PER_FILE == ROUNDS_PER_FILE - 1 || round + 1 == rounds {
            all.intents += figures.intents;
            all.without_outcome_and_made += figures.without_outcome_and_made;
            all.without_outcome_and_not_made += figures.without_outcome_and_not_made;
        }
    }
    let Figures { intents, without_outcome_and_made, without_outcome_and_not_made } = all;
    println!("{rounds} rounds, {intents} changes intended");
    println!("without outcome, {without_outcome_and_made} were made and {without_outcome_and_not_made} were not");
    assert!(intents > rounds, "guests hardly did anything");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_cannot_note_is_not_changed() {
    let operator = Operator::new();
    assert!(operator.churn(&REQUIRED, 1).status.success());
    let (listed, full) = (operator.listed(), ["--audit", "/dev/full", "--audit-required"]);
    assert_eq!(listed.len(), 1);
    let output = operator.churn(&full, 5);
    assert_eq!(output.status.code(), Some(INTERNAL_ERROR), "{output:?}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("/dev/full"), "the operator is told the reason");
    let id = listed.iter().next().unwrap();
    fs::write(operator.path("policy.toml"), "keys.exportable = true\n").unwrap();
    for command in [
        &["invalidate", "--version", "all", id][..],
        &["expire", "--version", "1", "--at", "now", id],
        &["export", "--version", "1", "--policy", "policy.toml", "--output", "key", id],
        &["rotate-kek", "--new-kek-file", "kek"],
    ] {
        let output = operator.output(&[&["keys"], command, &STORE, &full]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("/dev/full"), "{command:?}");
    }
    assert!(!operator.path("key").exists());
    let output = operator.output(&[&["keys", "show", "--json", id], &STORE]);
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown[0]["expires"], Value::Null);
    assert_eq!(operator.listed(), listed);
}

/// The commands of operators, by their intents and outcomes.
#[test]
fn what_operators_change_is_noted_before_and_after() {
    let operator = Operator::new();
    assert!(operator.churn(&[], 1).status.success());
    let listed = operator.listed();
    let id = listed.iter().next().unwrap();
    fs::write(operator.path("policy.toml"), "keys.exportable = true\n").unwrap();
    let export = ["export", "--version", "latest", "--policy", "policy.toml", "--output", "key", id];
    for (command, code) in [
        (&["expire", "--version", "latest", "--at", "never", id][..], 0),
        (&export, 0),
        // There is a file of that name now.
        (&export, 1),
        (&["invalidate", "--version", "2", id], 1),
        (&["rotate-kek", "--new-kek-file", "kek"], 0),
        (&["invalidate", "--version", "all", id], 0),
    ] {
        let output = operator.output(&[&["keys"], command, &STORE, &REQUIRED]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
    }
    let lines = operator.log();
    let told = |line: &Value| {
        let errno = line["errno"].as_str().map(|errno| format!(" {errno}")).unwrap_or_default();
        format!("{} {} {}{errno}", text(line, "state"), text(line, "what"), line["versions"])
    };
    let rotated = "sealed under the new key-encryption key";
    let expected = [
        "intended expiring \"latest\"",
        "done expiring [1]",
        "intended exported [1]",
        "done exported [1]",
        "intended exported [1]",
        "failed exported [1]",
        "intended invalidated [2]",
        "refused invalidated [2] not_found",
        &format!("intended {rotated} null"),
        &format!("done {rotated} null"),
        "intended invalidated \"all\"",
        "done invalidated [1]",
    ];
    assert_eq!(lines.iter().map(told).collect::<Vec<_>>(), expected);
    for pair in lines.chunks(2) {
        assert_eq!(pair[0]["change"], pair[1]["change"]);
        assert!(text(&pair[0], "who").starts_with("operator "));
    }
    let changes: HashSet<_> = lines.iter().map(|line| text(line, "change")).collect();
    assert_eq!(changes.len(), 6, "each change has a number of its own");
}

/// The command where no file may be longer than so many blocks of 512 bytes.
#[cfg(target_os = "linux")]
fn limited(operator: &Operator, blocks: u64, arguments: &[&[&str]]) -> Command {
    let limit = format!("ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.current_dir(&operator.folder).args(["-c", &limit, "sh", env!("CARGO_BIN_EXE_hostcrypt")]);
    command.args(arguments.concat());
    command
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_at_its_longest_refuses_the_change_and_ends_no_process() {
    let operator = Operator::new();
    assert!(operator.churn(&[], 1).status.success());
    let (listed, blocks) = (operator.listed(), operator.ample());
    // No room at all, and room for a part of a line.
    for room in [0, 100] {
        operator.fill_log(blocks * 512 - room);
        let filled = operator.text();
        let run: [&[&str]; 4] = [&["run"], &STORE, &REQUIRED, &["churn.wat", "once"]];
        let output = limited(&operator, blocks, &run).output().unwrap();
        assert_eq!(output.status.code(), Some(INTERNAL_ERROR), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("cannot write to `log`: File too large"), "{told}");
        assert_eq!(operator.listed(), listed);
        assert!(operator.text() == filled, "no part of a line was written");
    }
    assert!(operator.churn(&REQUIRED, 1).status.success());
    let states: Vec<_> = operator.log()[1..].iter().map(|line| text(line, "state").to_owned()).collect();
    assert_eq!(states, ["intended", "done"]);
}

#[test]
fn a_part_of_a_line_spoils_no_other_line() {
    let operator = Operator::new();
    assert!(operator.churn(&REQUIRED, 1).status.success());
    let whole = operator.text();
    fs::write(operator.path("log"), &whole[..whole.len() - 50]).unwrap();
    assert!(operator.churn(&REQUIRED, 1).status.success());
    let lines = operator.whole_lines();
    assert_eq!(operator.text().lines().count(), lines.len() + 1, "the one line that was cut");
    let states: Vec<_> = lines.iter().map(|line| text(line, "state")).collect();
    assert_eq!(states, ["intended", "intended", "done"]);
}

/// What a command told, that was to print where there is no room.
#[cfg(target_os = "linux")]
fn told_without_output(mut command: Command) -> String {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot write to standard output"), "{told}");
    told
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_that_is_lost_is_told_also_where_the_output_fails() {
    let operator = Operator::new();
    assert!(operator.churn(&[], 1).status.success());
    let listed = operator.listed();
    let id = listed.iter().next().unwrap();
    for json in [&[][..], &["--json"]] {
        let expire = ["keys", "expire", "--version", "1", "--at", "never", id];
        let told = told_without_output(operator.command(&[&expire, json, &STORE, &["--audit", "/dev/full"]]));
        assert!(told.contains("--audit: cannot write to `/dev/full`"), "{told}");
        // Room for the first of the two lines.
        let rotate: [&[&str]; 4] = [&["keys", "rotate-kek", "--new-kek-file", "kek"], json, &STORE, &REQUIRED[..2]];
        fs::write(operator.path("log"), "").unwrap();
        assert!(operator.output(&rotate).status.success());
        let (first, blocks) = (operator.text().lines().next().unwrap().len() as u64 + 1, operator.ample());
        operator.fill_log(blocks * 512 - first);
        let told = told_without_output(limited(&operator, blocks, &rotate));
        assert!(told.contains("--audit: cannot write to `log`"), "{told}");
        assert_eq!(operator.log().len(), 2);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_store_that_fails_is_in_the_log_with_its_reason() {
    let operator = Operator::new();
    assert!(operator.churn(&[], 1).status.success());
    let blocks = fs::metadata(operator.path("keys")).unwrap().len() / 512;
    let output = limited(&operator, blocks, &[&["run"], &STORE, &REQUIRED, &["churn.wat"]]).output().unwrap();
    assert_eq!(output.status.code(), Some(INTERNAL_ERROR), "{output:?}");
    let lines = operator.log();
    let failed = lines.iter().find(|line| line["state"] == "failed").expect("an intent that failed");
    let intent = lines.iter().find(|line| line["change"] == failed["change"]).unwrap();
    assert_eq!(text(intent, "state"), "intended");
    let refused = lines.iter().find(|line| line["what"] == "refused").expect("the call that was refused");
    assert_eq!((text(refused, "errno"), text(refused, "cause")), ("internal_error", "key store failed"));
    let (detail, store) = (text(refused, "detail"), fs::canonicalize(operator.path("keys")).unwrap());
    let reason = format!("the key store `{}` cannot be changed: File too large", store.display());
    assert!(detail.starts_with(&reason), "{refused}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with(&format!("hostcrypt: {reason}")), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn guests_and_operators_commands_say_why_a_store_fails_also_without_a_log() {
    let operator = Operator::new();
    assert!(operator.churn(&[], 1).status.success());
    let id = operator.listed().into_iter().next().unwrap();
    let reason = format!(
        "hostcrypt: the key store `{}` cannot be changed: File too large (os error 27): free some space, and changes \
         work again\n",
        fs::canonicalize(operator.path("keys")).unwrap().display()
    );
    let run: [&[&str]; 3] = [&["run"], &STORE, &["churn.wat", "once"]];
    let expire: [&[&str]; 2] = [&["keys", "expire", "--version", "1", "--at", "never", &id], &STORE];
    for (command, code) in [(&run[..], INTERNAL_ERROR), (&expire, 1)] {
        // Less than the file has: nothing of a change is written. The runtime writes a page to a file in memory.
        let output = limited(&operator, 8, command).output().unwrap();
        assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(code), &*reason));
    }
}

#[test]
fn refused_calls_are_noted_and_no_guest_fills_the_log_with_them() {
    let operator = Operator::new();
    fs::write(operator.path("policy.toml"), "algorithms.forbid = ['SHA-256']\n").unwrap();
    let output = operator.output(&[&["run", "--policy", "policy.toml", "--audit", "log", "refused.wat"]]);
    assert!(output.status.success(), "{output:?}");
    let lines = operator.log();
    let counts: Vec<_> = lines.iter().map(|line| line["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000]);
    for line in &lines {
        let parts = ["what", "namespace", "function", "errno", "cause", "who"].map(|part| text(line, part));
        let what = ["refused", "default", "symmetric_state_open", "prohibited_operation", "forbidden"];
        assert_eq!(parts, [&what[..], &["guest refused.wat"]].concat()[..]);
    }
}

/// What an operator reads is refused by the same rules, and logged in the same way.
#[test]
fn refused_calls_of_operators_are_in_the_log_with_their_errnos() {
    let operator = Operator::new();
    assert!(operator.churn(&[], 1).status.success());
    let id = &*operator.listed().into_iter().next().unwrap();
    fs::write(operator.path("policy.toml"), "keys.exportable = true\nfunctions.forbid = ['symmetric_key_export']\n")
        .unwrap();
    let export = ["keys", "export", "--version", "1", "--policy", "policy.toml", "--output", "key", id];
    for options in [&REQUIRED[..2], &REQUIRED] {
        let output = operator.output(&[&export, &STORE, options]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(!operator.path("key").exists());
    }
    let refused = |line: &Value| {
        assert!(text(line, "who").starts_with("operator "), "{line}");
        ["what", "function", "errno", "cause"].map(|part| line[part].as_str().unwrap_or_default().to_owned())
    };
    let lines = operator.log();
    let forbidden = ["refused", "symmetric_key_export", "prohibited_operation", "forbidden"];
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!((refused(&lines[0]), refused(&lines[2])), (forbidden.map(str::to_owned), forbidden.map(str::to_owned)));
    let states = [&lines[1], &lines[3]].map(|line| (text(line, "what"), text(line, "state"), line["errno"].as_str()));
    assert_eq!(states, [("exported", "intended", None), ("exported", "refused", Some("prohibited_operation"))]);

    fs::remove_file(operator.path("log")).unwrap();
    fs::write(operator.path("policy.toml"), "functions.forbid = ['publickey_export']\n").unwrap();
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/keys/rsa-2048-a.pem");
    let import = ["keys", "import", "--json", "--algorithm", "RSA_PKCS1_2048_SHA256", key];
    let output = operator.output(&[&import, &STORE]);
    let imported: Value = serde_json::from_slice(&output.stdout).unwrap();
    let show = ["keys", "show", "--policy", "policy.toml", "--audit", "log", text(&imported, "identifier")];
    assert!(operator.output(&[&show, &STORE]).status.success());
    let forbidden = ["refused", "publickey_export", "prohibited_operation", "forbidden"].map(str::to_owned);
    assert_eq!(operator.log().iter().map(refused).collect::<Vec<_>>(), [forbidden]);
}

#[test]
fn a_quota_that_is_reached_is_in_the_log() {
    let operator = Operator::new();
    fs::write(operator.path("policy.toml"), "quotas.keys = 1\n").unwrap();
    let output = operator.churn(&["--policy", "policy.toml", "--audit", "log"], 9);
    assert_ne!(output.status.code(), Some(0));
    let lines = operator.log();
    let refused = lines.last().unwrap();
    assert_eq!(text(refused, "function"), "symmetric_key_generate_managed");
    assert_eq!((text(refused, "errno"), text(refused, "cause")), ("overflow", "quota of the key store"));
}

#[test]
fn no_name_forges_a_line_or_reaches_the_terminal() {
    let operator = Operator::new();
    let namespace = "a\n{\"what\":\"forged\"}\r\u{1b}[31m\u{9b}31m\u{202e}\u{2028}\u{7f}é\"\\";
    let guest = "g\n\u{1b}]0;owned\u{7}\u{9b}.wat";
    fs::write(operator.path(guest), CHURN).unwrap();
    for options in [&REQUIRED[..2], &REQUIRED] {
        let run: [&[&str]; 4] = [&["run", "--namespace", namespace], &STORE, options, &[guest, "once"]];
        assert!(operator.output(&run).status.success());
    }
    let log = fs::read(operator.path("log")).unwrap();
    assert!(log.iter().all(|byte| *byte == b'\n' || (b' '..=b'~').contains(byte)), "{}", log.escape_ascii());
    let lines = operator.log();
    assert_eq!(lines.len(), 3);
    for line in &lines {
        assert_eq!((text(line, "namespace"), text(line, "what")), (namespace, "generated"));
        assert_eq!(text(line, "who"), format!("guest {guest}"));
    }
}

#[test]
fn a_log_is_named_before_it_is_required() {
    let operator = Operator::new();
    let output = operator.churn(&["--audit-required"], 1);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = operator.churn(&["--audit", "no/such/folder"], 1);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!operator.path("keys").exists(), "a log that cannot be opened is told before anything is done");
}
