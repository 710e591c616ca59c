//! An asymmetric algorithm as all backends of a host have it.

use super::Scheme;
use crate::{Errno, Result, options::AlgorithmType};

/// The implementations of one algorithm, in the order of the host's backends. The first makes new keys; each other one
/// serves the keys that those before it cannot read.
///
/// Keys of two implementations work together: all that passes between them is a public key in canonical form.
#[derive(Clone, Copy)]
pub(crate) struct Served<'a> {
    pub(crate) first: Scheme,
    pub(crate) others: &'a [Scheme],
}

impl Served<'_> {
    pub(crate) const fn algorithm_type(self) -> AlgorithmType {
        self.first.algorithm_type()
    }

    /// The first key that an implementation makes of an encoding. One that cannot read it answers
    /// [`Errno::UnsupportedEncoding`], and the next is asked; any other answer stands.
    pub(crate) fn read<T>(self, make: impl Fn(Scheme) -> Result<T>) -> Result<T> {
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
    /// [`Errno::UnsupportedAlgorithm`] where no implementation reads it.
    pub(crate) fn restore<T>(self, make: impl Fn(Scheme) -> Result<T>) -> Result<T> {
        for scheme in std::iter::once(&self.first).chain(self.others) {
            match make(*scheme) {
                Err(Errno::InvalidKey | Errno::UnsupportedEncoding) => {}
                made => return made,
            }
        }
        Err(Errno::UnsupportedAlgorithm)
    }
}

/// One implementation alone.
impl From<Scheme> for Served<'_> {
    fn from(first: Scheme) -> Self {
        Self { first, others: &[] }
    }
}

#[cfg(test)]
mod tests;
