//! The Wasmer adapter.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::mpsc::{Sender, channel},
    thread::{self, JoinHandle},
};

use hostcrypt::{
    Host, Revision,
    abi::{CoreType, functions},
};
use hostcrypt_wasmer::{WasiCryptoCtx, instantiate};
use wasmer::{
    Engine, Function, FunctionEnv, Imports, Memory, MemoryType, Module, Pages, SharedMemory, Store, Value,
    sys::Singlepass,
};

use super::Runtime;
use crate::{Instance, ProbeInstance, probe};

pub(super) struct Wasmer {
    engine: Engine,
    /// By revision, and by whether its memory is one that threads share.
    probes: HashMap<(Revision, bool), Module>,
}

impl Wasmer {
    pub(super) fn new() -> Self {
        let engine = Engine::from(Singlepass::new());
        let probe = |revision, shared| {
            let module = Module::new(&engine, probe::module(revision, shared)).expect("the probe is a module");
            ((revision, shared), module)
        };
        let probes = Revision::ALL.into_iter().flat_map(|revision| [false, true].map(|shared| probe(revision, shared)));
        Self { probes: probes.collect(), engine }
    }
}

impl Runtime for Wasmer {
    fn open(&self, host: &Host, revision: Revision, shared_memory: bool) -> Result<Instance, String> {
        let probe =
            Probe { engine: self.engine.clone(), module: self.probes[&(revision, shared_memory)].clone(), revision };
        Ok(Open::new(probe, WasiCryptoCtx::new(host, revision), None).into())
    }
}

#[derive(Clone)]
struct Probe {
    engine: Engine,
    module: Module,
    revision: Revision,
}

/// An instance, which does not leave the thread that made its store: calls are sent there.
struct Open {
    /// `None` once no more calls come.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    probe: Probe,
}

type Job = Box<dyn FnOnce(&mut Started) + Send>;

impl Open {
    /// Starts a probe, on a memory of its own or on that of another thread.
    fn new(probe: Probe, crypto: WasiCryptoCtx, memory: Option<SharedMemory>) -> Self {
        let (jobs, to_do) = channel::<Job>();
        let its = probe.clone();
        let thread = thread::spawn(move || {
            let mut started = Started::new(&its, crypto, memory);
            to_do.into_iter().for_each(|job| job(&mut started));
        });
        Self { jobs: Some(jobs), thread: Some(thread), probe }
    }

    /// Does something on the instance's own thread, and panics as that does.
    fn on_its_thread<T: Send + 'static>(&self, job: impl FnOnce(&mut Started) -> T + Send + 'static) -> T {
        let (done, result) = channel();
        let job = Box::new(move |started: &mut Started| {
            // The receiver waits.
            let _ = done.send(catch_unwind(AssertUnwindSafe(|| job(started))));
        });
        self.jobs.as_ref().expect("not dropped").send(job).expect("the probe starts");
        result.recv().expect("the probe starts").unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.jobs = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

struct Started {
    store: Store,
    crypto: FunctionEnv<WasiCryptoCtx>,
    memory: Memory,
    /// Each with the types of its parameters.
    functions: HashMap<&'static str, (Function, Vec<CoreType>)>,
}

impl Started {
    fn new(probe: &Probe, crypto: WasiCryptoCtx, memory: Option<SharedMemory>) -> Self {
        let mut store = Store::new(probe.engine.clone());
        let mut imports = Imports::new();
        let memory = match memory {
            Some(memory) => memory.attach(&mut store),
            None => {
                let pages = Pages(probe::PAGES);
                Memory::new(&mut store, MemoryType::new(pages, Some(pages), true)).expect("a megabyte")
            }
        };
        // Only the probe with a memory that threads share imports it.
        imports.define("env", "memory", memory);
        let (instance, crypto) = instantiate(&mut store, &probe.module, &imports, crypto).expect("the probe starts");
        let memory = instance.exports.get_memory("memory").expect("the probe has a memory").clone();
        let function = |function: hostcrypt::abi::Function| {
            let func = instance.exports.get_function(function.name).expect("the probe wraps every function");
            (function.name, (func.clone(), function.core().collect()))
        };
        Self { functions: functions(probe.revision).map(function).collect(), store, crypto, memory }
    }

    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        let (func, core) = self.functions.get(function).unwrap_or_else(|| panic!("no function {function}"));
        #[allow(clippy::cast_possible_truncation, reason = "the parameter is an i32")]
        let value = |(integer, core): (&i64, &CoreType)| match core {
            CoreType::I32 => Value::I32(*integer as i32),
            CoreType::I64 => Value::I64(*integer),
        };
        let parameters: Vec<_> = integers.iter().zip(core).map(value).collect();
        let results = func.call(&mut self.store, &parameters).expect("no call traps");
        results[0].unwrap_i32()
    }
}

impl ProbeInstance for Open {
    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        let (function, integers) = (function.to_owned(), integers.to_owned());
        self.on_its_thread(move |started| started.call(&function, &integers))
    }

    fn memory_len(&self) -> usize {
        let len = self.on_its_thread(|started| started.memory.view(&started.store).data_size());
        usize::try_from(len).expect("a megabyte")
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        let mut copy = vec![0; bytes.len()];
        let copy = self.on_its_thread(move |started| {
            started.memory.view(&started.store).read(ptr as u64, &mut copy).expect("in memory");
            copy
        });
        bytes.copy_from_slice(&copy);
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        let bytes = bytes.to_owned();
        self.on_its_thread(move |started| {
            started.memory.view(&started.store).write(ptr as u64, &bytes).expect("in memory");
        });
    }

    fn thread(&mut self) -> Result<Box<dyn ProbeInstance>, String> {
        let (memory, crypto) = self.on_its_thread(|started| {
            let memory = started.memory.as_shared(&started.store).ok_or("its memory is not shared")?;
            Ok::<_, String>((memory, started.crypto.as_mut(&mut started.store).thread()))
        })?;
        Ok(Box::new(Self::new(self.probe.clone(), crypto, Some(memory))))
    }
}
