//! Subjects `wasmtime` and `published`: the guest on two versions of Wasmtime, each with its host.

/// The same code for both versions, since no type of one is a type of the other.
macro_rules! guest {
    ($name:literal, $runtime:ident, $crypto:ty, $add_to_linker:path, |$module:ident| $new:expr) => {
        use $runtime::{Caller, Engine, Instance, Linker, Memory, Module, Store};

        use crate::guest::{self, PREPARE, TOUCH};
        use crate::layout::OUT;
        use crate::{Run, Subject};

        /// What the store keeps.
        struct Data {
            crypto: $crypto,
            /// Found once, as the empty call needs it.
            memory: Option<Memory>,
        }

        /// The guest, with a key and a hash state open.
        pub struct Guest {
            store: Store<Data>,
            instance: Instance,
        }

        impl Default for Guest {
            fn default() -> Self {
                Self::new()
            }
        }

        impl Guest {
            /// Loads and prepares the guest.
            ///
            /// # Panics
            ///
            /// If that fails.
            #[must_use]
            pub fn new() -> Self {
                let engine = Engine::default();
                let $module = Module::new(&engine, guest::binary()).unwrap();
                let mut linker = Linker::new(&engine);
                $add_to_linker(&mut linker, |data: &mut Data| &mut data.crypto).unwrap();
                linker.func_wrap(TOUCH.0, TOUCH.1, touch).unwrap();
                let mut store = Store::new(&engine, Data { crypto: $new, memory: None });
                let instance = linker.instantiate(&mut store, &$module).unwrap();
                store.data_mut().memory = instance.get_memory(&mut store, "memory");
                instance.get_typed_func::<(), ()>(&mut store, PREPARE).unwrap().call(&mut store, ()).unwrap();
                Self { store, instance }
            }
        }

        impl Subject for Guest {
            fn name(&self) -> &'static str {
                $name
            }

            fn workload(&mut self, name: &str) -> Option<Run<'_>> {
                let run = self.instance.get_typed_func::<u64, ()>(&mut self.store, name).ok()?;
                Some(Box::new(move |n| run.call(&mut self.store, n).unwrap()))
            }

            fn output(&mut self) -> Vec<u8> {
                let memory = self.store.data().memory.unwrap().data(&self.store);
                memory[OUT.at as usize..][..OUT.len as usize].to_vec()
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

/// Subject `wasmtime`: this project's host.
pub mod wasmtime {
    use ::wasmtime as runtime;
    use hostcrypt_wasmtime::{Crypto, add_to_linker, host};

    guest!("wasmtime", runtime, Crypto, add_to_linker, |module| Crypto::for_module(&host(), &module));
}

/// Subject `published`: the host of another project.
#[cfg(feature = "published")]
pub mod published {
    use wasi_crypto_wasmtime::{WasiCryptoCtx, add_to_linker};
    use wasmtime_47 as runtime;

    guest!("published", runtime, WasiCryptoCtx, add_to_linker, |module| WasiCryptoCtx::new());
}
