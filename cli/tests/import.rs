//! `hostcrypt keys import`: keys that exist become managed ones.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

const RSA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/keys/rsa-2048-a.pem");

/// The first test of RFC 8032, section 7.1: a seed, and its public key in SubjectPublicKeyInfo.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5,
    0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
const PUBLIC: &str = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

struct Operator(TempDir);

impl Operator {
    fn new() -> Self {
        let operator = Self(tempfile::tempdir().unwrap());
        operator.write("kek", &[7; 32]);
        operator.write("exportable.toml", b"keys = { exportable = true }");
        operator
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
        #[cfg(unix)]
        fs::set_permissions(self.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn command(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = streams.current_dir(&self.0).args(arguments).env("USER", "olga").spawn().unwrap();
        // A command that refuses its arguments reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    fn keys(&self, command: &str, arguments: &[&str], input: &[u8]) -> Output {
        self.command(&[&["keys", command, "--key-store", "keys", "--kek-file", "kek"], arguments].concat(), input)
    }

    /// Imports a key, and returns its identifier.
    fn imported(&self, arguments: &[&str], input: &[u8]) -> String {
        let output = self.keys("import", &[arguments, &["--json"]].concat(), input);
        assert!(output.status.success(), "{output:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&told["versions"][0], &told["what"]), (&1.into(), &"stored".into()));
        told["identifier"].as_str().unwrap().to_owned()
    }

    /// The one line of an import that fails; nothing is stored.
    fn refused(&self, arguments: &[&str], input: &[u8]) -> String {
        let before = self.listed();
        let output = self.keys("import", arguments, input);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert_eq!(self.listed(), before);
        line
    }

    fn listed(&self) -> Vec<Value> {
        let output = self.keys("list", &["--json"], b"").stdout;
        // A store that no command made yet has nothing.
        if output.is_empty() { Vec::new() } else { serde_json::from_slice(&output).unwrap() }
    }

    fn exported(&self, identifier: &str) -> Vec<u8> {
        let policy = ["--policy", "exportable.toml", "--version", "1", "--output", "-", identifier];
        let output = self.keys("export", &policy, b"");
        assert!(output.status.success(), "{output:?}");
        output.stdout
    }
}

#[test]
fn an_imported_key_is_the_key_that_guests_open() {
    let operator = Operator::new();
    let pem = fs::read_to_string(RSA).unwrap();
    let rsa = operator.imported(&["--algorithm", "RSA_PSS_2048_SHA256", RSA], b"");
    let exported = String::from_utf8(operator.exported(&rsa)).unwrap();
    let base64 = |pem: &str| pem.lines().filter(|line| !line.starts_with("--")).collect::<String>();
    assert_eq!(base64(&exported), base64(&pem));
    // A seed alone, from the standard input.
    let seed = operator.imported(&["--algorithm", "Ed25519", "--namespace", "billing", "-"], &SEED);
    let shown = operator.keys("show", &["--namespace", "billing", &seed], b"");
    assert!(String::from_utf8(shown.stdout).unwrap().contains(PUBLIC));
    operator.write("aes", &[9; 32]);
    let aes = operator.imported(&["--algorithm", "aes-256-gcm", "aes"], b"");
    assert_eq!(operator.exported(&aes), [9; 32]);
    let listed = operator.listed();
    let algorithms: Vec<_> = listed.iter().map(|entry| entry["algorithm"].as_str().unwrap()).collect();
    assert_eq!(algorithms.len(), 3);
    for algorithm in ["RSA_PSS_2048_SHA256", "Ed25519", "AES-256-GCM"] {
        assert!(algorithms.contains(&algorithm), "{algorithms:?}");
    }
}

#[test]
fn a_key_is_imported_with_its_expiry_and_its_line_in_the_log() {
    let operator = Operator::new();
    operator.write("aes", &[9; 16]);
    let key = ["--algorithm", "AES-128-GCM", "--at", "2100-01-01T00:00:00Z"];
    let audit = ["--audit", "log", "--audit-required", "aes"];
    let identifier = operator.imported(&[&key[..], &audit].concat(), b"");
    assert_eq!(operator.listed()[0]["expires"], "2100-01-01T00:00:00Z");
    let log = fs::read_to_string(operator.path("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let states: Vec<_> = lines.iter().map(|line| line["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["intended", "done"]);
    for line in &lines {
        assert_eq!((&line["what"], &line["identifier"]), (&"stored".into(), &identifier.as_str().into()));
        assert!(line["who"].as_str().unwrap().contains("olga"), "{line}");
    }
    assert!(operator.refused(&["--algorithm", "AES-128-GCM", "--at", "now", "aes"], b"").contains("in the past"));
}

#[test]
fn a_key_that_is_none_is_refused_with_what_to_do() {
    let operator = Operator::new();
    operator.write("short", &[9; 5]);
    operator.write("fewer.toml", br#"functions.forbid = ["keypair_import"]"#);
    operator.write("strict.toml", b"keys = { imports = false }");
    let missing = Path::new("nowhere").to_str().unwrap();
    for (arguments, hint) in [
        (&["--algorithm", "Ed25519", "short"][..], "is not a key of Ed25519"),
        (&["--algorithm", "AES-256-GCM", "short"], "is not a key of AES-256-GCM"),
        (&["--algorithm", "Ed25519", RSA], "is not a key of Ed25519"),
        (&["--algorithm", "RSA_PSS_2048_SHA256", "--encoding", "der", RSA], "another encoding"),
        (&["--algorithm", "RSA_PSS_2048_SHA256", "--encoding", "raw", RSA], "does not support"),
        (&["--algorithm", "AES-256-GCM", "--encoding", "pem", RSA], "does not support"),
        (&["--algorithm", "ED-25519", "short"], "`hostcrypt algorithms` lists"),
        (&["--algorithm", "SHA-256", "short"], "SHA-256 has no keys"),
        (&["--algorithm", "HMAC/SHA-256", RSA], "does not support"),
        (&["--algorithm", "RSA_PSS_2048_SHA256", "short"], "is not a key of RSA_PSS_2048_SHA256"),
        (&["--algorithm", "Ed25519", missing], "cannot be read"),
        (&["--algorithm", "RSA_PSS_2048_SHA256", "--policy", "strict.toml", RSA], "forbids to import keys"),
        (&["--algorithm", "RSA_PSS_2048_SHA256", "--policy", "fewer.toml", RSA], "the policy forbids"),
    ] {
        let line = operator.refused(arguments, b"");
        assert!(line.contains(hint), "{arguments:?}: {line}");
    }
    let endless = vec![b' '; 2 << 20];
    assert!(operator.refused(&["--algorithm", "Ed25519", "-"], &endless).contains("longer than"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_whose_line_is_lost_is_stored_and_the_command_fails() {
    let operator = Operator::new();
    let arguments = ["--algorithm", "Ed25519", "--audit", "/dev/full", "-"];
    let output = operator.keys("import", &arguments, &SEED);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("/dev/full"), "the operator is told the reason");
    assert_eq!(operator.listed().len(), 1);
    // Where the log is required, the intent is refused and nothing is stored.
    let output = operator.keys("import", &[&arguments[..4], &["--audit-required", "-"]].concat(), &SEED);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(operator.listed().len(), 1);
}
