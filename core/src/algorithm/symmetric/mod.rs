//! Symmetric algorithms: one file for each family of constructions.
//!
//! A family has two types: its algorithm, which says what keys and nonces it takes and opens states ([`Family`]), and its
//! state ([`Construction`]). A new family is a file with both, a line in the list below, and a line in the
//! [catalogue](super::catalogue), which makes an algorithm of each that a backend lists.

mod aead;
mod allowed;
mod cipher;
mod hash;
mod hkdf;
mod key;
mod mac;
mod session;

use std::{
    borrow::Cow,
    ops::{Deref, DerefMut, RangeInclusive},
    sync::Arc,
};

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
        #[derive(Clone, Copy)]
        pub(crate) enum SymmetricAlgorithm {
            $($family($algorithm),)*
        }

        impl Deref for SymmetricAlgorithm {
            type Target = dyn Family;

            fn deref(&self) -> &(dyn Family + 'static) {
                match self {
                    $(Self::$family(algorithm) => algorithm,)*
                }
            }
        }

        /// What a state of each family has absorbed so far.
        pub(crate) enum Constructed {
            $($family($state),)*
        }

        impl Deref for Constructed {
            type Target = dyn Construction;

            fn deref(&self) -> &(dyn Construction + 'static) {
                match self {
                    $(Self::$family(state) => state,)*
                }
            }
        }

        impl DerefMut for Constructed {
            fn deref_mut(&mut self) -> &mut (dyn Construction + 'static) {
                match self {
                    $(Self::$family(state) => state,)*
                }
            }
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

    /// Whether both are one algorithm; no name stands for two.
    pub(crate) fn is(self, other: Self) -> bool {
        self.name_parts() == other.name_parts()
    }
}

/// The lengths of keys in bytes that an algorithm takes.
#[derive(Clone, Copy)]
pub(crate) struct KeyLens {
    /// The length of a generated key.
    pub(crate) generated: usize,
    /// The shortest that it takes.
    pub(crate) shortest: usize,
    /// Whether it takes keys of that length alone, and not longer ones.
    pub(crate) is_exact: bool,
}

impl KeyLens {
    /// Keys of one length alone.
    const fn exactly(len: usize) -> Self {
        Self { generated: len, shortest: len, is_exact: true }
    }

    pub(crate) const fn fits(self, len: usize) -> bool {
        len == self.shortest || len > self.shortest && !self.is_exact
    }
}

/// Nonces of this length in bytes can be drawn at random for any number of messages.
const SHORTEST_RANDOM_NONCE: usize = 24;

/// The nonces that a keyed state takes.
pub(crate) struct Nonces {
    /// The lengths in bytes that it takes.
    pub(crate) lens: RangeInclusive<usize>,
    /// The length in bytes of one that is drawn where none is set, if that is safe.
    pub(crate) drawn: Option<usize>,
}

/// A symmetric algorithm: the lengths of its keys and nonces, and how a state is opened.
pub(crate) trait Family: Sync {
    /// The interface's name as a prefix and the rest, such as `HKDF-EXTRACT/` and `SHA-256`.
    fn name_parts(&self) -> [&'static str; 2];

    /// The keys that it takes; `None` for an algorithm without keys.
    fn key_lens(&self) -> Option<KeyLens>;

    /// Whether a state needs a key.
    fn requires_key(&self) -> bool {
        self.key_lens().is_some()
    }

    /// The nonces that a state with a key takes, if it has one.
    fn nonces(&self) -> Option<Nonces> {
        None
    }

    /// The bytes that a library holds at most for a key or a state, where that is counted.
    fn held(&self) -> usize;

    /// Fills in what people see of it.
    fn describe(&self, info: &mut AlgorithmInfo);

    /// A state that has absorbed nothing, of a key and a nonce that fit.
    fn open(&self, key: Option<Arc<Key>>, nonce: Option<&[u8]>) -> Result<Constructed>;
}

/// Where a tag goes to or comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagPlacement {
    /// At the end of the encrypted text.
    Attached,
    /// Apart from it.
    Detached,
}

