//! Xoodyak, the permutation Xoodoo in the mode Cyclist (NIST lightweight cryptography, final round).

use std::ops::RangeInclusive;

use ::xoodyak::{XoodyakCommon, XoodyakHash, XoodyakKeyed};
use hostcrypt::backend::{KeyedSessionState, Session, SessionState};
use hostcrypt::{Errno, InOut, Result};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The mode.
pub(crate) struct Xoodyak128;

/// A session under way. The library's states wipe themselves.
struct State<S>(S);

/// The length of a key, of a drawn nonce and of a tag in bytes.
const LEN: usize = 16;

/// The longest nonce: the room beside a key and the length of the nonce in one block of 44 bytes.
const LONGEST_NONCE: usize = 44 - LEN - 1;

impl Session for Xoodyak128 {
    fn name(&self) -> &'static str {
        "XOODYAK-128"
    }

    fn key_len(&self) -> usize {
        LEN
    }

    fn nonce_len(&self) -> usize {
        LEN
    }

    fn nonce_lens(&self) -> RangeInclusive<usize> {
        // An empty one would set no session apart from another.
        1..=LONGEST_NONCE
    }

    fn tag_len(&self) -> usize {
        LEN
    }

    fn start(&self) -> Box<dyn SessionState> {
        Box::new(State(XoodyakHash::new()))
    }

    fn start_keyed(&self, key: &[u8], nonce: &[u8]) -> Result<Box<dyn KeyedSessionState>> {
        if key.len() != LEN {
            return Err(Errno::InvalidKey);
        }
        let state = XoodyakKeyed::new(key, Some(nonce), None, None).map_err(|_| Errno::InvalidNonce)?;
        Ok(Box::new(State(state)))
    }
}

impl<S: XoodyakCommon + Clone + Send + 'static> SessionState for State<S> {
    fn absorb(&mut self, data: &[u8]) {
        self.0.absorb(data);
    }

    fn squeeze(&mut self, out: &mut [u8]) {
        self.0.squeeze(out);
    }

    fn squeeze_key(&mut self, key: &mut [u8]) {
        self.0.squeeze_key(key);
    }

    fn copy(&self) -> Box<dyn SessionState> {
        Box::new(Self(self.0.clone()))
    }
}

/// Encrypts or decrypts the empty text. The mode does so as one empty block; the library, which leaves that out, has
/// the two steps of it.
fn crypt_nothing<S: XoodyakCommon>(state: &mut S) {
    state.up(None, 0x80);
    state.down(None, 0x00);
}

impl KeyedSessionState for State<XoodyakKeyed> {
    fn encrypt(&mut self, text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        let tag: &mut [u8; LEN] = tag.try_into().map_err(|_| Errno::InternalError)?;
        match text {
            InOut::Apart(input, output) if input.len() != output.len() => return Err(Errno::InternalError),
            InOut::Apart([], _) | InOut::InPlace([]) => crypt_nothing(&mut self.0),
            InOut::Apart(input, output) => self.0.encrypt(output, input).map_err(|_| Errno::InternalError)?,
            InOut::InPlace(text) => self.0.encrypt_in_place(text),
        }
        self.0.squeeze(tag);
        Ok(())
    }

    fn decrypt(&mut self, text: InOut<'_>, tag: &[u8]) -> Result<()> {
        match text {
            InOut::Apart(input, output) if input.len() != output.len() => return Err(Errno::InternalError),
            InOut::Apart([], _) | InOut::InPlace([]) => crypt_nothing(&mut self.0),
            InOut::Apart(input, output) => self.0.decrypt(output, input).map_err(|_| Errno::InternalError)?,
            InOut::InPlace(text) => self.0.decrypt_in_place(text),
        }
        let mut expected = Zeroizing::new([0; LEN]);
        self.0.squeeze(&mut *expected);
        if expected.ct_eq(tag).into() { Ok(()) } else { Err(Errno::InvalidTag) }
    }

    fn ratchet(&mut self) {
        self.0.ratchet();
    }

    fn copy_keyed(&self) -> Box<dyn KeyedSessionState> {
        Box::new(Self(self.0.clone()))
    }
}
