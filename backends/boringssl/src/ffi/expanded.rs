//! Expanded secret keys of ML-KEM and ML-DSA (FIPS 203, FIPS 204).
//!
//! BoringSSL offers seeds alone. It writes and reads expanded keys for its own tests, by functions that are in the
//! library and in no public header. They have C++ names, which spell out the types of the parameters: with a release
//! that lacks one of them, or declares it otherwise, a program does not link.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use boring::error::ErrorStack;
use boring_sys as sys;
use hostcrypt::backend::Secret;

use super::check;

/// The library's functions for expanded keys of a parameter set.
#[derive(Clone, Copy)]
pub(crate) struct Expanded {
    /// The key that a seed expands to.
    pub(crate) of_seed: fn(seed: &[u8]) -> Result<Secret, ErrorStack>,
    /// Whether bytes are a key: its numbers are in range, and its parts belong together.
    pub(crate) is_key: fn(expanded: &[u8]) -> bool,
}

/// A `bcm_status`: 0 and 1 are success.
type Status = c_int;
const FAILURE: Status = 2;

/// A place for a key of the library's, which wipes it when it is given back.
struct Place<K>(NonNull<K>);

impl<K> Place<K> {
    fn new() -> Result<Self, ErrorStack> {
        // The library keeps its size before it.
        const { assert!(align_of::<K>() <= 8, "places are aligned to eight bytes") };
        // SAFETY: any size may be asked for; what is returned is null or of that size, and aligned to eight bytes.
        let place = unsafe { sys::OPENSSL_zalloc(size_of::<K>()) };
        NonNull::new(place.cast()).map(Self).ok_or_else(ErrorStack::get)
    }

    const fn ptr(&self) -> *mut K {
        self.0.as_ptr()
    }
}

impl<K> Drop for Place<K> {
    fn drop(&mut self) {
        // SAFETY: the place came from `OPENSSL_zalloc`, and nothing else gives it back.
        unsafe { sys::OPENSSL_free(self.ptr().cast::<c_void>()) }
    }
}

/// The output of `write`, which must have `len` bytes.
fn written(len: usize, write: impl FnOnce(*mut sys::CBB) -> Status) -> Result<Secret, ErrorStack> {
    let mut bytes: Secret = vec![0; len].into();
    let mut builder = MaybeUninit::<sys::CBB>::uninit();
    // SAFETY: the builder is ours to write, and the buffer is as long as said; it outlives the builder, which does not
    // own it and so has nothing to give back.
    check(unsafe { sys::CBB_init_fixed(builder.as_mut_ptr(), bytes.as_mut_ptr(), bytes.len()) })?;
    let status = write(builder.as_mut_ptr());
    // SAFETY: the builder was initialised.
    let complete = status != FAILURE && unsafe { sys::CBB_len(builder.as_ptr()) } == len;
    if complete { Ok(bytes) } else { Err(ErrorStack::get()) }
}

/// Whether `read` succeeds, which leaves nothing unread.
fn is_read(bytes: &[u8], read: impl FnOnce(*mut sys::CBS) -> Status) -> bool {
    let mut rest = sys::CBS { data: bytes.as_ptr(), len: bytes.len() };
    let read = read(&mut rest) != FAILURE && rest.len == 0;
    // What is no key may leave an error in the thread.
    drop(ErrorStack::get());
    read
}

/// A parameter set: the type of its keys, the functions of it, and the library's names of two of them.
macro_rules! set {
    (
        $set:ident $len:literal: $key:ident $from_seed:ident,
        $marshal:literal, $parse:literal, $holds:expr
    ) => {
        pub(crate) const $set: Expanded = {
            unsafe extern "C" {
                /// Writes an expanded key.
                #[link_name = $marshal]
                fn marshal(out: *mut sys::CBB, key: *const sys::$key) -> Status;
                /// Reads an expanded key.
                #[link_name = $parse]
                fn parse(key: *mut sys::$key, input: *mut sys::CBS) -> Status;
            }

            fn of_seed(seed: &[u8]) -> Result<Secret, ErrorStack> {
                let key = Place::<sys::$key>::new()?;
                // SAFETY: there is place for the key, and the seed is as long as said.
                check(unsafe { sys::$from_seed(key.ptr(), seed.as_ptr(), seed.len()) })?;
                // SAFETY: the key was made; `written` gives a builder.
                written($len, |out| unsafe { marshal(out, key.ptr()) })
            }

            fn is_key(expanded: &[u8]) -> bool {
                let Ok(key) = Place::<sys::$key>::new() else { return false };
                // SAFETY: there is place for the key; `is_read` gives bytes of the length that it says.
                is_read(expanded, |input| unsafe { parse(key.ptr(), input) }) && $holds(&key)
            }

            Expanded { of_seed, is_key }
        };
    };
}

