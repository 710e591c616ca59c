//! A guest that has used up its own stack makes calls all the same.

#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "../../shared-tests/deep.rs"]
mod deep;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use hostcrypt_wasmtime::{CALL_STACK, Host, WasiCryptoCtx, add_to_linker, backend};
use wasmtime::{Config, Engine, Instance, Linker, Module, Store, Trap};

use self::deep::{ALGORITHMS, in_a_process_of_its_own};

/// The stack of guests: less than Wasmtime's default, that its limit is reached soon.
const GUEST_STACK: usize = 128 << 10;

/// Nothing here waits for anything.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a call waits"),
    }
}

struct Guest {
    store: Store<WasiCryptoCtx>,
    instance: Instance,
}

impl Guest {
    fn new(engine: &Engine, host: &Host, algorithm: &str) -> Self {
        let module = Module::new(engine, deep::text(algorithm)).unwrap();
        let mut linker = Linker::new(engine);
        add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto).unwrap();
        let mut store = Store::new(engine, WasiCryptoCtx::for_module(host, &module));
        let instance = now(linker.instantiate_async(&mut store, &module)).unwrap();
        Self { store, instance }
    }

    /// Calls on a fiber; `None` if the guest's stack ends.
    fn dig(&mut self, depth: i32, kind: i32, name_len: i32) -> Option<i32> {
        let dig = self.instance.get_typed_func::<(i32, i32, i32), i32>(&mut self.store, "dig").unwrap();
        match now(dig.call_async(&mut self.store, (depth, kind, name_len))) {
            Ok(errnos) => Some(errnos),
            Err(error) => {
                assert_eq!(error.downcast_ref(), Some(&Trap::StackOverflow), "{error:?}");
                None
            }
        }
    }

    /// How often the guest can call itself, and then make a call.
    fn deepest(&mut self) -> i32 {
        let (mut low, mut high) = (0, 1 << 20);
        while low + 1 < high {
            let middle = i32::midpoint(low, high);
            *(if self.dig(middle, 0, 0).is_some() { &mut low } else { &mut high }) = middle;
        }
        low
    }
}

#[test]
fn on_a_fiber_the_documented_stack_is_enough_for_every_call_at_the_end_of_the_guests_own() {
    in_a_process_of_its_own(
        "on_a_fiber_the_documented_stack_is_enough_for_every_call_at_the_end_of_the_guests_own",
        || {
            let mut config = Config::new();
            config.max_wasm_stack(GUEST_STACK).async_stack_size(GUEST_STACK + CALL_STACK);
            let engine = Engine::new(&config).unwrap();
            // What the features choose, and the backend that needs the most.
            for host in [backend(), hostcrypt_rustcrypto::BACKEND].map(Host::new) {
                for (algorithm, kind) in ALGORITHMS {
                    let mut guest = Guest::new(&engine, &host, algorithm);
                    let deepest = guest.deepest();
                    assert!(deepest > 100, "{deepest}");
                    let name_len = i32::try_from(algorithm.len()).unwrap();
                    assert_eq!(guest.dig(deepest, kind, name_len), Some(0), "{algorithm}");
                }
            }
        },
    );
}
