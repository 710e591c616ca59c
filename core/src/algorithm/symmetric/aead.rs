//! Authenticated ciphers.

use std::sync::Arc;

use super::{
    Constructed, Construction, Family, Key, KeyLens, Nonces, OutputLen, SHORT, SHORTEST_RANDOM_NONCE, TagPlacement,
    opened_len, sealed_len,
};
use crate::{
    Errno, InOut, Result,
    algorithm::AlgorithmInfo,
    backend::Aead,
    secret::{Budget, InlineBytes},
};

#[derive(Clone, Copy)]
pub(crate) struct AeadAlgorithm(pub(crate) &'static dyn Aead);

impl Family for AeadAlgorithm {
    fn name_parts(&self) -> [&'static str; 2] {
        ["", self.0.name()]
    }

    fn key_lens(&self) -> Option<KeyLens> {
        Some(KeyLens::exactly(self.0.key_len()))
    }

    fn nonces(&self) -> Option<Nonces> {
        let len = self.0.nonce_len();
        Some(Nonces { lens: len..=len, drawn: (len >= SHORTEST_RANDOM_NONCE).then_some(len) })
    }

    fn memory(&self) -> usize {
        self.0.memory()
    }

    fn describe(&self, info: &mut AlgorithmInfo) {
        info.kind = "aead";
        info.nonce_len = Some(self.0.nonce_len());
        info.tag_len = Some(self.0.tag_len());
    }

    fn open(&self, key: Option<Arc<Key>>, _: Option<&[u8]>) -> Result<Constructed> {
        let key = key.ok_or(Errno::KeyRequired)?;
        key.aead(self.0)?;
        Ok(Constructed::Aead(State { cipher: self.0, key, data: InlineBytes::new(), fresh: true }))
    }
}

/// A key and a nonce, used to encrypt at most once.
pub(crate) struct State {
    cipher: &'static dyn Aead,
    key: Arc<Key>,
    data: InlineBytes,
    /// Whether the nonce may still encrypt: it has not been used for encryption, here or by a peer whose text was
    /// decrypted.
    fresh: bool,
}

impl Construction for State {
    /// A copy that cannot encrypt: its nonce would be used twice.
    fn copy(&self, budget: &Arc<Budget>) -> Result<Constructed> {
        let (key, data) = (Arc::clone(&self.key), InlineBytes::copy_of(&self.data, budget)?);
        Ok(Constructed::Aead(Self { cipher: self.cipher, key, data, fresh: false }))
    }

    fn may_take_long(&self) -> bool {
        self.data.len() > SHORT
    }

    fn absorb(&mut self, data: &[u8], budget: &Arc<Budget>) -> Result<()> {
        self.data.push(data, budget)
    }

    fn max_tag_len(&self) -> Result<usize> {
        Ok(self.cipher.tag_len())
    }

    fn encrypted_len(&self, text_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        sealed_len(text_len, self.cipher.tag_len(), tag)
    }

    fn check_nonce(&self) -> Result<()> {
        if self.fresh { Ok(()) } else { Err(Errno::NonceRequired) }
    }

    fn encrypt(&mut self, nonce: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        // Even a failed call may have used the nonce.
        self.fresh = false;
        self.key.aead(self.cipher)?.seal(nonce, &self.data, text, tag)
    }

    fn decrypted_len(&self, encrypted_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        opened_len(encrypted_len, self.cipher.tag_len(), tag)
    }

    fn decrypt(&mut self, nonce: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        if tag.len() != self.cipher.tag_len() {
            return Err(Errno::InvalidTag);
        }
        self.key.aead(self.cipher)?.open(nonce, &self.data, text, tag)?;
        self.fresh = false;
        Ok(())
    }
}
