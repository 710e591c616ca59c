//! Runs a guest in WasmEdge.

use std::{
    fs, mem,
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
    ExternalInstanceType, FuncType, ValType, WasmEdgeResult,
    error::{CoreError, CoreExecutionError, WasmEdgeError},
};
use wasmedge_sys::{
    AsInstance, CallingFrame, Config, Executor, FuncRef, Function, Instance, Loader, Module, Store, SyncFn, Validator,
    WasiModule, WasmValue, ffi, instance::function::AsFunc, types::WasmEdgeString, utils,
};

use super::{Command, Guest, INVALID, STOPPED, Trap, UNFIT, bounded::Bounded, exited, one_line, trapped, unlinked};
use crate::Outcome;

/// The module of WASI preview 1.
const WASI: &str = "wasi_snapshot_preview1";

/// Its functions. WasmEdge has more in that module, which would give a guest the network.
const PREVIEW_1: &str = "args_get args_sizes_get clock_res_get clock_time_get environ_get environ_sizes_get fd_advise \
    fd_allocate fd_close fd_datasync fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_get \
    fd_filestat_set_size fd_filestat_set_times fd_pread fd_prestat_dir_name fd_prestat_get fd_pwrite fd_read fd_readdir \
    fd_renumber fd_seek fd_sync fd_tell fd_write path_create_directory path_filestat_get path_filestat_set_times \
    path_link path_open path_readlink path_remove_directory path_rename path_symlink path_unlink_file poll_oneoff \
    proc_exit proc_raise random_get sched_yield sock_accept sock_recv sock_send sock_shutdown";

/// How much memory a guest's call stack may take, in bytes, which WasmEdge does not limit.
const STACK: usize = 512 << 20;

/// How often that is looked at.
const WATCH: Duration = Duration::from_millis(20);

/// What of the host runs under a guest's calls has as much stack as on a main thread.
const HOST_STACK: usize = 8 << 20;

pub(super) fn run(guest: &Guest, host: &Host) -> Outcome {
    // Errors tell what it would print.
    utils::log_off();
    let stopped = |error| one_line(STOPPED, &error);
    let mut config = Config::create().map_err(stopped)?;
    // Otherwise a module could bring machine code along, which WasmEdge runs as it is.
    config.interpreter_mode(true);
    let bounded = Bounded::new(&guest.wasm);
    let module = load(&config, &bounded.wasm).map_err(|error| one_line(INVALID, &error))?;

    let revision = guest.revision.unwrap_or_else(|| revision_of(&module));
    let mut imports = WasiCryptoCtx::new(host, revision).imports().map_err(stopped)?;
    let wasi = wasi(guest)?;
    check_imports(&module, &mut imports, &wasi)?;
    command(&module).check()?;
    watch(Run::new(&config, imports, wasi).map_err(stopped)?, module, &bounded)
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

/// Why a module does not link: imports that are unknown, or of another type.
fn check_imports(module: &Module, imports: &mut Imports, wasi: &WasiModule) -> Result<(), String> {
    let ty = |function: WasmEdgeResult<FuncRef<&Instance>>| function.ok().and_then(|function| AsFunc::ty(&*function));
    // SAFETY: they are only looked at.
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
        let offered = offered.ok_or_else(|| unlinked(&from, &name))?;
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

/// A guest under way. Parts are dropped in their order.
struct Run {
    /// Once there is one.
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
            // Of a guest that exited in its start function, there is no instance behind this.
            let Ok(start) = instance.get_func("_start") else { return Ok(()) };
            executor.call_func_ref(&mut Start(start), []).map(|_| ())
        };
        match start() {
            // To exit is no error here, and the code of one that returned is 0.
            Ok(()) => exited(wasi.exit_code().cast_signed()),
            Err(error) => ended(&error),
        }
    }

    /// Why a guest is to be stopped under which the process has grown by so many bytes.
    fn too_much(&self, grown: usize, bounded: &Bounded<'_>) -> Option<Outcome> {
        let instance = self.instance.get();
        let memories = instance.map_or(bounded.initial, |instance| {
            let memories = bounded.memories.iter().filter_map(|name| instance.get_memory_ref(name).ok());
            memories.map(|memory| (memory.size() as usize) << 16).sum()
        });
        match grown.saturating_sub(bounded.most).saturating_sub(memories) > STACK {
            false => None,
            true if instance.is_some() => Some(trapped(&Trap::StackOverflow, None)),
            true => {
                let what = "its call stack, and memories that it has grown";
                Some(Err(format!("{STOPPED}: in its start function, {what}, take more than {} MiB", STACK >> 20)))
            }
        }
    }
}

