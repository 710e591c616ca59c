//! The kinds of symmetric algorithms, and what each takes for a key.

use crate::{
    Errno, Result,
    backend::{Aead, Hash, Mac},
    catalogue::AlgorithmInfo,
};

/// A symmetric algorithm.
#[derive(Clone, Copy)]
pub(crate) enum Construction {
    Hash(&'static dyn Hash),
    Mac(&'static dyn Mac),
    /// `EXTRACT` of HKDF (RFC 5869) over a MAC.
    Extract(&'static dyn Mac),
    /// `EXPAND` of HKDF (RFC 5869) over a MAC.
    Expand(&'static dyn Mac),
    Aead(&'static dyn Aead),
}

impl Construction {
    /// Whether both are one algorithm.
    pub(crate) fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Hash(a), Self::Hash(b)) => a.name() == b.name(),
            (Self::Mac(a), Self::Mac(b))
            | (Self::Extract(a), Self::Extract(b))
            | (Self::Expand(a), Self::Expand(b)) => a.name() == b.name(),
            (Self::Aead(a), Self::Aead(b)) => a.name() == b.name(),
            _ => false,
        }
    }

    /// The length of a generated key in bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] for an algorithm without keys.
    pub(crate) fn key_len(self) -> Result<usize> {
        match self {
            Self::Hash(_) => Err(Errno::KeyNotSupported),
            Self::Mac(mac) => Ok(mac.key_len()),
            Self::Extract(mac) | Self::Expand(mac) => Ok(mac.tag_len()),
            Self::Aead(aead) => Ok(aead.key_len()),
        }
    }

    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] for an algorithm without keys, [`Errno::InvalidKey`] for a length that the
    /// algorithm does not take.
    pub(crate) fn check_key_len(self, len: usize) -> Result<()> {
        let fits = match self {
            Self::Hash(_) => return Err(Errno::KeyNotSupported),
            // RFC 5869 takes input keying material of any length, the empty one too.
            Self::Mac(_) | Self::Extract(_) => true,
            // RFC 5869, section 2.3: at least the length of the hash.
            Self::Expand(mac) => len >= mac.tag_len(),
            Self::Aead(aead) => len == aead.key_len(),
        };
        if fits { Ok(()) } else { Err(Errno::InvalidKey) }
    }

    pub(crate) fn describe(self, info: &mut AlgorithmInfo) {
        info.key_len = self.key_len().ok();
        match self {
            Self::Hash(hash) => {
                info.kind = "hash";
                info.output_len = Some(hash.output_len());
            }
            Self::Mac(mac) => {
                info.kind = "mac";
                info.tag_len = Some(mac.tag_len());
            }
            Self::Extract(_) => info.kind = "key derivation",
            Self::Expand(mac) => {
                info.kind = "key derivation";
                info.output_len = Some(super::hkdf::longest_output(mac));
            }
            Self::Aead(aead) => {
                info.kind = "aead";
                info.nonce_len = Some(aead.nonce_len());
                info.tag_len = Some(aead.tag_len());
            }
        }
    }
}
