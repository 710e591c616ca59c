//! WASI-crypto host functions for [Wasmer](wasmer).
//!
//! Keep a [`Crypto`] in a function environment, let [`add_to_imports`] add the functions over it, tell it the instance
//! by [`initialize`], and a guest can call them:
//!
//! ```
//! use hostcrypt_wasmer::{Crypto, add_to_imports, host, initialize};
//! use wasmer::{FunctionEnv, Imports, Instance, Module, Store};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut store = Store::default();
//! let module = Module::new(&store, r#"(module
//!     (import "wasi_ephemeral_crypto_common" "options_open" (func $open (param i32 i32) (result i32)))
//!     (memory (export "memory") 1)
//!     (func (export "run") (result i32) (call $open (i32.const 1) (i32.const 0))))"#)?;
//!
//! let crypto = FunctionEnv::new(&mut store, Crypto::for_module(&host(), &module));
//! let mut imports = Imports::new();
//! add_to_imports(&mut imports, &mut store, &crypto);
//!
//! let instance = Instance::new(&mut store, &module, &imports)?;
//! initialize(&mut store, &crypto, &instance);
//! let errno = instance.exports.get_typed_function::<(), i32>(&store, "run")?.call(&mut store)?;
//! assert_eq!(errno, 0);
//! # Ok(())
//! # }
//! ```

mod memory;

use hostcrypt::{Call, Context, Memory, abi};
pub use hostcrypt::{Host, Limits, LongWork, Policy, Revision, backend::Backend, store};
use wasmer::{AsStoreMut, Function, FunctionEnv, FunctionEnvMut, Imports, Instance, Module};

use self::memory::Lender;

hostcrypt::backend_by_features!(boringssl: hostcrypt_boringssl::BACKEND, rustcrypto: hostcrypt_rustcrypto::BACKEND);

/// What a guest's function environment keeps: the guest's [`Context`], and its memory once [`initialize`] told it.
///
/// One value serves one instance, since all calls work on the memory of that instance. Where a store holds several
/// instances, each has its own value and its own imports.
#[derive(Debug)]
pub struct Crypto {
    context: Context,
    memory: Option<Lender>,
}

impl Crypto {
    /// For a guest that speaks a revision that the embedder knows.
    #[must_use]
    pub fn new(host: &Host, revision: Revision) -> Self {
        Self { context: host.context(revision), memory: None }
    }

    /// For a guest whose revision is told from its imports.
    #[must_use]
    pub fn for_module(host: &Host, module: &Module) -> Self {
        Self::new(host, revision_of(module))
    }

    /// For another thread of the same guest: an instance in a store of its own, on the memory that they share.
    #[must_use]
    pub fn thread(&mut self) -> Self {
        Self { context: self.context.thread(), memory: None }
    }

    /// The guest's world.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }
}

/// The revision that a module's imports tell.
#[must_use]
pub fn revision_of(module: &Module) -> Revision {
    Revision::of_imports(module.imports().map(|import| (import.module().to_owned(), import.name().to_owned())))
}

/// Runs one call over the guest's memory.
fn enter(mut env: FunctionEnvMut<'_, Crypto>, run: impl FnOnce(&mut Call<'_>) -> i32) -> i32 {
    let (crypto, store) = env.data_and_store_mut();
    match &crypto.memory {
        Some(memory) => memory.lend(&store, &mut crypto.context, run),
        // Without a memory, every pointer is out of it.
        None => run(&mut crypto.context.call(Memory::new(&mut []))),
    }
}

macro_rules! bind {
    ($imports:ident $store:ident $crypto:ident $($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        $($($imports.define(stringify!($module), stringify!($name), Function::new_typed_with_env(
            $store,
            $crypto,
            |env: FunctionEnvMut<'_, Crypto>, $($($p: hostcrypt::core_type!($t),)+)* $($o: i32),*| -> i32 {
                enter(env, |call| abi::$name(call, $($($p,)+)* $($o),*))
            },
        ));)*)*
    };
}

/// Adds every function of both revisions to the imports of one instance; which numbers its guest sees is the
/// [`Crypto`]'s to say.
///
/// A function that the imports have under the same name is replaced.
pub fn add_to_imports(imports: &mut Imports, store: &mut impl AsStoreMut, crypto: &FunctionEnv<Crypto>) {
    hostcrypt::for_each_function!(bind, imports store crypto);
}

/// Tells a [`Crypto`] the instance that it serves, whose memory is the one that it exports as `memory`.
///
/// Wasmer does not tell host functions who calls. Before this, as in a start function, and if the instance exports no
/// memory, functions that are given a pointer answer `guest_error`.
///
/// # Panics
///
/// As Wasmer does, if the instance or the environment is not of this store.
pub fn initialize(store: &mut impl AsStoreMut, crypto: &FunctionEnv<Crypto>, instance: &Instance) {
    let memory = Lender::of(instance, store);
    crypto.as_mut(store).memory = memory;
}

/// The README's embedder, which compiles.
#[cfg(all(doctest, feature = "rustcrypto"))]
#[doc = include_str!("../README.md")]
mod readme {}
