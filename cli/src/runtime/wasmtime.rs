//! Runs a guest in Wasmtime: a core module, or a component.

mod component;

use hostcrypt::Host;
use hostcrypt_wasmtime::{WasiCryptoCtx, revision_of};
use wasmtime::{
    Config, Engine, ExternType, InstancePre, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, TypedFunc,
    UnknownImportError, WasmBacktrace,
};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder, p1, p1::WasiP1Ctx};

use super::{
    Command, Guest, INVALID, MOST_ELEMENTS, STOPPED, Trap, UNFIT, exited, is_component, one_line, trapped, unlinked,
};
use crate::Outcome;

/// The data of the guest's store.
struct State {
    wasi: WasiP1Ctx,
    crypto: WasiCryptoCtx,
    limits: StoreLimits,
}

pub(super) fn run(guest: &Guest, host: &Host) -> Outcome {
    let engine = Engine::new(&Config::new()).map_err(|error| one_line("needs what Wasmtime lacks here", &error))?;
    if is_component(&guest.wasm) {
        return component::run(&engine, guest, host);
    }
    let module = Module::from_binary(&engine, &guest.wasm).map_err(|error| one_line(INVALID, &error))?;
    let linker = linker(&engine).map_err(|error| one_line("cannot be linked", &error))?;
    let instance = linker.instantiate_pre(&module).map_err(|error| why_unlinked(&error))?;
    command(&module).check()?;

    let revision = guest.revision.unwrap_or_else(|| revision_of(&module));
    let (wasi, crypto) = (wasi(guest)?.build_p1(), WasiCryptoCtx::new(host, revision));
    let mut store = Store::new(&engine, State { wasi, crypto, limits: limits() });
    store.limiter(|state| &mut state.limits);
    match start(&instance, store) {
        Ok(()) => Ok(0),
        Err(error) => ended(&error),
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    p1::add_to_linker_sync(&mut linker, |state: &mut State| &mut state.wasi)?;
    hostcrypt_wasmtime::add_to_linker(&mut linker, |state: &mut State| &mut state.crypto)?;
    // Wasmtime's `proc_exit` traps for codes of 126 and more, which are valid exit codes of a process.
    linker.allow_shadowing(true);
    linker.func_wrap("wasi_snapshot_preview1", "proc_exit", |code: i32| -> wasmtime::Result<()> {
        Err(I32Exit(code).into())
    })?;
    Ok(linker)
}

fn limits() -> StoreLimits {
    StoreLimitsBuilder::new().table_elements(usize::try_from(MOST_ELEMENTS).unwrap_or(usize::MAX)).build()
}

fn wasi(guest: &Guest) -> Result<WasiCtxBuilder, String> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.inherit_stdio().args(&guest.args).envs(&guest.env);
    // Nothing else runs on this thread.
    wasi.allow_blocking_current_thread(true);
    for (host, name) in &guest.dirs {
        wasi.preopened_dir(host, name, FsPerms::ReadWrite)
            .map_err(|error| one_line(&format!("cannot be given the directory `{}`", host.display()), &error))?;
    }
    Ok(wasi)
}

fn start(instance: &InstancePre<State>, mut store: Store<State>) -> wasmtime::Result<()> {
    let instance = instance.instantiate(&mut store)?;
    let start: TypedFunc<(), ()> = instance.get_typed_func(&mut store, "_start")?;
    start.call(&mut store, ())
}

/// Why a module does not link: imports that are unknown, or have another type.
fn why_unlinked(error: &wasmtime::Error) -> String {
    match error.downcast_ref::<UnknownImportError>() {
        Some(import) => unlinked(import.module(), import.name()),
        None => one_line(UNFIT, error),
    }
}

fn command(module: &Module) -> Command {
    Command {
        start: module.get_export("_start").map(|start| match start {
            ExternType::Func(start) => start.params().len() == 0 && start.results().len() == 0,
            _ => false,
        }),
        shares_memory: module.get_export("memory").and_then(|memory| memory.memory().map(|ty| ty.is_shared())),
        calls_host: module.imports().any(|import| matches!(import.ty(), ExternType::Func(_))),
    }
}

/// The outcome of a guest that did not return from `_start`.
fn ended(error: &wasmtime::Error) -> Outcome {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return exited(*code);
    }
    let Some(trap) = error.downcast_ref::<wasmtime::Trap>() else { return Err(one_line(STOPPED, error)) };
    let trap = match trap {
        wasmtime::Trap::UnreachableCodeReached => Trap::Unreachable,
        wasmtime::Trap::StackOverflow => Trap::StackOverflow,
        other => Trap::Other(other.to_string().trim_start_matches("wasm trap: ").to_owned()),
    };
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    trapped(&trap, frames.first().and_then(|frame| frame.func_name()))
}
