//! Handles are thread-safe: threads of one guest use one context at the same time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use hostcrypt::{Context, Host, Memory, Revision, abi};

const ALGORITHM: &[u8] = b"SHA-256";

/// One thread's view: the context that all share, and a memory.
struct Thread {
    context: Context,
    memory: Vec<u8>,
}

impl Thread {
    fn new(context: Context) -> Self {
        let mut memory = vec![0; 4096];
        memory[..ALGORITHM.len()].copy_from_slice(ALGORITHM);
        memory[16] = 1;
        Self { context, memory }
    }

    fn another(&mut self) -> Self {
        Self::new(self.context.thread())
    }

    fn call(&mut self, run: impl FnOnce(&mut hostcrypt::Call<'_>) -> i32) -> i32 {
        run(&mut self.context.call(Memory::new(&mut self.memory)))
    }

    fn open(&mut self) -> i32 {
        assert_eq!(self.call(|call| abi::symmetric_state_open(call, 0, 7, 16, 16, 32)), 0);
        i32::from_le_bytes(self.memory[32..36].try_into().unwrap())
    }

    fn digest(&mut self, state: i32) -> Vec<u8> {
        assert_eq!(self.call(|call| abi::symmetric_state_squeeze(call, state, 64, 32)), 0);
        self.memory[64..96].to_vec()
    }
}

#[test]
fn threads_that_share_a_state_lose_nothing_of_what_they_absorb() {
    let mut first = Thread::new(Host::new(hostcrypt_rustcrypto::BACKEND).context(Revision::V0_10));
    let shared = first.open();
    thread::scope(|scope| {
        for _ in 0..4 {
            let mut thread = first.another();
            scope.spawn(move || {
                for _ in 0..5_000 {
                    assert_eq!(thread.call(|call| abi::symmetric_state_absorb(call, shared, 128, 3)), 0);
                    let own = thread.open();
                    thread.digest(own);
                    assert_eq!(thread.call(|call| abi::symmetric_state_close(call, own)), 0);
                }
            });
        }
    });
    let (all, whole) = (first.digest(shared), first.open());
    for _ in 0..20_000 {
        first.call(|call| abi::symmetric_state_absorb(call, whole, 128, 3));
    }
    assert_eq!(first.digest(whole), all);
}

#[test]
fn a_handle_that_threads_race_to_close_is_closed_once() {
    let mut first = Thread::new(Host::new(hostcrypt_rustcrypto::BACKEND).context(Revision::V0_10));
    for _ in 0..500 {
        let shared = first.open();
        let (closed, mut threads) = (AtomicUsize::new(0), [first.another(), first.another(), first.another()]);
        thread::scope(|scope| {
            for thread in &mut threads {
                scope.spawn(|| {
                    // Used while it is closed: the object lives as long as the call.
                    thread.call(|call| abi::symmetric_state_absorb(call, shared, 0, 4096));
                    match thread.call(|call| abi::symmetric_state_close(call, shared)) {
                        0 => closed.fetch_add(1, Ordering::Relaxed),
                        errno => {
                            assert_eq!(errno, 14, "closed");
                            0
                        }
                    };
                });
            }
        });
        assert_eq!(closed.into_inner(), 1);
    }
}
