//! The Wasmtime adapter's door for components.

mod probe;
mod values;

use std::{collections::HashMap, sync::Arc};

use hostcrypt::{Host, Revision, abi::Function};
use hostcrypt_wasmtime::component::{WasiCryptoCtx, add_to_linker, raise_store_limits};
use wasmtime::{
    Engine, Store,
    component::{Component, InstancePre, Linker, TypedFunc, WasmList},
};

pub(super) use self::values::REVISION;
use self::{
    probe::{Imported, PAYLOAD, Probe, RESULT_LEN},
    values::{Payload, Returned, Types},
};
use super::Runtime;
use crate::{Answer, Argument, Element, Instance, Interface, Value};

/// The version of the package.
pub(super) const VERSION: &str = "0.11";

pub(super) struct Components {
    probe: InstancePre<WasiCryptoCtx>,
    imported: Arc<Interfaces>,
}

/// What the probe imports.
struct Interfaces {
    types: Types,
    functions: HashMap<String, Imported>,
}

impl Components {
    pub(super) fn new() -> Self {
        let Probe { component, wit, functions } = Probe::new();
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto).expect("nothing else is bound");
        let component = Component::new(&engine, component).expect("the probe is a component");
        let probe = linker.instantiate_pre(&component).expect("every import is bound");
        Self { probe, imported: Arc::new(Interfaces { types: Types::new(wit), functions }) }
    }
}

impl Runtime for Components {
    fn open(&self, host: &Host, _revision: Revision, shared_memory: bool) -> Result<Instance, String> {
        if shared_memory {
            return Err("its guests have no threads".to_owned());
        }
        let mut store = Store::new(self.probe.component().engine(), WasiCryptoCtx::new(host));
        raise_store_limits(&mut store, host.limits());
        let instance = self.probe.instantiate(&mut store).expect("the probe starts");
        let call = instance.get_typed_func(&mut store, "call").expect("the probe exports it");
        Ok(Instance::Typed(Box::new(Open { store, call, imported: Arc::clone(&self.imported) })))
    }
}

struct Open {
    store: Store<WasiCryptoCtx>,
    call: TypedFunc<(u32, Vec<u8>), (WasmList<u8>,)>,
    imported: Arc<Interfaces>,
}

impl Open {
    /// Calls a function with the payload that `lower` makes, and passes what it returns to `lift`.
    fn call<T>(
        &mut self,
        name: &str,
        lower: impl FnOnce(&Types, &Imported) -> Vec<u8>,
        lift: impl FnOnce(&Returned<'_>, &Imported) -> T,
    ) -> T {
        let Interfaces { types, functions } = &*self.imported;
        let imported = functions.get(name).unwrap_or_else(|| panic!("no function {name}"));
        let payload = lower(types, imported);
        let start = PAYLOAD + payload.len() - RESULT_LEN;
        let called = self.call.call(&mut self.store, (imported.index, payload));
        let (memory,) = called.unwrap_or_else(|trap| panic!("{name} traps: {trap:?}"));
        lift(&Returned { types, start, memory: memory.as_le_slice(&self.store) }, imported)
    }
}

impl Interface for Open {
    fn invoke(&mut self, function: &Function, arguments: &[Argument<'_>]) -> Answer<Vec<Value>> {
        self.call(
            function.name,
            |types, imported| Payload::of_call(types, imported, arguments),
            |returned, imported| returned.result(imported.result),
        )
    }

    fn invoke_batch(&mut self, function: &str, elements: &[Vec<Argument<'_>>]) -> Answer<Vec<Element>> {
        self.call(
            function,
            |types, imported| Payload::of_batch(types, imported, elements),
            |returned, imported| returned.results(imported.result),
        )
    }

    fn bytes_held(&self) -> Option<usize> {
        Some(self.store.data().bytes_held())
    }
}