/// A function of an instance that others look at meanwhile.
struct Start<'a>(FuncRef<&'a Instance>);

impl AsRef<Function> for Start<'_> {
    fn as_ref(&self) -> &Function {
        &self.0
    }
}

/// Runs a guest on a thread of its own, and looks at the memory that its call stack takes.
fn watch(run: Run, module: Arc<Module>, bounded: &Bounded<'_>) -> Outcome {
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
            // The thread goes on until the process ends, which is at once.
            Err(RecvTimeoutError::Timeout) => {
                if let Some(stopped) = run.too_much(resident().saturating_sub(before), bounded) {
                    return stopped;
                }
            }
        }
    }
}

/// How much memory the process has, in bytes; 0 where the system does not tell.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0_usize) << 10
}

/// What becomes of a guest that neither returned nor exited.
fn ended(error: &WasmEdgeError) -> Outcome {
    match error {
        WasmEdgeError::Core(CoreError::Execution(CoreExecutionError::Unreachable)) => trapped(&Trap::Unreachable, None),
        WasmEdgeError::Core(CoreError::Execution(trap)) => trapped(&Trap::Other(trap.to_string()), None),
        other => Err(one_line(STOPPED, other)),
    }
}

fn wasi(guest: &Guest) -> Result<WasiModule, String> {
    let mut dirs = Vec::new();
    for (index, (host, _)) in guest.dirs.iter().enumerate() {
        let what = format!("cannot be given the directory `{}`", host.display());
        // WasmEdge follows no link to a directory, and tells nobody of one that it cannot open.
        let path = fs::canonicalize(host).and_then(|path| fs::read_dir(&path).map(|_| path));
        let path = path.map_err(|error| one_line(&what, &error))?;
        let path = path.to_str().filter(|path| !path.contains(':'));
        let path =
            path.ok_or_else(|| format!("{what}: its path has a colon or is not UTF-8, which WasmEdge cannot take"))?;
        dirs.push(format!("{index}:{path}"));
    }
    let env: Vec<_> = guest.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let [args, env, preopens] = [&guest.args, &env, &dirs].map(|list| Some(list.iter().map(String::as_str).collect()));
    let wasi = WasiModule::create(args, env, preopens).map_err(|error| one_line(STOPPED, &error))?;
    replace_functions(&wasi, Directories::of(guest, &wasi)?).map_err(|error| one_line(STOPPED, &error))?;
    Ok(wasi)
}

/// The names by which a guest knows its directories, in the order of their file descriptors, from 3 on.
///
/// WasmEdge would take the `/` from `/data`, by which guests look for it, and more from others.
struct Directories(Vec<String>);

impl Directories {
    fn of(guest: &Guest, wasi: &WasiModule) -> Result<Self, String> {
        // Opened in the order that they were given in, they got descriptors in any order.
        let handle = |fd| wasi.get_native_handler(fd).map(|handle| (handle, fd));
        let handles: Result<Vec<_>, _> = (3..).take(guest.dirs.len()).map(handle).collect();
        let mut handles = handles.map_err(|error| one_line("cannot be given its directories", &error))?;
        handles.sort_unstable();
        let mut names: Vec<_> =
            handles.into_iter().map(|(_, fd)| fd).zip(guest.dirs.iter().map(|(_, name)| name)).collect();
        names.sort_unstable();
        Ok(Self(names.into_iter().map(|(_, name)| name.clone()).collect()))
    }

