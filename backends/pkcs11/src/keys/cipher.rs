//! AES-CBC with padding (PKCS #7).

use cryptoki::{error::RvError, mechanism::Mechanism};
use hostcrypt::{Errno, Result, backend::CipherKey};
use zeroize::Zeroizing;

use super::TokenKey;

const BLOCK: usize = 16;

/// The values that a token returns for invalid padding.
const MALFORMED: [RvError; 3] = [RvError::EncryptedDataInvalid, RvError::EncryptedDataLenRange, RvError::DataInvalid];

pub(super) struct Cbc(pub(super) TokenKey);

fn mechanism(iv: &[u8]) -> Result<Mechanism<'static>> {
    iv.try_into().map(Mechanism::AesCbcPad).map_err(|_| Errno::InternalError)
}

fn put(bytes: &[u8], output: &mut [u8]) -> Result<usize> {
    output.get_mut(..bytes.len()).ok_or(Errno::InternalError)?.copy_from_slice(bytes);
    Ok(bytes.len())
}

impl CipherKey for Cbc {
    fn encrypt(&self, iv: &[u8], text: &[u8], output: &mut [u8]) -> Result<usize> {
        let mechanism = mechanism(iv)?;
        let encrypted = self.0.run(|session, key| session.with(|session| session.encrypt(&mechanism, key, text)))?;
        put(&encrypted, output)
    }

    fn decrypt(&self, iv: &[u8], encrypted: &[u8], output: &mut [u8]) -> Result<usize> {
        if encrypted.is_empty() || !encrypted.len().is_multiple_of(BLOCK) {
            return Err(Errno::InvalidTag);
        }
        let mechanism = mechanism(iv)?;
        let text = self.0.judge(Errno::InvalidTag, &MALFORMED, |session, key| {
            session.with(|session| session.decrypt(&mechanism, key, encrypted)).map(Zeroizing::new)
        })?;
        put(&text, output)
    }
}
