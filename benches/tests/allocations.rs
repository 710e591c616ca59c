//! A call on an open state allocates nothing on the heap.

#![allow(unsafe_code, reason = "only an allocator can tell")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use hostcrypt::{Call, abi};
use hostcrypt_benches::layout::{
    AES_256_GCM, HANDLE, HASH, HMAC_SHA_256, KEY, LEN, NONCE, NONCE_NAME, NONE, OPTIONS, OUT, RAW_KEY, Range, STATE,
    SYMMETRIC,
};
use hostcrypt_benches::native::Native;
use hostcrypt_benches::workload::{Cipher, Keys, Workload, prepare};

/// The system's allocator, which counts what each thread asks of it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // The counter has no destructor, so that it can be reached while a thread ends.
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

// SAFETY: every method passes its arguments on to `System` unchanged, and returns what that returns; counting
// neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract of `alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract of `alloc_zeroed`, which is that of `System`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract of `realloc`, and every block comes from `System`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract of `dealloc`, and every block comes from `System`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TEXT: Range = hostcrypt_benches::layout::TEXT.first(64);
/// Where decrypted text goes.
const PLAIN: i32 = 0x800;

/// Over pure Rust, with a hash state and a key of AES-256-GCM open.
fn native() -> Native {
    let mut native = Native::new("native/rustcrypto", hostcrypt_rustcrypto::BACKEND);
    prepare(&mut native, Workload::AbsorbNothing, Keys::Given);
    prepare(&mut native, Workload::Aead(Cipher::Aes256Gcm, TEXT.len), Keys::Given);
    native
}

/// How many allocations a call makes; it must succeed.
fn allocations(native: &mut Native, run: impl FnOnce(&mut Call<'_>) -> i32) -> u64 {
    let before = ALLOCATIONS.get();
    native.call(run);
    ALLOCATIONS.get() - before
}

/// Opens an HMAC state at [`STATE`] and returns its handle.
fn open_hmac(native: &mut Native) -> i32 {
    let Range { at, len } = HMAC_SHA_256;
    native.call(|call| abi::symmetric_key_import(call, at, len, RAW_KEY.at, RAW_KEY.len, OPTIONS + HANDLE));
    native.call(|call| abi::symmetric_state_open(call, at, len, OPTIONS, NONE, STATE));
    native.handle(STATE)
}

/// Opens an AES-256-GCM state with the same key and nonce each time, and returns its handle.
fn open_aead(native: &mut Native) -> i32 {
    native.call(|call| abi::options_open(call, SYMMETRIC, OPTIONS + HANDLE));
    let options = native.handle(OPTIONS + HANDLE);
    native.call(|call| abi::options_set(call, options, NONCE_NAME.at, NONCE_NAME.len, NONCE.at, NONCE.len));
    native.call(|call| abi::symmetric_state_open(call, AES_256_GCM.at, AES_256_GCM.len, KEY, OPTIONS, STATE));
    native.handle(STATE)
}

#[test]
fn the_allocator_counts() {
    let before = ALLOCATIONS.get();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(ALLOCATIONS.get() - before, 1);
}

#[test]
fn hashing_allocates_nothing() {
    let native = &mut native();
    let state = native.handle(HASH);
    for len in [0, 1, 63, 64, 10_000] {
        assert_eq!(allocations(native, |call| abi::symmetric_state_absorb(call, state, TEXT.at, len)), 0, "{len}");
    }
    for len in [1, 32] {
        assert_eq!(allocations(native, |call| abi::symmetric_state_squeeze(call, state, OUT.at, len)), 0, "{len}");
    }
}

#[test]
fn authenticating_allocates_nothing() {
    let native = &mut native();
    let state = open_hmac(native);
    for len in [0, 64, 10_000] {
        assert_eq!(allocations(native, |call| abi::symmetric_state_absorb(call, state, TEXT.at, len)), 0, "{len}");
    }
}

#[test]
fn encrypting_and_decrypting_allocate_nothing() {
    let native = &mut native();
    let (sealing, opening) = (open_aead(native), open_aead(native));
    for state in [sealing, opening] {
        assert_eq!(allocations(native, |call| abi::symmetric_state_absorb(call, state, TEXT.at, 24)), 0);
        assert_eq!(allocations(native, |call| abi::symmetric_state_absorb(call, state, TEXT.at, 40)), 0);
    }
    let encrypt = |call: &mut Call<'_>| {
        abi::symmetric_state_encrypt(call, sealing, OUT.at, TEXT.len + 16, TEXT.at, TEXT.len, LEN)
    };
    assert_eq!(allocations(native, encrypt), 0);
    let decrypt =
        |call: &mut Call<'_>| abi::symmetric_state_decrypt(call, opening, PLAIN, TEXT.len, OUT.at, TEXT.len + 16, LEN);
    assert_eq!(allocations(native, decrypt), 0);
    let plain = native.bytes(PLAIN, TEXT.len as usize).to_vec();
    assert_eq!(plain, native.bytes(TEXT.at, TEXT.len as usize));
}

#[test]
fn asking_a_state_allocates_nothing() {
    let native = &mut native();
    let state = open_aead(native);
    let (name, len) = (NONCE_NAME.at, NONCE_NAME.len);
    let get =
        |call: &mut Call<'_>| abi::symmetric_state_options_get(call, state, name, len, OUT.at, TEXT.len + 16, LEN);
    assert_eq!(allocations(native, get), 0);
    assert_eq!(allocations(native, |call| abi::symmetric_state_max_tag_len(call, state, LEN)), 0);
}

#[test]
fn comparing_a_tag_allocates_nothing() {
    let native = &mut native();
    let state = open_hmac(native);
    native.call(|call| abi::symmetric_state_squeeze_tag(call, state, STATE));
    native.call(|call| abi::symmetric_state_squeeze_tag(call, state, PLAIN));
    let (tag, pulled) = (native.handle(STATE), native.handle(PLAIN));
    native.call(|call| abi::symmetric_tag_pull(call, pulled, OUT.at, 32, LEN));
    assert_eq!(allocations(native, |call| abi::symmetric_tag_len(call, tag, LEN)), 0);
    assert_eq!(allocations(native, |call| abi::symmetric_tag_verify(call, tag, OUT.at, 32)), 0);
}
