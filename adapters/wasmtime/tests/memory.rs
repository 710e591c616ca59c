//! Whose memory a call works on.

#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "../../shared-tests/guest.rs"]
mod guest;

use hostcrypt_wasmtime::{Crypto, Revision, SharedBytes, SharedMemory as _, add_to_linker, host, revision_of};
use wasmtime::{Config, Engine, Instance, Linker, MemoryType, Module, SharedMemory, Store};

use self::guest::{DATA, GUEST_ERROR};

struct Guest {
    store: Store<Crypto>,
    instance: Instance,
}

impl Guest {
    fn new(linker: &Linker<Crypto>, memory: &str) -> Self {
        let text = guest::text(&format!("{memory} {DATA}"));
        let module = Module::new(linker.engine(), text).unwrap();
        let mut store = Store::new(linker.engine(), Crypto::for_module(&host(), &module));
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

fn linker() -> Linker<Crypto> {
    let mut linker = Linker::new(&Engine::default());
    add_to_linker(&mut linker, |crypto: &mut Crypto| crypto).unwrap();
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
    let (first, second) = (Crypto::for_module(&host(), &module), Crypto::for_module(&host(), &module));
    let mut store = Store::new(&engine, (first, second));
    let mut instances = Vec::new();
    type Pair = (Crypto, Crypto);
    let parts: [fn(&mut Pair) -> &mut Crypto; 2] = [|pair| &mut pair.0, |pair| &mut pair.1];
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

#[test]
fn threads_of_a_guest_have_one_memory_and_one_world() {
    let engine = Engine::new(Config::new().shared_memory(true)).unwrap();
    let memory = r#"(import "env" "memory" (memory 1 1 shared)) (export "memory" (memory 0))"#;
    let module = Module::new(&engine, guest::text(&format!("{memory} {DATA}"))).unwrap();
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap();
    let thread = |crypto: Crypto| {
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |crypto: &mut Crypto| crypto).unwrap();
        let mut store = Store::new(&engine, crypto);
        linker.define(&store, "env", "memory", memory.clone()).unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        Guest { store, instance }
    };
    let mut first = thread(Crypto::for_module(&host(), &module));
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
