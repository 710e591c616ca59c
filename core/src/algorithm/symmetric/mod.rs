//! Symmetric algorithms: one file for each family of constructions.
//!
//! A family has two types: its algorithm ([`Family`]), with the lengths of keys and nonces, which opens states; and its
//! state ([`Construction`]). A new family is a file with both, a line in the list below, and a line in the
//! [catalogue](super::catalogue), which makes an algorithm from each entry of a backend's list.

mod aead;
mod allowed;
mod cipher;
mod hash;
mod hkdf;
mod key;
mod mac;
mod session;

use std::{borrow::Cow, ops::RangeInclusive, sync::Arc};

use enum_dispatch::enum_dispatch;

pub(crate) use self::allowed::Served;
pub(crate) use self::{
    aead::AeadAlgorithm,
    cipher::CipherAlgorithm,
    hash::HashAlgorithm,
    hkdf::{ExpandAlgorithm, ExtractAlgorithm},
    mac::MacAlgorithm,
    session::SessionAlgorithm,
};
pub use self::{allowed::AllowedAlgorithm, key::Key};
use crate::{
    Errno, InOut, Result,
    algorithm::AlgorithmInfo,
    secret::{Budget, SecretBytes},
};

macro_rules! families {
    ($($family:ident($algorithm:ty, $state:ty);)*) => {
        /// A symmetric algorithm.
        #[enum_dispatch(Family)]
        #[derive(Clone, Copy)]
        pub(crate) enum SymmetricAlgorithm {
            $($family($algorithm),)*
        }

        /// A state of each family.
        #[enum_dispatch(Construction)]
        pub(crate) enum Constructed {
            $($family($state),)*
        }
    };
}

families! {
    Hash(HashAlgorithm, hash::State);
    Mac(MacAlgorithm, mac::State);
    Extract(ExtractAlgorithm, hkdf::ExtractState);
    Expand(ExpandAlgorithm, hkdf::ExpandState);
    Aead(AeadAlgorithm, aead::State);
    Cipher(CipherAlgorithm, cipher::State);
    Session(SessionAlgorithm, session::State);
}

impl SymmetricAlgorithm {
    /// The interface's name.
    pub(crate) fn name(self) -> Cow<'static, str> {
        match self.name_parts() {
            ["", name] => name.into(),
            parts => parts.concat().into(),
        }
    }

    /// Whether both are the same algorithm; names are unique.
    pub(crate) fn is(&self, other: &Self) -> bool {
        // Most names are one static string, so that comparing addresses suffices.
        let same = |(one, other): (&str, &str)| std::ptr::eq(one, other) || one == other;
        self.name_parts().into_iter().zip(other.name_parts()).all(same)
    }
}

/// The lengths of an algorithm's keys, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct KeyLens {
    /// The length of a generated key.
    pub(crate) generated: usize,
    /// The minimal length.
    pub(crate) shortest: usize,
    /// Whether only that length is allowed, and no longer keys.
    pub(crate) is_exact: bool,
}

impl KeyLens {
    /// Keys of exactly one length.
    const fn exactly(len: usize) -> Self {
        Self { generated: len, shortest: len, is_exact: true }
    }

    pub(crate) const fn fits(self, len: usize) -> bool {
        len == self.shortest || len > self.shortest && !self.is_exact
    }
}

/// Nonces of at least this length, in bytes, can be drawn at random for any number of messages.
const SHORTEST_RANDOM_NONCE: usize = 24;

/// The nonces of a keyed state.
pub(crate) struct Nonces {
    /// The allowed lengths, in bytes.
    pub(crate) lens: RangeInclusive<usize>,
    /// The length in bytes of a random nonce, if random nonces are safe.
    pub(crate) drawn: Option<usize>,
}

/// A symmetric algorithm: the lengths of its keys and nonces, and how a state is opened.
#[enum_dispatch]
pub(crate) trait Family: Sync {
    /// The interface's name as a prefix and the rest, such as `HKDF-EXTRACT/` and `SHA-256`.
    fn name_parts(&self) -> [&'static str; 2];

    /// The lengths of its keys; `None` for an algorithm without keys.
    fn key_lens(&self) -> Option<KeyLens>;

    /// Whether a state needs a key.
    fn requires_key(&self) -> bool {
        self.key_lens().is_some()
    }

    /// The nonces of a state with a key, if it has any.
    fn nonces(&self) -> Option<Nonces> {
        None
    }

    /// The maximal memory of a library's key or state in bytes, if that is counted.
    fn memory(&self) -> usize;

    /// Fills in its properties for people.
    fn describe(&self, info: &mut AlgorithmInfo);

    /// Opens a state that has absorbed nothing, with a valid key and nonce.
    fn open(&self, key: Option<Arc<Key>>, nonce: Option<&[u8]>) -> Result<Constructed>;
}

/// The place of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagPlacement {
    /// At the end of the encrypted text.
    Attached,
    /// In a separate buffer.
    Detached,
}

/// The length in bytes of an encrypted or decrypted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputLen {
    /// The text is transformed in place, and the output has this length.
    Exact(usize),
    /// The text is transformed in a buffer, and the length is known only afterwards.
    Buffered {
        /// The minimal length of the output buffer.
        least: usize,
        /// The maximal length of the text.
        most: usize,
    },
}

