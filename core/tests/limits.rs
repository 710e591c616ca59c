//! What a backend states of its algorithms is counted.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use hostcrypt::{
    Context, Errno, Host, Limits, Memory, Revision, abi,
    backend::{Backend, Hash, HashState, Random},
};

/// A hash function with large states. Its digests are of no use.
struct Large;

struct State;

impl Hash for Large {
    fn name(&self) -> &'static str {
        "LARGE"
    }

    fn output_len(&self) -> usize {
        32
    }

    fn memory(&self) -> usize {
        5000
    }

    fn start(&self) -> Box<dyn HashState> {
        Box::new(State)
    }
}

impl HashState for State {
    fn update(&mut self, _: &[u8]) {}

    fn digest(&self, digest: &mut [u8]) {
        digest.fill(0);
    }

    fn copy(&self) -> Box<dyn HashState> {
        Box::new(Self)
    }
}

struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> hostcrypt::Result<()> {
        bytes.fill(0);
        Ok(())
    }
}

const BACKEND: Backend = Backend { name: "large", hashes: &[&Large], random: &Zeros, ..Backend::EMPTY };

fn call(context: &mut Context, run: impl FnOnce(&mut hostcrypt::Call<'_>) -> i32) -> Result<i32, i32> {
    let mut memory = vec![0; 64];
    memory[..5].copy_from_slice(b"LARGE");
    // No key, no options.
    memory[8] = 1;
    match run(&mut context.call(Memory::new(&mut memory))) {
        0 => Ok(i32::from_le_bytes(memory[32..36].try_into().unwrap())),
        errno => Err(errno),
    }
}

#[test]
fn states_that_a_backend_says_are_large_are_counted() {
    let overflow = Err(i32::from(Revision::V0_10.number(Errno::Overflow)));
    let mut limits = Limits::default();
    limits.bytes = 12_000;
    let mut context = Host::builder(BACKEND).limits(limits).build().context(Revision::V0_10);
    let open = |context: &mut Context| call(context, |call| abi::symmetric_state_open(call, 0, 5, 8, 8, 32));
    let clone = |context: &mut Context, state| call(context, |call| abi::symmetric_state_clone(call, state, 32));
    let close = |context: &mut Context, state| call(context, |call| abi::symmetric_state_close(call, state));
    let first = open(&mut context).unwrap();
    let second = clone(&mut context, first).unwrap();
    assert_eq!(context.bytes_held(), 10_000);
    assert_eq!((open(&mut context), clone(&mut context, first)), (overflow, overflow));
    close(&mut context, first).unwrap();
    assert_eq!(context.bytes_held(), 5000);
    open(&mut context).unwrap();
    close(&mut context, second).unwrap();
}

#[test]
fn the_default_limits_are_as_documented() {
    let Limits { handles, bytes, call_bytes, .. } = Limits::default();
    assert_eq!((handles, bytes, call_bytes), (16_384, 64 << 20, 128 << 20));
}
