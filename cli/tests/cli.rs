//! What the command does, as its user sees it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "a test")]

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// Exits with what the expression `$code` says.
const EXITS: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (i32.const $code))))"#;

/// Prints its arguments and then its environment, each followed by a NUL.
const PRINTS: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "\00\08\00\00")
    (func $print (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8))))
    (func (export "_start")
        (drop (call $args_sizes (i32.const 0) (i32.const 20)))
        (drop (call $args (i32.const 1024) (i32.const 2048)))
        (call $print)
        (drop (call $env_sizes (i32.const 0) (i32.const 20)))
        (drop (call $env (i32.const 1024) (i32.const 2048)))
        (call $print)))"#;

/// Copies standard input, at most 64 bytes, to standard error.
const COPIES: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\00\01\00\00\40\00\00\00")
    (func (export "_start")
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// Exits with what opening options of algorithm type 2, key exchange, answers; imports nothing else of WASI-crypto.
const OPENS: &str = r#"(module
    (import "wasi_ephemeral_crypto_common" "options_open" (func $open (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (call $open (i32.const 2) (i32.const 8)))))"#;

/// Exits with what making a directory `made` in its first directory answers.
const MAKES: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_create_directory" (func $make (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "made")
    (func (export "_start") (call $exit (call $make (i32.const 3) (i32.const 0) (i32.const 4)))))"#;

/// A folder with a guest in it.
struct Guest {
    folder: TempDir,
    path: PathBuf,
}

impl Guest {
    fn new(content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("guest.wat");
        fs::write(&path, content).unwrap();
        Self { folder, path }
    }

    /// Runs the guest with options before it and arguments after it.
    fn run(&self, options: &[&str], args: &[&str]) -> Output {
        let mut command = hostcrypt(&["run"]);
        command.args(options).arg(&self.path).args(args).current_dir(&self.folder).output().unwrap()
    }

    /// The one line on standard error of a guest that cannot be run, or traps.
    #[track_caller]
    fn refusal(&self, options: &[&str]) -> String {
        refusal(&self.run(options, &[]))
    }
}

fn hostcrypt<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
    command.args(args);
    command
}

#[track_caller]
fn refusal(output: &Output) -> String {
    let stderr = str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(stdout(output), "");
    let line = stderr.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "more than a line: {line}");
    line.strip_prefix("hostcrypt: ").unwrap().to_owned()
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

#[track_caller]
fn assert_has(line: &str, parts: &[&str]) {
    for part in parts {
        assert!(line.contains(part), "no {part:?} in: {line}");
    }
}

#[test]
fn the_exit_code_is_the_guests() {
    for code in ["0", "1", "7", "126", "255"] {
        let output = Guest::new(EXITS.replace("$code", code)).run(&[], &[]);
        assert_eq!(output.status.code(), code.parse().ok());
        assert_eq!(output.stderr, b"");
    }
}

#[test]
fn an_exit_code_that_no_process_can_have_is_refused_rather_than_cut() {
    for code in ["256", "-1"] {
        assert_has(&Guest::new(EXITS.replace("$code", code)).refusal(&[]), &[code, "0 to 255"]);
    }
}

