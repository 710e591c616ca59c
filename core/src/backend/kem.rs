//! Key encapsulation.

use super::{KeyFormat, KeyMemory, PublicKey, Secret, SecretKey};
use crate::Result;

/// A key encapsulation mechanism.
///
/// Keys pass in the canonical form that [`KeyFormat`] names; the core converts it to and from every encoding.
pub trait Kem: Sync {
    /// The interface's name, such as `ML-KEM-768`.
    fn name(&self) -> &'static str;

    /// The canonical form of the keys.
    fn key_format(&self) -> KeyFormat;

    /// The length of an encapsulated secret in bytes.
    fn encapsulated_len(&self) -> usize;

    /// Whether work with the mechanism's keys needs more than a call's stack, [`CALL_STACK`](crate::CALL_STACK). The
    /// core then does it on a separate stack, which costs some microseconds.
    fn needs_stack(&self) -> bool {
        false
    }

    /// The memory of keys.
    fn memory(&self) -> KeyMemory {
        KeyMemory::default()
    }

    /// Generates a key.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) if the system has no secure random numbers.
    fn generate(&self) -> Result<Box<dyn DecapsulationKey>>;

    /// Reads a secret key in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the bytes are not a key,
    /// [`Errno::UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) if the library does not read this form of key;
    /// the core then asks the host's next backend.
    fn decapsulation_key(&self, secret: &[u8]) -> Result<Box<dyn DecapsulationKey>>;

    /// Reads a public key in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the bytes are not a key.
    fn encapsulation_key(&self, public: &[u8]) -> Result<Box<dyn EncapsulationKey>>;
}

/// A secret key that decapsulates.
pub trait DecapsulationKey: SecretKey {
    /// Returns the public half.
    fn encapsulation_key(&self) -> Box<dyn EncapsulationKey>;

    /// Decapsulates a ciphertext of the right length, and returns the shared secret. An invalid ciphertext gives a
    /// secret that nobody knows (FIPS 203, implicit rejection).
    ///
    /// # Errors
    ///
    /// [`Errno::VerificationFailed`](crate::Errno::VerificationFailed) if the mechanism detects an invalid ciphertext.
    fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret>;
}

/// A public key that encapsulates.
pub trait EncapsulationKey: PublicKey {
    /// Draws a shared secret, and returns it with its encapsulation for the owner of the key.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) if the system has no secure random numbers.
    fn encapsulate(&self) -> Result<(Secret, Vec<u8>)>;
}
