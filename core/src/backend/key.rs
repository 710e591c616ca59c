//! The traits of both halves of every key pair.

use crate::Result;

/// Bytes of a secret key, wiped when dropped.
pub type Secret = zeroize::Zeroizing<Vec<u8>>;

/// The maximal memory of each half of a key in bytes, when it is made and used: it counts against a guest's
/// [`Limits`](crate::Limits). A half that is small enough to be [uncounted](crate::Limits::UNCOUNTED) is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyMemory {
    /// The secret half, including the library's copy of the public half.
    pub secret: usize,
    /// The public half alone.
    pub public: usize,
}

/// A secret key, wiped when dropped.
pub trait SecretKey: Send + Sync {
    /// Returns the key in canonical form.
    fn secret(&self) -> Secret;
}

/// A public key.
pub trait PublicKey: Send + Sync {
    /// Returns the key in canonical form.
    fn public(&self) -> Vec<u8>;

    /// Checks properties that decoding does not: that a point is in the prime-order group and not its identity, that a
    /// modulus is plausible.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if a check fails.
    fn check(&self) -> Result<()>;
}
