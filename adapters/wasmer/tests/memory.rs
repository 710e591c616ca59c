//! Whose memory a call works on.

#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "../../shared-tests/guest.rs"]
mod guest;

use std::{sync::Barrier, thread};

use hostcrypt_wasmer::{Revision, WasiCryptoCtx, function_type, host, instantiate};
use wasmer::{
    Engine, FunctionEnv, Imports, Instance, Memory, MemoryType, Module, Pages, SharedMemory, Store, Type,
    sys::Singlepass,
};

use self::guest::{DATA, GUEST_ERROR};

const MEMORY: &str = r#"(memory (export "memory") 1)"#;

/// As guests with threads have it.
const SHARED_MEMORY: &str = r#"(import "env" "memory" (memory 1 2 shared)) (export "memory" (memory 0))"#;

fn engine() -> Engine {
    Singlepass::new().into()
}

fn module(engine: &Engine, memory: &str) -> Module {
    Module::new(engine, guest::text(&format!("{memory} {DATA}"))).unwrap()
}

/// An instance in a store that may hold others.
struct Guest {
    instance: Instance,
    crypto: FunctionEnv<WasiCryptoCtx>,
}

impl Guest {
    fn new(store: &mut Store, module: &Module, crypto: WasiCryptoCtx, shared: Option<&Memory>) -> Self {
        let mut imports = Imports::new();
        if let Some(memory) = shared {
            imports.define("env", "memory", memory.clone());
        }
        let (instance, crypto) = instantiate(store, module, &imports, crypto).unwrap();
        Self { instance, crypto }
    }

    fn call(&self, store: &mut Store, name: &str, argument: i32) -> i32 {
        self.instance.exports.get_typed_function::<i32, i32>(store, name).unwrap().call(store, argument).unwrap()
    }

    fn digest(&self, store: &Store) -> [u8; 32] {
        let mut digest = [0; 32];
        self.instance.exports.get_memory("memory").unwrap().view(store).read(1024, &mut digest).unwrap();
        digest
    }
}

/// A guest in a store of its own.
fn alone(memory: &str) -> (Store, Guest) {
    let engine = engine();
    let module = module(&engine, memory);
    let mut store = Store::new(engine);
    let guest = Guest::new(&mut store, &module, WasiCryptoCtx::for_module(&host(), &module), None);
    (store, guest)
}

