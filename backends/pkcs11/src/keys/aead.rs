//! AES-GCM.

use cryptoki::{
    error::RvError,
    mechanism::{Mechanism, aead::GcmParams},
};
use hostcrypt::{Errno, InOut, Result, backend::AeadKey};
use zeroize::Zeroizing;

use super::TokenKey;
use crate::{Error, error::Failure};

/// The values that a token returns for a tag that does not match.
const MISMATCH: [RvError; 4] =
    [RvError::EncryptedDataInvalid, RvError::EncryptedDataLenRange, RvError::SignatureInvalid, RvError::DataInvalid];

pub(super) struct Gcm(pub(super) TokenKey);

fn params<'a>(nonce: &'a mut [u8], data: &'a [u8], tag: &[u8]) -> std::result::Result<GcmParams<'a>, Failure> {
    let bits = (8 * tag.len()).try_into()?;
    Ok(GcmParams::new(nonce, data, bits)?)
}

/// Writes the result of a transformation to the output.
fn put(text: InOut<'_>, bytes: &[u8]) -> Result<()> {
    let (InOut::Apart(_, place) | InOut::InPlace(place)) = text;
    place.get_mut(..bytes.len()).ok_or(Errno::InternalError)?.copy_from_slice(bytes);
    Ok(())
}

fn bytes<'a>(text: &'a InOut<'_>) -> &'a [u8] {
    match text {
        InOut::Apart(text, _) => text,
        InOut::InPlace(text) => text,
    }
}

impl AeadKey for Gcm {
    fn seal(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        let sealed = self.0.run(|session, key| {
            let mut own = nonce.to_vec();
            let mechanism = Mechanism::AesGcm(params(&mut own, data, tag)?);
            let sealed = session.with(|session| session.encrypt(&mechanism, key, bytes(&text)))?;
            if own != nonce {
                // Nobody could decrypt the text.
                return Err(Error::Deviates("it draws nonces of its own for AES-GCM").into());
            }
            let whole = sealed.len() == text.len() + tag.len();
            if whole { Ok(sealed) } else { Err(Error::Deviates("the length of a sealed text").into()) }
        })?;
        let (sealed, made) = sealed.split_at_checked(text.len()).ok_or(Errno::InternalError)?;
        tag.copy_from_slice(made);
        put(text, sealed)
    }

    fn open(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        let sealed = [bytes(&text), tag].concat();
        let opened = self.0.judge(Errno::InvalidTag, &MISMATCH, |session, key| {
            let mut own = nonce.to_vec();
            let mechanism = Mechanism::AesGcm(params(&mut own, data, tag)?);
            let opened = Zeroizing::new(session.with(|session| session.decrypt(&mechanism, key, &sealed))?);
            let whole = opened.len() == text.len();
            if whole { Ok(opened) } else { Err(Error::Deviates("the length of an opened text").into()) }
        })?;
        put(text, &opened)
    }
}
