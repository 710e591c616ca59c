//! What `hostcrypt run` does with a component.

#![cfg(feature = "wasmtime")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The interfaces of WASI that the guests use, and one that nobody has.
const WIT: &str = "package test:guest;
world guest {
    $imports
    $exports
}
package wasi:cli@0.2.0 {
    interface run { run: func() -> result; }
    interface exit {
        exit: func(status: result);
        exit-with-code: func(code: u8);
    }
    interface environment {
        get-arguments: func() -> list<string>;
        get-environment: func() -> list<tuple<string, string>>;
    }
}
package wasi:filesystem@0.2.0 {
    interface types { resource descriptor; }
    interface preopens {
        use types.{descriptor};
        get-directories: func() -> list<tuple<descriptor, string>>;
    }
}
package nobody:has@1.2.3 {
    interface this { that: func(); }
}";

/// A component of a core module, by what its world imports and exports.
fn component(imports: &str, exports: &str, core: &str) -> Vec<u8> {
    let mut wit = Resolve::new();
    wit.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/wit")).unwrap();
    let package = wit.push_str("guest.wit", &WIT.replace("$imports", imports).replace("$exports", exports)).unwrap();
    let world = wit.select_world(&[package], Some("guest")).unwrap();
    let mut module = wat::parse_str(core).unwrap();
    embed_component_metadata(&mut module, &wit, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}

/// What guests of these tests import, beside what a test is about.
const EXIT: &str = r#"(import "wasi:cli/exit@0.2.0" "exit-with-code" (func $exit (param i32)))"#;

/// A command that imports interfaces beside `wasi:cli/exit`, and does what the core module's function body says; what that
/// returns is the result of `run`.
fn command(imports: &[&str], core_imports: &str, body: &str) -> Guest {
    let all: String = ["wasi:cli/exit@0.2.0"].iter().chain(imports).map(|name| format!("import {name};\n")).collect();
    let core = format!(
        r#"(module
            {EXIT}
            {core_imports}
            (memory (export "memory") 1)
            (global $top (mut i32) (i32.const 4096))
            (func (export "cabi_realloc") (param i32 i32 i32) (param $len i32) (result i32)
                (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get $len) (i32.const 15)) (i32.const -8))))
                (i32.sub (global.get $top) (i32.and (i32.add (local.get $len) (i32.const 15)) (i32.const -8))))
            (data (i32.const 0) "SHA-256")
            (data (i32.const 16) "abc")
            (func $run (export "wasi:cli/run@0.2.0#run") (result i32) {body}))"#
    );
    Guest::new(&component(&all, "export wasi:cli/run@0.2.0;", &core))
}

/// A folder with a guest in it.
struct Guest(TempDir);

impl Guest {
    fn new(content: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("guest.wasm"), content).unwrap();
        Self(folder)
    }

    fn run(&self, options: &[&str], args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
        command.args(["run", "--runtime", "wasmtime"]).args(options).arg("guest.wasm").args(args);
        command.current_dir(&self.0).output().unwrap()
    }

    #[track_caller]
    fn exits(&self, options: &[&str], args: &[&str], code: i32) {
        let output = self.run(options, args);
        assert_eq!((output.status.code(), str::from_utf8(&output.stderr).unwrap()), (Some(code), ""), "{options:?}");
    }

    /// The one line on standard error, which has all of these parts.
    #[track_caller]
    fn refuses(&self, parts: &[&str]) {
        let output = self.run(&[], &[]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
        for part in parts {
            assert!(stderr.contains(part), "no {part:?} in: {stderr}");
        }
    }
}

#[test]
fn the_result_of_a_command_is_the_exit_code() {
    command(&[], "", "(i32.const 0)").exits(&[], &[], 0);
    command(&[], "", "(i32.const 1)").exits(&[], &[], 1);
}

#[test]
fn an_exit_gives_its_code() {
    command(&[], "", "(call $exit (i32.const 42)) unreachable").exits(&[], &[], 42);
    command(&[], "", "(call $exit (i32.const 0)) unreachable").exits(&[], &[], 0);
    let import = r#"(import "wasi:cli/exit@0.2.0" "exit" (func $leave (param i32)))"#;
    command(&[], import, "(call $leave (i32.const 1)) unreachable").exits(&[], &[], 1);
}

