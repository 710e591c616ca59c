//! Names of stored versions.

use super::StoreError;
use crate::{Result, backend::Random};

/// The name of a key or a secret, under which its versions are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a> {
    /// The namespace of the guest, any text that the embedder chose. A store must keep different namespaces separate.
    pub namespace: &'a str,
    /// The kind of the key or the secret. The same identifier of two kinds is two names.
    pub kind: Kind,
    /// The identifier that guests use.
    pub identifier: Identifier,
}

/// The kind of a key or a secret. A store answers [`StoreError::Failed`] to one that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A key pair. Its bytes are the secret half in the canonical form of its
    /// [`KeyFormat`](crate::backend::KeyFormat).
    KeyPair,
    /// A symmetric key. Its bytes are the raw key.
    SymmetricKey,
    /// An external secret, which has no algorithm.
    Secret,
    /// The namespace's key that seals external secrets, which guests then store themselves. No guest can name it; its
    /// identifier is [`Identifier::SEAL`], and quotas count only its versions.
    Seal,
}

/// In the interface's words; `seal` for the key that seals external secrets.
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

/// The identifier of a managed key or an external secret: 16 random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(pub [u8; Identifier::LEN]);

impl Identifier {
    /// The length in bytes.
    pub const LEN: usize = 16;

    /// The identifier of every namespace's sealing key; it is never drawn.
    pub const SEAL: Self = Self([0; Self::LEN]);

    /// Draws an identifier, which nobody can guess.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) if the system has no secure random numbers.
    pub(crate) fn draw(random: &dyn Random) -> Result<Self> {
        let mut bytes = [0; Self::LEN];
        random.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Makes an identifier from bytes of a guest; `None` if they have another length.
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

/// The error of a text that is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is 32 hexadecimal digits")]
pub struct MalformedIdentifier;

/// Some of a name's versions. The interface has no other selections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// The version of this number.
    One(u64),
    /// The latest version that was not invalidated.
    Latest,
    /// All versions that were not invalidated.
    All,
}

impl Versions {
    /// Selects from the numbers of a name's versions, in ascending order and without invalidated ones.
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
