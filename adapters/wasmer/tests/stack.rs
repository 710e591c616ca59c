//! A guest that has used up its own stack makes calls all the same, on a thread that has little.

#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "../../shared-tests/deep.rs"]
mod deep;

use std::thread;

use hostcrypt_wasmer::{CALL_STACK, Host, WasiCryptoCtx, backend, instantiate};
use wasmer::{
    Engine, Imports, Module, Store, TypedFunction,
    sys::{Singlepass, vm::TrapCode},
};

use self::deep::{ALGORITHMS, in_a_process_of_its_own};

/// The stack of a thread: the documented need of calls, and as much for Wasmer to make an instance and to enter it.
const THREAD: usize = 2 * CALL_STACK;

type Dig = TypedFunction<(i32, i32, i32), i32>;

/// `None` if the guest's stack ends.
fn call(store: &mut Store, dig: &Dig, depth: i32, kind: i32, name_len: i32) -> Option<i32> {
    match dig.call(store, depth, kind, name_len) {
        Ok(errnos) => Some(errnos),
        Err(error) => {
            assert_eq!(error.clone().to_trap(), Some(TrapCode::StackOverflow), "{error}");
            None
        }
    }
}

/// How often the guest can call itself, and then make a call.
fn deepest(store: &mut Store, dig: &Dig) -> i32 {
    let (mut low, mut high) = (0, 1 << 20);
    while low + 1 < high {
        let middle = i32::midpoint(low, high);
        *(if call(store, dig, middle, 0, 0).is_some() { &mut low } else { &mut high }) = middle;
    }
    low
}

fn run(engine: &Engine, module: &Module, host: &Host, (algorithm, kind): (&str, i32)) {
    let mut store = Store::new(engine.clone());
    let crypto = WasiCryptoCtx::for_module(host, module);
    let (instance, _) = instantiate(&mut store, module, &Imports::new(), crypto).unwrap();
    let dig: Dig = instance.exports.get_typed_function(&store, "dig").unwrap();
    let deepest = deepest(&mut store, &dig);
    assert!(deepest > 100, "{deepest}");
    let name_len = i32::try_from(algorithm.len()).unwrap();
    // Calls of several kinds take a little more or less of the guest's own stack.
    let errnos = (0..100).find_map(|less| call(&mut store, &dig, deepest - less, kind, name_len));
    assert_eq!(errnos, Some(0), "{algorithm}");
}

#[test]
fn on_a_small_thread_every_call_is_made_at_the_end_of_the_guests_own_stack() {
    in_a_process_of_its_own("on_a_small_thread_every_call_is_made_at_the_end_of_the_guests_own_stack", || {
        let engine: Engine = Singlepass::new().into();
        // What the features choose, and the backend that needs the most.
        for host in [backend(), hostcrypt_rustcrypto::BACKEND].map(Host::new) {
            for case in ALGORITHMS {
                let module = Module::new(&engine, deep::text(case.0)).unwrap();
                let (engine, host) = (engine.clone(), host.clone());
                let small = thread::Builder::new().stack_size(THREAD);
                small.spawn(move || run(&engine, &module, &host, case)).unwrap().join().unwrap();
            }
        }
    });
}
