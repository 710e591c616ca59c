//! Whose memory a call works on.

#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

#[path = "../../shared-tests/guest.rs"]
mod guest;

use hostcrypt_wasmtime::{
    Revision, SharedBytes, SharedMemory as _, WasiCryptoCtx, WrongInstance, add_to_linker, host, revision_of,
};
use wasmtime::{Config, Engine, Instance, Linker, MemoryType, Module, SharedMemory, Store};

use self::guest::{DATA, GUEST_ERROR};

struct Guest {
    store: Store<WasiCryptoCtx>,
    instance: Instance,
}

impl Guest {
    fn new(linker: &Linker<WasiCryptoCtx>, memory: &str) -> Self {
        let text = guest::text(&format!("{memory} {DATA}"));
        let module = Module::new(linker.engine(), text).unwrap();
        let mut store = Store::new(linker.engine(), WasiCryptoCtx::for_module(&host(), &module));
        let instance = linker.instantiate(&mut store, &module).unwrap();
        Self { store, instance }
    }

    fn call(&mut self, name: &str, out: i32) -> i32 {
        self.instance.get_typed_func::<i32, i32>(&mut self.store, name).unwrap().call(&mut self.store, out).unwrap()
    }

    fn grow(&mut self) -> i32 {
        self.call("grow", 1)
    }
}

fn linker() -> Linker<WasiCryptoCtx> {
    let mut linker = Linker::new(&Engine::default());
    add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto).unwrap();
    linker
}

