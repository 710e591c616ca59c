//! The pure-Rust backend of [`hostcrypt`], over the RustCrypto and dalek crates.
//!
//! [`BACKEND`] lists what there is. No primitive is implemented here: each module fits one family of the
//! libraries' algorithms to the traits in [`hostcrypt::backend`].
//!
//! Keys and states are wiped when they are dropped, as far as the libraries can: copies that a library or the
//! compiler leaves on the stack are out of reach.

#![forbid(unsafe_code)]

mod aead;
mod ecdh;
mod ecdsa;
mod ed25519;
mod hash;
mod mac;
mod random;
#[cfg(test)]
mod tests;
mod x25519;

use hostcrypt::backend::Backend;

/// The algorithms of the RustCrypto and dalek crates, and the operating system's random numbers.
pub const BACKEND: Backend = Backend {
    name: "rustcrypto",
    hashes: hash::ALL,
    macs: mac::ALL,
    aeads: aead::ALL,
    sessions: &[],
    signatures: &[&ed25519::Ed25519, &ecdsa::P256, &ecdsa::P384, &ecdsa::K256],
    agreements: &[&x25519::X25519, &ecdh::P256, &ecdh::P384],
    kems: &[],
    random: &random::System,
};
