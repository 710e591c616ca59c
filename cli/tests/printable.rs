//! What guests and tenants chose is shown so that it stays in its place.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "a test")]
#![cfg(unix)]

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    process::{Command, Output},
};

use hostcrypt::Printable;
use tempfile::TempDir;

const RUNTIMES: &[&str] = &[
    #[cfg(feature = "wasmtime")]
    "wasmtime",
    #[cfg(feature = "wasmer")]
    "wasmer",
    #[cfg(feature = "wasmedge")]
    "wasmedge",
];

/// Clears the screen, colours it, goes back in the line, forges one of the host's, reverses and hides.
const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\r\u{8}\nhostcrypt: all is well\u{202e}\u{2066}\u{200b}\u{feff}\u{7f}\u{85}b";

/// The same, as the text format writes it.
fn wat() -> String {
    HOSTILE.bytes().map(|byte| format!("\\{byte:02x}")).collect()
}

/// Holds what a command printed to lines of plain characters, each of ours where there are errors.
#[track_caller]
fn plain(output: &Output) -> [&str; 2] {
    let texts = [&output.stdout, &output.stderr].map(|text| str::from_utf8(text).unwrap());
    for text in texts {
        let plain = |character| character == '\n' || Printable::is_plain(character);
        assert!(text.chars().all(plain), "{text:?}");
        assert!(!text.lines().any(|line| line == "hostcrypt: all is well"), "{text}");
    }
    texts
}

/// The one line of a command that is refused or stopped, which quotes the hostile text as it is shown.
#[track_caller]
fn refusal(output: &Output) -> String {
    let [stdout, stderr] = plain(output);
    assert_eq!((stdout, stderr.lines().count()), ("", 1), "{stderr}");
    assert!(output.status.code() == Some(1) && stderr.starts_with("hostcrypt: "), "{output:?}");
    stderr.to_owned()
}

fn hostcrypt<S: AsRef<OsStr>>(folder: &TempDir, args: impl IntoIterator<Item = S>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hostcrypt")).current_dir(folder).args(args).output().unwrap()
}

fn run(runtime: &str, guest: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("guest.wat"), guest).unwrap();
    hostcrypt(&folder, ["run", "--runtime", runtime, "guest.wat"])
}

