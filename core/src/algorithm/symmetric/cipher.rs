//! Ciphers without authentication.

use std::sync::Arc;

use super::{Constructed, Construction, Family, Key, KeyLens, Nonces, OutputLen, TagPlacement};
use crate::{
    Errno, Result,
    algorithm::AlgorithmInfo,
    backend::Cipher,
    secret::{Budget, SecretBytes},
};

#[derive(Clone, Copy)]
pub(crate) struct CipherAlgorithm(pub(crate) &'static dyn Cipher);

impl Family for CipherAlgorithm {
    fn name_parts(&self) -> [&'static str; 2] {
        ["", self.0.name()]
    }

    fn key_lens(&self) -> Option<KeyLens> {
        Some(KeyLens::exactly(self.0.key_len()))
    }

    fn nonces(&self) -> Option<Nonces> {
        Some(Nonces { lens: self.0.iv_len()..=self.0.iv_len(), drawn: None })
    }

    fn memory(&self) -> usize {
        self.0.memory()
    }

    fn describe(&self, info: &mut AlgorithmInfo) {
        info.kind = "cipher";
        info.nonce_len = Some(self.0.iv_len());
    }

    fn open(&self, key: Option<Arc<Key>>, _: Option<&[u8]>) -> Result<Constructed> {
        let key = key.ok_or(Errno::KeyRequired)?;
        key.cipher(self.0)?;
        Ok(Constructed::Cipher(State { cipher: self.0, key, fresh: true }))
    }
}

/// A key and an initialization vector, used to encrypt at most once.
pub(crate) struct State {
    cipher: &'static dyn Cipher,
    key: Arc<Key>,
    /// Whether the initialization vector may still encrypt: it has not been used for encryption, here or by a peer
    /// whose text was decrypted.
    fresh: bool,
}

impl Construction for State {
    /// A copy that cannot encrypt: its initialization vector would be used twice.
    fn copy(&self, _: &Arc<Budget>) -> Result<Constructed> {
        Ok(Constructed::Cipher(Self { cipher: self.cipher, key: Arc::clone(&self.key), fresh: false }))
    }

    /// The longest padding: a guest adds it to the length of a text to get a sufficient buffer.
    fn max_tag_len(&self) -> Result<usize> {
        Ok(self.cipher.padding_len())
    }

    /// Padding fills the last block, which an encryption without any text shows.
    fn encrypted_len(&self, text_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        if tag == TagPlacement::Detached {
            return Err(Errno::InvalidOperation);
        }
        let most = text_len.checked_add(self.cipher.padding_len()).ok_or(Errno::Overflow)?;
        let least = match self.cipher.padding_len() {
            0 => text_len,
            block => (text_len / block + 1) * block,
        };
        Ok(OutputLen::Buffered { least, most })
    }

    fn check_nonce(&self) -> Result<()> {
        if self.fresh { Ok(()) } else { Err(Errno::NonceRequired) }
    }

    fn encrypt_buffered(&mut self, nonce: &[u8], text: &[u8], budget: &Arc<Budget>) -> Result<SecretBytes> {
        let longest = text.len().checked_add(self.cipher.padding_len()).ok_or(Errno::Overflow)?;
        let mut encrypted = SecretBytes::zeroed(longest, budget)?;
        self.fresh = false;
        let len = self.key.cipher(self.cipher)?.encrypt(nonce, text, &mut encrypted)?;
        encrypted.truncate(len)?;
        Ok(encrypted)
    }

    fn decrypted_len(&self, encrypted_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        if tag == TagPlacement::Detached {
            return Err(Errno::InvalidOperation);
        }
        Ok(OutputLen::Buffered { least: 0, most: encrypted_len })
    }

    fn decrypt_buffered(
        &mut self,
        nonce: &[u8],
        text: &[u8],
        longest: usize,
        budget: &Arc<Budget>,
    ) -> Result<SecretBytes> {
        let room = text.len().checked_add(self.cipher.padding_len()).ok_or(Errno::Overflow)?;
        let mut decrypted = SecretBytes::zeroed(room, budget)?;
        let len = self.key.cipher(self.cipher)?.decrypt(nonce, text, &mut decrypted)?;
        decrypted.truncate(len)?;
        if decrypted.len() > longest {
            return Err(Errno::Overflow);
        }
        self.fresh = false;
        Ok(decrypted)
    }
}
