//! AES-GCM, AES-GCM-SIV and ChaCha20-Poly1305.

use boring::aead::{AeadCtx, Algorithm};
use hostcrypt::backend::{Aead, AeadKey};
use hostcrypt::{Errno, InOut, Result};

use crate::ffi::aead;

pub(crate) const ALL: &[&dyn Aead] = &[
    &Cipher("AES-128-GCM", Algorithm::aes_128_gcm, 16, 12),
    &Cipher("AES-256-GCM", Algorithm::aes_256_gcm, 32, 12),
    &Cipher("AES-128-GCM-SIV", aead::aes_128_gcm_siv, 16, 12),
    &Cipher("AES-256-GCM-SIV", aead::aes_256_gcm_siv, 32, 12),
    &Cipher("CHACHA20-POLY1305", Algorithm::chacha20_poly1305, 32, 12),
    &Cipher("XCHACHA20-POLY1305", Algorithm::xchacha20_poly1305, 32, 24),
];

/// The length of every tag in bytes.
const TAG_LEN: usize = 16;

/// A cipher of the library, with the interface's name and the lengths of its keys and nonces in bytes. Each call needs
/// these lengths, and the library's own lookup is slower.
struct Cipher(&'static str, fn() -> Algorithm, usize, usize);

/// An expanded key.
struct Key {
    context: AeadCtx,
    nonce_len: usize,
}

impl Aead for Cipher {
    fn name(&self) -> &'static str {
        self.0
    }

    fn key_len(&self) -> usize {
        self.2
    }

    fn nonce_len(&self) -> usize {
        self.3
    }

    fn tag_len(&self) -> usize {
        TAG_LEN
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>> {
        let algorithm = (self.1)();
        debug_assert_eq!(
            (self.2, self.3, TAG_LEN),
            (algorithm.key_length(), algorithm.nonce_len(), algorithm.max_tag_len()),
            "the lengths of {} are the library's",
            self.0
        );
        let context = AeadCtx::new_default_tag(&algorithm, key).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key { context, nonce_len: self.3 }))
    }
}

impl AeadKey for Key {
    fn seal(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        if nonce.len() != self.nonce_len {
            return Err(Errno::InvalidNonce);
        }
        if tag.len() != TAG_LEN {
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