#[test]
fn memory_that_grew_after_the_first_call_is_reached() {
    let mut guest = Guest::new(&linker(), r#"(memory (export "memory") 1 2)"#);
    assert_eq!(guest.call("hash", 1024), 0);
    assert_eq!(guest.call("hash", 65536), GUEST_ERROR);
    assert_eq!(guest.grow(), 1);
    assert_eq!(guest.call("hash", 65536), 0);
    assert_eq!(guest.call("hash", 2 * 65536 - 31), GUEST_ERROR);
}

#[test]
fn a_guest_that_exports_no_memory_is_a_guest_error_and_not_a_trap() {
    for memory in ["(memory 1)", r#"(memory 1) (global (export "memory") i32 (i32.const 0))"#] {
        let mut guest = Guest::new(&linker(), memory);
        assert_eq!(guest.call("options", 64), GUEST_ERROR, "{memory}");
        assert_eq!(guest.call("hash", 64), GUEST_ERROR, "{memory}");
    }
}

#[test]
fn guests_of_one_linker_have_memories_and_handles_of_their_own() {
    let linker = linker();
    let memory = r#"(memory (export "memory") 1)"#;
    let (mut one, mut other) = (Guest::new(&linker, memory), Guest::new(&linker, memory));
    assert_eq!(one.call("hash", 1024), 0);
    let digest = |guest: &mut Guest| {
        let memory = guest.instance.get_memory(&mut guest.store, "memory").unwrap();
        memory.data(&guest.store).get(1024..1056).unwrap().to_vec()
    };
    assert_ne!(digest(&mut one), [0; 32]);
    assert_eq!(digest(&mut other), [0; 32]);
    assert_eq!(other.call("hash", 1024), 0);
    assert_eq!(digest(&mut one), digest(&mut other));
}

#[test]
fn instances_of_one_store_are_served_by_a_linker_and_a_value_each() {
    let engine = Engine::default();
    let text = guest::text(&format!(r#"(memory (export "memory") 1) {DATA}"#));
    let module = Module::new(&engine, text).unwrap();
    let (first, second) = (WasiCryptoCtx::for_module(&host(), &module), WasiCryptoCtx::for_module(&host(), &module));
    let mut store = Store::new(&engine, (first, second));
    let mut instances = Vec::new();
    type Pair = (WasiCryptoCtx, WasiCryptoCtx);
    let parts: [fn(&mut Pair) -> &mut WasiCryptoCtx; 2] = [|pair| &mut pair.0, |pair| &mut pair.1];
    for get in parts {
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, get).unwrap();
        instances.push(linker.instantiate(&mut store, &module).unwrap());
    }
    for instance in instances {
        let hash = instance.get_typed_func::<i32, i32>(&mut store, "hash").unwrap();
        assert_eq!(hash.call(&mut store, 1024).unwrap(), 0);
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        assert_ne!(memory.data(&store).get(1024..1056).unwrap(), [0; 32]);
    }
}

/// A digest that was not written.
const UNTOUCHED: [u8; 32] = [0; 32];

const MEMORY: &str = r#"(memory (export "memory") 1)"#;

fn digest(store: &mut Store<WasiCryptoCtx>, instance: Instance, at: usize) -> [u8; 32] {
    let memory = instance.get_memory(&mut *store, "memory").unwrap();
    memory.data(&*store).get(at..at + 32).unwrap().try_into().unwrap()
}

fn call(store: &mut Store<WasiCryptoCtx>, instance: Instance, name: &str, out: i32) -> i32 {
    instance.get_typed_func::<i32, i32>(&mut *store, name).unwrap().call(store, out).unwrap()
}

/// How embedders make a [`WasiCryptoCtx`]: with a module or without.
const CRYPTOS: [fn(&Module) -> WasiCryptoCtx; 3] = [
    |module| WasiCryptoCtx::for_module(&host(), module),
    |module| WasiCryptoCtx::new(&host(), Revision::V0_10).with_module(module),
    |_| WasiCryptoCtx::new(&host(), Revision::V0_10),
];

/// The trap of a call by an instance that the value does not serve.
fn refused(store: &mut Store<WasiCryptoCtx>, instance: Instance, name: &str, out: i32) -> WrongInstance {
    let result = instance.get_typed_func::<i32, i32>(&mut *store, name).unwrap().call(store, out);
    *result.expect_err("the call is made").downcast_ref().expect("a trap of its own")
}

#[test]
fn another_instance_than_the_value_serves_traps_and_no_memory_changes() {
    let others = [MEMORY, r#"(memory (export "memory") 2 3)"#, "(memory 1)", r#"(memory (export "other") 1)"#];
    for (crypto, other) in CRYPTOS.into_iter().flat_map(|crypto| others.map(|other| (crypto, other))) {
        let linker = linker();
        let module = Module::new(linker.engine(), guest::text(&format!("{MEMORY} {DATA}"))).unwrap();
        let other = Module::new(linker.engine(), guest::text(&format!("{other} {DATA}"))).unwrap();
        let mut store = Store::new(linker.engine(), crypto(&module));
        let instances = [&module, &module, &other].map(|module| linker.instantiate(&mut store, module).unwrap());
        let [first, others @ ..] = instances;
        assert_eq!(call(&mut store, first, "hash", 1024), 0);
        let digest_of_first = digest(&mut store, first, 1024);
        for other in others {
            // With a handle of its own, and with one that the first has.
            assert_eq!(refused(&mut store, other, "hash", 1024), WrongInstance);
            assert_eq!(refused(&mut store, other, "options", 1024), WrongInstance);
            assert_eq!(digest(&mut store, first, 1024), digest_of_first);
            if other.get_memory(&mut store, "memory").is_some() {
                assert_eq!(digest(&mut store, other, 1024), UNTOUCHED);
            }
        }
        // The first is served as ever, also when its memory has grown.
        assert_eq!(call(&mut store, first, "grow", 1), 1);
        assert_eq!(call(&mut store, first, "hash", 2048), 0);
        assert_eq!(digest(&mut store, first, 2048), digest_of_first);
    }
}

#[cfg(debug_assertions)]
#[test]
fn builds_with_debug_assertions_look_at_calls_that_open_nothing_too() {
    let linker = linker();
    let module = Module::new(linker.engine(), guest::text(&format!("{MEMORY} {DATA}"))).unwrap();
    let mut store = Store::new(linker.engine(), WasiCryptoCtx::for_module(&host(), &module));
    let [first, second] = [(); 2].map(|()| linker.instantiate(&mut store, &module).unwrap());
    assert_eq!(call(&mut store, first, "hash", 1024), 0);
    let memory = first.get_memory(&mut store, "memory").unwrap();
    let handle: [u8; 4] = memory.data(&store)[24..28].try_into().unwrap();
    second.get_memory(&mut store, "memory").unwrap().write(&mut store, 24, &handle).unwrap();
    assert_eq!(refused(&mut store, second, "squeeze", 2048), WrongInstance);
    assert_eq!(digest(&mut store, first, 2048), UNTOUCHED);
}

#[test]
fn instances_that_export_one_memory_may_share_a_value() {
    let mut linker = linker();
    let importing = r#"(import "env" "memory" (memory 1)) (export "memory" (memory 0))"#;
    let [one, other] = [MEMORY, importing]
        .map(|memory| Module::new(linker.engine(), guest::text(&format!("{memory} {DATA}"))).unwrap());
    let mut store = Store::new(linker.engine(), WasiCryptoCtx::for_module(&host(), &one));
    let one = linker.instantiate(&mut store, &one).unwrap();
    let memory = one.get_memory(&mut store, "memory").unwrap();
    linker.define(&store, "env", "memory", memory).unwrap();
    let other = linker.instantiate(&mut store, &other).unwrap();
    for (instance, at) in [(one, 1024), (other, 2048), (one, 3072), (other, 4096)] {
        assert_eq!(call(&mut store, instance, "hash", at), 0);
        assert_ne!(digest(&mut store, one, usize::try_from(at).unwrap()), UNTOUCHED);
    }
}

/// A guest that calls itself, another one, and itself again.
const NESTED: &str = r#"(import "inner" "hash" (func $inner (param i32) (result i32)))"#;
const BOTH: &str = r#"(func (export "both") (param $out i32) (result i32)
    (i32.or (i32.or (call $hash (i32.const 2048)) (call $inner (i32.const 1024))) (call $hash (i32.const 1024))))"#;

#[test]
fn a_guest_that_another_one_calls_works_on_its_own_memory_and_so_does_its_caller() {
    let engine = Engine::default();
    let inner = Module::new(&engine, guest::text(&format!("{MEMORY} {DATA}"))).unwrap();
    let outer = Module::new(&engine, guest::text(&format!("{NESTED} {MEMORY} {DATA} {BOTH}"))).unwrap();
    type Pair = (WasiCryptoCtx, WasiCryptoCtx);
    let cryptos = (WasiCryptoCtx::for_module(&host(), &inner), WasiCryptoCtx::for_module(&host(), &outer));
    let mut store = Store::new(&engine, cryptos);
    let (mut inners, mut outers) = (Linker::new(&engine), Linker::new(&engine));
    add_to_linker(&mut inners, |pair: &mut Pair| &mut pair.0).unwrap();
    add_to_linker(&mut outers, |pair: &mut Pair| &mut pair.1).unwrap();
    let inner = inners.instantiate(&mut store, &inner).unwrap();
    outers.instance(&mut store, "inner", inner).unwrap();
    let outer = outers.instantiate(&mut store, &outer).unwrap();
    let both = outer.get_typed_func::<i32, i32>(&mut store, "both").unwrap();
    assert_eq!(both.call(&mut store, 0).unwrap(), 0);
    let mut digest = |instance: Instance, at: usize| {
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        memory.data(&store)[at..at + 32].to_vec()
    };
    assert_ne!(digest(inner, 1024), UNTOUCHED);
    assert_eq!(digest(inner, 1024), digest(outer, 1024));
    assert_ne!(digest(outer, 2048), UNTOUCHED);
    assert_eq!(digest(inner, 2048), UNTOUCHED);
}

#[test]
fn a_guest_that_another_one_calls_traps_if_both_have_one_value() {
    let mut linker = linker();
    let inner = Module::new(linker.engine(), guest::text(&format!("{MEMORY} {DATA}"))).unwrap();
    let outer = guest::text(&format!("{NESTED} {MEMORY} {DATA} {BOTH}"));
    let outer = Module::new(linker.engine(), outer).unwrap();
    let mut store = Store::new(linker.engine(), WasiCryptoCtx::for_module(&host(), &outer));
    let inner = linker.instantiate(&mut store, &inner).unwrap();
    linker.instance(&mut store, "inner", inner).unwrap();
    let outer = linker.instantiate(&mut store, &outer).unwrap();
    assert_eq!(refused(&mut store, outer, "both", 0), WrongInstance);
    assert_eq!(digest(&mut store, inner, 1024), UNTOUCHED);
    assert_eq!(digest(&mut store, outer, 1024), UNTOUCHED);
}

#[test]
fn the_second_instance_that_a_linker_makes_of_a_command_traps() {
    let mut linker = linker();
    // A module with a `_start` is a command, of which the linker makes an instance for each call.
    let start = r#"(func (export "_start"))"#;
    let command = Module::new(linker.engine(), guest::text(&format!("{MEMORY} {DATA} {start}"))).unwrap();
    let mut store = Store::new(linker.engine(), WasiCryptoCtx::for_module(&host(), &command));
    linker.module(&mut store, "command", &command).unwrap();
    let hash = linker.get(&mut store, "command", "hash").unwrap().into_func().unwrap();
    let hash = hash.typed::<i32, i32>(&store).unwrap();
    assert_eq!(hash.call(&mut store, 1024).unwrap(), 0);
    assert_eq!(hash.call(&mut store, 1024).unwrap_err().downcast_ref(), Some(&WrongInstance));
}

#[test]
fn threads_of_a_guest_have_one_memory_and_one_world() {
    let engine = Engine::new(Config::new().shared_memory(true)).unwrap();
    let memory = r#"(import "env" "memory" (memory 1 1 shared)) (export "memory" (memory 0))"#;
    let module = Module::new(&engine, guest::text(&format!("{memory} {DATA}"))).unwrap();
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap();
    let thread = |crypto: WasiCryptoCtx| {
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto).unwrap();
        let mut store = Store::new(&engine, crypto);
        linker.define(&store, "env", "memory", memory.clone()).unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        Guest { store, instance }
    };
    let mut first = thread(WasiCryptoCtx::for_module(&host(), &module));
    let mut second = thread(first.store.data_mut().thread());
    std::thread::scope(|scope| {
        for (guest, out) in [(&mut first, 1024), (&mut second, 2048)] {
            scope.spawn(move || assert_eq!(guest.call("options", out), 0));
        }
    });
    let bytes = SharedBytes::from(memory);
    let [mut one, mut other] = [[0; 4]; 2];
    bytes.read(1024, &mut one);
    bytes.read(2048, &mut other);
    assert!(one != [0; 4] && other != [0; 4] && one != other, "two handles of one table");
    assert_eq!(first.call("options", 65536 - 3), GUEST_ERROR);
}

#[test]
fn a_revision_is_told_from_imports_of_the_crypto_modules_alone() {
    let engine = Engine::default();
    let revision = |module: &str, name: &str| {
        let text = format!(r#"(module (import "{module}" "{name}" (func)))"#);
        revision_of(&Module::new(&engine, text).unwrap())
    };
    assert_eq!(revision("wasi_ephemeral_crypto_common", "key_manager_open"), Revision::V2020_06);
    assert_eq!(revision("wasi_ephemeral_crypto_common", "options_open"), Revision::V0_10);
    assert_eq!(revision("elsewhere", "key_manager_open"), Revision::V0_10);
}
