//! Ciphers without authentication.

use crate::Result;

/// A cipher without authentication, with an initial vector of fixed length. What it decrypts may be anything.
pub trait Cipher: Sync {
    /// The interface's name, such as `AES-256-CTR`.
    fn name(&self) -> &'static str;

    /// The length of the key in bytes.
    fn key_len(&self) -> usize;

    /// The length of the initial vector in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn iv_len(&self) -> usize;

    /// The most that padding adds to a text in bytes; 0 for none.
    fn padding_len(&self) -> usize;

    /// What a prepared key holds at most, in bytes, where that is too much to go
    /// [uncounted](crate::Limits::UNCOUNTED); else 0.
    fn held(&self) -> usize {
        0
    }

    /// Takes a key of the right length, once for all the states opened with it.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) for a key that the cipher does not take.
    fn key(&self, key: &[u8]) -> Result<Box<dyn CipherKey>>;
}

/// A prepared key, wiped when dropped. Initial vectors that come here have the right length.
pub trait CipherKey: Send + Sync {
    /// Encrypts the text into `output`, which has room for the padding as well, and returns how much was written.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`](crate::Errno::InvalidLength) for more text than the cipher takes.
    fn encrypt(&self, iv: &[u8], text: &[u8], output: &mut [u8]) -> Result<usize>;

    /// Decrypts into `output`, which is as long as the input and [`padding_len`](Cipher::padding_len) more, and returns
    /// the length of the text.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`](crate::Errno::InvalidTag) for a length or a padding that no text has.
    fn decrypt(&self, iv: &[u8], encrypted: &[u8], output: &mut [u8]) -> Result<usize>;
}
