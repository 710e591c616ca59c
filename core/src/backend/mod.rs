//! What a cryptography library provides: lists of algorithms, by family.
//!
//! A backend is a constant of lists. What is not listed is unsupported. The core checks lengths and states
//! before it calls, so that an implementation may rely on them; no handle, option or guest pointer comes here.

mod aead;
mod agreement;
mod hash;
mod interrupt;
mod kem;
mod key;
mod mac;
mod session;
mod signature;

pub use aead::{Aead, AeadKey};
pub use agreement::{Agreement, AgreementKey};
pub use hash::{Hash, HashState};
pub use interrupt::Interrupt;
pub use kem::{DecapsulationKey, EncapsulationKey, Kem};
pub use key::{PublicKey, Secret, SecretKey};
pub use mac::{Mac, MacKey, MacState};
pub use session::{KeyedSessionState, Session, SessionState};
pub use signature::{Signature, SignatureFormat, SignatureInput, SigningKey, VerifyingKey};

use crate::Result;
pub use crate::asymmetric::{KeyFormat, PssHash};

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
    /// Message authentication codes. Of each `HMAC/h`, the core makes `HKDF-EXTRACT/h` and `HKDF-EXPAND/h`.
    pub macs: &'static [&'static dyn Mac],
    /// Authenticated ciphers.
    pub aeads: &'static [&'static dyn Aead],
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
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backend").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A cryptographically secure random number generator.
pub trait Random: Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) where no secure random numbers are to be had.
    fn fill(&self, bytes: &mut [u8]) -> Result<()>;
}