/// Whether an ML-KEM key opens a secret that is encapsulated to its public half. Parsing compares the key's hash with
/// its public half, and does not check that the secret half belongs to it.
macro_rules! opens {
    ($key:ident $public:ident $half:ident $encap:ident $decap:ident $encapsulated_len:ident) => {
        |key: &Place<sys::$key>| {
            let Ok(public) = Place::<sys::$public>::new() else { return false };
            let mut encapsulated = vec![0; sys::$encapsulated_len as usize];
            let [mut shared, mut opened] =
                [(); 2].map(|()| Secret::from(vec![0; sys::MLKEM_SHARED_SECRET_BYTES as usize]));
            // SAFETY: the key was read, the public half has a place, and each output the length that the function has
            // for it.
            let done = unsafe {
                sys::$half(public.ptr(), key.ptr());
                sys::$encap(encapsulated.as_mut_ptr(), shared.as_mut_ptr(), public.ptr());
                sys::$decap(opened.as_mut_ptr(), encapsulated.as_ptr(), encapsulated.len(), key.ptr())
            };
            done == 1 && boring::memcmp::eq(&shared, &opened)
        }
    };
}

/// Reading a key of ML-DSA computes its public half, and sees whether the hash and the low bits are those of it.
const fn holds<K>(_: &Place<K>) -> bool {
    true
}

set!(ML_DSA_44 2560: MLDSA44_private_key MLDSA44_private_key_from_seed,
    "_ZN4bssl31BCM_mldsa44_marshal_private_keyEP6cbb_stPK19MLDSA44_private_key",
    "_ZN4bssl29BCM_mldsa44_parse_private_keyEP19MLDSA44_private_keyP6cbs_st", holds);
set!(ML_DSA_65 4032: MLDSA65_private_key MLDSA65_private_key_from_seed,
    "_ZN4bssl31BCM_mldsa65_marshal_private_keyEP6cbb_stPK19MLDSA65_private_key",
    "_ZN4bssl29BCM_mldsa65_parse_private_keyEP19MLDSA65_private_keyP6cbs_st", holds);
set!(ML_DSA_87 4896: MLDSA87_private_key MLDSA87_private_key_from_seed,
    "_ZN4bssl31BCM_mldsa87_marshal_private_keyEP6cbb_stPK19MLDSA87_private_key",
    "_ZN4bssl29BCM_mldsa87_parse_private_keyEP19MLDSA87_private_keyP6cbs_st", holds);
set!(ML_KEM_768 2400: MLKEM768_private_key MLKEM768_private_key_from_seed,
    "_ZN4bssl32BCM_mlkem768_marshal_private_keyEP6cbb_stPK20MLKEM768_private_key",
    "_ZN4bssl30BCM_mlkem768_parse_private_keyEP20MLKEM768_private_keyP6cbs_st",
    opens!(MLKEM768_private_key MLKEM768_public_key MLKEM768_public_from_private MLKEM768_encap MLKEM768_decap
        MLKEM768_CIPHERTEXT_BYTES));
set!(ML_KEM_1024 3168: MLKEM1024_private_key MLKEM1024_private_key_from_seed,
    "_ZN4bssl33BCM_mlkem1024_marshal_private_keyEP6cbb_stPK21MLKEM1024_private_key",
    "_ZN4bssl31BCM_mlkem1024_parse_private_keyEP21MLKEM1024_private_keyP6cbs_st",
    opens!(MLKEM1024_private_key MLKEM1024_public_key MLKEM1024_public_from_private MLKEM1024_encap MLKEM1024_decap
        MLKEM1024_CIPHERTEXT_BYTES));
