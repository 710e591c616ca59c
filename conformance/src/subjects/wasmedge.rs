//! The WasmEdge adapter.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use hostcrypt::{
    Host, Revision,
    abi::{CoreType, functions},
};
use hostcrypt_wasmedge::{Imports, WasiCryptoCtx};
use wasmedge_sys::{
    AsInstance, Config, Executor, ImportModule, Instance, Loader, Memory, MemoryType, Module, Store, Validator,
    WasmValue,
};

use super::Runtime;
use crate::{ProbeInstance, probe};

pub(super) struct WasmEdge {
    /// By revision, and by whether its memory is one that threads share.
    probes: HashMap<(Revision, bool), Arc<Module>>,
}

impl WasmEdge {
    pub(super) fn new() -> Self {
        let mut config = Config::create().expect("a configuration");
        config.threads(true);
        let probe = |revision, shared| {
            let loader = Loader::create(Some(&config)).expect("a loader");
            let module = loader.from_bytes(probe::module(revision, shared)).expect("the probe is a module");
            let validator = Validator::create(Some(&config)).expect("a validator");
            validator.validate(&module).expect("the probe is valid");
            ((revision, shared), module)
        };
        let probes = Revision::ALL.into_iter().flat_map(|revision| [false, true].map(|shared| probe(revision, shared)));
        Self { probes: probes.collect() }
    }
}

impl Runtime for WasmEdge {
    fn open(&self, host: &Host, revision: Revision, shared_memory: bool) -> Result<crate::Instance, String> {
        let memory = shared_memory.then(|| {
            let ty = MemoryType::new(probe::PAGES, Some(probe::PAGES), true).expect("with a maximum");
            let mut env = ImportModule::create("env", Box::new(())).expect("an import object");
            env.add_memory("memory", Memory::create(&ty).expect("a megabyte"));
            Arc::new(env)
        });
        let functions = functions(revision).map(|function| (function.name, function.core().collect()));
        let probe = Probe {
            module: Arc::clone(&self.probes[&(revision, shared_memory)]),
            memory,
            functions: Arc::new(functions.collect()),
            crypto: Arc::new(Mutex::new(WasiCryptoCtx::new(host, revision))),
        };
        Ok(probe.start().into())
    }
}

/// The shared data of a guest's threads.
#[derive(Clone)]
struct Probe {
    module: Arc<Module>,
    /// The memory that it imports, if threads share it.
    memory: Option<Arc<ImportModule<()>>>,
    /// The types of each function's parameters.
    functions: Arc<HashMap<&'static str, Vec<CoreType>>>,
    crypto: Arc<Mutex<WasiCryptoCtx>>,
}

impl Probe {
    fn start(self) -> Open {
        let mut imports = self.crypto.lock().expect("nothing panics").imports().expect("import objects");
        let mut executor = Executor::create(None, None).expect("an executor");
        let mut store = Store::create().expect("a store");
        // SAFETY: `Open` keeps them beside the store and drops them after it, and is used by one thread at a time.
        #[allow(unsafe_code, reason = "the store borrows nothing of what it holds")]
        let objects = unsafe { imports.objects() };
        for object in objects {
            executor.register_import_module(&mut store, object).expect("nothing else is called so");
        }
        if let Some(memory) = &self.memory {
            executor.register_import_module(&mut store, &**memory).expect("nothing else is called so");
        }
        let instance = executor.register_active_module(&mut store, &self.module).expect("the probe starts");
        Open { instance, executor, _store: store, _imports: imports, probe: self }
    }
}

/// An instance, and the objects that must outlive it: fields are dropped in their order.
struct Open {
    instance: Instance,
    executor: Executor,
    _store: Store,
    _imports: Imports,
    probe: Probe,
}

impl ProbeInstance for Open {
    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        let core = self.probe.functions.get(function).unwrap_or_else(|| panic!("no function {function}"));
        #[allow(clippy::cast_possible_truncation, reason = "the parameter is an i32")]
        let value = |(integer, core): (&i64, &CoreType)| match core {
            CoreType::I32 => WasmValue::from_i32(*integer as i32),
            CoreType::I64 => WasmValue::from_i64(*integer),
        };
        let mut func = self.instance.get_func_mut(function).expect("the probe wraps every function");
        let results = self.executor.call_func(&mut func, integers.iter().zip(core).map(value));
        results.expect("no call traps")[0].to_i32()
    }

    fn memory_len(&self) -> usize {
        (self.instance.get_memory_ref("memory").expect("the probe has a memory").size() as usize) << 16
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        let memory = self.instance.get_memory_ref("memory").expect("the probe has a memory");
        let [ptr, len] = [ptr, bytes.len()].map(|integer| u32::try_from(integer).expect("a megabyte"));
        bytes.copy_from_slice(&memory.get_data(ptr, len).expect("in memory"));
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        let mut memory = self.instance.get_memory_mut("memory").expect("the probe has a memory");
        memory.set_data(bytes, u32::try_from(ptr).expect("a megabyte")).expect("in memory");
    }

    fn thread(&mut self) -> Result<Box<dyn ProbeInstance>, String> {
        if self.probe.memory.is_none() {
            return Err("its memory is not shared".to_owned());
        }
        Ok(Box::new(self.probe.clone().start()))
    }
}
