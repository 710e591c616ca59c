//! What the command does with guests, as its user sees it: the same in every runtime that is built in.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "a test")]

#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(windows)]
use std::os::windows::fs::symlink_file as symlink;
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A runtime, by its name.
#[derive(Clone, Copy)]
struct Runtime(&'static str);

impl Runtime {
    fn guest(self, content: impl AsRef<[u8]>) -> Guest {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("guest.wat");
        fs::write(&path, content).unwrap();
        Guest { runtime: self, folder, path }
    }
}

macro_rules! in_every_runtime {
    ($($test:ident),* $(,)?) => {
        in_every_runtime!(@ wasmtime "wasmtime": $($test)*);
        in_every_runtime!(@ wasmer "wasmer": $($test)*);
        in_every_runtime!(@ wasmedge "wasmedge": $($test)*);
    };
    (@ $runtime:ident $feature:literal: $($test:ident)*) => {
        #[cfg(feature = $feature)]
        mod $runtime {
            $(#[test] fn $test() { super::$test(super::Runtime($feature)); })*
        }
    };
}

in_every_runtime! {
    the_exit_code_is_the_guests,
    an_exit_code_that_no_process_can_have_is_refused_rather_than_cut,
    what_follows_the_guest_is_its_arguments_even_if_it_looks_like_options,
    the_guest_has_the_environment_that_it_is_given_and_no_other,
    standard_input_and_standard_error_are_the_guests,
    the_guest_has_the_directories_that_it_is_given_and_no_other,
    files_of_a_directory_are_read_and_written,
    no_path_and_no_link_leads_out_of_a_directory,
    a_guest_sleeps,
    the_revision_is_told_from_imports_unless_it_is_given,
    a_binary_guest_runs,
    a_file_that_cannot_be_read_is_named,
    a_file_that_is_no_module_is_told_apart,
    a_component_is_told_apart,
    an_unknown_import_is_named,
    every_function_of_wasi_is_there,
    a_start_function_may_call_wasi_but_in_wasmer,
    a_guest_that_is_no_command_is_told_what_it_lacks,
    a_trap_is_one_line_with_its_place_and_a_hint,
    a_directory_that_is_none_is_named,
    a_table_grows_to_a_bound_and_is_no_call_stack,
}

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

/// Finds the directory that it knows as `/data`, as the libraries of languages do, for which the slash is no part of the
/// name; exits with `badf` where there is none.
const FINDS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $name (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func $find (result i32) (local $fd i32) (local $errno i32)
        (local.set $fd (i32.const 3))
        (loop $next
            (local.set $errno (call $prestat (local.get $fd) (i32.const 64)))
            (if (local.get $errno) (then (call $exit (local.get $errno))))
            (drop (call $name (local.get $fd) (i32.const 96) (i32.load (i32.const 68))))
            ;; The last four letters, in the order of the memory.
            (if (i32.eq (i32.load offset=92 (i32.load (i32.const 68))) (i32.const 0x61746164))
                (then (return (local.get $fd))))
            (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
            (br $next))
        unreachable)"#;

/// Exits with what making a directory `made` in `/data` answers.
const MAKES: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_create_directory" (func $make (param i32 i32 i32) (result i32)))
    $finds
    (data (i32.const 0) "made")
    (func (export "_start") (call $exit (call $make (call $find) (i32.const 0) (i32.const 4)))))"#;

/// Prints the first 64 bytes of a file by its path from `/data`, or exits with what opening it answers.
const READS: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    $finds
    (data (i32.const 1024) "$path")
    (data (i32.const 0) "\00\01\00\00\40\00\00\00")
    (func (export "_start") (local $errno i32)
        (local.set $errno (call $open (call $find) (i32.const 1) (i32.const 1024) (i32.const $len) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
        (if (local.get $errno) (then (call $exit (local.get $errno))))
        (drop (call $read (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 4)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// Writes "text" to a new file by its path from `/data`, and exits with what that answers.
const WRITES: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    $finds
    (data (i32.const 1024) "$path")
    (data (i32.const 0) "\20\00\00\00\04\00\00\00")
    (data (i32.const 32) "text")
    (func (export "_start") (local $errno i32)
        (local.set $errno (call $open (call $find) (i32.const 1) (i32.const 1024) (i32.const $len) (i32.const 1)
            (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
        (if (local.get $errno) (then (call $exit (local.get $errno))))
        (call $exit (call $write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// The functions of WASI preview 1 with the types of their parameters; all but `proc_exit` return an errno.
const PREVIEW_1: &str = "
    args_get ii; args_sizes_get ii; clock_res_get ii; clock_time_get ili; environ_get ii; environ_sizes_get ii;
    fd_advise illi; fd_allocate ill; fd_close i; fd_datasync i; fd_fdstat_get ii; fd_fdstat_set_flags ii;
    fd_fdstat_set_rights ill; fd_filestat_get ii; fd_filestat_set_size il; fd_filestat_set_times illi; fd_pread iiili;
    fd_prestat_dir_name iii; fd_prestat_get ii; fd_pwrite iiili; fd_read iiii; fd_readdir iiili; fd_renumber ii;
    fd_seek ilii; fd_sync i; fd_tell ii; fd_write iiii; path_create_directory iii; path_filestat_get iiiii;
    path_filestat_set_times iiiilli; path_link iiiiiii; path_open iiiiillii; path_readlink iiiiii;
    path_remove_directory iii; path_rename iiiiii; path_symlink iiiii; path_unlink_file iii; poll_oneoff iiii;
    proc_exit i; proc_raise i; random_get ii; sched_yield; sock_accept iii; sock_recv iiiiii; sock_send iiiii;
    sock_shutdown ii";

/// Sleeps a twentieth of a second.
const SLEEPS: &str = r#"(module
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        ;; A clock that runs on, and nanoseconds.
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 50000000))
        (call $exit (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 256)))))"#;

/// A folder with a guest in it.
struct Guest {
    runtime: Runtime,
    folder: TempDir,
    path: PathBuf,
}

impl Guest {
    /// Runs the guest with options before it and arguments after it.
    fn run(&self, options: &[&str], args: &[&str]) -> Output {
        let mut command = hostcrypt(&["run", "--runtime", self.runtime.0]);
        command.args(options).arg(&self.path).args(args).current_dir(&self.folder).output().unwrap()
    }

    /// The one line on standard error of a guest that cannot be run, or traps.
    #[track_caller]
    fn refusal(&self, options: &[&str]) -> String {
        refusal(&self.run(options, &[]))
    }
}

fn hostcrypt(args: &[&str]) -> Command {
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

fn the_exit_code_is_the_guests(runtime: Runtime) {
    for code in ["0", "1", "7", "126", "255"] {
        let output = runtime.guest(EXITS.replace("$code", code)).run(&[], &[]);
        assert_eq!(output.status.code(), code.parse().ok());
        assert_eq!(output.stderr, b"");
    }
}

fn an_exit_code_that_no_process_can_have_is_refused_rather_than_cut(runtime: Runtime) {
    // WASIX cuts 256 itself.
    let codes: &[&str] = if runtime.0 == "wasmer" { &["-1"] } else { &["256", "-1"] };
    for code in codes {
        assert_has(&runtime.guest(EXITS.replace("$code", code)).refusal(&[]), &["exits with", "0 to 255"]);
    }
}

fn what_follows_the_guest_is_its_arguments_even_if_it_looks_like_options(runtime: Runtime) {
    let args = ["--help", "a b", "-x", "--", "--env", "K=V"];
    let output = runtime.guest(PRINTS).run(&[], &args);
    assert_eq!(stdout(&output), format!("guest.wat\0{}\0", args.join("\0")));
    assert_eq!(output.status.code(), Some(0));
}

fn the_guest_has_the_environment_that_it_is_given_and_no_other(runtime: Runtime) {
    let output = runtime.guest(PRINTS).run(&["--env", "A=1", "--env", "B=x=y", "--env", "C="], &[]);
    assert_eq!(stdout(&output), "guest.wat\0A=1\0B=x=y\0C=\0");
}

fn standard_input_and_standard_error_are_the_guests(runtime: Runtime) {
    let guest = runtime.guest(COPIES);
    let mut command = hostcrypt(&["run", "--runtime", runtime.0]);
    command.arg(&guest.path);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&[b'x'; 64]).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stderr, [b'x'; 64]);
    assert_eq!(output.status.code(), Some(0));
}

/// A guest that looks for its directory, and has a path in it.
fn finding(guest: &str, path: &str) -> String {
    guest.replace("$finds", FINDS).replace("$path", path).replace("$len", &path.len().to_string())
}

fn the_guest_has_the_directories_that_it_is_given_and_no_other(runtime: Runtime) {
    let guest = runtime.guest(finding(MAKES, ""));
    assert_eq!(guest.run(&[], &[]).status.code(), Some(8), "badf");
    assert_eq!(guest.run(&["--dir", "."], &[]).status.code(), Some(8), "badf");
    assert!(!guest.folder.path().join("made").exists());
    assert_eq!(guest.run(&["--dir", ".::/other", "--dir", ".::/data"], &[]).status.code(), Some(0));
    assert!(guest.folder.path().join("made").is_dir());
}

fn files_of_a_directory_are_read_and_written(runtime: Runtime) {
    let guest = runtime.guest(finding(WRITES, "new.txt"));
    assert_eq!(guest.run(&["--dir", ".::/data"], &[]).status.code(), Some(0));
    assert_eq!(fs::read(guest.folder.path().join("new.txt")).unwrap(), b"text");

    let guest = runtime.guest(finding(READS, "folder/file.txt"));
    fs::create_dir(guest.folder.path().join("folder")).unwrap();
    fs::write(guest.folder.path().join("folder/file.txt"), "content").unwrap();
    let output = guest.run(&["--dir", ".::/data"], &[]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), "content"));
}

fn no_path_and_no_link_leads_out_of_a_directory(runtime: Runtime) {
    let inside = ["within", "folder/../file.txt", "folder/up"];
    let outside = ["../secret.txt", "folder/../../secret.txt", "out", "absolute", "folder-out/secret.txt", "twice"];
    for (path, leads_out) in inside.map(|path| (path, false)).into_iter().chain(outside.map(|path| (path, true))) {
        for guest in [READS, WRITES] {
            let guest = runtime.guest(finding(guest, path));
            let folder = guest.folder.path();
            fs::create_dir_all(folder.join("given/folder")).unwrap();
            fs::write(folder.join("secret.txt"), "secret").unwrap();
            fs::write(folder.join("given/file.txt"), "content").unwrap();
            symlink("file.txt", folder.join("given/within")).unwrap();
            symlink("../file.txt", folder.join("given/folder/up")).unwrap();
            symlink("../secret.txt", folder.join("given/out")).unwrap();
            symlink(folder.join("secret.txt"), folder.join("given/absolute")).unwrap();
            symlink("..", folder.join("given/folder-out")).unwrap();
            symlink("folder-out/secret.txt", folder.join("given/twice")).unwrap();
            let output = guest.run(&["--dir", "given::/data"], &[]);
            let is_granted = output.status.code() == Some(0);
            assert_eq!(is_granted, !leads_out, "{path}: {output:?}");
            assert!(!stdout(&output).contains("secret"), "{path}");
            assert_eq!(fs::read(folder.join("secret.txt")).unwrap(), b"secret", "{path}");
        }
    }
}

fn a_guest_sleeps(runtime: Runtime) {
    let begin = Instant::now();
    assert_eq!(runtime.guest(SLEEPS).run(&[], &[]).status.code(), Some(0));
    assert!(begin.elapsed() >= Duration::from_millis(50));
}

fn the_revision_is_told_from_imports_unless_it_is_given(runtime: Runtime) {
    let guest = runtime.guest(OPENS);
    for (revision, errno) in [("auto", 0), ("0.10", 0), ("2020-06", 6)] {
        assert_eq!(guest.run(&["--revision", revision], &[]).status.code(), Some(errno), "{revision}");
    }
    let import = r#"(import "wasi_ephemeral_crypto_common" "key_manager_close" (func (param i32) (result i32)))"#;
    let old = runtime.guest(OPENS.replace("(memory", &format!("{import} (memory")));
    assert_eq!(old.run(&[], &[]).status.code(), Some(6));
    assert_eq!(old.run(&["--revision", "0.10"], &[]).status.code(), Some(0));
}

fn a_binary_guest_runs(runtime: Runtime) {
    let wasm = wat::parse_str(EXITS.replace("$code", "3")).unwrap();
    assert_eq!(runtime.guest(wasm).run(&[], &[]).status.code(), Some(3));
}

fn a_file_that_cannot_be_read_is_named(runtime: Runtime) {
    for path in ["absent.wasm", "."] {
        let output = hostcrypt(&["run", "--runtime", runtime.0, path]).output().unwrap();
        assert_has(&refusal(&output), &[path, "cannot read", ".wasm or .wat"]);
    }
}

fn a_file_that_is_no_module_is_told_apart(runtime: Runtime) {
    assert_has(&runtime.guest("hello").refusal(&[]), &["guest.wat", "neither", "expected `(` at 1:1"]);
    assert_has(&runtime.guest(b"\xff\x00\xfe").refusal(&[]), &["guest.wat", "neither"]);
    assert_has(&runtime.guest(b"\0asm\x01\0\0\0\x01").refusal(&[]), &["guest.wat", "damaged"]);
    let invalid = r#"(module (func (export "_start") i32.const 1))"#;
    assert_has(&runtime.guest(invalid).refusal(&[]), &["guest.wat", "damaged", "type mismatch"]);
}

/// What Wasmtime does with one is in `component.rs`.
fn a_component_is_told_apart(runtime: Runtime) {
    let parts: &[&str] = match runtime.0 {
        "wasmtime" => &["exports no `wasi:cli/run`"],
        _ => &["is a component", "--runtime wasmtime", "wasm32-wasip1"],
    };
    for component in [b"\0asm\x0d\0\x01\0".as_slice(), b"(component)"] {
        assert_has(&runtime.guest(component).refusal(&[]), parts);
    }
}

fn an_unknown_import_is_named(runtime: Runtime) {
    let importing = |module, name| {
        runtime.guest(format!(r#"(module (import "{module}" "{name}" (func)) (func (export "_start")))"#))
    };
    let more_of_wasix =
        [("wasi", "thread-spawn"), ("wasi_snapshot_preview1", "thread-spawn"), ("wasix_32v1", "proc_exec")];
    let more_of_wasmedge = [("wasi_snapshot_preview1", "sock_open"), ("wasi_snapshot_preview1", "sock_bind")];
    let more_of_wasix = more_of_wasix.into_iter().chain(more_of_wasmedge);
    for (module, name) in [("env", "foo")].into_iter().chain(more_of_wasix) {
        let line = importing(module, name).refusal(&[]);
        assert_has(&line, &[&format!("`{name}` from `{module}`"), "does not have"]);
    }
    let crypto = "wasi_ephemeral_crypto_common";
    assert_has(&importing(crypto, "foo").refusal(&[]), &["`foo` from", crypto, "which WASI-crypto does not have"]);
    assert_has(&importing(crypto, "options_open").refusal(&[]), &["options_open", crypto, "incompatible"]);
}

fn every_function_of_wasi_is_there(runtime: Runtime) {
    let import = |function: &str| {
        let (name, types) = function.trim().split_once(' ').unwrap_or((function.trim(), ""));
        let types: String = types.chars().map(|of| if of == 'l' { " i64" } else { " i32" }).collect();
        let result = if name == "proc_exit" { "" } else { "(result i32)" };
        format!(r#"(import "wasi_snapshot_preview1" "{name}" (func (param{types}) {result}))"#)
    };
    // WasmEdge has these two otherwise.
    let lacks = |function: &&str| {
        runtime.0 == "wasmedge" && ["proc_raise", "sock_accept"].iter().any(|name| function.trim().starts_with(name))
    };
    for function in PREVIEW_1.split(';').filter(lacks) {
        let guest = format!(r#"(module {} (memory (export "memory") 1) (func (export "_start")))"#, import(function));
        assert_has(&runtime.guest(guest).refusal(&[]), &[function.trim().split(' ').next().unwrap(), "Wasmtime"]);
    }
    let imports: String = PREVIEW_1.split(';').filter(|function| !lacks(function)).map(import).collect();
    let guest = format!(r#"(module {imports} (memory (export "memory") 1) (func (export "_start")))"#);
    let output = runtime.guest(guest).run(&[], &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

fn a_start_function_may_call_wasi_but_in_wasmer(runtime: Runtime) {
    let starting = |body| {
        let import = r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))"#;
        let start = format!(r#"(func $f {body}) (start $f) (func (export "_start"))"#);
        runtime.guest(format!(r#"(module {import} (memory (export "memory") 1) {start})"#))
    };
    // WASIX panics if it is called before `_start`.
    let [exits, yields] = if runtime.0 == "wasmer" { [1, 1] } else { [3, 0] };
    assert_eq!(starting("(call $exit (i32.const 3))").run(&[], &[]).status.code(), Some(exits));
    assert_eq!(starting("(drop (call $yield))").run(&[], &[]).status.code(), Some(yields));
}

fn a_guest_that_is_no_command_is_told_what_it_lacks(runtime: Runtime) {
    assert_has(&runtime.guest(r#"(module (func (export "_initialize")))"#).refusal(&[]), &["no `_start`", "library"]);
    let parameter = r#"(module (func (export "_start") (param i32)))"#;
    assert_has(&runtime.guest(parameter).refusal(&[]), &["`_start`", "without parameters"]);
    assert_has(&runtime.guest(OPENS.replace(r#"(export "memory")"#, "")).refusal(&[]), &["no memory", "`memory`"]);
    let shared = r#"(module (memory (export "memory") 1 1 shared) (func (export "_start")))"#;
    assert_has(&runtime.guest(shared).refusal(&[]), &["threads share", "without threads"]);
}

fn a_trap_is_one_line_with_its_place_and_a_hint(runtime: Runtime) {
    let trapping =
        |body| runtime.guest(format!(r#"(module (memory 1) (func $f {body}) (func (export "_start") call $f))"#));
    let place = if runtime.0 == "wasmedge" { "traps" } else { "traps in `f`" };
    assert_has(&trapping("unreachable").refusal(&[]), &[place, "`unreachable`", "panic"]);
    assert_has(&trapping("(drop (i32.load (i32.const -1)))").refusal(&[]), &[place, "out of bounds"]);
    let at_once = r#"(module (func $f unreachable) (start $f) (func (export "_start")))"#;
    assert_has(&runtime.guest(at_once).refusal(&[]), &[place]);
    // Wasmer does not look at a stack that is full.
    let place = if runtime.0 == "wasmer" { "traps" } else { place };
    assert_has(&trapping("call $f").refusal(&[]), &[place, "stack", "too deep"]);
}

fn a_directory_that_is_none_is_named(runtime: Runtime) {
    let guest = runtime.guest(finding(MAKES, ""));
    for dir in ["absent", "guest.wat", "absent::/data"] {
        let host = dir.trim_end_matches("::/data");
        assert_has(&guest.refusal(&["--dir", dir]), &["--dir", host, "not a directory"]);
    }
}

fn a_table_grows_to_a_bound_and_is_no_call_stack(runtime: Runtime) {
    // 800 MiB at once or by steps, where an element has 16 bytes, and as many elements as there can be.
    for (elements, steps) in [(52_428_800, 1), (1_048_576, 50), (0xffff_fffe_u32, 1)] {
        let grows = runtime.guest(format!(
            r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                (table $table 1 funcref)
                (func (export "_start") (local $steps i32)
                    (loop $again
                        (if (i32.eq (table.grow $table (ref.null func) (i32.const {elements})) (i32.const -1))
                            (then (call $exit (i32.div_u (table.size $table) (i32.const 1000000)))))
                        (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
                        (br_if $again (i32.lt_u (local.get $steps) (i32.const {steps}))))
                    (call $exit (i32.const 255))))"#
        ));
        let output = grows.run(&[], &[]);
        let millions = if steps == 1 { 0 } else { 9 };
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(millions), &b""[..]), "{elements}");
    }
}
