//! WASI-crypto host functions for [Wasmer](wasmer).
//!
//! [`instantiate`] makes an instance with a [`WasiCryptoCtx`], whose guest can call the functions:
//!
//! ```
//! use hostcrypt_wasmer::{WasiCryptoCtx, host, instantiate};
//! use wasmer::{Imports, Module, Store};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut store = Store::default();
//! let module = Module::new(&store, r#"(module
//!     (import "wasi_ephemeral_crypto_common" "options_open" (func $open (param i32 i32) (result i32)))
//!     (memory (export "memory") 1)
//!     (func (export "run") (result i32) (call $open (i32.const 1) (i32.const 0))))"#)?;
//!
//! let crypto = WasiCryptoCtx::for_module(&host(), &module);
//! let (instance, _) = instantiate(&mut store, &module, &Imports::new(), crypto)?;
//! let errno = instance.exports.get_typed_function::<(), i32>(&store, "run")?.call(&mut store)?;
//! assert_eq!(errno, 0);
//! # Ok(())
//! # }
//! ```

mod memory;

/// The core crate.
pub use hostcrypt;
pub use hostcrypt::{
    CALL_STACK, Host, InvalidPolicy, Limits, LongWork, Policy, Refusal, RefusalCause, Revision, UnknownFunction,
    backend::Backend, store,
};
use hostcrypt::{
    Call, Context, Memory,
    abi::{self, CoreType},
};
use wasmer::{
    AsStoreMut, Function, FunctionEnv, FunctionEnvMut, FunctionType, Imports, Instance, InstantiationError, Module,
    Type,
};

use self::memory::GuestMemory;

hostcrypt::backend_by_features!(boringssl: hostcrypt_boringssl::BACKEND, rustcrypto: hostcrypt_rustcrypto::BACKEND);

/// The WASI-crypto state of one instance: the guest's [`Context`], and the instance's memory.
///
/// One value serves one instance, which [`instantiate`] makes: all calls work on the memory of that instance. For
/// another instance of the same guest, such as a thread, [`thread`](Self::thread) makes another value.
#[derive(Debug)]
pub struct WasiCryptoCtx {
    context: Context,
    memory: Option<GuestMemory>,
}

impl WasiCryptoCtx {
    /// Makes the state for a guest whose revision the embedder knows.
    #[must_use]
    pub fn new(host: &Host, revision: Revision) -> Self {
        Self { context: host.context(revision), memory: None }
    }

    /// Makes the state for a guest of this module, and detects the revision from its imports.
    #[must_use]
    pub fn for_module(host: &Host, module: &Module) -> Self {
        Self::new(host, revision_of(module))
    }

    /// Makes the state for another instance of the same guest, with the same handles: a thread, in a store of its own,
    /// on the memory that they share.
    #[must_use]
    pub fn thread(&mut self) -> Self {
        Self { context: self.context.thread(), memory: None }
    }

    /// Returns the guest's context.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }
}

/// Detects the revision of a module from its imports.
#[must_use]
pub fn revision_of(module: &Module) -> Revision {
    Revision::of_imports(module.imports().map(|import| (import.module().to_owned(), import.name().to_owned())))
}

/// Runs one call over the guest's memory.
fn enter(mut env: FunctionEnvMut<'_, WasiCryptoCtx>, run: impl FnOnce(&mut Call<'_>) -> i32) -> i32 {
    let (crypto, store) = env.data_and_store_mut();
    match &crypto.memory {
        Some(memory) => memory.lend(&store, &mut crypto.context, run),
        // Without a memory, every pointer is outside of it.
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
            |env: FunctionEnvMut<'_, WasiCryptoCtx>, $($($p: hostcrypt::core_type!($t),)+)* $($o: i32),*| -> i32 {
                enter(env, |call| abi::$name(call, $($($p,)+)* $($o),*))
            },
        ));)*)*
    };
}

/// Makes an instance of a module with a [`WasiCryptoCtx`], which no other instance can use. The guest can call every
/// function of both revisions, and the [`WasiCryptoCtx`] decides which numbers the guest sees. `imports` has all other
/// imports of the module, such as WASI; functions of WASI-crypto in it are not used.
///
/// Returns the instance, and the environment of the functions.
///
/// Wasmer does not tell host functions which instance calls them. Calls therefore work on the memory that this instance
/// exports as `memory`. If it exports none, and while its start function runs, functions that take a pointer answer
/// `guest_error`. A function that the guest passes on to another instance still works on the guest's own memory.
///
/// Two instances cannot have one [`WasiCryptoCtx`], since each would write into the memory of the other:
///
/// ```compile_fail,E0382
/// # use hostcrypt_wasmer::{WasiCryptoCtx, instantiate};
/// # fn twice(store: &mut wasmer::Store, module: &wasmer::Module, imports: &wasmer::Imports, crypto: WasiCryptoCtx) {
/// let first = instantiate(store, module, imports, crypto);
/// let second = instantiate(store, module, imports, crypto);
/// # }
/// ```
///
/// # Errors
///
/// Those of [`Instance::new`].
#[allow(clippy::result_large_err, reason = "the runtime's own error")]
pub fn instantiate(
    store: &mut impl AsStoreMut,
    module: &Module,
    imports: &Imports,
    crypto: WasiCryptoCtx,
) -> Result<(Instance, FunctionEnv<WasiCryptoCtx>), InstantiationError> {
    let (mut imports, crypto) = (imports.clone(), FunctionEnv::new(store, crypto));
    add_functions(&mut imports, store, &crypto);
    let instance = Instance::new(store, module, &imports)?;
    let memory = GuestMemory::of(&instance, store);
    crypto.as_mut(store).memory = memory;
    Ok((instance, crypto))
}

fn add_functions(imports: &mut Imports, store: &mut impl AsStoreMut, crypto: &FunctionEnv<WasiCryptoCtx>) {
    hostcrypt::for_each_function!(bind, imports store crypto);
}

/// Returns the type of a function of the interface, for embedders that check a module's imports first; `None` if
/// neither revision has the function.
#[must_use]
pub fn function_type(module: &str, name: &str) -> Option<FunctionType> {
    let mut functions = Revision::ALL.into_iter().flat_map(abi::functions);
    let function = functions.find(|function| (function.module, function.name) == (module, name))?;
    let parameter = |core| match core {
        CoreType::I32 => Type::I32,
        CoreType::I64 => Type::I64,
    };
    Some(FunctionType::new(function.core().map(parameter).collect::<Vec<_>>(), vec![Type::I32]))
}

/// The README's embedder, which compiles.
#[cfg(all(doctest, feature = "rustcrypto"))]
#[doc = include_str!("../README.md")]
mod readme {}
