//! Diffie-Hellman key agreement.

use super::{KeyFormat, KeyMemory, PublicKey, Secret, SecretKey};
use crate::Result;

/// A Diffie-Hellman key agreement.
///
/// Keys come and go in the one canonical form that [`KeyFormat`] names; the core makes all encodings of it.
pub trait Agreement: Sync {
    /// The interface's name, such as `X25519`.
    fn name(&self) -> &'static str;

    /// The canonical form of the keys.
    fn key_format(&self) -> KeyFormat;

    /// What keys hold.
    fn held(&self) -> KeyMemory {
        KeyMemory::default()
    }

    /// Makes a fresh key.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) where no secure random numbers are to be had.
    fn generate(&self) -> Result<Box<dyn AgreementKey>>;

    /// Takes a secret key in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if it is none,
    /// [`Errno::UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for a form of it that the library does not
    /// read: the host's next backend is asked.
    fn secret_key(&self, secret: &[u8]) -> Result<Box<dyn AgreementKey>>;

    /// Takes a public key in canonical form, or a compressed point.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if it is none.
    fn public_key(&self, public: &[u8]) -> Result<Box<dyn PublicKey>>;
}

/// A secret key that agrees.
pub trait AgreementKey: SecretKey {
    /// The public half.
    fn public_key(&self) -> Box<dyn PublicKey>;

    /// The secret shared with the owner of `public`, a key of the same agreement in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) for a point of low order or off the curve.
    fn agree(&self, public: &[u8]) -> Result<Secret>;
}
