//! WASI-crypto host functions for [Wasmtime](wasmtime).
//!
//! Keep a [`Crypto`] in the store, let [`add_to_linker`] bind the functions, and a guest can call them:
//!
//! ```
//! use hostcrypt_wasmtime::{Crypto, add_to_linker, host};
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
//! add_to_linker(&mut linker, |crypto: &mut Crypto| crypto)?;
//!
//! let mut store = Store::new(&engine, Crypto::for_module(&host(), &module));
//! let instance = linker.instantiate(&mut store, &module)?;
//! let errno = instance.get_typed_func::<(), i32>(&mut store, "run")?.call(&mut store, ())?;
//! assert_eq!(errno, 0);
//! # Ok(())
//! # }
//! ```

mod memory;

use hostcrypt::{Call, Context, Memory, abi};
pub use hostcrypt::{Host, Limits, LongWork, Policy, Revision, SharedMemory, backend::Backend, store};
use wasmtime::{Caller, Linker, Module};

use self::memory::Lender;
pub use self::memory::SharedBytes;

hostcrypt::backend_by_features!(boringssl: hostcrypt_boringssl::BACKEND, rustcrypto: hostcrypt_rustcrypto::BACKEND);

/// What a guest's store keeps: the guest's [`Context`], and its memory once that was found.
///
/// One value serves one instance, for the memory that its first call found is the one that all its calls work on.
/// Where a store holds several instances, each has its own value, and a linker whose `get` leads to it.
/// [`Linker::module`] is not for guests of this interface: it makes a fresh instance for each call of a command.
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

/// Runs one call over the guest's memory, which is looked up by name at the first call only.
fn enter<T>(
    mut caller: Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut Crypto,
    run: impl FnOnce(&mut Call<'_>) -> i32,
) -> i32 {
    let crypto = get(caller.data_mut());
    match &crypto.memory {
        Some(Lender::Alone(memory)) => {
            let memory = *memory;
            let (bytes, data) = memory.data_and_store_mut(&mut caller);
            run(&mut get(data).context.call(Memory::new(bytes)))
        }
        Some(Lender::Shared(memory)) => run(&mut crypto.context.copying_call(memory)),
        None => match Lender::of(&mut caller) {
            Some(found) => {
                get(caller.data_mut()).memory = Some(found);
                enter(caller, get, run)
            }
            // Without a memory, every pointer is out of it.
            None => run(&mut get(caller.data_mut()).context.call(Memory::new(&mut []))),
        },
    }
}

macro_rules! bind {
    ($linker:ident $get:ident $($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        $($($linker.func_wrap(
            stringify!($module),
            stringify!($name),
            move |caller: Caller<'_, T>, $($($p: hostcrypt::core_type!($t),)+)* $($o: i32),*| -> i32 {
                enter(caller, $get, |call| abi::$name(call, $($($p,)+)* $($o),*))
            },
        )?;)*)*
    };
}

/// Binds every function of both revisions; which numbers a guest sees is its [`Crypto`]'s to say.
///
/// # Errors
///
/// If the linker has a function of the same name already.
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    get: impl Fn(&mut T) -> &mut Crypto + Copy + Send + Sync + 'static,
) -> wasmtime::Result<()> {
    hostcrypt::for_each_function!(bind, linker get);
    Ok(())
}

/// The README's embedder, which compiles.
#[cfg(all(doctest, feature = "rustcrypto"))]
#[doc = include_str!("../README.md")]
mod readme {}
