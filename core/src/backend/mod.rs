//! What a cryptography library provides: lists of algorithms, by family.
//!
//! A [`Backend`] is a constant of lists. What is not listed is unsupported. The core checks lengths and states
//! before it calls, so that an implementation may rely on them; no handle, option or guest pointer comes here.
//!
//! # Writing a backend
//!
//! Implement the trait of each family that the library has, for a value that names one algorithm; list these values in a
//! constant on top of [`Backend::EMPTY`]; and give it to [`Host::builder`](crate::Host::builder). Three rules hold for
//! every family:
//!
//! - Names are the interface's own, such as `SHA-256`; where two backends have one name, they are one algorithm.
//! - A state or a key that holds more than 2 KiB says so by `held`, since guests are bound by what their objects hold. A
//!   key is wiped when it is dropped.
//! - Keys pass in the canonical form that their [`KeyFormat`] has; the core makes every encoding of it. A key that the
//!   library cannot read, though it is one, answers
//!   [`UnsupportedEncoding`](crate::Errno::UnsupportedEncoding), so that the next backend may serve it.
//!
//! A backend of one hash function, over a library that is not shown:
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
//!     // The state goes on: a guest may ask for the digest so far.
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
//! The conformance suite judges a backend through a guest's own calls: a line in `conformance/src/subjects/mod.rs`, and the
//! vectors of each algorithm that it lists run on it.

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

/// No digest, tag or nonce of any algorithm is longer, in bytes.
pub const LONGEST_OUTPUT: usize = 64;

/// A cryptography library, as lists of what it has.
///
/// Names are the interface's own, and compared without regard to case.
#[derive(Clone, Copy)]
pub struct Backend {
    /// The name that the embedder and the command know it by.
    pub name: &'static str,
    /// Hash functions.
    pub hashes: &'static [&'static dyn Hash],
    /// Message authentication codes. Of each [HMAC](Mac::hmac_hash), the core makes HKDF.
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
    /// What serves the algorithms that this one does not have; see [`or`](Self::or).
    pub others: Others,
}

/// Backends in the order in which they are asked, from the front.
pub type Others = [Option<&'static Backend>; 3];

impl Backend {
    /// No other backends.
    const ALONE: Others = [None; 3];

    /// A backend without any algorithm, and without random numbers: the base that others are written on, so that a list
    /// which is added later does not break them.
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
        others: Self::ALONE,
    };

    /// This backend, and another for what it does not have: of each algorithm, the first that has it serves it, and each
    /// key that it cannot read is served by the next that has the algorithm. Random numbers are the first one's.
    ///
    /// # Panics
    ///
    /// If there are three others already.
    #[must_use]
    #[allow(clippy::panic, reason = "an embedder's mistake, in a constant mostly: no guest comes here")]
    pub const fn or(mut self, other: &'static Self) -> Self {
        match &mut self.others {
            [place @ None, ..] | [_, place @ None, _] | [.., place @ None] => *place = Some(other),
            _ => panic!("a backend has at most three others"),
        }
        self
    }

    /// This backend without its others, then each of those.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.others.iter().flatten().flat_map(|other| other.boxed_parts()))
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
    /// [`Errno::RngError`](crate::Errno::RngError) where no secure random numbers are to be had.
    fn fill(&self, bytes: &mut [u8]) -> Result<()>;
}

/// A source that has no random numbers.
struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _: &mut [u8]) -> Result<()> {
        Err(crate::Errno::RngError)
    }
}

/// The functions `backend` and `host` of an adapter: which backend its features choose is said here for all adapters.
///
/// The crate that this expands in has the features `boringssl` and `rustcrypto`, and names what each brings.
#[doc(hidden)]
#[macro_export]
macro_rules! backend_by_features {
    (boringssl: $boringssl:path, rustcrypto: $rustcrypto:path) => {
        /// The backend that this crate's features choose: with both, BoringSSL serves what it has.
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

        /// A host over [`backend`], with the default limits.
        ///
        /// Limits, a policy or a backend of your own go to [`Host::builder`](hostcrypt::Host::builder).
        #[cfg(any(feature = "rustcrypto", feature = "boringssl"))]
        #[must_use]
        pub fn host() -> $crate::Host {
            $crate::Host::new(backend())
        }
    };
}
