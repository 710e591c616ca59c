//! Diffie-Hellman key agreement.

use super::{KeyFormat, KeyMemory, PublicKey, Secret, SecretKey};
use crate::Result;

/// A Diffie-Hellman key agreement.
///
/// Keys pass in the canonical form that [`KeyFormat`] names; the core converts it to and from every encoding.
pub trait Agreement: Sync {
    /// The interface's name, such as `X25519`.
    fn name(&self) -> &'static str;

    /// The canonical form of the keys.
    fn key_format(&self) -> KeyFormat;

    /// The memory of keys.
    fn memory(&self) -> KeyMemory {
        KeyMemory::default()
    }

    /// Generates a key.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) if the system has no secure random numbers.
    fn generate(&self) -> Result<Box<dyn AgreementKey>>;

    /// Reads a secret key in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the bytes are not a key,
    /// [`Errno::UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) if the library does not read this form of key;
    /// the core then asks the host's next backend.
    fn secret_key(&self, secret: &[u8]) -> Result<Box<dyn AgreementKey>>;

    /// Reads a public key in canonical form, or a compressed point.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the bytes are not a key.
    fn public_key(&self, public: &[u8]) -> Result<Box<dyn PublicKey>>;
}

/// A secret key that agrees.
pub trait AgreementKey: SecretKey {
    /// Returns the public half.
    fn public_key(&self) -> Box<dyn PublicKey>;

    /// Computes the secret shared with the owner of `public`, a key of the same agreement in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) for a point of low order or off the curve.
    fn agree(&self, public: &[u8]) -> Result<Secret>;
}
