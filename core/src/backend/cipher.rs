//! Ciphers without authentication.

use crate::Result;

/// A cipher without authentication, with an initialization vector of fixed length. A decrypted text may have been
/// altered.
pub trait Cipher: Sync {
    /// The interface's name, such as `AES-256-CTR`.
    fn name(&self) -> &'static str;

    /// The length of the key in bytes.
    fn key_len(&self) -> usize;

    /// The length of the initialization vector in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn iv_len(&self) -> usize;

    /// The most that padding adds to a text in bytes; 0 for none.
    fn padding_len(&self) -> usize;

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
    fn key(&self, key: &[u8]) -> Result<Box<dyn CipherKey>>;
}

/// A prepared key, wiped when dropped. The core passes initialization vectors of the right length.
pub trait CipherKey: Send + Sync {
    /// Encrypts the text into `output`, which has room for the padding as well, and returns how much was written.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`](crate::Errno::InvalidLength) if the text is too long for the cipher.
    fn encrypt(&self, iv: &[u8], text: &[u8], output: &mut [u8]) -> Result<usize>;

    /// Decrypts into `output`, which is as long as the input and [`padding_len`](Cipher::padding_len) more, and returns
    /// the length of the text.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`](crate::Errno::InvalidTag) if the length or the padding is invalid.
    fn decrypt(&self, iv: &[u8], encrypted: &[u8], output: &mut [u8]) -> Result<usize>;
}
