//! The example guest that is a component: it signs and seals a letter, with a key that stays with the host.

#![cfg(feature = "wasmtime")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

const LETTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/guests/letter/letter.wasm");
const HOSTCRYPT: &str = env!("CARGO_BIN_EXE_hostcrypt");
const STORE: [&str; 4] = ["--key-store", "keys", "--kek-file", "kek"];

/// RFC 8032, 7.1, test 2.
const SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
const PUBLIC_KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const MESSAGE: &str = "r";
const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
    085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

/// The backends that are built in.
fn backends() -> impl Iterator<Item = &'static str> {
    let built = [("rustcrypto", cfg!(feature = "rustcrypto")), ("boringssl", cfg!(feature = "boringssl"))];
    built.into_iter().filter_map(|(backend, built)| built.then_some(backend))
}

/// A folder with a key-encryption key, where the guest runs.
struct Writer(TempDir);

impl Writer {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("kek"), [7; 32]).unwrap();
        #[cfg(unix)]
        fs::set_permissions(folder.path().join("kek"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Self(folder)
    }

    fn run(&self, options: &[&str], args: &[&str]) -> Output {
        let mut command = Command::new(HOSTCRYPT);
        command.args(["run", "--runtime", "wasmtime"]).args(options).arg(LETTER).args(args);
        command.current_dir(&self.0).output().unwrap()
    }

    fn writes(&self, backend: &str, message: &str) -> String {
        let output = self.run(&[&["--backend", backend, "--dir", "."], &STORE[..]].concat(), &[message]);
        assert!(output.status.success(), "{backend}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The guest's own line on standard error.
    #[track_caller]
    fn fails(&self, options: &[&str], args: &[&str], line: &str) {
        let output = self.run(options, args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().last()), (Some(1), Some(line)), "{options:?}");
    }

    /// Imports a key from its seed in hexadecimal. Returns its identifier.
    fn imports(&self, seed: &str) -> Vec<u8> {
        let mut import = Command::new(HOSTCRYPT);
        import.args(["keys", "import"]).args(STORE).args(["--algorithm", "Ed25519", "--json", "-"]);
        import.current_dir(&self.0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut import = import.spawn().unwrap();
        import.stdin.take().unwrap().write_all(&base16ct::lower::decode_vec(seed).unwrap()).unwrap();
        let output = import.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        base16ct::lower::decode_vec(told["identifier"].as_str().unwrap()).unwrap()
    }
}

#[test]
fn a_component_signs_with_the_key_that_its_first_run_made_and_seals_on_every_backend() {
    let writer = Writer::new();
    let mut first = None;
    for backend in backends().chain(backends().take(1)) {
        let text = writer.writes(backend, "hello");
        let lines: Vec<_> = text.lines().collect();
        let [key, public_key, signature, sealed, opened, changed] = lines[..] else { panic!("{text}") };
        assert_eq!(key.len(), "key:        ".len() + 32, "{text}");
        assert_eq!(public_key.len(), "public key: ".len() + 64, "{text}");
        assert_eq!(signature.len(), "signature:  ".len() + 128, "{text}");
        // The message, the signature and the tag.
        assert_eq!(sealed, format!("sealed:     {} bytes", 5 + 64 + 16));
        assert_eq!((opened, changed), ("opened:     hello, signed by the writer", "changed:    refused"));
        // Ed25519 is deterministic, so one key gives one signature, whatever the backend.
        assert_eq!(first.get_or_insert_with(|| text.clone()), &text, "{backend}");
    }
}

#[test]
fn a_component_signs_as_rfc_8032_does() {
    let writer = Writer::new();
    let id = writer.imports(SEED);
    fs::write(writer.0.path().join("letter.id"), id).unwrap();
    for backend in backends() {
        let text = writer.writes(backend, MESSAGE);
        assert!(text.contains(&format!("public key: {PUBLIC_KEY}\nsignature:  {SIGNATURE}\n")), "{backend}: {text}");
    }
}

#[test]
fn a_component_says_why_it_was_refused() {
    let writer = Writer::new();
    let dir = ["--dir", "."];
    writer.fails(&dir, &["hello"], "letter: this host keeps no keys: give it a key store");

    fs::write(writer.0.path().join("policy.toml"), "algorithms.forbid = [\"AES-*\"]").unwrap();
    let forbidden = [&dir[..], &STORE, &["--policy", "policy.toml"]].concat();
    writer.fails(&forbidden, &["hello"], "letter: the operator forbids it");

    // The key is of the default namespace.
    let elsewhere = [&dir[..], &STORE, &["--namespace", "elsewhere"]].concat();
    let line = "letter: the key is not there any more, or not in this namespace: remove letter.id for a new one";
    writer.fails(&elsewhere, &["hello"], line);
}
