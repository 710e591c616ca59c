//! What the two halves of every key pair have in common.

use crate::Result;

/// Bytes of a secret key, wiped when dropped.
pub type Secret = zeroize::Zeroizing<Vec<u8>>;

/// What each half of a key holds at most, in bytes, as it is made and used: it counts against a guest's
/// [`Limits`](crate::Limits). A half that is small enough to go [uncounted](crate::Limits::UNCOUNTED) is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyMemory {
    /// The secret half, with what the library keeps of the public one beside it.
    pub secret: usize,
    /// The public half alone.
    pub public: usize,
}

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
