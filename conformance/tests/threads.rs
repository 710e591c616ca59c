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

/// Outputs that threads race for, one after another.
const OUTPUTS: usize = 2000;
const LEN: i32 = 2048;

/// How often: while the machine is busy, two threads hardly ever run at the same time.
const ROUNDS: usize = 10;

#[test]
fn the_last_bytes_that_threads_race_to_pull_go_to_one_of_them() {
    (0..ROUNDS).for_each(|_| race_for_outputs());
}

fn race_for_outputs() {
    let mut first = Thread::new(Host::new(hostcrypt_rustcrypto::BACKEND).context(Revision::V0_10));
    first.memory[..12].copy_from_slice(b"HMAC/SHA-256");
    assert_eq!(first.call(|call| abi::symmetric_key_import(call, 0, 12, 64, LEN, 32)), 0);
    let key = i32::from_le_bytes(first.memory[32..36].try_into().unwrap());
    let export = |_| {
        assert_eq!(first.call(|call| abi::symmetric_key_export(call, key, 32)), 0);
        i32::from_le_bytes(first.memory[32..36].try_into().unwrap())
    };
    let outputs: Vec<_> = (0..OUTPUTS).map(export).collect();
    let (arrived, outputs) = (&AtomicUsize::new(0), &outputs);
    let pull = |mut thread: Thread| {
        let pull_all = |(index, output): (usize, &i32)| {
            // Both begin at the same time, or as near to it as can be.
            arrived.fetch_add(1, Ordering::SeqCst);
            while arrived.load(Ordering::SeqCst) < 2 * (index + 1) {
                thread::yield_now();
            }
            let mut pulled = 0;
            loop {
                match thread.call(|call| abi::array_output_pull(call, *output, 64, LEN / 2, 32)) {
                    0 => pulled += i32::from_le_bytes(thread.memory[32..36].try_into().unwrap()),
                    15 => return pulled,
                    // Told at the end, so that the other does not wait.
                    errno => return -errno,
                }
            }
        };
        outputs.iter().enumerate().map(pull_all).collect::<Vec<_>>()
    };
    let pulled: Vec<_> = thread::scope(|scope| {
        let threads = [first.another(), first.another()];
        let running = threads.map(|thread| scope.spawn(move || pull(thread)));
        running.map(|thread| thread.join().unwrap()).into()
    });
    let lost: Vec<_> = (0..OUTPUTS)
        .filter(|output| pulled.iter().map(|thread: &Vec<i32>| thread[*output]).sum::<i32>() != LEN)
        .collect();
    assert!(lost.is_empty(), "{} outputs lost bytes, the first is {}", lost.len(), lost[0]);
}
