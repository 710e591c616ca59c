//! What the two halves of every key pair have in common.

use crate::Result;

/// Bytes of a secret key, wiped when dropped.
pub type Secret = zeroize::Zeroizing<Vec<u8>>;

/// A secret key, wiped when dropped.
pub trait SecretKey: Send + Sync {
    /// The key in canonical form.
    fn secret(&self) -> Secret;
}

/// A public key.
pub trait PublicKey: Send + Sync {
    /// The key in canonical form.
    fn public(&self) -> Vec<u8>;

    /// Checks what decoding alone does not: that the point is in the prime-order group and not its identity, that
    /// a modulus is sane.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if it is not so.
    fn check(&self) -> Result<()>;
}
