//! A guest that calls itself often makes calls all the same, on a thread that has little stack.

#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

#[path = "../../shared-tests/deep.rs"]
mod deep;

use std::thread;

use hostcrypt_wasmedge::{CALL_STACK, Host, WasiCryptoCtx, backend};
use wasmedge_sdk::{Module, Store, Vm, WasmVal, params, wat2wasm};

use self::deep::{ALGORITHMS, in_a_process_of_its_own};

/// The stack of a thread: the documented need of calls, and as much for WasmEdge to load a module and to enter it.
const THREAD: usize = 2 * CALL_STACK;

/// How often the guest calls itself. The interpreter's stack is on the heap.
const DEPTH: i32 = 10_000;

fn run(wasm: &[u8], host: &Host, (algorithm, kind): (&str, i32)) {
    let module = Module::from_bytes(None, wasm).unwrap();
    let mut imports = WasiCryptoCtx::for_module(host, &module).imports().unwrap();
    let mut vm = Vm::new(Store::new(None, imports.instances()).unwrap());
    vm.register_module(None, module).unwrap();
    let name_len = i32::try_from(algorithm.len()).unwrap();
    let errnos = vm.run_func(None, "dig", params!(DEPTH, kind, name_len)).unwrap();
    assert_eq!(errnos[0].to_i32(), 0, "{algorithm}");
}

#[test]
fn on_a_small_thread_every_call_is_made_however_deep_the_guest_is() {
    in_a_process_of_its_own("on_a_small_thread_every_call_is_made_however_deep_the_guest_is", || {
        // What the features choose, and the backend that needs the most.
        for host in [backend(), hostcrypt_rustcrypto::BACKEND].map(Host::new) {
            for case in ALGORITHMS {
                let wasm = wat2wasm(deep::text(case.0).as_bytes()).unwrap().into_owned();
                let host = host.clone();
                let small = thread::Builder::new().stack_size(THREAD);
                small.spawn(move || run(&wasm, &host, case)).unwrap().join().unwrap();
            }
        }
    });
}