    fn name(&self, fd: &WasmValue) -> Result<&str, Errno> {
        let index = usize::try_from(fd.to_i32()).ok().and_then(|fd| fd.checked_sub(3));
        index.and_then(|index| self.0.get(index)).map(String::as_str).ok_or(Errno::Badf)
    }
}

#[derive(Clone, Copy)]
enum Errno {
    Badf = 8,
    Fault = 21,
    NameTooLong = 37,
    NotSock = 57,
    NotSup = 58,
}

type Answer = Result<Vec<WasmValue>, CoreError>;

fn answer(result: Result<(), Errno>) -> Answer {
    Ok(vec![WasmValue::from_i32(result.map_or_else(|errno| errno as i32, |()| 0))])
}

fn write(guest: &mut Instance, at: &WasmValue, bytes: &[u8]) -> Result<(), Errno> {
    let mut memory = guest.get_memory_mut("memory").map_err(|_| Errno::Fault)?;
    memory.set_data(bytes, at.to_i32().cast_unsigned()).map_err(|_| Errno::Fault)
}

fn prestat_get(dirs: &mut Directories, guest: &mut Instance, _: &mut CallingFrame, given: Vec<WasmValue>) -> Answer {
    let [fd, prestat] = given.as_slice() else { return answer(Err(Errno::NotSup)) };
    answer(dirs.name(fd).and_then(|name| {
        // The tag of a directory, and the length of its name.
        write(guest, prestat, &(u64::try_from(name.len()).unwrap_or_default() << 32).to_le_bytes())
    }))
}

fn prestat_dir_name(
    dirs: &mut Directories,
    guest: &mut Instance,
    _: &mut CallingFrame,
    given: Vec<WasmValue>,
) -> Answer {
    let [fd, at, len] = given.as_slice() else { return answer(Err(Errno::NotSup)) };
    answer(dirs.name(fd).and_then(|name| {
        if (len.to_i32().cast_unsigned() as usize) < name.len() {
            return Err(Errno::NameTooLong);
        }
        write(guest, at, name.as_bytes())
    }))
}

/// Puts functions in the place of WasmEdge's own: names of directories, and what is not as in other runtimes.
#[allow(unsafe_code, reason = "the SDK adds functions to modules of its own making only")]
fn replace_functions(wasi: &WasiModule, dirs: Directories) -> WasmEdgeResult<()> {
    let functions: [(_, _, SyncFn<Directories>); 4] = [
        ("fd_prestat_get", 2, prestat_get),
        ("fd_prestat_dir_name", 3, prestat_dir_name),
        // A guest has no sockets; WasmEdge's function has a parameter less.
        ("sock_accept", 3, |_, _, _, _| answer(Err(Errno::NotSock))),
        // Nor has it signals; the process has.
        ("proc_raise", 1, |_, _, _, _| answer(Err(Errno::NotSup))),
    ];
    let dirs = Box::into_raw(Box::new(dirs));
    for (name, parameters, function) in functions {
        let ty = FuncType::new(vec![ValType::I32; parameters], vec![ValType::I32]);
        // SAFETY: `dirs` is never freed, and reached by one call at a time, since a guest has one thread.
        let function = unsafe { Function::create_sync_func(&ty, function, dirs, 0) }?;
        let name = WasmEdgeString::from(name);
        // SAFETY: all three are alive. The module owns the function from now on, so that it is not dropped here.
        unsafe {
            ffi::WasmEdge_ModuleInstanceAddFunction(wasi.as_ptr().cast_mut(), *name.as_ref(), function.as_ptr());
        }
        mem::forget(function);
    }
    Ok(())
}
