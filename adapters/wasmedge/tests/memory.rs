//! Whose memory a call works on.

#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

#[path = "../../shared-tests/guest.rs"]
mod guest;

use std::collections::HashMap;

use hostcrypt_wasmedge::{Import, Revision, WasiCryptoCtx, host};
use wasmedge_sdk::{
    AsInstance, ImportObject, Instance, Module, Store, Vm, WasmVal,
    config::{CommonConfigOptions, Config, ConfigBuilder},
    params,
    vm::SyncInst,
    wat2wasm,
};

use self::guest::{DATA, GUEST_ERROR};

const PAGE: i32 = 1 << 16;

fn module(config: Option<&Config>, text: &str) -> Module {
    Module::from_bytes(config, wat2wasm(text.as_bytes()).unwrap()).unwrap()
}

/// A guest that has `memory`, and runs in `run`.
fn with_guest(memory: &str, run: impl FnOnce(&mut Guest<'_>)) {
    let text = guest::text(&format!("{memory} {DATA}"));
    let module = module(None, &text);
    let mut imports = WasiCryptoCtx::for_module(&host(), &module).imports().unwrap();
    let mut vm = Vm::new(Store::new(None, imports.instances()).unwrap());
    vm.register_module(None, module).unwrap();
    run(&mut Guest(vm));
}

struct Guest<'a>(Vm<'a, dyn SyncInst + 'a>);

impl Guest<'_> {
    fn call(&mut self, name: &str, out: i32) -> i32 {
        self.0.run_func(None, name, params!(out)).unwrap()[0].to_i32()
    }

    fn grow(&mut self) -> i32 {
        self.call("grow", 1)
    }

    fn read(&self, at: u32) -> Vec<u8> {
        read(self.0.active_module().unwrap(), at)
    }
}

fn read(instance: &Instance, at: u32) -> Vec<u8> {
    instance.get_memory_ref("memory").unwrap().get_data(at, 32).unwrap()
}

#[test]
fn memory_that_grew_after_the_first_call_is_reached() {
    with_guest(r#"(memory (export "memory") 1 2)"#, |guest| {
        assert_eq!(guest.call("hash", 1024), 0);
        assert_eq!(guest.call("hash", PAGE), GUEST_ERROR);
        assert_eq!(guest.grow(), 1);
        assert_eq!(guest.call("hash", PAGE), 0);
        assert_eq!(guest.call("hash", 2 * PAGE - 31), GUEST_ERROR);
    });
}

#[test]
fn a_memory_as_large_as_can_be_is_reached_to_its_end() {
    // It is the system's to refuse so much; then the guest has less.
    with_guest(r#"(memory (export "memory") 65535)"#, |guest| {
        if guest.grow() != 65535 {
            println!("NOT TRIED: the system does not give a guest 4 GiB");
            return;
        }
        assert_eq!(guest.call("hash", -32), 0);
        assert_ne!(guest.read(u32::MAX - 31), [0; 32]);
        assert_eq!(guest.call("hash", -31), GUEST_ERROR);
    });
}

