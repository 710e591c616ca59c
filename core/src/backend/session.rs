//! Session modes: one state that absorbs, squeezes and encrypts.

use std::ops::RangeInclusive;

use crate::{InOut, Result};

/// A session mode. Without a key it is an extendable hash.
pub trait Session: Sync {
    /// The interface's name, such as `XOODYAK-128`.
    fn name(&self) -> &'static str;

    /// The length of a key in bytes.
    fn key_len(&self) -> usize;

    /// The length in bytes of a nonce that the host draws if the guest sets none.
    fn nonce_len(&self) -> usize;

    /// The lengths in bytes of nonces that the mode accepts.
    fn nonce_lens(&self) -> RangeInclusive<usize>;

    /// The length of a tag in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn tag_len(&self) -> usize;

    /// The maximal memory of a state in bytes, if that is too much to be [uncounted](crate::Limits::UNCOUNTED);
    /// otherwise 0.
    fn memory(&self) -> usize {
        0
    }

    /// Returns a state without a key.
    fn start(&self) -> Box<dyn SessionState>;

    /// Returns a state with a key and a nonce, both of lengths that the mode accepts.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the mode does not accept the key.
    fn start_keyed(&self, key: &[u8], nonce: &[u8]) -> Result<Box<dyn KeyedSessionState>>;
}

/// The state of a session without a key, wiped when dropped.
pub trait SessionState: Send {
    /// Absorbs data.
    fn absorb(&mut self, data: &[u8]);

    /// Fills `out` with output that depends on all operations before; the next output differs.
    fn squeeze(&mut self, out: &mut [u8]);

    /// Fills `out` for a key, with output that is independent of [`squeeze`](Self::squeeze)'s.
    fn squeeze_key(&mut self, key: &mut [u8]);

    /// Returns an independent copy.
    fn copy(&self) -> Box<dyn SessionState>;
}

/// The state of a session with a key, wiped when dropped.
pub trait KeyedSessionState: SessionState {
    /// Encrypts the text and writes the tag, which also authenticates all operations before.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`](crate::Errno::InvalidLength) if the text is too long for the mode.
    fn encrypt(&mut self, text: InOut<'_>, tag: &mut [u8]) -> Result<()>;

    /// Decrypts the text and checks the tag in constant time. After a failure the core drops the state, and wipes
    /// the output.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`](crate::Errno::InvalidTag) if the tag does not match.
    fn decrypt(&mut self, text: InOut<'_>, tag: &[u8]) -> Result<()>;

    /// Ratchets the state: whoever learns it later learns nothing about the operations before.
    fn ratchet(&mut self);

    /// Returns an independent copy, with its key.
    fn copy_keyed(&self) -> Box<dyn KeyedSessionState>;
}
