//! The calls of BoringSSL that the `boring` crate has no safe way to make, by family, each in a safe function.
//!
//! A type that owns an object of BoringSSL frees it when it is dropped, and BoringSSL wipes memory that it frees.

#![allow(unsafe_code)]

pub(crate) mod aead;
pub(crate) mod expanded;
pub(crate) mod hash;
pub(crate) mod key;
pub(crate) mod mac;
pub(crate) mod rsa;

use std::ffi::c_int;

use boring::error::ErrorStack;

/// Succeeds if a function returned one, and otherwise takes what it left in the thread's error queue.
fn check(returned: c_int) -> Result<(), ErrorStack> {
    if returned == 1 { Ok(()) } else { Err(ErrorStack::get()) }
}
