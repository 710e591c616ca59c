//! The pure-Rust backend of [`hostcrypt`], over the RustCrypto, dalek and xoodyak crates.
//!
//! [`BACKEND`] lists its algorithms. No primitive is implemented here: each module adapts one family of the libraries'
//! algorithms to the traits in [`hostcrypt::backend`].
//!
//! An RSA key whose primes differ in length takes some five times as long to sign. So the time reveals whether the
//! lengths are equal, and nothing else about the primes.
//!
//! ML-DSA takes up to 412 KiB of stack, so the core runs it on a separate stack.
//!
//! Keys and states are wiped when they are dropped, as far as the libraries can. Copies that a library or the compiler
//! leaves on the stack are not wiped, except those of digests and tags.

#![forbid(unsafe_code)]

mod aead;
mod cipher;
mod ecdh;
mod ecdsa;
mod ed25519;
mod hash;
mod mac;
mod ml_dsa;
mod ml_kem;
mod random;
mod rsa;
mod stack;
mod table;
#[cfg(test)]
mod tests;
mod x25519;
mod x_wing;
mod xoodyak;

use hostcrypt::backend::{Agreement, Backend, Kem, Signature};

/// The algorithms of these crates, and the operating system's random numbers.
// The lists are statics, since a crate that names a constant compiles what is in it once more.
pub const BACKEND: Backend = Backend {
    name: "rustcrypto",
    hashes: &hash::ALL,
    macs: &mac::ALL,
    aeads: &aead::ALL,
    ciphers: &cipher::ALL,
    sessions: &[&xoodyak::Xoodyak128],
    signatures: &SIGNATURES,
    agreements: &AGREEMENTS,
    kems: &KEMS,
    random: &random::System,
    ..Backend::EMPTY
};

static SIGNATURES: [&dyn Signature; 19] = [
    &ed25519::Ed25519,
    &ecdsa::P256,
    &ecdsa::P384,
    &ecdsa::K256,
    rsa::PKCS1_2048_SHA256,
    rsa::PKCS1_2048_SHA384,
    rsa::PKCS1_2048_SHA512,
    rsa::PKCS1_3072_SHA384,
    rsa::PKCS1_3072_SHA512,
    rsa::PKCS1_4096_SHA512,
    rsa::PSS_2048_SHA256,
    rsa::PSS_2048_SHA384,
    rsa::PSS_2048_SHA512,
    rsa::PSS_3072_SHA384,
    rsa::PSS_3072_SHA512,
    rsa::PSS_4096_SHA512,
    ml_dsa::ML_DSA_44,
    ml_dsa::ML_DSA_65,
    ml_dsa::ML_DSA_87,
];

static AGREEMENTS: [&dyn Agreement; 3] = [&x25519::X25519, &ecdh::P256, &ecdh::P384];

static KEMS: [&dyn Kem; 4] = [&ml_kem::ML_KEM_512, &ml_kem::ML_KEM_768, &ml_kem::ML_KEM_1024, &x_wing::XWing];