#[test]
fn names_of_a_module_stay_within_the_line_in_every_runtime() {
    let (wat, shown) = (wat(), Printable(HOSTILE).to_string());
    let imports = [
        format!(r#"(import "{wat}" "{wat}" (func))"#),
        format!(r#"(import "wasi_ephemeral_crypto_common" "{wat}" (func))"#),
        format!(r#"(import "wasi_snapshot_preview1" "{wat}" (func))"#),
        format!(r#"(import "{wat}" "memory" (memory 1))"#),
        format!(r#"(import "{wat}" "{wat}" (global i32))"#),
    ];
    for runtime in RUNTIMES {
        for import in &imports {
            let line = refusal(&run(runtime, &format!(r#"(module {import} (func (export "_start")))"#)));
            assert!(line.contains(&shown), "{runtime}: {line}");
        }
        for guest in [
            format!(r#"(module (func (export "{wat}")))"#),
            format!(r#"(module (@custom "{wat}" "{wat}") (func (export "_start") unreachable))"#),
            format!(r#"(module (func $f (@name "{wat}") unreachable) (func (export "_start") call $f))"#),
            format!(
                r#"(module (memory 1) (func $f (@name "{wat}") (drop (i32.load (i32.const -1)))) (func (export "_start") call $f))"#
            ),
            format!(r#"(module (func $f (@name "{wat}") call $f) (func (export "_start") call $f))"#),
            format!(r#"(module (func $f (@name "{wat}") unreachable) (start $f) (func (export "_start")))"#),
            format!(r#"(module (func (export "{wat}") i32.const 1) (func (export "_start")))"#),
            format!(r#"(module (func (export "{wat}")) (func (export "{wat}")) (func (export "_start")))"#),
            format!(r#"(module $x (@name "{wat}") (global (export "_start") i32 (i32.const 0)))"#),
            format!("(module (func ${{\"{wat}\"}}"),
        ] {
            refusal(&run(runtime, &guest));
        }
    }
}

#[test]
fn what_a_trap_is_in_is_shown() {
    let guest = format!(r#"(module (func $f (@name "{}") unreachable) (func (export "_start") call $f))"#, wat());
    for runtime in RUNTIMES.iter().filter(|runtime| **runtime != "wasmedge") {
        assert!(refusal(&run(runtime, &guest)).contains(&format!("`{}`", Printable(HOSTILE))));
    }
}

#[test]
fn a_name_of_any_length_is_a_line_of_some_length() {
    let long = format!("{}\\u{{202e}}", "n".repeat(90_000));
    for runtime in RUNTIMES {
        let line =
            refusal(&run(runtime, &format!(r#"(module (import "m" "{long}" (func)) (func (export "_start")))"#)));
        assert!(line.len() < 3000 && line.contains("characters more"), "{line}");
    }
}

#[test]
fn names_of_files_stay_within_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = [HOSTILE.as_bytes(), b"\xff\x9b"].concat();
    for name in [HOSTILE.as_bytes(), &bytes] {
        let name = OsStr::from_bytes(name);
        fs::write(folder.path().join(name), "(module").unwrap();
        let policy = OsStr::new("--policy");
        for args in [
            vec![OsStr::new("run"), name],
            vec![OsStr::new("run"), policy, name, name],
            vec![OsStr::new("run"), OsStr::new("--key-store"), name, name],
            vec![OsStr::new("algorithms"), policy, name],
            vec![
                OsStr::new("keys"),
                OsStr::new("list"),
                OsStr::new("--key-store"),
                name,
                OsStr::new("--kek-file"),
                name,
            ],
        ] {
            plain(&hostcrypt(&folder, args));
        }
        fs::remove_file(folder.path().join(name)).unwrap();
        refusal(&hostcrypt(&folder, [OsStr::new("run"), name]));
    }
    fs::write(
        folder.path().join("policy.toml"),
        format!("algorithms.forbid = ['{}']", HOSTILE.replace(['\n', '\r'], "")),
    )
    .unwrap();
    plain(&hostcrypt(&folder, ["algorithms", "--policy", "policy.toml"]));
    let toml: String = HOSTILE.chars().map(|character| format!("\\U{:08x}", u32::from(character))).collect();
    for policy in [
        format!("algorithms.forbid = [\"{toml}\"]"),
        format!("functions.forbid = [\"{toml}\"]"),
        format!("key_bits = {{ \"{toml}\" = 1 }}"),
        format!("\"{toml}\" = 1"),
        format!("base = \"{toml}\""),
    ] {
        fs::write(folder.path().join("policy.toml"), policy).unwrap();
        refusal(&hostcrypt(&folder, ["algorithms", "--policy", "policy.toml"]));
    }
}

#[test]
fn wrong_usage_quotes_arguments_as_they_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        vec![HOSTILE],
        vec!["run", "--runtime", HOSTILE, "guest.wasm"],
        vec!["run", &format!("--{HOSTILE}"), "guest.wasm"],
        vec!["run", "--env", HOSTILE, "guest.wasm"],
        vec!["run", "--in-progress-after", HOSTILE, "guest.wasm"],
        vec!["keys", "show", "--key-store", "keys", HOSTILE],
        vec!["keys", "show", "--key-store", &format!("pkcs11:{HOSTILE}"), "00112233445566778899aabbccddeeff"],
        vec!["keys", "expire", "--key-store", "keys", "--at", HOSTILE, "--version", HOSTILE, "00112233"],
        vec!["algorithms", HOSTILE],
        vec!["keys", "list", "--key-store", "keys", "--passphrase-file", HOSTILE, "--kek-file", HOSTILE],
    ] {
        let output = hostcrypt(&folder, &args);
        let [stdout, stderr] = plain(&output);
        assert!(output.status.code() == Some(2) && stdout.is_empty() && stderr.starts_with("error: "), "{stderr}");
    }
}

/// A store with a key of a guest of each namespace.
fn store(namespaces: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kek"), [7; 32]).unwrap();
    fs::set_permissions(folder.path().join("kek"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let guest = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/guests/signer.wasm");
    for namespace in namespaces {
        let _ = fs::remove_file(folder.path().join("signer.id"));
        let store = ["--key-store", "keys", "--kek-file", "kek", "--namespace", namespace];
        let output = hostcrypt(&folder, [&["run", "--dir", "."], &store[..], &[guest, "text"]].concat());
        assert!(output.status.success(), "{output:?}");
    }
    folder
}

fn keys(folder: &TempDir, command: &str, args: &[&str]) -> Output {
    hostcrypt(folder, [&["keys", command, "--key-store", "keys", "--kek-file", "kek"], args].concat())
}

#[test]
fn namespaces_stay_within_their_cells_and_json_has_them_as_they_are() {
    let others = ["名前空間", "e\u{301}\u{301}", "\u{301}", "\"\\'`"];
    let folder = store(&[&[HOSTILE][..], &others].concat());
    let listed = keys(&folder, "list", &["--json"]);
    let json: Vec<serde_json::Value> = serde_json::from_str(plain(&listed)[0]).unwrap();
    let namespace = |name: &str| json.iter().find(|row| row["namespace"] == name);
    assert!([&[HOSTILE][..], &others].concat().into_iter().all(|name| namespace(name).is_some()), "{json:?}");
    let output = keys(&folder, "list", &[]);
    let [table, _] = plain(&output);
    assert!(table.lines().count() == 6 && table.contains(&Printable(HOSTILE).to_string()), "{table}");
    let id = namespace(HOSTILE).unwrap()["identifier"].as_str().unwrap().to_owned();
    let named = ["--namespace", HOSTILE, &id];
    assert!(plain(&keys(&folder, "show", &named))[0].contains(&Printable(HOSTILE).to_string()));
    plain(&keys(&folder, "show", &[&["--json"], &named[..]].concat()));
    plain(&keys(&folder, "expire", &[&["--at", "never", "--version", "all", "--json"], &named[..]].concat()));
    refusal(&keys(&folder, "show", &["--namespace", &format!("{HOSTILE}c"), &id]));
    plain(&keys(&folder, "invalidate", &[&["--version", "all"], &named[..]].concat()));
}

#[test]
fn a_namespace_of_any_length_is_listed() {
    let long = "n".repeat(65_536);
    let folder = store(&[&long, "短"]);
    let output = keys(&folder, "list", &[]);
    assert!(output.status.success() && plain(&output)[0].contains(&long), "{:?}", output.status);
    for row in serde_json::from_slice::<Vec<serde_json::Value>>(&keys(&folder, "list", &["--json"]).stdout).unwrap() {
        let (namespace, id) = (row["namespace"].as_str().unwrap(), row["identifier"].as_str().unwrap());
        assert!(keys(&folder, "show", &["--namespace", namespace, id]).status.success());
    }
}
