//! What `--policy` does, as the operator sees it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "a test")]

use std::{
    fs,
    process::{Command, Output},
};

/// Exits with what opening a state of SHA-256 answers.
const HASHES: &str = r#"(module
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_open"
        (func $open (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "SHA-256")
    (data (i32.const 8) "\01")
    (func (export "_start")
        (call $exit (call $open (i32.const 0) (i32.const 7) (i32.const 8) (i32.const 8) (i32.const 32)))))"#;

fn hostcrypt(policy: &str, command: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.toml"), policy).unwrap();
    fs::write(folder.path().join("guest.wat"), HASHES).unwrap();
    let (first, rest) = command.split_first().unwrap();
    let mut hostcrypt = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
    hostcrypt.current_dir(&folder).args([first, "--policy", "policy.toml"]).args(rest).output().unwrap()
}

fn algorithms(policy: &str) -> Vec<String> {
    let output = hostcrypt(policy, &["algorithms"]);
    assert!(output.status.success(), "{output:?}");
    let table = String::from_utf8(output.stdout).unwrap();
    table.lines().skip(1).map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

fn run(policy: &str) -> Option<i32> {
    hostcrypt(policy, &["run", "guest.wat"]).status.code()
}

/// The one line on standard error.
fn refusal(policy: &str) -> String {
    let output = hostcrypt(policy, &["run", "guest.wat"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

#[test]
fn an_empty_policy_forbids_nothing() {
    assert_eq!(run(""), Some(0));
    assert!(algorithms("").len() > 20);
}

#[test]
fn what_it_forbids_is_prohibited_to_the_guest_and_not_listed() {
    let policies = [
        "algorithms.forbid = ['sha-*']",
        "algorithms.allow = ['AES-*']",
        "functions.forbid = ['symmetric_*_open']",
        "[algorithms]\nallow = ['*']\nforbid = ['SHA-256']\n",
    ];
    for policy in policies {
        assert_eq!(run(policy), Some(4), "{policy}");
    }
    let left = algorithms("algorithms.forbid = ['SHA-*', '*25519']");
    assert!(!left.iter().any(|name| name.starts_with("SHA-") || name.ends_with("25519")), "{left:?}");
    assert!(left.iter().any(|name| name == "HMAC/SHA-256"), "{left:?}");
    let left = algorithms("[key_bits]\n'AES-*' = 256\n");
    assert!(left.iter().any(|name| name == "AES-256-GCM") && !left.iter().any(|name| name == "AES-128-GCM"));
}

#[test]
fn the_ready_policy_allows_what_nist_approves_and_what_is_added() {
    let fips = algorithms("base = 'fips'");
    for name in ["SHA-256", "AES-256-GCM", "Ed25519", "ECDSA_P384_SHA384", "P256-SHA256"] {
        assert!(fips.iter().any(|allowed| allowed == name), "{name}");
    }
    for name in ["CHACHA20-POLY1305", "X25519", "ECDSA_K256_SHA256"] {
        assert!(!fips.iter().any(|allowed| allowed == name), "{name}");
    }
    // Of what the ready policy names and no backend has, nothing is said.
    let output = hostcrypt("base = 'fips'", &["run", "guest.wat"]);
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    let more = algorithms("base = 'fips'\nalgorithms.allow = ['X25519']\nalgorithms.forbid = ['AES-128-*']");
    assert!(more.iter().any(|name| name == "X25519") && !more.iter().any(|name| name == "AES-128-GCM"));
}

#[test]
fn a_misspelt_name_is_refused_with_those_like_it() {
    for (policy, parts) in [
        ("algorithms.forbid = ['SHA256']", ["`SHA256`", "`SHA-256`"]),
        ("base = 'fips'\nalgorithms.forbid = ['RSA_PKCS_*']", ["`RSA_PKCS_*`", "`RSA_PKCS1_2048_SHA256`"]),
        ("algorithms.allow = ['SHA-256', 'ED-25519']", ["`ED-25519`", "`Ed25519`"]),
        ("[key_bits]\n'RSA-*' = 3072", ["`RSA-*`", "`RSA_PKCS1_2048_SHA256`"]),
        ("[key_bits]\n'ML-KEM-*' = 768", ["`ML-KEM-*`", "size"]),
        ("functions.forbid = ['secret_manager_*']", ["`secret_manager_*`", "`secrets_manager_open`"]),
        ("functions.forbid = ['secretkey_exports']", ["`secretkey_exports`", "`secretkey_export`"]),
    ] {
        let line = refusal(policy);
        assert!(
            parts.iter().all(|part| line.contains(part)) && line.contains("`policy.toml` is not a policy"),
            "{line}"
        );
    }
}

#[test]
fn what_another_host_may_serve_is_no_mistake() {
    let policy = "algorithms.forbid = ['AEGIS-*', 'SHAKE-128', 'argon2-id-13', 'X448']\n[key_bits]\n'KMAC-256' = 256\n";
    let output = hostcrypt(policy, &["run", "guest.wat"]);
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn what_is_no_policy_is_refused_with_its_line() {
    for (policy, parts) in [
        ("base = 'fips'\nalgorithm.forbid = []", &["`policy.toml`", "line 2", "algorithm"][..]),
        ("functions.forbid = ['key_pair_generate']", &["`policy.toml`", "`key_pair_generate`"]),
        ("base = 'nist'", &["line 1", "fips"]),
        ("keys.exportabel = true", &["line 1", "exportabel", "exportable"]),
        ("keys.exportable = 'yes'", &["line 1", "boolean"]),
        ("quotas.key = 1", &["line 1", "keys"]),
        ("[key_bits.RSA]\nbits = 1", &["line"]),
        ("functions.allow = ['*']", &["line 1", "allow", "forbid"]),
        ("[key_bits]\n'RSA_*' = -1", &["line 2"]),
        ("this is no TOML", &["line 1"]),
    ] {
        let line = refusal(policy);
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }
}

#[test]
fn a_policy_that_cannot_be_read_is_named() {
    let mut hostcrypt = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
    let output = hostcrypt.args(["algorithms", "--policy", "no/such/file.toml"]).output().unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && line.contains("`no/such/file.toml` cannot be read"), "{line}");
}

/// Exits with what making an RSA key of 4096 bits answers first.
const MAKES_A_KEY: &str = r#"(module
    (import "wasi_ephemeral_crypto_asymmetric_common" "keypair_generate"
        (func $generate (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "RSA_PKCS1_4096_SHA512")
    (data (i32.const 24) "\01")
    (func (export "_start")
        (call $exit (call $generate (i32.const 0) (i32.const 0) (i32.const 21) (i32.const 24) (i32.const 32)))))"#;

#[test]
fn a_key_that_takes_long_is_in_progress_only_where_the_operator_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("guest.wat"), MAKES_A_KEY).unwrap();
    let run = |options: &[&str]| {
        let mut hostcrypt = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
        hostcrypt.current_dir(&folder).arg("run").args(options).arg("guest.wat").status().unwrap().code()
    };
    assert_eq!(run(&[]), Some(0));
    assert_eq!(run(&["--in-progress-after", "0"]), Some(28));
    assert_eq!(run(&["--in-progress-after", "60000"]), Some(0));
}

/// Exits with what opening a manager answers by the name in `$opens`; imports the names of both revisions.
const MANAGES: &str = r#"(module
    (import "wasi_ephemeral_crypto_common" "key_manager_open" (func $key_manager (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_common" "secrets_manager_open" (func $secrets_manager (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "\01")
    (func (export "_start") (call $exit (call $opens (i32.const 8) (i32.const 32)))))"#;

#[test]
fn what_is_forbidden_by_one_revisions_name_is_forbidden_by_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let runtimes = [
        #[cfg(feature = "wasmtime")]
        "wasmtime",
        #[cfg(feature = "wasmer")]
        "wasmer",
        #[cfg(feature = "wasmedge")]
        "wasmedge",
    ];
    for runtime in runtimes {
        for opens in ["$key_manager", "$secrets_manager"] {
            write("guest.wat", &MANAGES.replace("$opens", opens));
            for (policy, errno) in [
                ("functions.forbid = ['key_manager_open']", 4),
                ("functions.forbid = ['secrets_manager_*']", 4),
                // There is no store.
                ("functions.forbid = ['secrets_manager_close', 'external_secret_*']", 3),
            ] {
                write("policy.toml", policy);
                let mut hostcrypt = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
                let run = ["run", "--runtime", runtime, "--policy", "policy.toml", "guest.wat"];
                let output = hostcrypt.current_dir(&folder).args(run).output().unwrap();
                assert_eq!(output.status.code(), Some(errno), "{runtime} {opens} {policy}: {output:?}");
            }
        }
    }
}
