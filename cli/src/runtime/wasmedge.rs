//! Runs a guest in WasmEdge.

use std::{
    fs,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use hostcrypt::{Host, Revision};
use hostcrypt_wasmedge::{Imports, WasiCryptoCtx};
use wasmedge_sdk::{
    ExternalInstanceType, WasmEdgeResult,
    error::{CoreError, CoreExecutionError, WasmEdgeError},
};
use wasmedge_sys::{
    AsInstance, Config, Executor, FuncRef, Function, Instance, Loader, Module, Store, Validator, WasiModule,
    instance::function::AsFunc, utils,
};

use super::{Command, Guest, INVALID, STOPPED, Trap, UNFIT, bounded::bounded, exited, one_line, trapped, unlinked};
use crate::Outcome;

/// The module of WASI preview 1.
const WASI: &str = "wasi_snapshot_preview1";

/// The functions of the module that guests get. WasmEdge has more, which would give a guest network access; its
/// `proc_raise` sends a signal to the process, and its `sock_accept` has another type than in preview 1.
const PREVIEW_1: &str = "args_get args_sizes_get clock_res_get clock_time_get environ_get environ_sizes_get fd_advise \
    fd_allocate fd_close fd_datasync fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_get \
    fd_filestat_set_size fd_filestat_set_times fd_pread fd_prestat_dir_name fd_prestat_get fd_pwrite fd_read fd_readdir \
    fd_renumber fd_seek fd_sync fd_tell fd_write path_create_directory path_filestat_get path_filestat_set_times \
    path_link path_open path_readlink path_remove_directory path_rename path_symlink path_unlink_file poll_oneoff \
    proc_exit random_get sched_yield sock_recv sock_send sock_shutdown";

/// The memory that a guest may take beside its linear memory, in bytes: tables, segments, and above all the call stack,
/// which WasmEdge does not limit.
const STACK: usize = 1 << 30;

/// The interval of the checks of that memory.
const WATCH: Duration = Duration::from_millis(20);

/// The stack of the guest's thread, on which host functions run: as large as a main thread's.
const HOST_STACK: usize = 8 << 20;

pub(super) fn run(guest: &Guest, host: &Host) -> Outcome {
    // Errors have the text that it would print.
    utils::log_off();
    let stopped = |error| one_line(STOPPED, &error);
    let mut config = Config::create().map_err(stopped)?;
    // Otherwise WasmEdge would run machine code that a module carries.
    config.interpreter_mode(true);
    let module = load(&config, &bounded(&guest.wasm)?).map_err(|error| one_line(INVALID, &error))?;

    let revision = guest.revision.unwrap_or_else(|| revision_of(&module));
    let mut imports = WasiCryptoCtx::new(host, revision).imports().map_err(stopped)?;
    let wasi = wasi(guest)?;
    check_imports(&module, &mut imports, &wasi)?;
    command(&module).check()?;
    watch(Run::new(&config, imports, wasi).map_err(stopped)?, module)
}

fn load(config: &Config, wasm: &[u8]) -> WasmEdgeResult<Arc<Module>> {
    let module = Loader::create(Some(config))?.from_bytes(wasm)?;
    Validator::create(Some(config))?.validate(&module)?;
    Ok(module)
}

fn revision_of(module: &Module) -> Revision {
    let imports = module.imports();
    Revision::of_imports(imports.iter().map(|import| (import.module_name(), import.name())))
}

/// Why a module does not link: imports that are unknown, or have another type.
fn check_imports(module: &Module, imports: &mut Imports, wasi: &WasiModule) -> Result<(), String> {
    let ty = |function: WasmEdgeResult<FuncRef<&Instance>>| function.ok().and_then(|function| AsFunc::ty(&*function));
    // SAFETY: they are only read.
    #[allow(unsafe_code, reason = "what a store is to have is asked for its types")]
    let objects = unsafe { imports.objects() };
    for import in module.imports() {
        let (from, name) = (import.module_name(), import.name());
        let offered = if from == WASI {
            PREVIEW_1.split(' ').find(|known| *known == name).and_then(|name| ty(wasi.get_func(name)))
        } else {
            let object = objects.iter().find(|object| AsInstance::name(*object).as_deref() == Some(&from));
            object.and_then(|object| ty(object.get_func(&name)))
        };
        let offered = offered.ok_or_else(|| match &*name {
            "proc_raise" | "sock_accept" if from == WASI => {
                format!("imports `{name}`, which WasmEdge has otherwise than WASI: run it in Wasmtime")
            }
            _ => unlinked(&from, &name),
        })?;
        if !matches!(import.ty(), Ok(ExternalInstanceType::Func(ty)) if ty == offered) {
            return Err(one_line(UNFIT, &format!("incompatible import type for `{from}::{name}`")));
        }
    }
    Ok(())
}

fn command(module: &Module) -> Command {
    let exports = module.export();
    let export = |name| exports.iter().find(|export| export.name() == name).map(|export| export.ty());
    Command {
        start: export("_start").map(|start| match start {
            Ok(ExternalInstanceType::Func(start)) => start.args_len() == 0 && start.returns_len() == 0,
            _ => false,
        }),
        shares_memory: match export("memory") {
            Some(Ok(ExternalInstanceType::Memory(memory))) => Some(memory.shared()),
            _ => None,
        },
        calls_host: module.imports().iter().any(|import| matches!(import.ty(), Ok(ExternalInstanceType::Func(_)))),
    }
}

/// A running guest. Its fields are dropped in their order.
struct Run {
    /// The instance, once it exists.
    instance: OnceLock<Instance>,
    parts: Mutex<Parts>,
}

struct Parts {
    executor: Executor,
    store: Store,
    _imports: Imports,
    wasi: WasiModule,
}

impl Run {
    fn new(config: &Config, mut imports: Imports, wasi: WasiModule) -> WasmEdgeResult<Self> {
        let mut executor = Executor::create(Some(config), None)?;
        let mut store = Store::create()?;
        // SAFETY: they are dropped after the store and its instance, and one thread runs.
        #[allow(unsafe_code, reason = "the store borrows nothing of what it holds")]
        let objects = unsafe { imports.objects() };
        for object in objects {
            executor.register_import_module(&mut store, object)?;
        }
        executor.register_import_module(&mut store, &wasi)?;
        let parts = Parts { executor, store, _imports: imports, wasi };
        Ok(Self { instance: OnceLock::new(), parts: Mutex::new(parts) })
    }

    fn start(&self, module: &Module) -> Outcome {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let Parts { executor, store, wasi, .. } = &mut *parts;
        let mut start = || {
            let instance = executor.register_active_module(store, module)?;
            let instance = self.instance.get_or_init(|| instance);
            // If the guest exited in its start function, this has no instance.
            let Ok(start) = instance.get_func("_start") else { return Ok(()) };
            executor.call_func_ref(&mut Start(start), []).map(|_| ())
        };
        match start() {
            // `proc_exit` is not an error here, and the code of a guest that returned is 0.
            Ok(()) => exited(wasi.exit_code().cast_signed()),
            Err(error) => ended(&error),
        }
    }

    /// Why a guest must be stopped, if the process has grown by this many bytes.
    fn too_much(&self, grown: usize) -> Option<Outcome> {
        let memory = self.instance.get().and_then(|instance| instance.get_memory_ref("memory").ok());
        let memory = memory.map_or(0, |memory| (memory.size() as usize) << 16);
        (grown.saturating_sub(memory) > STACK).then(|| trapped(&Trap::StackOverflow, None))
    }
}

/// A function of an instance that another thread reads at the same time.
struct Start<'a>(FuncRef<&'a Instance>);

