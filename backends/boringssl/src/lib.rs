//! The BoringSSL backend of [`hostcrypt`], over the `boring` crate.
//!
//! [`BACKEND`] lists its algorithms; to serve algorithms that BoringSSL lacks, add another backend by [`Backend::or`].
//! No primitive is implemented here: each module adapts one family of the library's algorithms to the traits in
//! [`hostcrypt::backend`]. The library neither decodes nor checks points of Ed25519 before it verifies a signature, so
//! `edwards25519` checks them, with the library's big numbers.
//!
//! `ffi` has all unsafe code, for functions that `boring` does not wrap safely.
//!
//! ECDSA signatures are randomised. Secret keys of ML-DSA and ML-KEM are seeds. An expanded key that comes with its
//! seed must equal the expansion of the seed in every bit. An expanded key without its seed answers
//! [`UnsupportedEncoding`](hostcrypt::Errno::UnsupportedEncoding), so that the next backend may serve it; an
//! inconsistent one is an [`InvalidKey`](hostcrypt::Errno::InvalidKey). If the operating system has no random numbers,
//! BoringSSL ends the process.
//!
//! An RSA key has a blinding value of up to 1.3 KiB for each thread that signed with it at the same time; the first
//! three count against the guest's limit on bytes.
//!
//! Keys and states are wiped when they are dropped; BoringSSL wipes all memory that it frees. Copies that it or the
//! compiler leaves on the stack are out of reach.

mod aead;
mod agreement;
mod cipher;
mod curve;
mod ecdh;
mod ecdsa;
mod ed25519;
mod edwards25519;
mod ffi;
mod hash;
mod key;
mod mac;
mod message;
mod ml_dsa;
mod ml_kem;
mod random;
mod rsa;
#[cfg(test)]
mod tests;
mod x25519;
mod x_wing;

use hostcrypt::backend::Backend;

/// The algorithms of BoringSSL, and its random numbers.
pub const BACKEND: Backend = Backend {
    name: "boringssl",
    hashes: hash::ALL,
    macs: mac::ALL,
    aeads: aead::ALL,
    ciphers: cipher::ALL,
    signatures: &[
        &ed25519::Ed25519,
        &ecdsa::P256,
        &ecdsa::P384,
        &rsa::PKCS1_2048_SHA256,
        &rsa::PKCS1_2048_SHA384,
        &rsa::PKCS1_2048_SHA512,
        &rsa::PKCS1_3072_SHA384,
        &rsa::PKCS1_3072_SHA512,
        &rsa::PKCS1_4096_SHA512,
        &rsa::PSS_2048_SHA256,
        &rsa::PSS_2048_SHA384,
        &rsa::PSS_2048_SHA512,
        &rsa::PSS_3072_SHA384,
        &rsa::PSS_3072_SHA512,
        &rsa::PSS_4096_SHA512,
        &ml_dsa::ML_DSA_44,
        &ml_dsa::ML_DSA_65,
        &ml_dsa::ML_DSA_87,
    ],
    agreements: &[&x25519::X25519, &ecdh::P256, &ecdh::P384],
    kems: &[&ml_kem::ML_KEM_768, &ml_kem::ML_KEM_1024, &x_wing::XWing],
    random: &random::System,
    ..Backend::EMPTY
};
