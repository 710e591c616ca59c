//! The traits of a cryptography library, by family of algorithms.
//!
//! A [`Backend`] is a constant of lists. An algorithm that is not listed is unsupported. The core checks lengths and
//! states before it calls a backend, so an implementation may rely on them; a backend sees no handle, option or guest
//! pointer.
//!
//! # Writing a backend
//!
//! Implement the trait of each family that the library has, for one value for each algorithm; list these values in a
//! constant that extends [`Backend::EMPTY`]; and pass it to [`Host::builder`](crate::Host::builder). Three rules apply
//! to every family:
//!
//! - Names are the interface's own, such as `SHA-256`; the same name in two backends means the same algorithm.
//! - A state or a key that occupies more than 2 KiB returns its size from `memory`, because the memory of a guest's
//!   objects is limited. A key is wiped when it is dropped.
//! - Keys pass in the canonical form of their [`KeyFormat`]; the core converts it to and from every encoding. If the
//!   library cannot read a valid key, it returns [`UnsupportedEncoding`](crate::Errno::UnsupportedEncoding), so that
//!   the next backend may serve the key.
//!
//! This backend has one hash function, of a library that is not shown:
//!
//! ```
//! use hostcrypt::{Host, backend::{Backend, Hash, HashState, Random}};
//! # #[derive(Clone)]
//! # struct Hasher(u8);
//! # impl Hasher {
//! #     fn new() -> Self { Self(0) }
//! #     fn update(&mut self, data: &[u8]) { data.iter().for_each(|byte| self.0 ^= byte) }
//! #     fn finish(self, digest: &mut [u8]) { digest.fill(self.0) }
//! # }
//! # struct System;
//! # impl Random for System {
//! #     fn fill(&self, _: &mut [u8]) -> hostcrypt::Result<()> { Ok(()) }
//! # }
//!
//! struct Blake2b;
//!
//! impl Hash for Blake2b {
//!     fn name(&self) -> &'static str {
//!         "BLAKE2B-256"
//!     }
//!
//!     fn output_len(&self) -> usize {
//!         32
//!     }
//!
//!     fn start(&self) -> Box<dyn HashState> {
//!         Box::new(State(Hasher::new()))
//!     }
//! }
//!
//! struct State(Hasher);
//!
//! impl HashState for State {
//!     fn update(&mut self, data: &[u8]) {
//!         self.0.update(data);
//!     }
//!
//!     // The state does not end: a guest may ask for the digest of the data so far.
//!     fn digest(&self, digest: &mut [u8]) {
//!         self.0.clone().finish(digest);
//!     }
//!
//!     fn copy(&self) -> Box<dyn HashState> {
//!         Box::new(Self(self.0.clone()))
//!     }
//! }
//!
//! const BACKEND: Backend = Backend { name: "example", hashes: &[&Blake2b], random: &System, ..Backend::EMPTY };
//!
//! let host = Host::new(BACKEND);
//! assert_eq!(host.algorithms().next().unwrap().name, "BLAKE2B-256");
//! ```
//!
//! The conformance suite tests a backend through the calls of a guest: add a line to `conformance/src/subjects/mod.rs`,
//! and the vectors of each listed algorithm run on the backend.

mod aead;
mod agreement;
mod cipher;
mod format;
mod hash;
mod interrupt;
mod kem;
mod key;
mod mac;
mod session;
mod signature;

pub use aead::{Aead, AeadKey};
pub use agreement::{Agreement, AgreementKey};
pub use cipher::{Cipher, CipherKey};
pub use format::{KeyFormat, PssHash};
pub use hash::{Hash, HashState};
pub use interrupt::Interrupt;
pub use kem::{DecapsulationKey, EncapsulationKey, Kem};
pub use key::{KeyMemory, PublicKey, Secret, SecretKey};
pub use mac::{Mac, MacKey, MacState};
pub use session::{KeyedSessionState, Session, SessionState};
pub use signature::{Signature, SignatureFormat, SignatureInput, SignatureScheme, SigningKey, VerifyingKey};

use crate::Result;
pub use crate::stack::on_own_stack;

/// The maximal length of a digest, tag or nonce of any algorithm, in bytes.
pub const LONGEST_OUTPUT: usize = 64;

