//! Authenticated ciphers from one buffer to another; `boring` knows but one buffer.

use std::ptr;

use boring::aead::{AeadCtxRef, Algorithm};
use boring_sys as sys;
use foreign_types::ForeignTypeRef;
use hostcrypt::{Errno, InOut, Result};

use super::check;

pub(crate) fn aes_128_gcm_siv() -> Algorithm {
    // SAFETY: the table is static.
    unsafe { Algorithm::from_ptr(sys::EVP_aead_aes_128_gcm_siv()) }
}

pub(crate) fn aes_256_gcm_siv() -> Algorithm {
    // SAFETY: the table is static.
    unsafe { Algorithm::from_ptr(sys::EVP_aead_aes_256_gcm_siv()) }
}

/// Where the text begins, where its transformation does, and the length of both.
fn sides(text: InOut<'_>) -> Result<(*const u8, *mut u8, usize)> {
    match text {
        InOut::Apart(input, output) if input.len() == output.len() => {
            Ok((input.as_ptr(), output.as_mut_ptr(), input.len()))
        }
        InOut::Apart(..) => Err(Errno::InternalError),
        InOut::InPlace(text) => {
            let (start, len) = (text.as_mut_ptr(), text.len());
            Ok((start, start, len))
        }
    }
}

/// Encrypts the text and writes the tag, which has the algorithm's whole length.
///
/// # Errors
///
/// [`Errno::InvalidLength`] for a nonce, a tag or a text of a length that the algorithm does not take.
pub(crate) fn seal(context: &AeadCtxRef, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
    let (input, output, len) = sides(text)?;
    let mut tag_len = 0;
    // SAFETY: every buffer is as long as said; the text's sides are one or do not touch, and nothing else that is
    // written touches what is read. The call reads the context, and may be made from several threads at once.
    check(unsafe {
        sys::EVP_AEAD_CTX_seal_scatter(
            context.as_ptr(),
            output,
            tag.as_mut_ptr(),
            &mut tag_len,
            tag.len(),
            nonce.as_ptr(),
            nonce.len(),
            input,
            len,
            ptr::null(),
            0,
            data.as_ptr(),
            data.len(),
        )
    })
    .map_err(|_| Errno::InvalidLength)
}

/// Checks the tag in constant time and decrypts the text; a failure leaves zeros.
///
/// # Errors
///
/// [`Errno::InvalidTag`] if the tag does not match, or has another length.
pub(crate) fn open(context: &AeadCtxRef, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
    let (input, output, len) = sides(text)?;
    // SAFETY: as in `seal`.
    check(unsafe {
        sys::EVP_AEAD_CTX_open_gather(
            context.as_ptr(),
            output,
            nonce.as_ptr(),
            nonce.len(),
            input,
            len,
            tag.as_ptr(),
            tag.len(),
            data.as_ptr(),
            data.len(),
        )
    })
    .map_err(|_| Errno::InvalidTag)
}
