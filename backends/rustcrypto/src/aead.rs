//! AES-GCM, AES-GCM-SIV and ChaCha20-Poly1305.

use std::marker::PhantomData;

use aes_gcm::aead::array::typenum::Unsigned;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use aes_gcm_siv::{Aes128GcmSiv, Aes256GcmSiv};
use chacha20poly1305::{ChaCha20Poly1305, XChaCha20Poly1305};
use hostcrypt::backend::{Aead, AeadKey};
use hostcrypt::{Errno, InOut, Result};

pub(crate) static ALL: [&dyn Aead; 6] = [
    &Cipher::<Aes128Gcm>::new("AES-128-GCM"),
    &Cipher::<Aes256Gcm>::new("AES-256-GCM"),
    &Cipher::<Aes128GcmSiv>::new("AES-128-GCM-SIV"),
    &Cipher::<Aes256GcmSiv>::new("AES-256-GCM-SIV"),
    &Cipher::<ChaCha20Poly1305>::new("CHACHA20-POLY1305"),
    &Cipher::<XChaCha20Poly1305>::new("XCHACHA20-POLY1305"),
];

/// A cipher of the library's, under the interface's name.
struct Cipher<C>(&'static str, PhantomData<fn() -> C>);

/// An expanded key.
struct Key<C>(C);

impl<C> Cipher<C> {
    const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }
}

impl<C: AeadInOut + KeyInit + Send + Sync + 'static> Aead for Cipher<C> {
    fn name(&self) -> &'static str {
        self.0
    }

    fn key_len(&self) -> usize {
        C::KeySize::USIZE
    }

    fn nonce_len(&self) -> usize {
        C::NonceSize::USIZE
    }

    fn tag_len(&self) -> usize {
        C::TagSize::USIZE
    }

    // 192 bits do not repeat in practice; 96 may, after some billions of messages.
    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>> {
        let cipher = C::new_from_slice(key).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(cipher)))
    }
}

impl<C: AeadInOut + Send + Sync> AeadKey for Key<C> {
    fn seal(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        let nonce = nonce.try_into().map_err(|_| Errno::InvalidNonce)?;
        let tag: &mut aes_gcm::aead::Tag<C> = tag.try_into().map_err(|_| Errno::InternalError)?;
        *tag = self.0.encrypt_inout_detached(nonce, data, buffer(text)?).map_err(|_| Errno::InvalidLength)?;
        Ok(())
    }

    fn open(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        let nonce = nonce.try_into().map_err(|_| Errno::InvalidNonce)?;
        let tag = tag.try_into().map_err(|_| Errno::InvalidTag)?;
        self.0.decrypt_inout_detached(nonce, data, buffer(text)?, tag).map_err(|_| Errno::InvalidTag)
    }
}

/// The text as the library takes it, without a copy.
fn buffer(text: InOut<'_>) -> Result<InOutBuf<'_, '_, u8>> {
    match text {
        InOut::Apart(input, output) => InOutBuf::new(input, output).map_err(|_| Errno::InternalError),
        InOut::InPlace(text) => Ok(text.into()),
    }
}
