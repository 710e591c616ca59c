//! The Wasmtime adapter.

use std::collections::HashMap;

use hostcrypt::{
    Host, Revision,
    abi::{CoreType, functions},
};
use hostcrypt_wasmtime::{SharedBytes, SharedMemory as _, WasiCryptoCtx, add_to_linker};
use wasmtime::{
    Config, Engine, Func, Instance, InstancePre, Linker, Memory, MemoryType, Module, SharedMemory, Store, Val,
};

use super::Runtime;
use crate::{ProbeInstance, probe};

pub(super) struct Wasmtime {
    linker: Linker<WasiCryptoCtx>,
    /// By revision.
    probes: HashMap<Revision, InstancePre<WasiCryptoCtx>>,
    /// The probes whose memory is imported.
    threaded: HashMap<Revision, Module>,
}

impl Wasmtime {
    pub(super) fn new() -> Self {
        let engine = Engine::new(Config::new().shared_memory(true)).expect("the machine has what Wasmtime needs");
        let module =
            |revision, shared| Module::new(&engine, probe::module(revision, shared)).expect("the probe is a module");
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto).expect("nothing else is bound");
        let alone = |revision| linker.instantiate_pre(&module(revision, false)).expect("every import is bound");
        Self {
            probes: Revision::ALL.map(|revision| (revision, alone(revision))).into(),
            threaded: Revision::ALL.map(|revision| (revision, module(revision, true))).into(),
            linker,
        }
    }
}

impl Runtime for Wasmtime {
    fn open(&self, host: &Host, revision: Revision, shared_memory: bool) -> Result<crate::Instance, String> {
        let crypto = WasiCryptoCtx::new(host, revision);
        if shared_memory {
            let memory = SharedMemory::new(self.linker.engine(), MemoryType::shared(probe::PAGES, probe::PAGES));
            let module = self.threaded[&revision].clone();
            let shared = Shared { memory: memory.expect("a megabyte"), module, linker: self.linker.clone(), revision };
            return Ok(shared.start(crypto).into());
        }
        let probe = &self.probes[&revision];
        let mut store = Store::new(probe.module().engine(), crypto);
        let instance = probe.instantiate(&mut store).expect("the probe starts");
        let memory = instance.get_memory(&mut store, "memory").expect("the probe has a memory");
        let functions = exports(&instance, &mut store, revision);
        Ok(Open { store, memory: Bytes::Alone(memory), functions }.into())
    }
}

type Exports = HashMap<&'static str, (Func, Vec<CoreType>)>;

fn exports(instance: &Instance, store: &mut Store<WasiCryptoCtx>, revision: Revision) -> Exports {
    let exported = functions(revision).map(|function| {
        let func = instance.get_func(&mut *store, function.name).expect("the probe wraps every function");
        (function.name, (func, function.core().collect()))
    });
    exported.collect()
}

struct Open {
    store: Store<WasiCryptoCtx>,
    memory: Bytes,
    /// Each with the types of its parameters.
    functions: Exports,
}

enum Bytes {
    Alone(Memory),
    Shared(Shared),
}

/// The shared data of a guest's threads.
#[derive(Clone)]
struct Shared {
    memory: SharedMemory,
    module: Module,
    linker: Linker<WasiCryptoCtx>,
    revision: Revision,
}

impl Shared {
    fn bytes(&self) -> SharedBytes {
        self.memory.clone().into()
    }

    fn start(self, crypto: WasiCryptoCtx) -> Open {
        let (mut linker, mut store) = (self.linker.clone(), Store::new(self.linker.engine(), crypto));
        linker.define(&store, "env", "memory", self.memory.clone()).expect("nothing else is called so");
        let instance = linker.instantiate(&mut store, &self.module).expect("the probe starts");
        let functions = exports(&instance, &mut store, self.revision);
        Open { store, memory: Bytes::Shared(self), functions }
    }
}

impl ProbeInstance for Open {
    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        let (func, core) = self.functions.get(function).unwrap_or_else(|| panic!("no function {function}"));
        #[allow(clippy::cast_possible_truncation, reason = "the parameter is an i32")]
        let val = |(integer, core): (&i64, &CoreType)| match core {
            CoreType::I32 => Val::I32(*integer as i32),
            CoreType::I64 => Val::I64(*integer),
        };
        let parameters: Vec<_> = integers.iter().zip(core).map(val).collect();
        let mut results = [Val::I32(-1)];
        func.call(&mut self.store, &parameters, &mut results).expect("no call traps");
        results[0].unwrap_i32()
    }

    fn memory_len(&self) -> usize {
        match &self.memory {
            Bytes::Alone(memory) => memory.data_size(&self.store),
            Bytes::Shared(shared) => shared.bytes().len(),
        }
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        match &self.memory {
            Bytes::Alone(memory) => memory.read(&self.store, ptr, bytes).expect("in memory"),
            Bytes::Shared(shared) => shared.bytes().read(ptr, bytes),
        }
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        match &mut self.memory {
            Bytes::Alone(memory) => memory.write(&mut self.store, ptr, bytes).expect("in memory"),
            Bytes::Shared(shared) => shared.bytes().write(ptr, bytes),
        }
    }

    fn thread(&mut self) -> Result<Box<dyn ProbeInstance>, String> {
        let Bytes::Shared(shared) = &self.memory else { return Err("its memory is not shared".to_owned()) };
        Ok(Box::new(shared.clone().start(self.store.data_mut().thread())))
    }
}
