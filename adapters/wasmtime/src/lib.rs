//! WASI-crypto host functions for [Wasmtime](wasmtime).
//!
//! Keep a [`WasiCryptoCtx`] in the store, let [`add_to_linker`] bind the functions, and a guest can call them:
//!
//! ```
//! use hostcrypt_wasmtime::{WasiCryptoCtx, add_to_linker, host};
//! use wasmtime::{Engine, Linker, Module, Store};
//!
//! # fn main() -> wasmtime::Result<()> {
//! let engine = Engine::default();
//! let module = Module::new(&engine, r#"(module
//!     (import "wasi_ephemeral_crypto_common" "options_open" (func $open (param i32 i32) (result i32)))
//!     (memory (export "memory") 1)
//!     (func (export "run") (result i32) (call $open (i32.const 1) (i32.const 0))))"#)?;
//!
//! let mut linker = Linker::new(&engine);
//! add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto)?;
//!
//! let mut store = Store::new(&engine, WasiCryptoCtx::for_module(&host(), &module));
//! let instance = linker.instantiate(&mut store, &module)?;
//! let errno = instance.get_typed_func::<(), i32>(&mut store, "run")?.call(&mut store, ())?;
//! assert_eq!(errno, 0);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "component")]
pub mod component;
mod memory;

use std::fmt;

/// The core crate.
pub use hostcrypt;
pub use hostcrypt::{
    CALL_STACK, Host, InvalidPolicy, Limits, LongWork, Policy, Refusal, RefusalCause, Revision, SharedMemory,
    UnknownFunction, backend::Backend, store,
};
use hostcrypt::{Call, Context, Memory, abi};
use wasmtime::{Caller, Linker, Module, ModuleExport, Result};

use self::memory::GuestMemory;
pub use self::memory::SharedBytes;

hostcrypt::backend_by_features!(boringssl: hostcrypt_boringssl::BACKEND, rustcrypto: hostcrypt_rustcrypto::BACKEND);

/// The WASI-crypto state of one instance: the guest's [`Context`], and the instance's memory once a call has found it.
///
/// One value serves one instance, because all its calls work on the memory that the first call found. If a store has
/// several instances, give each its own value, and a linker whose `get` returns it.
///
/// If an instance with another memory, or none, calls with the same value, the call traps with [`WrongInstance`] before
/// it does anything. To detect that, a call looks up the caller's memory, which takes about 35 ns for a value that
/// knows the [module](Self::for_module), and 75 ns for another. That is too much for calls of 10 ns, so optimised
/// builds do it only for calls that open a handle: a second instance that guesses a handle of the first still works on
/// the first one's memory. Builds with debug assertions check every call. Instances that export the same memory, such
/// as a program and the libraries that it is linked to, may share a value. Do not use [`Linker::module`] for guests of
/// this interface: it makes a new instance for each call of a command.
pub struct WasiCryptoCtx {
    context: Context,
    memory: Option<GuestMemory>,
    /// The export of the memory in the guest's module, if the module is known.
    export: Option<ModuleExport>,
}

/// The error of a call's trap if two instances use one [`WasiCryptoCtx`], which is a mistake of the embedder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongInstance;

impl fmt::Display for WrongInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this instance calls WASI-crypto functions with the `WasiCryptoCtx` of another instance: the embedder must give \
             each instance a `WasiCryptoCtx` of its own, and a linker that returns it",
        )
    }
}

impl std::error::Error for WrongInstance {}

impl WasiCryptoCtx {
    /// Makes the state for a guest whose revision the embedder knows.
    #[must_use]
    pub fn new(host: &Host, revision: Revision) -> Self {
        Self { context: host.context(revision), memory: None, export: None }
    }

    /// Makes the state for a guest of this module, and detects the revision from its imports.
    #[must_use]
    pub fn for_module(host: &Host, module: &Module) -> Self {
        Self::new(host, revision_of(module)).with_module(module)
    }

    /// Makes calls find the memory of this module's instance faster.
    #[must_use]
    pub fn with_module(mut self, module: &Module) -> Self {
        self.export = module.get_export_index(memory::NAME);
        self
    }

    /// Makes the state for another thread of the same guest: an instance in a store of its own, on the memory that they
    /// share.
    #[must_use]
    pub fn thread(&mut self) -> Self {
        Self { context: self.context.thread(), memory: None, export: self.export }
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

impl fmt::Debug for WasiCryptoCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { context, memory, .. } = self;
        f.debug_struct("WasiCryptoCtx").field("context", context).field("memory", memory).finish_non_exhaustive()
    }
}

/// Runs one call over the guest's memory, which is looked up at the first call and if `look` is set.
fn enter<T>(
    mut caller: Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut WasiCryptoCtx,
    look: bool,
    run: impl FnOnce(&mut Call<'_>) -> i32,
) -> Result<i32> {
    if look {
        check_instance(&mut caller, &get)?;
    }
    let crypto = get(caller.data_mut());
    Ok(match &crypto.memory {
        Some(GuestMemory::Alone(memory)) => {
            let memory = *memory;
            let (bytes, data) = memory.data_and_store_mut(&mut caller);
            run(&mut get(data).context.call(Memory::new(bytes)))
        }
        Some(GuestMemory::Shared(memory)) => run(&mut crypto.context.copying_call(memory)),
        None => {
            let export = crypto.export;
            match GuestMemory::of(&mut caller, export) {
                Some(found) => {
                    get(caller.data_mut()).memory = Some(found);
                    return enter(caller, get, false, run);
                }
                // Without a memory, every pointer is outside of it.
                None => run(&mut get(caller.data_mut()).context.call(Memory::new(&mut []))),
            }
        }
    })
}

/// Whether a call checks its instance, by the types of its outputs: see [`WasiCryptoCtx`].
macro_rules! looks {
    () => {
        cfg!(debug_assertions)
    };
    ($(size)? $(u64)? $(version)? $(, $($rest:ident),*)?) => {
        looks!($($($rest),*)?)
    };
    ($($handle:ident),+) => {
        true
    };
}

/// Traps if the caller's memory is not the memory that the first call found.
#[inline(never)]
fn check_instance<T>(caller: &mut Caller<'_, T>, get: &impl Fn(&mut T) -> &mut WasiCryptoCtx) -> Result<()> {
    let crypto = get(caller.data_mut());
    let (export, Some(known)) = (crypto.export, crypto.memory.clone()) else { return Ok(()) };
    let found = GuestMemory::of(caller, export);
    if found.is_some_and(|found| found.is(&known, caller)) { Ok(()) } else { Err(WrongInstance.into()) }
}

macro_rules! bind {
    ($linker:ident $get:ident $($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        $($($linker.func_wrap(
            stringify!($module),
            stringify!($name),
            move |caller: Caller<'_, T>, $($($p: hostcrypt::core_type!($t),)+)* $($o: i32),*| -> Result<i32> {
                enter(caller, $get, looks!($($ot),*), |call| abi::$name(call, $($($p,)+)* $($o),*))
            },
        )?;)*)*
    };
}

/// Binds every function of both revisions. The guest's [`WasiCryptoCtx`] decides which numbers the guest sees.
///
/// # Errors
///
/// If the linker already has a function of the same name.
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    get: impl Fn(&mut T) -> &mut WasiCryptoCtx + Copy + Send + Sync + 'static,
) -> Result<()> {
    hostcrypt::for_each_function!(bind, linker get);
    Ok(())
}

/// The README's embedder, which compiles.
#[cfg(all(doctest, feature = "component", feature = "rustcrypto"))]
#[doc = include_str!("../README.md")]
mod readme {}