#[test]
fn memory_that_grew_after_the_first_call_is_reached() {
    let (mut store, guest) = alone(r#"(memory (export "memory") 1 2)"#);
    assert_eq!(guest.call(&mut store, "hash", 1024), 0);
    assert_eq!(guest.call(&mut store, "hash", 65536), GUEST_ERROR);
    assert_eq!(guest.call(&mut store, "grow", 1), 1);
    assert_eq!(guest.call(&mut store, "hash", 65536), 0);
    assert_eq!(guest.call(&mut store, "hash", 2 * 65536 - 31), GUEST_ERROR);
}

#[test]
fn a_guest_that_exports_no_memory_is_a_guest_error_and_not_a_trap() {
    let other = r#"(memory 1) (global (export "memory") i32 (i32.const 0))"#;
    for memory in ["(memory 1)", r#"(memory (export "other") 1)"#, other] {
        let (mut store, guest) = alone(memory);
        assert_eq!(guest.call(&mut store, "options", 64), GUEST_ERROR, "{memory}");
        assert_eq!(guest.call(&mut store, "hash", 64), GUEST_ERROR, "{memory}");
    }
}

#[test]
fn a_memory_of_no_pages_is_a_guest_error_until_it_grows() {
    let engine = engine();
    let text = guest::text(r#"(memory (export "memory") 0 1)"#);
    let module = Module::new(&engine, text).unwrap();
    let mut store = Store::new(engine);
    let guest = Guest::new(&mut store, &module, WasiCryptoCtx::for_module(&host(), &module), None);
    assert_eq!(guest.call(&mut store, "options", 0), GUEST_ERROR);
    assert_eq!(guest.call(&mut store, "grow", 1), 0);
    assert_eq!(guest.call(&mut store, "options", 0), 0);
}

#[test]
fn a_call_of_the_start_function_is_a_guest_error_and_not_a_trap() {
    let start = r#"(func $begin (i32.store (i32.const 2048) (call $hash (i32.const 1024)))) (start $begin)"#;
    let (mut store, guest) = alone(&format!("{MEMORY} {start}"));
    let mut errno = [0; 4];
    guest.instance.exports.get_memory("memory").unwrap().view(&store).read(2048, &mut errno).unwrap();
    assert_eq!(i32::from_le_bytes(errno), GUEST_ERROR);
    assert_eq!(guest.call(&mut store, "hash", 1024), 0);
}

#[test]
fn guests_have_memories_and_handles_of_their_own() {
    let ((mut ones, one), (mut others, other)) = (alone(MEMORY), alone(MEMORY));
    assert_eq!(one.call(&mut ones, "hash", 1024), 0);
    assert_ne!(one.digest(&ones), [0; 32]);
    assert_eq!(other.digest(&others), [0; 32]);
    assert_eq!(other.call(&mut others, "hash", 1024), 0);
    assert_eq!(one.digest(&ones), other.digest(&others));
}

#[test]
fn instances_of_one_store_are_served_by_an_environment_each() {
    let engine = engine();
    let module = module(&engine, MEMORY);
    let mut store = Store::new(engine);
    let guests = [(); 2].map(|()| Guest::new(&mut store, &module, WasiCryptoCtx::for_module(&host(), &module), None));
    for guest in &guests {
        assert_eq!(guest.digest(&store), [0; 32]);
        assert_eq!(guest.call(&mut store, "hash", 1024), 0);
        assert_ne!(guest.digest(&store), [0; 32]);
    }
}

/// What is left of the digest of a call that was made over the memory of another instance.
const UNTOUCHED: [u8; 32] = [0; 32];

#[test]
fn instances_that_share_handles_in_one_store_each_have_their_calls_work_on_their_own_memory() {
    let engine = engine();
    let module = module(&engine, MEMORY);
    let mut store = Store::new(engine);
    let first = Guest::new(&mut store, &module, WasiCryptoCtx::for_module(&host(), &module), None);
    let crypto = first.crypto.as_mut(&mut store).thread();
    let second = Guest::new(&mut store, &module, crypto, None);

    assert_eq!(second.call(&mut store, "hash", 1024), 0);
    assert_eq!(first.digest(&store), UNTOUCHED);
    assert_ne!(second.digest(&store), UNTOUCHED);
    // The first has made no call before, and the second one's memory is not taken for its own.
    assert_eq!(first.call(&mut store, "hash", 1024), 0);
    assert_eq!(first.digest(&store), second.digest(&store));
}

#[test]
fn a_guest_that_another_one_calls_works_on_its_own_memory_and_so_does_its_caller() {
    let engine = engine();
    let inner = module(&engine, MEMORY);
    let mut store = Store::new(engine.clone());
    let inner = Guest::new(&mut store, &inner, WasiCryptoCtx::for_module(&host(), &inner), None);
    let nested = format!(
        r#"(import "inner" "hash" (func $inner (param i32) (result i32))) {MEMORY} {DATA}
        (func (export "both") (param $out i32) (result i32)
            (drop (call $hash (i32.const 2048)))
            (drop (call $inner (i32.const 1024)))
            (call $hash (i32.const 1024)))"#
    );
    let module = Module::new(&engine, guest::text(&nested)).unwrap();
    let mut imports = Imports::new();
    imports.define("inner", "hash", inner.instance.exports.get_function("hash").unwrap().clone());
    let crypto = WasiCryptoCtx::for_module(&host(), &module);
    let (instance, crypto) = instantiate(&mut store, &module, &imports, crypto).unwrap();
    let outer = Guest { instance, crypto };
    assert_eq!(outer.call(&mut store, "both", 0), 0);
    assert_ne!(inner.digest(&store), UNTOUCHED);
    assert_eq!(inner.digest(&store), outer.digest(&store));
    let mut other = UNTOUCHED;
    inner.instance.exports.get_memory("memory").unwrap().view(&store).read(2048, &mut other).unwrap();
    assert_eq!(other, UNTOUCHED, "what the caller asked for is in the caller's memory alone");
}

#[test]
fn functions_have_the_types_that_guests_import_them_with() {
    for revision in Revision::ALL {
        for function in hostcrypt::abi::functions(revision) {
            let ty = function_type(function.module, function.name).unwrap();
            assert_eq!((ty.params().len(), ty.results()), (function.core().count(), &[Type::I32][..]));
        }
    }
    assert_eq!(function_type("wasi_ephemeral_crypto_common", "options_ope"), None);
    assert_eq!(function_type("elsewhere", "options_open"), None);
}

fn shared_memory(store: &mut Store) -> Memory {
    Memory::new(store, MemoryType::new(Pages(1), Some(Pages(2)), true)).unwrap()
}

#[test]
fn a_memory_that_threads_share_is_served_and_may_grow() {
    let engine = engine();
    let module = module(&engine, SHARED_MEMORY);
    let mut store = Store::new(engine);
    let memory = shared_memory(&mut store);
    let guest = Guest::new(&mut store, &module, WasiCryptoCtx::for_module(&host(), &module), Some(&memory));
    assert_eq!(guest.call(&mut store, "hash", 1024), 0);
    assert_ne!(guest.digest(&store), [0; 32]);
    assert_eq!(guest.call(&mut store, "hash", 65536 - 31), GUEST_ERROR);
    assert_eq!(guest.call(&mut store, "grow", 1), 1);
    assert_eq!(guest.call(&mut store, "hash", 65536 - 31), 0);
    assert_eq!(guest.call(&mut store, "hash", 2 * 65536 - 31), GUEST_ERROR);
}

#[test]
fn another_thread_has_the_handles_and_the_memory_of_its_guest() {
    let engine = engine();
    let module = module(&engine, SHARED_MEMORY);
    let mut store = Store::new(engine.clone());
    let memory = shared_memory(&mut store);
    let guest = Guest::new(&mut store, &module, WasiCryptoCtx::for_module(&host(), &module), Some(&memory));
    assert_eq!(guest.call(&mut store, "hash", 1024), 0);
    let digest = guest.digest(&store);

    let run = |memory: SharedMemory, crypto: WasiCryptoCtx, start: &Barrier| {
        // A store stays on the thread that makes it.
        let mut store = Store::new(engine.clone());
        let memory = memory.attach(&mut store);
        let guest = Guest::new(&mut store, &module, crypto, Some(&memory));
        start.wait();
        // The handle that the first thread left in the memory.
        assert_eq!(guest.call(&mut store, "squeeze", 1024), 0);
        for _ in 0..100 {
            assert_eq!(guest.call(&mut store, "options", 4096), 0);
        }
    };
    let (start, run) = (Barrier::new(2), &run);
    thread::scope(|scope| {
        for _ in 0..2 {
            let crypto = guest.crypto.as_mut(&mut store).thread();
            let (memory, start) = (memory.as_shared(&store).unwrap(), &start);
            scope.spawn(move || run(memory, crypto, start));
        }
    });
    assert_eq!(guest.digest(&store), digest);
}
