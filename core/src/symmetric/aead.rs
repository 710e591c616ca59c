//! A state of an authenticated cipher.

use std::sync::Arc;

use super::{Key, tag::exact_len};
use crate::{
    Errno, Result,
    backend::{Aead, LONGEST_OUTPUT},
    memory::{Buf, Bytes, Memory},
    secret::{Budget, InlineBytes},
};

/// A key and a nonce, used to encrypt at most once.
pub(super) struct AeadState {
    cipher: &'static dyn Aead,
    key: Arc<Key>,
    data: InlineBytes,
    /// Whether the nonce may still encrypt: it has not yet, here or with the peer whose text was decrypted.
    fresh: bool,
}

impl AeadState {
    pub(super) fn new(cipher: &'static dyn Aead, key: Arc<Key>) -> Result<Self> {
        key.aead(cipher)?;
        Ok(Self { cipher, key, data: InlineBytes::new(), fresh: true })
    }

    pub(super) fn absorb(&mut self, data: &[u8], budget: &Arc<Budget>) -> Result<()> {
        self.data.push(data, budget)
    }

    pub(super) fn tag_len(&self) -> usize {
        self.cipher.tag_len()
    }

    /// A copy that cannot encrypt: its nonce would be used twice.
    pub(super) fn copy(&self, budget: &Arc<Budget>) -> Result<Self> {
        let data = InlineBytes::copy_of(&self.data, budget)?;
        Ok(Self { cipher: self.cipher, key: Arc::clone(&self.key), data, fresh: false })
    }

    /// Encrypts into `output`; a detached tag is written to `detached`.
    pub(super) fn encrypt(
        &mut self,
        nonce: &[u8],
        memory: &mut Memory<'_>,
        input: Bytes,
        output: Buf,
        detached: Option<&mut [u8]>,
    ) -> Result<()> {
        let tag_len = if detached.is_some() { 0 } else { self.tag_len() };
        let needed = (input.len as usize).checked_add(tag_len).ok_or(Errno::Overflow)?;
        exact_len(output.len as usize, needed)?;
        if !self.fresh {
            return Err(Errno::NonceRequired);
        }
        let (text, attached) = memory.in_out(input, &mut [], output)?;
        let tag = detached.unwrap_or(attached);
        // Even a failure may have spent the nonce.
        self.fresh = false;
        self.key.aead(self.cipher)?.seal(nonce, &self.data, text, tag)
    }

    /// Decrypts into `output`; without `detached`, the tag is the end of the input.
    pub(super) fn decrypt(
        &mut self,
        nonce: &[u8],
        memory: &mut Memory<'_>,
        input: Bytes,
        output: Buf,
        detached: Option<&[u8]>,
    ) -> Result<()> {
        let mut kept = [0; LONGEST_OUTPUT];
        let kept_len = if detached.is_some() { 0 } else { self.tag_len() };
        let kept = kept.get_mut(..kept_len).ok_or(Errno::InternalError)?;
        let needed = (input.len as usize).checked_sub(kept_len).ok_or(Errno::InvalidTag)?;
        exact_len(output.len as usize, needed)?;
        let key = self.key.aead(self.cipher)?;
        let (text, _) = memory.in_out(input, kept, output)?;
        let tag = detached.unwrap_or(kept);
        let opened = if tag.len() == self.cipher.tag_len() {
            key.open(nonce, &self.data, text, tag)
        } else {
            Err(Errno::InvalidTag)
        };
        match opened {
            Ok(()) => self.fresh = false,
            Err(_) => memory.blank(output)?,
        }
        opened
    }
}
