//! What stored versions are called.

use super::StoreError;
use crate::{Result, backend::Random};

/// Where a version is stored, but for its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a> {
    /// The namespace of the guest, any text of the embedder's. A store must not let two that differ meet.
    pub namespace: &'a str,
    /// What is stored. Identifiers of two kinds are never the same thing.
    pub kind: Kind,
    /// What guests know it by.
    pub identifier: Identifier,
}

/// What is stored under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A key pair. Its bytes are the secret half in the canonical form of its
    /// [`KeyFormat`](crate::backend::KeyFormat).
    KeyPair,
    /// A symmetric key. Its bytes are the raw key.
    SymmetricKey,
    /// An external secret, which is of no algorithm.
    Secret,
    /// The namespace's own key, of a cipher, that seals external secrets which the guest keeps. No guest can name it;
    /// its identifier is [`Identifier::SEAL`], and quotas count its versions alone.
    Seal,
}

/// In the interface's words; `seal` for the namespace's own key.
impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::KeyPair => "keypair",
            Self::SymmetricKey => "symmetric_key",
            Self::Secret => "external_secret",
            Self::Seal => "seal",
        })
    }
}

/// What a guest knows a managed key or an external secret by: 16 bytes, drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(pub [u8; Identifier::LEN]);

impl Identifier {
    /// The length in bytes.
    pub const LEN: usize = 16;

    /// That of every namespace's own key; none that is drawn.
    pub const SEAL: Self = Self([0; Self::LEN]);

    /// A fresh one, which nobody can guess.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) where no secure random numbers are to be had.
    pub(crate) fn draw(random: &dyn Random) -> Result<Self> {
        let mut bytes = [0; Self::LEN];
        random.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// That of bytes that a guest passed, if they are as long as one.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// In hexadecimal, 32 digits.
impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}", base16ct::HexDisplay(&self.0))
    }
}

/// From 32 hexadecimal digits.
impl std::str::FromStr for Identifier {
    type Err = MalformedIdentifier;

    fn from_str(text: &str) -> std::result::Result<Self, MalformedIdentifier> {
        let mut bytes = [0; Self::LEN];
        base16ct::mixed::decode(text, &mut bytes).ok().and_then(Self::of).ok_or(MalformedIdentifier)
    }
}

/// A text that is no identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is 32 hexadecimal digits")]
pub struct MalformedIdentifier;

/// Some of a name's versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// The one of this number.
    One(u64),
    /// The latest that was not invalidated.
    Latest,
    /// All that were not invalidated.
    All,
}

impl Versions {
    /// Those of a name that these are, given the numbers of all that were not invalidated, in their order.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if there is none.
    pub fn among(self, mut numbers: impl DoubleEndedIterator<Item = u64>) -> Result<Vec<u64>, StoreError> {
        let found: Vec<u64> = match self {
            Self::One(version) => numbers.filter(|number| *number == version).collect(),
            Self::Latest => numbers.next_back().into_iter().collect(),
            Self::All => numbers.collect(),
        };
        if found.is_empty() { Err(StoreError::NotFound) } else { Ok(found) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_as_it_is_shown() {
        let identifier = Identifier(std::array::from_fn(|index| index as u8 * 17));
        assert_eq!(identifier.to_string(), "00112233445566778899aabbccddeeff");
        assert_eq!(identifier.to_string().to_uppercase().parse(), Ok(identifier));
        for malformed in ["", "00", "0g112233445566778899aabbccddeeff", "00112233445566778899aabbccddeef", "é"] {
            assert_eq!(malformed.parse::<Identifier>(), Err(MalformedIdentifier), "{malformed}");
        }
    }
}
