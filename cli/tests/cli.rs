//! What the command does, as its user sees it. What it does with guests is in `run.rs`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "a test")]

use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn hostcrypt(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
    command.args(args);
    command
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn wrong_usage_exits_with_2() {
    let usages: &[&[&str]] = &[
        &[],
        &["guest.wasm"],
        &["run"],
        &["run", "-x", "guest.wasm"],
        &["run", "--env", "A", "guest.wasm"],
        &["run", "--env", "=1", "guest.wasm"],
        &["run", "--dir", "::/data", "guest.wasm"],
        &["run", "--dir", ".::", "guest.wasm"],
        &["run", "--revision", "0.9", "guest.wasm"],
        &["run", "--runtime", "none", "guest.wasm"],
        &["algorithms", "--backend", "none"],
    ];
    for usage in usages {
        let output = hostcrypt(usage).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{usage:?}");
        assert_eq!(stdout(&output), "", "{usage:?}");
    }
}

#[test]
fn the_table_and_the_json_of_algorithms_say_the_same() {
    let output = hostcrypt(&["algorithms", "--json"]).output().unwrap();
    let json: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let sha256 = json.iter().find(|algorithm| algorithm["name"] == "SHA-256").unwrap();
    assert_eq!((&sha256["kind"], &sha256["output_len"]), (&"hash".into(), &32.into()));
    assert_eq!((sha256.get("key_len"), sha256.get("nonce_len")), (Some(&Value::Null), Some(&Value::Null)));
    let ed25519 = json.iter().find(|algorithm| algorithm["name"] == "Ed25519").unwrap();
    assert_eq!((&ed25519["algorithm_type"], &ed25519["signature_len"]), (&"signatures".into(), &64.into()));

    let output = hostcrypt(&["algorithms"]).output().unwrap();
    let table: Vec<_> = stdout(&output).lines().collect();
    assert_eq!(table.len(), 1 + json.len());
    let kind = table[0].find("KIND").unwrap();
    let output_end = table[0].find("OUTPUT").unwrap() + "OUTPUT".len();
    for (line, algorithm) in table[1..].iter().zip(&json) {
        assert!(line.starts_with(algorithm["name"].as_str().unwrap()), "{line}");
        assert!(line[kind..].starts_with(algorithm["kind"].as_str().unwrap()), "{line}");
        if let Some(len) = algorithm["output_len"].as_u64() {
            assert!(line[..output_end].ends_with(&format!(" {len}")), "{line}");
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    for args in [["algorithms"].as_slice(), &["algorithms", "--json"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = hostcrypt(args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
    }
}

#[test]
fn the_version_is_the_packages() {
    let output = hostcrypt(&["--version"]).output().unwrap();
    assert_eq!(stdout(&output), concat!("hostcrypt ", env!("CARGO_PKG_VERSION"), "\n"));
}
