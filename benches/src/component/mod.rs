//! Subjects `component/…`: a component on Wasmtime, with this project's host.

mod guest;

use hostcrypt_wasmtime::component::{WasiCryptoCtx, add_to_linker, raise_store_limits};
use hostcrypt_wasmtime::{Backend, Host};
use wasmtime::component::{Component, Instance, Linker, Resource, ResourceType};
use wasmtime::{Engine, Result, Store, StoreContextMut};

use crate::guest::{PREPARE, RUN};
use crate::layout::{OUT, PAGES, fill};
use crate::{Run, Subject, Workload};

/// The resource of the empty call.
struct Thing;

/// A host, and the component of the last workload.
pub struct Guest {
    name: &'static str,
    engine: Engine,
    host: Host,
    running: Option<(Store<WasiCryptoCtx>, Instance)>,
    output: Vec<u8>,
}

impl Guest {
    /// Over a backend.
    #[must_use]
    pub fn new(name: &'static str, backend: Backend) -> Self {
        let host = Host::new(backend);
        Self { name, engine: Engine::default(), host, running: None, output: Vec::new() }
    }

    fn load(&self, workload: Workload) -> Result<(Store<WasiCryptoCtx>, Instance)> {
        let component = Component::new(&self.engine, guest::binary(workload))?;
        let mut linker = Linker::new(&self.engine);
        add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto)?;
        let mut empty = linker.instance(guest::EMPTY)?;
        empty.resource("thing", ResourceType::host::<Thing>(), |_, _| Ok(()))?;
        empty.func_wrap("open", |_: StoreContextMut<'_, _>, (): ()| Ok((Resource::<Thing>::new_own(0),)))?;
        // The empty call: its resource is found, and nothing done.
        empty.func_wrap("touch", |_: StoreContextMut<'_, _>, (_,): (Resource<Thing>,)| Ok(()))?;

        let mut store = Store::new(&self.engine, WasiCryptoCtx::new(&self.host));
        raise_store_limits(&mut store, self.host.limits());
        let instance = linker.instantiate(&mut store, &component)?;
        let mut memory = vec![0; PAGES << 16];
        fill(&mut memory);
        instance.get_typed_func::<(&[u8],), ()>(&mut store, "fill")?.call(&mut store, (&memory,))?;
        instance.get_typed_func::<(), ()>(&mut store, PREPARE)?.call(&mut store, ())?;
        Ok((store, instance))
    }
}

impl Subject for Guest {
    fn name(&self) -> &'static str {
        self.name
    }

    fn workload(&mut self, workload: Workload) -> Option<Run<'_>> {
        if matches!(workload, Workload::Handles(_)) {
            return None;
        }
        let loaded = self.load(workload).unwrap_or_else(|error| panic!("{workload:?}: {error:?}"));
        let (store, instance) = self.running.insert(loaded);
        let run = instance.get_typed_func::<(u64,), ()>(&mut *store, RUN).unwrap();
        Some(Box::new(move |times| run.call(&mut *store, (times,)).unwrap()))
    }

    fn output(&mut self) -> &[u8] {
        let (store, instance) = self.running.as_mut().unwrap();
        let output = instance.get_typed_func::<(), (Vec<u8>,)>(&mut *store, "output").unwrap();
        (self.output,) = output.call(store, ()).unwrap();
        assert_eq!(self.output.len(), OUT.len as usize);
        &self.output
    }
}
