//! The BoringSSL backend of [`hostcrypt`], over the `boring` crate.
//!
//! [`BACKEND`] lists what there is; for what BoringSSL lacks, compose it with another: [`Backend::or`]. No primitive is
//! implemented here: each module fits one family of the library's algorithms to the traits in [`hostcrypt::backend`].
//! Of points of Ed25519, which the library neither decodes nor checks before it verifies, `edwards25519` tells what is
//! to be told, in the library's big numbers.
//!
//! What `boring` has no safe way to do is done in `ffi`, and nowhere else is there unsafe code.
//!
//! Signatures of ECDSA are randomised. Secret keys of ML-DSA and ML-KEM are seeds. An expanded key beside its seed must
//! be what the seed expands to, in every bit. One alone answers
//! [`UnsupportedEncoding`](hostcrypt::Errno::UnsupportedEncoding), and a backend after this one may serve it; if it is
//! broken, it is an [`InvalidKey`](hostcrypt::Errno::InvalidKey). Where the operating system has no random numbers,
//! BoringSSL ends the process.
//!
//! An RSA key keeps a value for blinding, of up to 1.3 KiB, for each thread that signed with it at the same time; a guest
//! is counted for those of the first three.
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