impl AsRef<Function> for Start<'_> {
    fn as_ref(&self) -> &Function {
        &self.0
    }
}

/// Runs a guest on a thread of its own, and monitors the memory of its call stack.
fn watch(run: Run, module: Arc<Module>) -> Outcome {
    let before = resident();
    let run = Arc::new(run);
    let (done, outcome) = channel();
    let its = Arc::clone(&run);
    let thread = thread::Builder::new().stack_size(HOST_STACK).spawn(move || done.send(its.start(&module)));
    thread.map_err(|error| one_line(STOPPED, &error))?;
    loop {
        match outcome.recv_timeout(WATCH) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Disconnected) => return Err(format!("{STOPPED}: WasmEdge panicked")),
            // The thread goes on until the process ends, which follows at once.
            Err(RecvTimeoutError::Timeout) => {
                if let Some(stopped) = run.too_much(resident().saturating_sub(before)) {
                    return stopped;
                }
            }
        }
    }
}

/// The resident memory of the process, in bytes; 0 if the system does not report it.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0_usize) << 10
}

/// The outcome of a guest that neither returned nor exited.
fn ended(error: &WasmEdgeError) -> Outcome {
    match error {
        WasmEdgeError::Core(CoreError::Execution(CoreExecutionError::Unreachable)) => trapped(&Trap::Unreachable, None),
        WasmEdgeError::Core(CoreError::Execution(trap)) => trapped(&Trap::Other(trap.to_string()), None),
        other => Err(one_line(STOPPED, other)),
    }
}

fn wasi(guest: &Guest) -> Result<WasiModule, String> {
    let mut dirs = Vec::new();
    for (host, name) in &guest.dirs {
        let what = format!("cannot be given the directory `{}`", host.display());
        // WasmEdge does not follow a link to a directory, and does not report a directory that it cannot open.
        let path = fs::canonicalize(host).and_then(|path| fs::read_dir(&path).map(|_| path));
        let path = path.map_err(|error| one_line(&what, &error))?;
        let path = path.to_str().filter(|path| !path.contains(':') && !name.contains(':'));
        let path = path.ok_or_else(|| {
            format!("{what}: its path or its name has a colon, or is not UTF-8, which WasmEdge cannot take")
        })?;
        dirs.push(format!("{name}:{path}"));
    }
    let env: Vec<_> = guest.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let [args, env, preopens] = [&guest.args, &env, &dirs].map(|list| Some(list.iter().map(String::as_str).collect()));
    WasiModule::create(args, env, preopens).map_err(|error| one_line(STOPPED, &error))
}
