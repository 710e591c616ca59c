//! The Wasmtime adapter.

use std::collections::HashMap;

use hostcrypt::{
    Revision,
    abi::{CoreType, functions},
};
use hostcrypt_wasmtime::{Crypto, add_to_linker};
use wasmtime::{Engine, Func, InstancePre, Linker, Memory, Module, Store, Val};

use super::Under;
use crate::{Door, Setup, Subject, probe};

pub(super) struct Wasmtime {
    under: Under,
    probe: InstancePre<Crypto>,
}

impl Wasmtime {
    pub(super) fn new(under: Under) -> Self {
        let engine = Engine::default();
        let module = Module::new(&engine, probe::module(under.revision)).expect("the probe is a module");
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |crypto: &mut Crypto| crypto).expect("nothing else is bound");
        Self { under, probe: linker.instantiate_pre(&module).expect("every import is bound") }
    }
}

impl Subject for Wasmtime {
    fn runtime(&self) -> &str {
        "wasmtime"
    }

    fn backend(&self) -> &str {
        &self.under.name
    }

    fn revision(&self) -> Revision {
        self.under.revision
    }

    fn algorithms(&self) -> &[String] {
        &self.under.algorithms
    }

    fn served_by(&self, algorithm: &str) -> &str {
        self.under.part(algorithm)
    }

    fn open(&self, setup: &Setup) -> Box<dyn Door> {
        let crypto = Crypto::new(&self.under.host(setup), self.under.revision);
        let mut store = Store::new(self.probe.module().engine(), crypto);
        let instance = self.probe.instantiate(&mut store).expect("the probe starts");
        let memory = instance.get_memory(&mut store, "memory").expect("the probe has a memory");
        let exported = functions(self.under.revision).map(|function| {
            let func = instance.get_func(&mut store, function.name).expect("the probe wraps every function");
            (function.name, (func, function.core().collect()))
        });
        let functions = exported.collect();
        Box::new(Open { store, memory, functions })
    }
}

struct Open {
    store: Store<Crypto>,
    memory: Memory,
    /// Each with the types of its parameters.
    functions: HashMap<&'static str, (Func, Vec<CoreType>)>,
}

impl Door for Open {
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
        self.memory.data_size(&self.store)
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        self.memory.read(&self.store, ptr, bytes).expect("in memory");
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        self.memory.write(&mut self.store, ptr, bytes).expect("in memory");
    }
}
