//! The kinds of symmetric algorithms, and what each takes for a key.

use std::{borrow::Cow, ops::RangeInclusive};

use crate::{
    Errno, Result,
    backend::{Aead, Cipher, Hash, Mac, Session},
    catalogue::AlgorithmInfo,
    symmetric::Key,
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
    Cipher(&'static dyn Cipher),
    Session(&'static dyn Session),
}

/// Nonces of this length in bytes can be drawn at random for any number of messages.
const SHORTEST_RANDOM_NONCE: usize = 24;

/// What a construction with a key takes for a nonce.
pub(super) struct Nonces {
    /// The lengths in bytes that it takes.
    pub(super) lens: RangeInclusive<usize>,
    /// The length in bytes of one that is drawn where none is set, if that is safe.
    pub(super) drawn: Option<usize>,
}

impl Construction {
    /// The interface's name.
    pub(crate) fn name(self) -> Cow<'static, str> {
        let of_hash = |step: &str, mac: &dyn Mac| format!("{step}/{}", mac.name().trim_start_matches("HMAC/")).into();
        match self {
            Self::Hash(hash) => hash.name().into(),
            Self::Mac(mac) => mac.name().into(),
            Self::Extract(mac) => of_hash("HKDF-EXTRACT", mac),
            Self::Expand(mac) => of_hash("HKDF-EXPAND", mac),
            Self::Aead(aead) => aead.name().into(),
            Self::Cipher(cipher) => cipher.name().into(),
            Self::Session(session) => session.name().into(),
        }
    }

    /// Whether both are one algorithm.
    pub(crate) fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Hash(a), Self::Hash(b)) => a.name() == b.name(),
            (Self::Mac(a), Self::Mac(b))
            | (Self::Extract(a), Self::Extract(b))
            | (Self::Expand(a), Self::Expand(b)) => a.name() == b.name(),
            (Self::Aead(a), Self::Aead(b)) => a.name() == b.name(),
            (Self::Cipher(a), Self::Cipher(b)) => a.name() == b.name(),
            (Self::Session(a), Self::Session(b)) => a.name() == b.name(),
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
            Self::Cipher(cipher) => Ok(cipher.key_len()),
            Self::Session(session) => Ok(session.key_len()),
        }
    }

    /// What is made of a key or a state of it holds at most, in bytes, where that is counted.
    pub(super) fn held(self) -> usize {
        match self {
            Self::Hash(hash) => hash.held(),
            Self::Mac(mac) | Self::Extract(mac) | Self::Expand(mac) => mac.held(),
            Self::Aead(aead) => aead.held(),
            Self::Cipher(cipher) => cipher.held(),
            Self::Session(session) => session.held(),
        }
    }

    /// What it takes for a nonce, if it has one.
    pub(super) fn nonces(self) -> Option<Nonces> {
        match self {
            Self::Aead(aead) => {
                let len = aead.nonce_len();
                Some(Nonces { lens: len..=len, drawn: (len >= SHORTEST_RANDOM_NONCE).then_some(len) })
            }
            Self::Cipher(cipher) => Some(Nonces { lens: cipher.iv_len()..=cipher.iv_len(), drawn: None }),
            // A nonce sets one session apart from others; each message of it has the whole past for that.
            Self::Session(session) => Some(Nonces { lens: session.nonce_lens(), drawn: Some(session.nonce_len()) }),
            Self::Hash(_) | Self::Mac(_) | Self::Extract(_) | Self::Expand(_) => None,
        }
    }

    /// The length of the shortest key in bytes that it takes, if it has keys.
    pub(crate) fn shortest_key_len(self) -> Option<usize> {
        match self {
            Self::Hash(_) => None,
            // RFC 5869 takes input keying material of any length, the empty one too.
            Self::Mac(mac) if mac.has_fixed_keys() => Some(mac.key_len()),
            Self::Mac(_) | Self::Extract(_) => Some(0),
            // RFC 5869, section 2.3: at least the length of the hash.
            Self::Expand(mac) => Some(mac.tag_len()),
            Self::Aead(aead) => Some(aead.key_len()),
            Self::Cipher(cipher) => Some(cipher.key_len()),
            Self::Session(session) => Some(session.key_len()),
        }
    }

    /// The one length of keys in bytes that it takes, if there is but one.
    pub(crate) fn exact_key_len(self) -> Option<usize> {
        match self {
            Self::Mac(mac) if mac.has_fixed_keys() => Some(mac.key_len()),
            Self::Aead(aead) => Some(aead.key_len()),
            Self::Cipher(cipher) => Some(cipher.key_len()),
            Self::Session(session) => Some(session.key_len()),
            Self::Hash(_) | Self::Mac(_) | Self::Extract(_) | Self::Expand(_) => None,
        }
    }

    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] for an algorithm without keys, [`Errno::InvalidKey`] for a length that the
    /// algorithm does not take.
    pub(crate) fn check_key_len(self, len: usize) -> Result<()> {
        let shortest = self.shortest_key_len().ok_or(Errno::KeyNotSupported)?;
        let fits = len >= shortest && self.exact_key_len().is_none_or(|exact| len == exact);
        if fits { Ok(()) } else { Err(Errno::InvalidKey) }
    }

    /// The key that a state is opened with, as far as the construction takes one.
    ///
    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] or [`Errno::KeyRequired`] for one too many or too few, [`Errno::InvalidKey`] for
    /// another algorithm's.
    pub(super) fn check_key(self, key: Option<&Key>) -> Result<()> {
        match (self, key) {
            (Self::Hash(_), Some(_)) => Err(Errno::KeyNotSupported),
            (Self::Hash(_) | Self::Session(_), None) => Ok(()),
            (_, None) => Err(Errno::KeyRequired),
            (_, Some(key)) if !key.construction.is(self) => Err(Errno::InvalidKey),
            (_, Some(_)) => Ok(()),
        }
    }

    pub(crate) fn describe(self, info: &mut AlgorithmInfo) {
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
            Self::Cipher(cipher) => {
                info.kind = "cipher";
                info.nonce_len = Some(cipher.iv_len());
            }
            Self::Session(session) => {
                info.kind = "session";
                info.nonce_len = Some(session.nonce_len());
                info.tag_len = Some(session.tag_len());
            }
        }
    }
}
