//! An asymmetric algorithm as all backends of a host have it.

use super::{AlgorithmType, AsymmetricAlgorithm};
use crate::{Errno, Result};

/// An algorithm of key pairs that the host serves and its policy allows; see
/// [`Operation::key_pair`](crate::Operation::key_pair).
///
/// These are its implementations, in the order of the host's backends. The first makes new keys; each other one serves
/// the keys that those before it cannot read.
///
/// Keys of two implementations work together: all that passes between them is a public key in canonical form.
#[derive(Clone, Copy)]
pub struct KeyPairAlgorithm<'a> {
    pub(crate) first: AsymmetricAlgorithm,
    pub(crate) others: &'a [AsymmetricAlgorithm],
}

impl KeyPairAlgorithm<'_> {
    /// The interface's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.first.name()
    }

    /// The type that guests name it under.
    #[must_use]
    pub const fn algorithm_type(self) -> AlgorithmType {
        self.first.algorithm_type()
    }

    /// The first key that an implementation makes of an encoding. One that cannot read it answers
    /// [`Errno::UnsupportedEncoding`], and the next is asked; any other answer stands.
    pub(crate) fn read<T>(self, make: impl Fn(AsymmetricAlgorithm) -> Result<T>) -> Result<T> {
        let mut made = make(self.first);
        for other in self.others {
            if !matches!(made, Err(Errno::UnsupportedEncoding)) {
                break;
            }
            made = make(*other);
        }
        made
    }

    /// The first key that an implementation makes of what a store keeps. Another host wrote that, perhaps with another
    /// backend: what one implementation takes for no key may be a key to the next.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] if no implementation reads it.
    pub(crate) fn restore<T>(self, make: impl Fn(AsymmetricAlgorithm) -> Result<T>) -> Result<T> {
        for scheme in std::iter::once(&self.first).chain(self.others) {
            match make(*scheme) {
                Err(Errno::InvalidKey | Errno::UnsupportedEncoding) => {}
                made => return made,
            }
        }
        Err(Errno::UnsupportedAlgorithm)
    }
}

/// Shows the name.
impl std::fmt::Debug for KeyPairAlgorithm<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeyPairAlgorithm").field(&self.first.name()).finish()
    }
}

/// One implementation alone.
impl From<AsymmetricAlgorithm> for KeyPairAlgorithm<'_> {
    fn from(first: AsymmetricAlgorithm) -> Self {
        Self { first, others: &[] }
    }
}

#[cfg(test)]
mod tests;
