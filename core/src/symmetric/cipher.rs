//! A state of a cipher without authentication.

use std::sync::Arc;

use super::Key;
use crate::{
    Errno, Result,
    backend::Cipher,
    memory::{Buf, Bytes, Memory},
    secret::{Budget, SecretBytes},
};

/// A key and an initial vector, used to encrypt at most once.
pub(super) struct CipherState {
    cipher: &'static dyn Cipher,
    key: Arc<Key>,
    /// Whether the initial vector may still encrypt: it has not yet, here or with the peer whose text was decrypted.
    fresh: bool,
}

impl CipherState {
    pub(super) fn new(cipher: &'static dyn Cipher, key: Arc<Key>) -> Result<Self> {
        key.cipher(cipher)?;
        Ok(Self { cipher, key, fresh: true })
    }

    /// What a guest adds to the length of a text to have room enough.
    pub(super) fn padding_len(&self) -> usize {
        self.cipher.padding_len()
    }

    /// A copy that cannot encrypt: its initial vector would be used twice.
    pub(super) fn copy(&self) -> Self {
        Self { cipher: self.cipher, key: Arc::clone(&self.key), fresh: false }
    }

    /// Encrypts into `output` and returns how much was written.
    pub(super) fn encrypt(
        &mut self,
        iv: &[u8],
        memory: &mut Memory<'_>,
        input: Bytes,
        output: Buf,
        budget: &Arc<Budget>,
    ) -> Result<usize> {
        let text_len = input.len as usize;
        let longest = text_len.checked_add(self.padding_len()).ok_or(Errno::Overflow)?;
        if output.len as usize > longest {
            return Err(Errno::InvalidLength);
        }
        // Padding fills the last block, which an encryption without any text shows.
        let shortest = match self.padding_len() {
            0 => text_len,
            block => (text_len / block + 1) * block,
        };
        if (output.len as usize) < shortest {
            return Err(Errno::Overflow);
        }
        if !self.fresh {
            return Err(Errno::NonceRequired);
        }
        let text = memory.bytes(input)?;
        // Apart from the guest's memory: padded texts are longer than what they are made of.
        let mut encrypted = SecretBytes::zeroed(longest, budget)?;
        self.fresh = false;
        let len = self.key.cipher(self.cipher)?.encrypt(iv, text, &mut encrypted)?;
        memory.write_into(output, encrypted.get(..len).ok_or(Errno::InternalError)?)?;
        Ok(len)
    }

    /// Decrypts into `output` and returns the length of the text.
    pub(super) fn decrypt(
        &mut self,
        iv: &[u8],
        memory: &mut Memory<'_>,
        input: Bytes,
        output: Buf,
        budget: &Arc<Budget>,
    ) -> Result<usize> {
        if output.len > input.len {
            return Err(Errno::InvalidLength);
        }
        let encrypted = memory.bytes(input)?;
        let room = encrypted.len().checked_add(self.padding_len()).ok_or(Errno::Overflow)?;
        let mut text = SecretBytes::zeroed(room, budget)?;
        match self.key.cipher(self.cipher)?.decrypt(iv, encrypted, &mut text) {
            Ok(len) => {
                memory.write_into(output, text.get(..len).ok_or(Errno::InternalError)?)?;
                self.fresh = false;
                Ok(len)
            }
            Err(errno) => {
                memory.blank(output)?;
                Err(errno)
            }
        }
    }
}
