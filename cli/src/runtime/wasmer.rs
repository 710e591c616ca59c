//! Runs a guest in Wasmer.

mod files;
mod tasks;

use std::{
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use hostcrypt::Host;
use hostcrypt_wasmer::{WasiCryptoCtx, function_type, revision_of};
use wasmer::{
    AsStoreRef, Engine, ExternType, Imports, InstantiationError, Module, RuntimeError, Store,
    sys::{Singlepass, vm::TrapCode},
};
use wasmer_wasix::{
    PluggableRuntime, WasiEnv, WasiError, WasiFunctionEnv, WasiModuleInstanceHandles, WasiModuleTreeHandles,
    WasiVersion, generate_import_object_from_env, virtual_fs::MountFileSystem,
};

use self::{
    files::{Directory, File},
    tasks::NoTasks,
};
use super::{Command, Guest, INVALID, STOPPED, Trap, UNFIT, bounded::bounded, exited, one_line, trapped, unlinked};
use crate::Outcome;

/// The module of WASI preview 1, the only part of WASIX that guests get.
const PREVIEW_1: &str = "wasi_snapshot_preview1";

pub(super) fn run(guest: &Guest, host: &Host) -> Outcome {
    let engine = Engine::from(Singlepass::new());
    let mut store = ManuallyDrop::new(Store::new(engine.clone()));
    // WASIX panics on internal errors, and would panic again when it is dropped.
    match catch_unwind(AssertUnwindSafe(|| run_in(&mut store, &engine, guest, host))) {
        Ok(outcome) => {
            drop(ManuallyDrop::into_inner(store));
            outcome
        }
        Err(_) => Err(format!("{STOPPED}: Wasmer panicked")),
    }
}

fn run_in(store: &mut Store, engine: &Engine, guest: &Guest, host: &Host) -> Outcome {
    let module = Module::from_binary(engine, &bounded(&guest.wasm)?).map_err(|error| one_line(INVALID, &error))?;
    let mut imports = Imports::new();
    let mut wasi = WasiFunctionEnv::new(store, wasi(engine, guest)?);
    add_wasi(&mut imports, store, &wasi);
    let revision = guest.revision.unwrap_or_else(|| revision_of(&module));
    check_imports(&module, &imports, store)?;
    command(&module).check()?;

    let instance = hostcrypt_wasmer::instantiate(store, &module, &imports, WasiCryptoCtx::new(host, revision));
    let (instance, _) = match instance {
        Ok(instance) => instance,
        Err(InstantiationError::Start(error)) => return ended(&error),
        Err(error) => return Err(one_line(STOPPED, &error)),
    };
    if let Ok(memory) = instance.exports.get_memory("memory") {
        let handles = WasiModuleInstanceHandles::new(memory.clone(), store, instance.clone(), None);
        let handles = WasiModuleTreeHandles::Static(handles);
        wasi.initialize_handles_and_layout(store, instance.clone(), handles, None, false)
            .map_err(|error| one_line(STOPPED, &error))?;
    }
    let start = instance.exports.get_typed_function::<(), ()>(store, "_start");
    match start.map_err(|error| one_line(STOPPED, &error))?.call(store) {
        Ok(()) => Ok(0),
        Err(error) => ended(&error),
    }
}

fn wasi(engine: &Engine, guest: &Guest) -> Result<WasiEnv, String> {
    let mut runtime = PluggableRuntime::new(Arc::new(NoTasks));
    runtime.set_engine(engine.clone());
    let mut args = guest.args.iter();
    let mut wasi = WasiEnv::builder(args.next().cloned().unwrap_or_default()).runtime(Arc::new(runtime));
    wasi.add_args(args);
    // Set one by one, it would keep only one variable of each name.
    wasi.get_env_mut().extend(guest.env.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())));

    // WASIX looks up directories by a name of their own, which must differ from the guest's names, such as `.`.
    let mounts = MountFileSystem::new();
    let mut names = Vec::new();
    for (index, (host, name)) in guest.dirs.iter().enumerate() {
        let what = format!("cannot be given the directory `{}`", host.display());
        let directory = Directory::open(host).map_err(|error| one_line(&what, &error))?;
        let place = index.to_string();
        mounts.mount(format!("/{place}"), Arc::new(directory)).map_err(|error| one_line(&what, &error))?;
        wasi.add_map_dir(&place, format!("/{place}")).map_err(|error| one_line(&what, &error))?;
        names.push(name.clone());
    }
    let rename = move |_: &_, fs: &mut wasmer_wasix::WasiFs| {
        let preopens = fs.preopen_fds.read().map_err(|error| error.to_string())?.clone();
        // The first directory is the root, whose only entries are the others.
        for (fd, name) in preopens.into_iter().skip(1).zip(&names) {
            let inode = fs.get_fd_inode(fd).map_err(|errno| errno.to_string())?;
            *inode.name.write().map_err(|error| error.to_string())? = name.clone().into();
        }
        Ok(())
    };
    let wasi = wasi.mount_fs(mounts).setup_fs(Box::new(rename));
    let wasi = wasi.stdin(Box::new(File::Stdin)).stdout(Box::new(File::Stdout)).stderr(Box::new(File::Stderr));
    wasi.build().map_err(|error| one_line("cannot be given what it asks for", &error))
}

fn add_wasi(imports: &mut Imports, store: &mut Store, wasi: &WasiFunctionEnv) {
    let offered = generate_import_object_from_env(store, &wasi.env, WasiVersion::Snapshot1);
    for (module, name, function) in offered.iter() {
        if module == PREVIEW_1 && name != "thread-spawn" {
            imports.define(module, name, function.clone());
        }
    }
}

/// Why a module does not link: imports that are unknown, or have another type.
fn check_imports(module: &Module, imports: &Imports, store: &impl AsStoreRef) -> Result<(), String> {
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let ours = function_type(from, name).map(ExternType::Function);
        let offered = ours.or_else(|| imports.get_export(from, name).map(|offered| offered.ty(store)));
        if offered.ok_or_else(|| unlinked(from, name))? != *import.ty() {
            return Err(one_line(UNFIT, &format!("incompatible import type for `{from}::{name}`")));
        }
    }
    Ok(())
}

fn command(module: &Module) -> Command {
    let export = |name| module.exports().find(|export| export.name() == name).map(|export| export.ty().clone());
    Command {
        start: export("_start").map(|start| match start {
            ExternType::Function(start) => start.params().is_empty() && start.results().is_empty(),
            _ => false,
        }),
        shares_memory: export("memory").and_then(|memory| memory.memory().map(|ty| ty.shared)),
        calls_host: module.imports().any(|import| matches!(import.ty(), ExternType::Function(_))),
    }
}

/// The outcome of a guest that did not return from `_start`.
fn ended(error: &RuntimeError) -> Outcome {
    if let Some(WasiError::Exit(code)) = error.downcast_ref() {
        return exited(code.raw());
    }
    let trap = match error.clone().to_trap() {
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::StackOverflow) => Trap::StackOverflow,
        Some(other) => Trap::Other(other.message().to_owned()),
        None => return Err(one_line(STOPPED, error)),
    };
    trapped(&trap, error.trace().first().and_then(|frame| frame.function_name()))
}
