//! WASI-crypto host functions for [WasmEdge](wasmedge_sdk).
//!
//! Register the [`imports`](WasiCryptoCtx::imports) of a [`WasiCryptoCtx`] in the store, and the guest can call the
//! functions:
//!
//! ```
//! use hostcrypt_wasmedge::{WasiCryptoCtx, host};
//! use wasmedge_sdk::{Module, Store, Vm, params, wat2wasm};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let module = Module::from_bytes(None, wat2wasm(br#"(module
//!     (import "wasi_ephemeral_crypto_common" "options_open" (func $open (param i32 i32) (result i32)))
//!     (memory (export "memory") 1)
//!     (func (export "run") (result i32) (call $open (i32.const 1) (i32.const 0))))"#)?)?;
//!
//! let mut imports = WasiCryptoCtx::for_module(&host(), &module).imports()?;
//! let mut vm = Vm::new(Store::new(None, imports.instances())?);
//! vm.register_module(None, module)?;
//! let errno = vm.run_func(None, "run", params!())?;
//! assert_eq!(errno[0].to_i32(), 0);
//! # Ok(())
//! # }
//! ```

mod memory;

use std::{cell::Cell, collections::HashMap, marker::PhantomData};

/// The core crate.
pub use hostcrypt;
pub use hostcrypt::{
    CALL_STACK, Host, InvalidPolicy, Limits, LongWork, Policy, Refusal, RefusalCause, Revision, UnknownFunction,
    backend::Backend, store,
};
use hostcrypt::{Call, Context, Memory, abi};
use wasmedge_sdk::{
    AsInstance, FuncType, ImportObject, ImportObjectBuilder, Instance, Module, ValType, WasmEdgeResult, WasmValue,
    error::{CoreError, CoreExecutionError},
    vm::SyncInst,
};

use self::memory::GuestMemory;

hostcrypt::backend_by_features!(boringssl: hostcrypt_boringssl::BACKEND, rustcrypto: hostcrypt_rustcrypto::BACKEND);

/// The WASI-crypto state of one guest: its handles and its revision.
#[derive(Debug)]
pub struct WasiCryptoCtx {
    context: Context,
}

impl WasiCryptoCtx {
    /// Makes the state for a guest whose revision the embedder knows.
    #[must_use]
    pub fn new(host: &Host, revision: Revision) -> Self {
        Self { context: host.context(revision) }
    }

    /// Makes the state for a guest of this module, and detects the revision from its imports.
    #[must_use]
    pub fn for_module(host: &Host, module: &Module) -> Self {
        Self::new(host, revision_of(module))
    }

    /// Makes the imports of one instance of the guest: every function of both revisions. This value decides which
    /// numbers the guest sees.
    ///
    /// Each thread of a guest is an instance in a store of its own, with imports from another call of this method. All
    /// imports and the [`Context`] share the guest's handles, which are closed when the last of them is dropped.
    ///
    /// # Errors
    ///
    /// If WasmEdge fails to make the import objects.
    pub fn imports(&mut self) -> WasmEdgeResult<Imports> {
        import_objects(&mut self.context).map(Imports)
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
    let imports = module.imports();
    Revision::of_imports(imports.iter().map(|import| (import.module_name(), import.name())))
}

/// The imports of one thread of a guest: an import object for each of the interface's modules.
///
/// It must outlive the store that it is registered in and the store's instances, as WasmEdge requires for all import
/// objects, and is used by one thread at a time.
#[derive(Debug)]
pub struct Imports(Vec<ImportObject<Import>>);

impl Imports {
    /// Returns the import objects by their module names, for [`Store::new`](wasmedge_sdk::Store::new). WASI is one
    /// more.
    pub fn instances(&mut self) -> HashMap<String, &mut dyn SyncInst> {
        let mut instances: HashMap<String, &mut dyn SyncInst> = HashMap::new();
        for object in &mut self.0 {
            instances.insert(object.name().unwrap_or_default(), object);
        }
        instances
    }

    /// Returns the import objects themselves, for a store of `wasmedge_sys`, which does not borrow its import objects.
    ///
    /// # Safety
    ///
    /// This value must outlive the stores that the objects are registered in and the instances there, of which no two
    /// may run at the same time.
    #[allow(unsafe_code, reason = "what WasmEdge has of its callers is handed on to ours")]
    pub unsafe fn objects(&mut self) -> &mut [ImportObject<Import>] {
        &mut self.0
    }
}

/// The state of an import object, with the guest's context, which all of them share.
#[derive(Debug)]
pub struct Import {
    context: Context,
    /// A call borrows the context mutably: of two threads, each has import objects of its own.
    one_thread: PhantomData<Cell<()>>,
}

/// Runs one call over the memory that the calling instance exports.
fn enter(import: &mut Import, caller: &mut Instance, run: impl FnOnce(&mut Call<'_>) -> i32) -> i32 {
    let context = &mut import.context;
    match GuestMemory::of(caller) {
        Some(GuestMemory::Alone(bytes)) => run(&mut context.call(Memory::new(bytes))),
        Some(GuestMemory::Shared(memory)) => run(&mut context.copying_call(&memory)),
        // Without a memory, every pointer is outside of it.
        None => run(&mut context.call(Memory::new(&mut []))),
    }
}

/// An integer of a call.
trait Integer {
    const TYPE: ValType;

    fn of(value: &WasmValue) -> Self;
}

impl Integer for i32 {
    const TYPE: ValType = ValType::I32;

    fn of(value: &WasmValue) -> Self {
        value.to_i32()
    }
}

impl Integer for i64 {
    const TYPE: ValType = ValType::I64;

    fn of(value: &WasmValue) -> Self {
        value.to_i64()
    }
}

/// The type of an integer, of which there is one for each name.
macro_rules! val_type {
    ($name:ident: $t:ident) => {
        <hostcrypt::core_type!($t) as Integer>::TYPE
    };
}

macro_rules! bind {
    ($objects:ident $context:ident $($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        $({
            let import = Import { context: $context.thread(), one_thread: PhantomData };
            let mut object = ImportObjectBuilder::new(stringify!($module), import)?;
            $(object.with_func_by_type(
                stringify!($name),
                FuncType::new(vec![$($(val_type!($p: $t),)+)* $(val_type!($o: pointer)),*], vec![ValType::I32]),
                |import, caller, _frame, integers| {
                    // WasmEdge links by type, so the number of integers is right; otherwise this would end the guest.
                    let [$($($p,)+)* $($o),*] = integers.as_slice() else {
                        return Err(CoreError::Execution(CoreExecutionError::FuncSigMismatch));
                    };
                    let errno = enter(import, caller, |call| {
                        abi::$name(call, $($(Integer::of($p),)+)* $(Integer::of($o)),*)
                    });
                    Ok(vec![WasmValue::from_i32(errno)])
                },
            )?;)*
            $objects.push(object.build());
        })*
    };
}

/// Makes an import object for each module; they share the context's handles.
fn import_objects(context: &mut Context) -> WasmEdgeResult<Vec<ImportObject<Import>>> {
    let mut objects = Vec::new();
    hostcrypt::for_each_function!(bind, objects context);
    Ok(objects)
}

/// The README's embedder, which compiles.
#[cfg(all(doctest, feature = "rustcrypto"))]
#[doc = include_str!("../README.md")]
mod readme {}