#[test]
fn the_guest_has_the_arguments_the_environment_and_the_directories_that_it_is_given() {
    // Each answers a list, whose length is the exit code.
    let counting = |interface: &str, function: &str| {
        let import = format!(r#"(import "{interface}" "{function}" (func $list (param i32)))"#);
        command(&[interface], &import, "(call $list (i32.const 64)) (call $exit (i32.load (i32.const 68))) unreachable")
    };
    let arguments = counting("wasi:cli/environment@0.2.0", "get-arguments");
    arguments.exits(&[], &[], 1);
    arguments.exits(&[], &["--verbose", "two"], 3);
    let environment = counting("wasi:cli/environment@0.2.0", "get-environment");
    environment.exits(&[], &[], 0);
    environment.exits(&["--env", "A=1", "--env", "B=2"], &[], 2);
    let directories = counting("wasi:filesystem/preopens@0.2.0", "get-directories");
    directories.exits(&[], &[], 0);
    directories.exits(&["--dir", ".", "--dir", ".::/data"], &[], 2);
}

/// Hashes "abc", and exits with the error code, or with the first byte of the digest.
fn hashing() -> Guest {
    let symmetric = "wasi:crypto/wasi-ephemeral-crypto-symmetric@0.11.0";
    let imports = format!(
        r#"(import "{symmetric}" "symmetric-state-open" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
        (import "{symmetric}" "symmetric-state-absorb" (func $absorb (param i32 i32 i32 i32)))
        (import "{symmetric}" "symmetric-state-squeeze" (func $squeeze (param i32 i32)))"#
    );
    let body = "
        (call $open (i32.const 0) (i32.const 7) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64))
        (if (i32.load8_u (i32.const 64)) (then (call $exit (i32.load8_u (i32.const 68)))))
        (call $absorb (i32.load (i32.const 68)) (i32.const 16) (i32.const 3) (i32.const 80))
        (call $squeeze (i32.load (i32.const 68)) (i32.const 96))
        (call $exit (i32.load8_u (i32.load (i32.const 100)))) unreachable";
    command(&[symmetric], &imports, body)
}

#[test]
fn a_component_hashes_unless_the_policy_forbids_it() {
    let guest = hashing();
    guest.exits(&[], &[], 0xba);
    fs::write(guest.0.path().join("policy.toml"), "algorithms.forbid = [\"SHA-256\"]").unwrap();
    // `prohibited-operation`
    guest.exits(&["--policy", "policy.toml"], &[], 4);
}

#[test]
fn a_component_takes_no_revision() {
    let output = hashing().run(&["--revision", "0.10"], &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(stderr.contains("`--revision` is for core modules"), "{stderr}");
}

#[test]
fn a_component_has_the_key_store_that_it_is_given() {
    let common = "wasi:crypto/wasi-ephemeral-crypto-common@0.11.0";
    let import = format!(r#"(import "{common}" "secrets-manager-open" (func $open (param i32 i32 i32)))"#);
    let body = "
        (call $open (i32.const 0) (i32.const 0) (i32.const 64))
        (call $exit (select (i32.load8_u (i32.const 68)) (i32.const 0) (i32.load8_u (i32.const 64)))) unreachable";
    let guest = command(&[common], &import, body);
    // `unsupported-feature`
    guest.exits(&[], &[], 3);
    fs::write(guest.0.path().join("kek"), [7; 32]).unwrap();
    // A file that others can read is warned of.
    let output = guest.run(&["--key-store", "keys", "--kek-file", "kek"], &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_component_that_does_not_link_is_told_why_in_one_line() {
    let import = r#"(import "nobody:has/this@1.2.3" "that" (func $that))"#;
    let guest = command(&["nobody:has/this@1.2.3"], import, "(call $that) (i32.const 0)");
    guest.refuses(&["guest.wasm", "imports `nobody:has/this@1.2.3`", "does not have", "WASI 0.2", "`that`"]);

    let unknown = r#"(component (import "wasi:crypto/wasi-ephemeral-crypto-kx@0.11.0" (instance
        (export "no-such-function" (func)))))"#;
    Guest::new(unknown.as_bytes()).refuses(&["does not fit hostcrypt's functions", "no-such-function"]);

    let later =
        r#"(component (import "wasi:crypto/wasi-ephemeral-crypto-kx@0.12.0" (instance (export "kx-dh" (func)))))"#;
    Guest::new(later.as_bytes()).refuses(&["imports `wasi:crypto/wasi-ephemeral-crypto-kx@0.12.0`", "is 0.11.0"]);
}

#[test]
fn a_component_that_is_no_command_is_told_what_it_lacks() {
    Guest::new(b"(component)").refuses(&["exports no `wasi:cli/run`"]);
    Guest::new(b"\0asm\x0d\0\x01\0").refuses(&["exports no `wasi:cli/run`"]);
    Guest::new(b"\0asm\x0d\0\x01\0\x01").refuses(&["damaged"]);
}

#[test]
fn a_trap_in_a_component_is_one_line_with_its_place_and_a_hint() {
    command(&[], "", "unreachable").refuses(&["traps in `run`", "`unreachable`", "panic"]);
    command(&[], "", "(call $run)").refuses(&["traps in `run`", "stack", "too deep"]);
}
