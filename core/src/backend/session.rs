//! Session modes: one rolling state that absorbs, squeezes and encrypts.

use std::ops::RangeInclusive;

use crate::{InOut, Result};

/// A session mode. Without a key it is an extendable hash.
pub trait Session: Sync {
    /// The interface's name, such as `XOODYAK-128`.
    fn name(&self) -> &'static str;

    /// The length of a key in bytes.
    fn key_len(&self) -> usize;

    /// The length in bytes of a nonce that is drawn where none is set.
    fn nonce_len(&self) -> usize;

    /// The lengths in bytes of nonces that the mode takes.
    fn nonce_lens(&self) -> RangeInclusive<usize>;

    /// The length of a tag in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn tag_len(&self) -> usize;

    /// What a state holds at most, in bytes, where that is too much to go
    /// [uncounted](crate::Limits::UNCOUNTED); else 0.
    fn held(&self) -> usize {
        0
    }

    /// A state without a key.
    fn start(&self) -> Box<dyn SessionState>;

    /// A state with a key and a nonce, both of lengths that the mode takes.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) for a key that the mode does not take.
    fn start_keyed(&self, key: &[u8], nonce: &[u8]) -> Result<Box<dyn KeyedSessionState>>;
}

/// A session under way, wiped when dropped.
pub trait SessionState: Send {
    /// Absorbs data.
    fn absorb(&mut self, data: &[u8]);

    /// Fills `out` with output that depends on all that was done before; the next output differs.
    fn squeeze(&mut self, out: &mut [u8]);

    /// The same, apart from other output, for a key.
    fn squeeze_key(&mut self, key: &mut [u8]);

    /// An independent copy.
    fn copy(&self) -> Box<dyn SessionState>;
}

/// A session with a key under way, wiped when dropped.
pub trait KeyedSessionState: SessionState {
    /// Encrypts the text and writes the tag, which authenticates all that was done before as well.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`](crate::Errno::InvalidLength) for more text than the mode takes.
    fn encrypt(&mut self, text: InOut<'_>, tag: &mut [u8]) -> Result<()>;

    /// Decrypts the text and checks the tag in constant time. After a failure the core drops the state, and wipes
    /// the output.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`](crate::Errno::InvalidTag) if the tag does not match.
    fn decrypt(&mut self, text: InOut<'_>, tag: &[u8]) -> Result<()>;

    /// Forgets how the state came to be: what is learnt of it later tells nothing of what was done before.
    fn ratchet(&mut self);

    /// An independent copy, with its key.
    fn copy_keyed(&self) -> Box<dyn KeyedSessionState>;
}