#[test]
fn what_follows_the_guest_is_its_arguments_even_if_it_looks_like_options() {
    let args = ["--help", "a b", "-x", "--", "--env", "K=V"];
    let output = Guest::new(PRINTS).run(&[], &args);
    assert_eq!(stdout(&output), format!("guest.wat\0{}\0", args.join("\0")));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_guest_has_the_environment_that_it_is_given_and_no_other() {
    let output = Guest::new(PRINTS).run(&["--env", "A=1", "--env", "B=x=y", "--env", "C="], &[]);
    assert_eq!(stdout(&output), "guest.wat\0A=1\0B=x=y\0C=\0");
}

#[test]
fn standard_input_and_standard_error_are_the_guests() {
    let guest = Guest::new(COPIES);
    let mut command = hostcrypt(&[OsStr::new("run"), guest.path.as_os_str()]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&[b'x'; 64]).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stderr, [b'x'; 64]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_guest_has_the_directories_that_it_is_given_and_no_other() {
    let guest = Guest::new(MAKES);
    assert_eq!(guest.run(&[], &[]).status.code(), Some(8), "badf");
    assert!(!guest.folder.path().join("made").exists());
    assert_eq!(guest.run(&["--dir", ".::/data"], &[]).status.code(), Some(0));
    assert!(guest.folder.path().join("made").is_dir());
}

#[test]
fn the_revision_is_told_from_imports_unless_it_is_given() {
    let guest = Guest::new(OPENS);
    for (revision, errno) in [("auto", 0), ("0.10", 0), ("2020-06", 6)] {
        assert_eq!(guest.run(&["--revision", revision], &[]).status.code(), Some(errno), "{revision}");
    }
    let import = r#"(import "wasi_ephemeral_crypto_common" "key_manager_close" (func (param i32) (result i32)))"#;
    let old = Guest::new(OPENS.replace("(memory", &format!("{import} (memory")));
    assert_eq!(old.run(&[], &[]).status.code(), Some(6));
    assert_eq!(old.run(&["--revision", "0.10"], &[]).status.code(), Some(0));
}

#[test]
fn a_binary_guest_runs() {
    let wasm = wat::parse_str(EXITS.replace("$code", "3")).unwrap();
    assert_eq!(Guest::new(wasm).run(&[], &[]).status.code(), Some(3));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for path in ["absent.wasm", "."] {
        let output = hostcrypt(&["run", path]).output().unwrap();
        assert_has(&refusal(&output), &[path, "cannot read", ".wasm or .wat"]);
    }
}

#[test]
fn a_file_that_is_no_module_is_told_apart() {
    assert_has(&Guest::new("hello").refusal(&[]), &["guest.wat", "neither", "expected `(` at 1:1"]);
    assert_has(&Guest::new(b"\xff\x00\xfe").refusal(&[]), &["guest.wat", "neither"]);
    assert_has(&Guest::new(b"\0asm\x01\0\0\0\x01").refusal(&[]), &["guest.wat", "damaged"]);
    let invalid = r#"(module (func (export "_start") i32.const 1))"#;
    assert_has(&Guest::new(invalid).refusal(&[]), &["guest.wat", "damaged", "type mismatch"]);
}

#[test]
fn a_component_is_told_apart() {
    for component in [b"\0asm\x0d\0\x01\0".as_slice(), b"(component)"] {
        assert_has(&Guest::new(component).refusal(&[]), &["is a component", "core modules", "wasm32-wasip1"]);
    }
}

#[test]
fn an_unknown_import_is_named() {
    let importing =
        |module, name| Guest::new(format!(r#"(module (import "{module}" "{name}" (func)) (func (export "_start")))"#));
    assert_has(&importing("env", "foo").refusal(&[]), &["`foo` from `env`", "does not have"]);
    let crypto = "wasi_ephemeral_crypto_common";
    assert_has(&importing(crypto, "foo").refusal(&[]), &["`foo` from", crypto, "unknown name of WASI-crypto"]);
    assert_has(&importing(crypto, "options_open").refusal(&[]), &["options_open", crypto, "incompatible"]);
}

#[test]
fn a_guest_that_is_no_command_is_told_what_it_lacks() {
    assert_has(&Guest::new(r#"(module (func (export "_initialize")))"#).refusal(&[]), &["no `_start`", "library"]);
    let parameter = r#"(module (func (export "_start") (param i32)))"#;
    assert_has(&Guest::new(parameter).refusal(&[]), &["`_start`", "without parameters"]);
    assert_has(&Guest::new(OPENS.replace(r#"(export "memory")"#, "")).refusal(&[]), &["no memory", "`memory`"]);
}

#[test]
fn a_trap_is_one_line_with_its_place_and_a_hint() {
    let trapping =
        |body| Guest::new(format!(r#"(module (memory 1) (func $f {body}) (func (export "_start") call $f))"#));
    assert_has(&trapping("unreachable").refusal(&[]), &["traps in `f`", "`unreachable`", "panic"]);
    assert_has(&trapping("call $f").refusal(&[]), &["traps in `f`", "stack", "too deep"]);
    assert_has(&trapping("(drop (i32.load (i32.const -1)))").refusal(&[]), &["traps in `f`", "out of bounds"]);
    let at_once = r#"(module (func $f unreachable) (start $f) (func (export "_start")))"#;
    assert_has(&Guest::new(at_once).refusal(&[]), &["traps in `f`"]);
}

#[test]
fn a_directory_that_is_none_is_named() {
    let guest = Guest::new(MAKES);
    for dir in ["absent", "guest.wat", "absent::/data"] {
        let host = dir.trim_end_matches("::/data");
        assert_has(&guest.refusal(&["--dir", dir]), &["--dir", host, "no directory"]);
    }
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
