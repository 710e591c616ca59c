//! AES-CBC and AES-CTR.

use std::marker::PhantomData;

use aes::{Aes128, Aes128Enc, Aes256, Aes256Enc};
use cbc::cipher::array::typenum::Unsigned;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit, StreamCipher,
    consts::U16,
};
use ctr::CtrCore;
use ctr::flavors::Ctr128BE;
use hostcrypt::backend::{Cipher, CipherKey};
use hostcrypt::{Errno, Result};

pub(crate) static ALL: [&dyn Cipher; 4] = [
    &Padded::<Aes128>::new("AES-128-CBC"),
    &Padded::<Aes256>::new("AES-256-CBC"),
    &Counting::<Aes128Enc>::new("AES-128-CTR"),
    &Counting::<Aes256Enc>::new("AES-256-CTR"),
];

/// The length of a block in bytes, and of an initial vector.
const BLOCK: usize = 16;

/// The CBC mode of a block cipher with the padding of PKCS #7, under the interface's name.
struct Padded<C>(&'static str, PhantomData<fn() -> C>);

/// The CTR mode of a block cipher, whose whole initial vector is the counter, under the interface's name.
struct Counting<C>(&'static str, PhantomData<fn() -> C>);

/// An expanded key of the CBC mode.
struct PaddedKey<C>(C);

/// An expanded key of the CTR mode.
struct CountingKey<C>(C);

impl<C> Padded<C> {
    const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }
}

impl<C> Counting<C> {
    const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }
}

impl<C> Cipher for Padded<C>
where
    C: BlockCipherEncrypt<BlockSize = U16> + BlockCipherDecrypt + KeyInit + Send + Sync + 'static,
{
    fn name(&self) -> &'static str {
        self.0
    }

    fn key_len(&self) -> usize {
        C::KeySize::USIZE
    }

    fn iv_len(&self) -> usize {
        BLOCK
    }

    fn padding_len(&self) -> usize {
        BLOCK
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn CipherKey>> {
        let cipher = C::new_from_slice(key).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(PaddedKey(cipher)))
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16> + BlockCipherDecrypt + Send + Sync> CipherKey for PaddedKey<C> {
    fn encrypt(&self, iv: &[u8], text: &[u8], output: &mut [u8]) -> Result<usize> {
        let mode = cbc::Encryptor::inner_iv_slice_init(&self.0, iv).map_err(|_| Errno::InvalidNonce)?;
        let encrypted = mode.encrypt_padded_b2b::<Pkcs7>(text, output).map_err(|_| Errno::InternalError)?;
        Ok(encrypted.len())
    }

    fn decrypt(&self, iv: &[u8], encrypted: &[u8], output: &mut [u8]) -> Result<usize> {
        let mode = cbc::Decryptor::inner_iv_slice_init(&self.0, iv).map_err(|_| Errno::InvalidNonce)?;
        let text = mode.decrypt_padded_b2b::<Pkcs7>(encrypted, output).map_err(|_| Errno::InvalidTag)?;
        Ok(text.len())
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16> + KeyInit + Send + Sync + 'static> Cipher for Counting<C> {
    fn name(&self) -> &'static str {
        self.0
    }

    fn key_len(&self) -> usize {
        C::KeySize::USIZE
    }

    fn iv_len(&self) -> usize {
        BLOCK
    }

    fn padding_len(&self) -> usize {
        0
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn CipherKey>> {
        let cipher = C::new_from_slice(key).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(CountingKey(cipher)))
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16> + Send + Sync> CipherKey for CountingKey<C> {
    fn encrypt(&self, iv: &[u8], text: &[u8], output: &mut [u8]) -> Result<usize> {
        let core = CtrCore::<_, Ctr128BE>::inner_iv_slice_init(&self.0, iv).map_err(|_| Errno::InvalidNonce)?;
        let output = output.get_mut(..text.len()).ok_or(Errno::InternalError)?;
        ctr::Ctr128BE::from_core(core).try_apply_keystream_b2b(text, output).map_err(|_| Errno::InvalidLength)?;
        Ok(text.len())
    }

    fn decrypt(&self, iv: &[u8], encrypted: &[u8], output: &mut [u8]) -> Result<usize> {
        self.encrypt(iv, encrypted, output)
    }
}