/// A cryptography library, as lists of its algorithms.
///
/// Names are the interface's own, and case-insensitive.
#[derive(Clone, Copy)]
pub struct Backend {
    /// The backend's name, such as `rustcrypto`.
    pub name: &'static str,
    /// Hash functions.
    pub hashes: &'static [&'static dyn Hash],
    /// Message authentication codes. The core makes HKDF from each [HMAC](Mac::hmac_hash).
    pub macs: &'static [&'static dyn Mac],
    /// Authenticated ciphers.
    pub aeads: &'static [&'static dyn Aead],
    /// Ciphers without authentication.
    pub ciphers: &'static [&'static dyn Cipher],
    /// Session modes.
    pub sessions: &'static [&'static dyn Session],
    /// Signature schemes.
    pub signatures: &'static [&'static dyn Signature],
    /// Diffie-Hellman key agreements.
    pub agreements: &'static [&'static dyn Agreement],
    /// Key encapsulation mechanisms.
    pub kems: &'static [&'static dyn Kem],
    /// The source of keys and nonces.
    pub random: &'static dyn Random,
    /// The backends that serve the algorithms that this one lacks; see [`or`](Self::or).
    pub fallbacks: Fallbacks,
}

/// Backends in the order in which the core asks them.
pub type Fallbacks = [Option<&'static Backend>; 3];

impl Backend {
    const NO_FALLBACKS: Fallbacks = [None; 3];

    /// A backend without algorithms and random numbers: the base that other backends extend. A list that is added later
    /// does not break them.
    ///
    /// ```
    /// use hostcrypt::backend::{Backend, Hash, Random};
    /// # fn backend(system: &'static dyn Random, list: &'static [&'static dyn Hash]) -> Backend {
    /// Backend { name: "example", hashes: list, random: system, ..Backend::EMPTY }
    /// # }
    /// ```
    pub const EMPTY: Self = Self {
        name: "none",
        hashes: &[],
        macs: &[],
        aeads: &[],
        ciphers: &[],
        sessions: &[],
        signatures: &[],
        agreements: &[],
        kems: &[],
        random: &NoRandom,
        fallbacks: Self::NO_FALLBACKS,
    };

    /// Adds another backend for the algorithms and keys that this one lacks. The first backend that lists an algorithm
    /// serves it; the next one with the algorithm serves the keys that the first cannot read. Random numbers come from
    /// the first backend.
    ///
    /// # Panics
    ///
    /// If there are three fallbacks already.
    #[must_use]
    #[allow(clippy::panic, reason = "an embedder's mistake, in a constant mostly: no guest comes here")]
    pub const fn or(mut self, other: &'static Self) -> Self {
        match &mut self.fallbacks {
            [place @ None, ..] | [_, place @ None, _] | [.., place @ None] => *place = Some(other),
            _ => panic!("a backend has at most three fallbacks"),
        }
        self
    }

    /// Returns this backend without its fallbacks, then each of the fallbacks.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.fallbacks.iter().flatten().flat_map(|fallback| fallback.boxed_parts()))
    }

    fn boxed_parts(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        Box::new(self.parts())
    }
}

/// The names of all parts, such as `boringssl+rustcrypto`.
impl std::fmt::Display for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.parts().map(|part| part.name).collect();
        f.write_str(&names.join("+"))
    }
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Backend").field(&self.to_string()).finish()
    }
}

#[cfg(test)]
mod tests;

/// A cryptographically secure random number generator.
pub trait Random: Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) if the system has no secure random numbers.
    fn fill(&self, bytes: &mut [u8]) -> Result<()>;
}

/// A source that has no random numbers.
struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _: &mut [u8]) -> Result<()> {
        Err(crate::Errno::RngError)
    }
}

/// Defines the functions `backend` and `host` of an adapter, for the backend that its features select.
///
/// The calling crate has the features `boringssl` and `rustcrypto`, and passes the backend of each.
#[doc(hidden)]
#[macro_export]
macro_rules! backend_by_features {
    (boringssl: $boringssl:path, rustcrypto: $rustcrypto:path) => {
        /// Returns the backend that this crate's features select. With both, BoringSSL serves its algorithms, and the
        /// pure-Rust crates serve the rest.
        #[cfg(any(feature = "rustcrypto", feature = "boringssl"))]
        #[must_use]
        pub const fn backend() -> $crate::backend::Backend {
            #[cfg(all(feature = "rustcrypto", feature = "boringssl"))]
            return $boringssl.or(&$rustcrypto);
            #[cfg(not(feature = "boringssl"))]
            return $rustcrypto;
            #[cfg(not(feature = "rustcrypto"))]
            return $boringssl;
        }

        /// Makes a host over [`backend`], with the default limits.
        ///
        /// To set limits, a policy or another backend, use [`Host::builder`](hostcrypt::Host::builder).
        #[cfg(any(feature = "rustcrypto", feature = "boringssl"))]
        #[must_use]
        pub fn host() -> $crate::Host {
            $crate::Host::new(backend())
        }
    };
}