/// The length in bytes of an encrypted or decrypted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputLen {
    /// It is transformed in place: the output is as long as this.
    Exact(usize),
    /// It is transformed into a buffer: the length is known only afterwards.
    Buffered {
        /// The least that an output may be for the call to be made.
        least: usize,
        /// The most that the text can be.
        most: usize,
    },
}

impl OutputLen {
    /// Refuses an output buffer that does not fit.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a buffer that is too small, [`Errno::InvalidLength`] for one that is too large.
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

/// What every symmetric state can be asked. A method that a construction lacks keeps its default, `invalid_operation`.
pub(crate) trait Construction: Send {
    /// An independent copy.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] where the guest may not hold it.
    fn copy(&self, budget: &Arc<Budget>) -> Result<Constructed>;

    /// Absorbs data.
    fn absorb(&mut self, data: &[u8], budget: &Arc<Budget>) -> Result<()> {
        let _ = (data, budget);
        Err(Errno::InvalidOperation)
    }

    /// The length of the longest output that it squeezes, in bytes.
    fn longest_squeeze(&self) -> Result<usize> {
        Err(Errno::InvalidOperation)
    }

    /// The length in bytes of an output for which the call names none; `chosen` is the guest's choice for states that have
    /// one.
    fn squeeze_len(&self, chosen: Option<u64>) -> Result<usize> {
        let _ = chosen;
        Err(Errno::InvalidOperation)
    }

    /// Fills an output of a length that was checked.
    fn squeeze(&mut self, out: &mut [u8]) -> Result<()> {
        let _ = out;
        Err(Errno::InvalidOperation)
    }

    /// The tag of what was absorbed.
    fn squeeze_tag(&mut self, budget: &Arc<Budget>) -> Result<SecretBytes> {
        let _ = budget;
        Err(Errno::InvalidOperation)
    }

    /// A key of another algorithm, derived of what was absorbed.
    fn squeeze_key(&mut self, target: AllowedAlgorithm<'_>, budget: &Arc<Budget>) -> Result<Key> {
        let _ = (target, budget);
        Err(Errno::InvalidOperation)
    }

    /// The most that encryption adds to a text, in bytes: a tag, or padding.
    fn max_tag_len(&self) -> Result<usize> {
        Err(Errno::InvalidOperation)
    }

    /// The length of a text once it is encrypted.
    fn encrypted_len(&self, text_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        let _ = (text_len, tag);
        Err(Errno::InvalidOperation)
    }

    /// Refuses to encrypt once a nonce is spent.
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

    /// The length of an encrypted text once it is decrypted.
    fn decrypted_len(&self, encrypted_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        let _ = (encrypted_len, tag);
        Err(Errno::InvalidOperation)
    }

    /// Decrypts in place. After a failure, the output is the caller's to clear.
    fn decrypt(&mut self, nonce: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        let _ = (nonce, text, tag);
        Err(Errno::InvalidOperation)
    }

    /// Decrypts into a buffer. A text longer than `longest` is refused with `overflow`, and the state stays as it is.
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

    /// Forgets how the state came to be.
    fn ratchet(&mut self) -> Result<()> {
        Err(Errno::InvalidOperation)
    }
}

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
/// [`Errno::Overflow`] for a length that no memory has.
fn sealed_len(text_len: usize, tag_len: usize, tag: TagPlacement) -> Result<OutputLen> {
    let attached = if tag == TagPlacement::Attached { tag_len } else { 0 };
    text_len.checked_add(attached).map(OutputLen::Exact).ok_or(Errno::Overflow)
}

/// The length of the text in what was sealed.
///
/// # Errors
///
/// [`Errno::InvalidTag`] for less than a tag.
fn opened_len(sealed_len: usize, tag_len: usize, tag: TagPlacement) -> Result<OutputLen> {
    let attached = if tag == TagPlacement::Attached { tag_len } else { 0 };
    sealed_len.checked_sub(attached).map(OutputLen::Exact).ok_or(Errno::InvalidTag)
}
