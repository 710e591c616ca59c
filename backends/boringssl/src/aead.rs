//! AES-GCM, AES-GCM-SIV and ChaCha20-Poly1305.

use boring::aead::{AeadCtx, Algorithm};
use hostcrypt::backend::{Aead, AeadKey};
use hostcrypt::{Errno, InOut, Result};

use crate::ffi::aead;

pub(crate) const ALL: &[&dyn Aead] = &[
    &Cipher("AES-128-GCM", Algorithm::aes_128_gcm),
    &Cipher("AES-256-GCM", Algorithm::aes_256_gcm),
    &Cipher("AES-128-GCM-SIV", aead::aes_128_gcm_siv),
    &Cipher("AES-256-GCM-SIV", aead::aes_256_gcm_siv),
    &Cipher("CHACHA20-POLY1305", Algorithm::chacha20_poly1305),
    &Cipher("XCHACHA20-POLY1305", Algorithm::xchacha20_poly1305),
];

/// A cipher of the library's, under the interface's name.
struct Cipher(&'static str, fn() -> Algorithm);

/// An expanded key.
struct Key {
    context: AeadCtx,
    nonce_len: usize,
    tag_len: usize,
}

impl Aead for Cipher {
    fn name(&self) -> &'static str {
        self.0
    }

    fn key_len(&self) -> usize {
        (self.1)().key_length()
    }

    fn nonce_len(&self) -> usize {
        (self.1)().nonce_len()
    }

    fn tag_len(&self) -> usize {
        (self.1)().max_tag_len()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>> {
        let context = AeadCtx::new_default_tag(&(self.1)(), key).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key { context, nonce_len: self.nonce_len(), tag_len: self.tag_len() }))
    }
}

impl AeadKey for Key {
    fn seal(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        if nonce.len() != self.nonce_len {
            return Err(Errno::InvalidNonce);
        }
        if tag.len() != self.tag_len {
            return Err(Errno::InternalError);
        }
        aead::seal(&self.context, nonce, data, text, tag)
    }

    fn open(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        if nonce.len() != self.nonce_len {
            return Err(Errno::InvalidNonce);
        }
        aead::open(&self.context, nonce, data, text, tag)
    }
}
