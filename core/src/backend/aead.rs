//! Authenticated encryption with associated data.

use crate::{InOut, Result};

/// An authenticated cipher with a nonce of fixed length.
pub trait Aead: Sync {
    /// The interface's name, such as `AES-256-GCM`.
    fn name(&self) -> &'static str;

    /// The length of the key in bytes.
    fn key_len(&self) -> usize;

    /// The length of the nonce in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn nonce_len(&self) -> usize;

    /// The length of the tag in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn tag_len(&self) -> usize;

    /// The maximal memory of a prepared key in bytes, if that is too much to be
    /// [uncounted](crate::Limits::UNCOUNTED); otherwise 0.
    fn memory(&self) -> usize {
        0
    }

    /// Prepares a key of the right length, once for all the states opened with it.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the cipher does not accept the key.
    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>>;
}

/// A prepared key, wiped when dropped. The core passes nonces and tags of the right length.
pub trait AeadKey: Send + Sync {
    /// Encrypts the text and writes the tag.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`](crate::Errno::InvalidLength) if the text is too long for the cipher.
    fn seal(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()>;

    /// Checks the tag in constant time and decrypts the text. The core wipes the output of a failure.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`](crate::Errno::InvalidTag) if the tag does not match.
    fn open(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()>;
}
