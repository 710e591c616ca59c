//! An asymmetric algorithm, with its implementations in all backends of a host.

use super::{AlgorithmType, AsymmetricAlgorithm};
use crate::{Errno, Result};

/// An algorithm of key pairs that the host serves and its policy allows; see
/// [`Operation::key_pair`](crate::Operation::key_pair).
///
/// It has the implementations of the algorithm, in the order of the host's backends. The first generates keys; each
/// other one serves the keys that those before it cannot read.
///
/// Keys of two implementations work together: only public keys in canonical form pass between them.
#[derive(Clone, Copy)]
pub struct KeyPairAlgorithm<'a> {
    pub(crate) first: AsymmetricAlgorithm,
    pub(crate) others: &'a [AsymmetricAlgorithm],
}

impl KeyPairAlgorithm<'_> {
    /// Returns the interface's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.first.name()
    }

    /// Returns the type under which guests name the algorithm.
    #[must_use]
    pub const fn algorithm_type(self) -> AlgorithmType {
        self.first.algorithm_type()
    }

    /// Returns the key from the first implementation that can read an encoding. An implementation that cannot read it
    /// answers [`Errno::UnsupportedEncoding`], and the next is asked; any other answer is final.
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

    /// Returns the key from the first implementation that can read a stored key. Another host may have written it with
    /// another backend, so [`Errno::InvalidKey`] from one implementation also leads to the next.
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

/// An algorithm with one implementation.
impl From<AsymmetricAlgorithm> for KeyPairAlgorithm<'_> {
    fn from(first: AsymmetricAlgorithm) -> Self {
        Self { first, others: &[] }
    }
}

#[cfg(test)]
mod tests;