#[test]
fn a_memory_without_pages_is_a_guest_error() {
    let text = guest::text(r#"(memory (export "memory") 0)"#);
    let module = module(None, &text);
    let mut imports = WasiCryptoCtx::for_module(&host(), &module).imports().unwrap();
    let mut vm = Vm::new(Store::new(None, imports.instances()).unwrap());
    vm.register_module(None, module).unwrap();
    for out in [0, 64, -1] {
        assert_eq!(vm.run_func(None, "options", params!(out)).unwrap()[0].to_i32(), GUEST_ERROR);
    }
}

#[test]
fn a_guest_that_exports_no_memory_is_a_guest_error_and_not_a_trap() {
    for memory in ["(memory 1)", r#"(memory 1) (global (export "memory") i32 (i32.const 0))"#] {
        with_guest(memory, |guest| {
            assert_eq!(guest.call("options", 64), GUEST_ERROR, "{memory}");
            assert_eq!(guest.call("hash", 64), GUEST_ERROR, "{memory}");
        });
    }
}

#[test]
fn of_several_memories_the_one_that_is_exported_by_that_name_is_meant() {
    let options = CommonConfigOptions::default().multi_memories(true);
    let config = ConfigBuilder::new(options).build().unwrap();
    let text = guest::text(r#"(memory 1) (memory (export "memory") 2)"#);
    let module = module(Some(&config), &text);
    let mut imports = WasiCryptoCtx::for_module(&host(), &module).imports().unwrap();
    let mut vm = Vm::new(Store::new(Some(&config), imports.instances()).unwrap());
    vm.register_module(None, module).unwrap();
    assert_eq!(vm.run_func(None, "options", params!(PAGE + 64)).unwrap()[0].to_i32(), 0);
}

#[test]
fn guests_of_one_host_have_memories_and_handles_of_their_own() {
    let memory = r#"(memory (export "memory") 1)"#;
    with_guest(memory, |one| {
        with_guest(memory, |other| {
            assert_eq!(one.call("hash", 1024), 0);
            assert_ne!(one.read(1024), [0; 32]);
            assert_eq!(other.read(1024), [0; 32]);
            assert_eq!(other.call("hash", 1024), 0);
            assert_eq!(one.read(1024), other.read(1024));
        });
    });
}

#[test]
fn instances_of_one_store_each_have_their_calls_work_on_their_own_memory() {
    let text = guest::text(&format!(r#"(memory (export "memory") 1) {DATA}"#));
    let module = module(None, &text);
    let mut imports = WasiCryptoCtx::for_module(&host(), &module).imports().unwrap();
    let mut store = Store::new(None, imports.instances()).unwrap();
    let mut instances =
        [store.register_active_module(&module).unwrap(), store.register_active_module(&module).unwrap()];
    for instance in &mut instances {
        let mut hash = instance.get_func_mut("hash").unwrap();
        let errno = store.executor().call_func(&mut hash, params!(1024)).unwrap()[0].to_i32();
        assert_eq!(errno, 0);
        assert_ne!(read(instance, 1024), [0; 32]);
    }
}

#[test]
fn a_guest_that_another_one_calls_works_on_its_own_memory_and_so_does_its_caller() {
    const MEMORY: &str = r#"(memory (export "memory") 1)"#;
    let inner = module(None, &guest::text(&format!("{MEMORY} {DATA}")));
    let outer = guest::text(&format!(
        r#"(import "inner" "hash" (func $inner (param i32) (result i32))) {MEMORY} {DATA}
        (func (export "both") (param $out i32) (result i32)
            (i32.or
                (i32.or (call $hash (i32.const 2048)) (call $inner (i32.const 1024)))
                (call $hash (i32.const 1024))))"#
    ));
    let outer = module(None, &outer);
    let mut imports = WasiCryptoCtx::for_module(&host(), &outer).imports().unwrap();
    let mut store = Store::new(None, imports.instances()).unwrap();
    store.register_named_module("inner", &inner).unwrap();
    let mut outer = store.register_active_module(&outer).unwrap();
    let mut both = outer.get_func_mut("both").unwrap();
    let errnos = store.executor().call_func(&mut both, params!(0)).unwrap()[0].to_i32();
    assert_eq!(errnos, 0);
    let (inner, _) = store.get_named_wasm_and_executor("inner").unwrap();
    assert_ne!(read(inner, 1024), [0; 32]);
    assert_eq!(read(inner, 1024), read(&outer, 1024));
    assert_ne!(read(&outer, 2048), [0; 32]);
    assert_eq!(read(inner, 2048), [0; 32]);
}

#[test]
fn what_one_module_of_the_interface_opened_serves_the_others() {
    let module = module(
        None,
        r#"(module
            (import "wasi_ephemeral_crypto_symmetric" "symmetric_key_generate"
                (func $generate (param i32 i32 i32 i32) (result i32)))
            (import "wasi_ephemeral_crypto_symmetric" "symmetric_key_export" (func $export (param i32 i32) (result i32)))
            (import "wasi_ephemeral_crypto_common" "array_output_len" (func $len (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "AES-256-GCM\00\00\00\00\00\01")
            (func (export "len") (result i32)
                (drop (call $generate (i32.const 0) (i32.const 11) (i32.const 16) (i32.const 24)))
                (drop (call $export (i32.load (i32.const 24)) (i32.const 28)))
                (drop (call $len (i32.load (i32.const 28)) (i32.const 32)))
                (i32.load (i32.const 32))))"#,
    );
    let mut imports = WasiCryptoCtx::for_module(&host(), &module).imports().unwrap();
    let mut vm = Vm::new(Store::new(None, imports.instances()).unwrap());
    vm.register_module(None, module).unwrap();
    assert_eq!(vm.run_func(None, "len", params!()).unwrap()[0].to_i32(), 32);
}

#[test]
fn a_host_function_that_no_guest_calls_has_no_memory() {
    let mut imports = WasiCryptoCtx::new(&host(), Revision::V0_10).imports().unwrap();
    let mut store = Store::new(None, HashMap::<String, &mut ImportObject<Import>>::new()).unwrap();
    // SAFETY: the functions are called here alone, and the store holds none of them.
    #[allow(unsafe_code, reason = "the import objects themselves are tried")]
    let objects = unsafe { imports.objects() };
    let common = objects.iter_mut().find(|object| object.name().unwrap().ends_with("_common")).unwrap();
    let mut open = common.get_func_mut("options_open").unwrap();
    assert_eq!(store.executor().call_func(&mut open, params!(1, 64)).unwrap()[0].to_i32(), GUEST_ERROR);
}
