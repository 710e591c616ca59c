//! Runs a guest in Wasmtime.

use hostcrypt::Host;
use hostcrypt_wasmtime::{Crypto, revision_of};
use wasmtime::{
    Config, Engine, ExternType, InstancePre, Linker, Module, Store, Trap, TypedFunc, UnknownImportError, WasmBacktrace,
};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder, p1, p1::WasiP1Ctx};

use super::Guest;
use crate::Outcome;

const INVALID: &str = "is damaged, or needs a WebAssembly feature that is off here";

/// What the guest's store keeps.
struct State {
    wasi: WasiP1Ctx,
    crypto: Crypto,
}

pub(super) fn run(guest: &Guest, host: &Host) -> Outcome {
    let engine = Engine::new(&Config::new()).map_err(|error| one_line("needs what Wasmtime lacks here", &error))?;
    let module = Module::from_binary(&engine, &guest.wasm).map_err(|error| one_line(INVALID, &error))?;
    let linker = linker(&engine).map_err(|error| one_line("cannot be linked", &error))?;
    let instance = linker.instantiate_pre(&module).map_err(|error| unlinked(&error))?;
    check_exports(&module)?;

    let revision = guest.revision.unwrap_or_else(|| revision_of(&module));
    let state = State { wasi: wasi(guest)?, crypto: Crypto::new(host, revision) };
    match start(&instance, Store::new(&engine, state)) {
        Ok(()) => Ok(0),
        Err(error) => exit_code(&error),
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    p1::add_to_linker_sync(&mut linker, |state: &mut State| &mut state.wasi)?;
    hostcrypt_wasmtime::add_to_linker(&mut linker, |state: &mut State| &mut state.crypto)?;
    // Wasmtime's own traps for codes of 126 and more, which are good exit codes of a process.
    linker.allow_shadowing(true);
    linker.func_wrap("wasi_snapshot_preview1", "proc_exit", |code: i32| -> wasmtime::Result<()> {
        Err(I32Exit(code).into())
    })?;
    Ok(linker)
}

fn wasi(guest: &Guest) -> Result<WasiP1Ctx, String> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.inherit_stdio().args(&guest.args).envs(&guest.env);
    // Nothing else runs on this thread.
    wasi.allow_blocking_current_thread(true);
    for (host, name) in &guest.dirs {
        wasi.preopened_dir(host, name, FsPerms::ReadWrite)
            .map_err(|error| one_line(&format!("cannot be given the directory `{}`", host.display()), &error))?;
    }
    Ok(wasi.build_p1())
}

fn start(instance: &InstancePre<State>, mut store: Store<State>) -> wasmtime::Result<()> {
    let instance = instance.instantiate(&mut store)?;
    let start: TypedFunc<(), ()> = instance.get_typed_func(&mut store, "_start")?;
    start.call(&mut store, ())
}

/// Why a module does not link: imports that are unknown, or of another type.
fn unlinked(error: &wasmtime::Error) -> String {
    let Some(import) = error.downcast_ref::<UnknownImportError>() else {
        return one_line("does not fit hostcrypt's functions: check the binding that it was built with", error);
    };
    let why = if import.module().starts_with(hostcrypt::abi::MODULE_PREFIX) {
        "an unknown name of WASI-crypto: check the binding that it was built with"
    } else {
        "which hostcrypt does not have: it has WASI preview 1 and WASI-crypto only"
    };
    format!("imports `{}` from `{}`, {why}", import.name(), import.module())
}

/// Checks for what a command exports.
fn check_exports(module: &Module) -> Result<(), String> {
    match module.get_export("_start") {
        Some(ExternType::Func(start)) if start.params().len() == 0 && start.results().len() == 0 => {}
        Some(_) => return Err("exports a `_start` that is no function without parameters and results".to_owned()),
        None => return Err("exports no `_start`: build it as a command, not as a library or reactor".to_owned()),
    }
    let calls_host = module.imports().any(|import| matches!(import.ty(), ExternType::Func(_)));
    match module.get_export("memory") {
        Some(ExternType::Memory(_)) => Ok(()),
        _ if !calls_host => Ok(()),
        _ => Err("exports no memory named `memory`, where the host's functions read and write: export it".to_owned()),
    }
}

/// The exit code of a guest that did not just return from `_start`.
fn exit_code(error: &wasmtime::Error) -> Outcome {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        // Cut to what a process can pass on, 256 would be success.
        return u8::try_from(*code).map_err(|_| format!("exits with {code}, which is no exit code: use 0 to 255"));
    }
    let Some(trap) = error.downcast_ref::<Trap>() else { return Err(one_line("was stopped", error)) };
    let hint = match trap {
        Trap::UnreachableCodeReached => "it gave up, as on a panic or abort; what it printed says why",
        Trap::StackOverflow => "it recursed too deep",
        _ => "a mistake in the guest or its compiler",
    };
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    let function = frames.first().and_then(|frame| frame.func_name());
    let function = function.map(|name| format!(" in `{name}`")).unwrap_or_default();
    let trap = trap.to_string();
    Err(format!("traps{function}: {} ({hint})", trap.strip_prefix("wasm trap: ").unwrap_or(&trap)))
}

/// An error with its causes, on one line.
fn one_line(what: &str, error: &wasmtime::Error) -> String {
    let causes = format!("{error:#}");
    format!("{what}: {}", causes.split_whitespace().collect::<Vec<_>>().join(" "))
}