impl OutputLen {
    /// Checks the length of an output buffer.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a buffer that is too small, [`Errno::InvalidLength`] for a buffer that is too large.
    pub fn fit(self, buffer: usize) -> Result<()> {
        let (least, most) = match self {
            Self::Exact(len) => (len, len),
            Self::Buffered { least, most } => (least, most),
        };
        if buffer > most {
            Err(Errno::InvalidLength)
        } else if buffer < least {
            Err(Errno::Overflow)
        } else {
            Ok(())
        }
    }
}

/// The operations of a symmetric state. A method that a construction does not implement answers `invalid_operation`.
#[enum_dispatch]
pub(crate) trait Construction: Send {
    /// An independent copy.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if it exceeds the guest's limit on bytes.
    fn copy(&self, budget: &Arc<Budget>) -> Result<Constructed>;

    /// Whether an output may take longer than its own bytes do: it goes over absorbed data once more, or a store computes it.
    fn may_take_long(&self) -> bool {
        false
    }

    /// Absorbs data.
    fn absorb(&mut self, data: &[u8], budget: &Arc<Budget>) -> Result<()> {
        let _ = (data, budget);
        Err(Errno::InvalidOperation)
    }

    /// The maximal length of a squeezed output, in bytes.
    fn longest_squeeze(&self) -> Result<usize> {
        Err(Errno::InvalidOperation)
    }

    /// The length in bytes of an output, if the call does not name one. `chosen` is the option `output_len`.
    fn squeeze_len(&self, chosen: Option<u64>) -> Result<usize> {
        let _ = chosen;
        Err(Errno::InvalidOperation)
    }

    /// Fills an output, whose length was checked.
    fn squeeze(&mut self, out: &mut [u8]) -> Result<()> {
        let _ = out;
        Err(Errno::InvalidOperation)
    }

    /// The tag of the data so far.
    fn squeeze_tag(&mut self, budget: &Arc<Budget>) -> Result<SecretBytes> {
        let _ = budget;
        Err(Errno::InvalidOperation)
    }

    /// A key of another algorithm, derived from the data so far.
    fn squeeze_key(&mut self, target: AllowedAlgorithm<'_>, budget: &Arc<Budget>) -> Result<Key> {
        let _ = (target, budget);
        Err(Errno::InvalidOperation)
    }

    /// The most bytes that encryption adds to a text: a tag, or padding.
    fn max_tag_len(&self) -> Result<usize> {
        Err(Errno::InvalidOperation)
    }

    /// The encrypted length of a text.
    fn encrypted_len(&self, text_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        let _ = (text_len, tag);
        Err(Errno::InvalidOperation)
    }

    /// Checks that the nonce has not been used.
    ///
    /// # Errors
    ///
    /// [`Errno::NonceRequired`].
    fn check_nonce(&self) -> Result<()> {
        Ok(())
    }

    /// Encrypts in place, and writes the tag, which is as long as its algorithm's.
    fn encrypt(&mut self, nonce: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        let _ = (nonce, text, tag);
        Err(Errno::InvalidOperation)
    }

    /// Encrypts into a buffer.
    fn encrypt_buffered(&mut self, nonce: &[u8], text: &[u8], budget: &Arc<Budget>) -> Result<SecretBytes> {
        let _ = (nonce, text, budget);
        Err(Errno::InvalidOperation)
    }

    /// The decrypted length of a ciphertext.
    fn decrypted_len(&self, encrypted_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        let _ = (encrypted_len, tag);
        Err(Errno::InvalidOperation)
    }

    /// Decrypts in place. After a failure, the caller clears the output.
    fn decrypt(&mut self, nonce: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        let _ = (nonce, text, tag);
        Err(Errno::InvalidOperation)
    }

    /// Decrypts into a buffer. A text longer than `longest` is refused with `overflow`, and the state does not change.
    fn decrypt_buffered(
        &mut self,
        nonce: &[u8],
        text: &[u8],
        longest: usize,
        budget: &Arc<Budget>,
    ) -> Result<SecretBytes> {
        let _ = (nonce, text, longest, budget);
        Err(Errno::InvalidOperation)
    }

    /// Ratchets the state, so that earlier states cannot be computed from it.
    fn ratchet(&mut self) -> Result<()> {
        Err(Errno::InvalidOperation)
    }
}

/// The absorbed bytes that take no longer than a call does.
const SHORT: usize = 256;

/// The length of an output that the guest chose, or a default.
///
/// # Errors
///
/// [`Errno::InvalidLength`] for a length that no memory has.
fn chosen_len(chosen: Option<u64>, default: usize) -> Result<usize> {
    chosen.map_or(Ok(default), |len| usize::try_from(len).map_err(|_| Errno::InvalidLength))
}

/// The length of an encrypted text with its tag, or of a text without.
///
/// # Errors
///
/// [`Errno::Overflow`] for a length beyond any memory.
fn sealed_len(text_len: usize, tag_len: usize, tag: TagPlacement) -> Result<OutputLen> {
    let attached = if tag == TagPlacement::Attached { tag_len } else { 0 };
    text_len.checked_add(attached).map(OutputLen::Exact).ok_or(Errno::Overflow)
}

/// The length of the text in a ciphertext with its tag.
///
/// # Errors
///
/// [`Errno::InvalidTag`] for a length shorter than a tag.
fn opened_len(sealed_len: usize, tag_len: usize, tag: TagPlacement) -> Result<OutputLen> {
    let attached = if tag == TagPlacement::Attached { tag_len } else { 0 };
    sealed_len.checked_sub(attached).map(OutputLen::Exact).ok_or(Errno::InvalidTag)
}
