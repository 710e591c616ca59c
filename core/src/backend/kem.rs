//! Key encapsulation.

use super::{KeyFormat, KeyMemory, PublicKey, Secret, SecretKey};
use crate::Result;

/// A key encapsulation mechanism.
///
/// Keys come and go in the one canonical form that [`KeyFormat`] names; the core makes all encodings of it.
pub trait Kem: Sync {
    /// The interface's name, such as `ML-KEM-768`.
    fn name(&self) -> &'static str;

    /// The canonical form of the keys.
    fn key_format(&self) -> KeyFormat;

    /// The length of an encapsulated secret in bytes.
    fn encapsulated_len(&self) -> usize;

    /// Whether work with the mechanism's keys needs more stack than a call may take of its caller,
    /// [`CALL_STACK`](crate::CALL_STACK). The core then does it on a stack of its own, at a price of some microseconds.
    fn needs_stack(&self) -> bool {
        false
    }

    /// What keys hold.
    fn held(&self) -> KeyMemory {
        KeyMemory::default()
    }

    /// Makes a fresh key.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) where no secure random numbers are to be had.
    fn generate(&self) -> Result<Box<dyn DecapsulationKey>>;

    /// Takes a secret key in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if it is none,
    /// [`Errno::UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for a form of it that the library does not
    /// read: the host's next backend is asked.
    fn decapsulation_key(&self, secret: &[u8]) -> Result<Box<dyn DecapsulationKey>>;

    /// Takes a public key in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if it is none.
    fn encapsulation_key(&self, public: &[u8]) -> Result<Box<dyn EncapsulationKey>>;
}

/// A secret key that decapsulates.
pub trait DecapsulationKey: SecretKey {
    /// The public half.
    fn encapsulation_key(&self) -> Box<dyn EncapsulationKey>;

    /// The secret in an encapsulated one of the right length. What nobody encapsulated gives a secret that nobody
    /// knows (FIPS 203, implicit rejection).
    ///
    /// # Errors
    ///
    /// [`Errno::VerificationFailed`](crate::Errno::VerificationFailed) for what the mechanism can tell to be none.
    fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret>;
}

/// A public key that encapsulates.
pub trait EncapsulationKey: PublicKey {
    /// A fresh secret, and its encapsulation for the owner of the key.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) where no secure random numbers are to be had.
    fn encapsulate(&self) -> Result<(Secret, Vec<u8>)>;
}
