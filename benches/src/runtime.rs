//! Subjects `wasmtime/…` and `published`: the guest on two versions of Wasmtime, each with its host.

/// The same code for both versions, since no type of one is a type of the other.
macro_rules! guest {
    ($runtime:ident, $crypto:ty, $add_to_linker:path) => {
        use $runtime::{Caller, Engine, Instance, Linker, Memory, Module, Store};

        use crate::guest::{self, PREPARE, RUN, TOUCH};
        use crate::layout::{OUT, fill};
        use crate::workload::Keys;
        use crate::{Run, Subject, Workload};

        /// What the store keeps.
        struct Data {
            crypto: $crypto,
            /// Found once, as the empty call needs it.
            memory: Option<Memory>,
        }

        /// A host, and the guest of the last workload.
        pub struct Guest {
            name: &'static str,
            engine: Engine,
            crypto: Box<dyn Fn(&Module) -> $crypto>,
            keys: Keys,
            lacks: &'static [Workload],
            running: Option<(Store<Data>, Instance)>,
        }

        impl Guest {
            fn with(
                name: &'static str,
                keys: Keys,
                lacks: &'static [Workload],
                crypto: impl Fn(&Module) -> $crypto + 'static,
            ) -> Self {
                Self { name, engine: Engine::default(), crypto: Box::new(crypto), keys, lacks, running: None }
            }

            fn load(&self, workload: Workload) -> $runtime::Result<(Store<Data>, Instance)> {
                let module = Module::new(&self.engine, guest::binary(workload, self.keys))?;
                let mut linker = Linker::new(&self.engine);
                $add_to_linker(&mut linker, |data: &mut Data| &mut data.crypto)?;
                linker.func_wrap(TOUCH.0, TOUCH.1, touch)?;
                let mut store = Store::new(&self.engine, Data { crypto: (self.crypto)(&module), memory: None });
                let instance = linker.instantiate(&mut store, &module)?;
                let memory = instance.get_memory(&mut store, "memory");
                store.data_mut().memory = memory;
                fill(memory.unwrap().data_mut(&mut store));
                instance.get_typed_func::<(), ()>(&mut store, PREPARE)?.call(&mut store, ())?;
                Ok((store, instance))
            }
        }

        impl Subject for Guest {
            fn name(&self) -> &'static str {
                self.name
            }

            fn makes_its_keys(&self) -> bool {
                self.keys == Keys::Made
            }

            fn workload(&mut self, workload: Workload) -> Option<Run<'_>> {
                if self.lacks.contains(&workload) || matches!(workload, Workload::Handles(_) | Workload::SqueezeBatch) {
                    return None;
                }
                let loaded = self.load(workload).unwrap_or_else(|error| panic!("{workload:?}: {error:?}"));
                let (store, instance) = self.running.insert(loaded);
                let run = instance.get_typed_func::<u64, ()>(&mut *store, RUN).unwrap();
                Some(Box::new(move |times| run.call(&mut *store, times).unwrap()))
            }

            fn output(&mut self) -> &[u8] {
                let (store, _) = self.running.as_ref().unwrap();
                OUT.of(store.data().memory.unwrap().data(store))
            }
        }

        /// The empty call: an address is checked and the byte there changed.
        fn touch(mut caller: Caller<'_, Data>, at: i32) -> i32 {
            let Some(memory) = caller.data().memory else { return 1 };
            let (memory, _) = memory.data_and_store_mut(&mut caller);
            let Some(byte) = memory.get_mut(at as usize) else { return 1 };
            *byte = byte.wrapping_add(1);
            0
        }
    };
}

/// Subjects `wasmtime/…`: this project's host.
pub mod wasmtime {
    use ::wasmtime as runtime;
    use hostcrypt_wasmtime::{Backend, Host, WasiCryptoCtx, add_to_linker};

    guest!(runtime, WasiCryptoCtx, add_to_linker);

    impl Guest {
        /// Over a backend.
        #[must_use]
        pub fn new(name: &'static str, backend: Backend) -> Self {
            let host = Host::new(backend);
            Self::with(name, Keys::Given, &[], move |module| WasiCryptoCtx::for_module(&host, module))
        }
    }
}

/// Subject `published`: the host of another project.
#[cfg(feature = "published")]
pub mod published {
    use wasi_crypto_wasmtime::{WasiCryptoCtx, add_to_linker};
    use wasmtime_47 as runtime;

    use crate::workload::Curve;

    guest!(runtime, WasiCryptoCtx, add_to_linker);

    impl Default for Guest {
        fn default() -> Self {
            Self::with("published", Keys::Made, &[Workload::Agree(Curve::P256)], |_| WasiCryptoCtx::new())
        }
    }
}
