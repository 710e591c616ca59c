//! Session modes: one state that absorbs, squeezes and encrypts.

use std::sync::Arc;

use super::{
    AllowedAlgorithm, Constructed, Construction, Family, Key, KeyLens, Nonces, OutputLen, SymmetricAlgorithm,
    TagPlacement, chosen_len, opened_len, sealed_len,
};
use crate::{
    Errno, InOut, Result,
    algorithm::AlgorithmInfo,
    backend::{KeyedSessionState, Session, SessionState},
    secret::{Budget, SecretBytes},
};

#[derive(Clone, Copy)]
pub(crate) struct SessionAlgorithm(pub(crate) &'static dyn Session);

impl Family for SessionAlgorithm {
    fn name_parts(&self) -> [&'static str; 2] {
        ["", self.0.name()]
    }

    fn key_lens(&self) -> Option<KeyLens> {
        Some(KeyLens::exactly(self.0.key_len()))
    }

    fn requires_key(&self) -> bool {
        false
    }

    /// A nonce distinguishes a session from others; each message of a session is distinguished by all operations before
    /// it.
    fn nonces(&self) -> Option<Nonces> {
        Some(Nonces { lens: self.0.nonce_lens(), drawn: Some(self.0.nonce_len()) })
    }

    fn memory(&self) -> usize {
        self.0.memory()
    }

    fn describe(&self, info: &mut AlgorithmInfo) {
        info.kind = "session";
        info.nonce_len = Some(self.0.nonce_len());
        info.tag_len = Some(self.0.tag_len());
    }

    /// A nonce needs a key; without a key it has no use.
    fn open(&self, key: Option<Arc<Key>>, nonce: Option<&[u8]>) -> Result<Constructed> {
        let rolling = match key.zip(nonce) {
            None => Rolling::Hash(self.0.start()),
            Some((key, nonce)) => Rolling::Keyed { state: self.0.start_keyed(key.raw()?, nonce)?, original: true },
        };
        Ok(Constructed::Session(State { session: self.0, rolling }))
    }
}

/// A session's state, with a key or without.
pub(crate) struct State {
    session: &'static dyn Session,
    rolling: Rolling,
}

enum Rolling {
    Hash(Box<dyn SessionState>),
    Keyed {
        state: Box<dyn KeyedSessionState>,
        /// Whether it may encrypt: a copy may not, because the same keystream would encrypt two texts.
        original: bool,
    },
}

impl State {
    fn state(&mut self) -> &mut dyn SessionState {
        match &mut self.rolling {
            Rolling::Hash(state) => &mut **state,
            Rolling::Keyed { state, .. } => &mut **state,
        }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] without a key.
    fn keyed(&mut self) -> Result<&mut Box<dyn KeyedSessionState>> {
        match &mut self.rolling {
            Rolling::Hash(_) => Err(Errno::InvalidOperation),
            Rolling::Keyed { state, .. } => Ok(state),
        }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] without a key.
    const fn check_keyed(&self) -> Result<()> {
        match self.rolling {
            Rolling::Hash(_) => Err(Errno::InvalidOperation),
            Rolling::Keyed { .. } => Ok(()),
        }
    }
}

impl Construction for State {
    fn copy(&self, _: &Arc<Budget>) -> Result<Constructed> {
        let rolling = match &self.rolling {
            Rolling::Hash(state) => Rolling::Hash(state.copy()),
            Rolling::Keyed { state, .. } => Rolling::Keyed { state: state.copy_keyed(), original: false },
        };
        Ok(Constructed::Session(Self { session: self.session, rolling }))
    }

    fn absorb(&mut self, data: &[u8], _: &Arc<Budget>) -> Result<()> {
        self.state().absorb(data);
        Ok(())
    }

    fn longest_squeeze(&self) -> Result<usize> {
        Ok(usize::MAX)
    }

    /// 32 bytes by default, for a strength of 128 bits.
    fn squeeze_len(&self, chosen: Option<u64>) -> Result<usize> {
        chosen_len(chosen, 32)
    }

    fn squeeze(&mut self, out: &mut [u8]) -> Result<()> {
        self.state().squeeze(out);
        Ok(())
    }

    fn squeeze_tag(&mut self, budget: &Arc<Budget>) -> Result<SecretBytes> {
        let mut tag = SecretBytes::zeroed(self.session.tag_len(), budget)?;
        self.state().squeeze(&mut tag);
        Ok(tag)
    }

    fn squeeze_key(&mut self, target: AllowedAlgorithm<'_>, budget: &Arc<Budget>) -> Result<Key> {
        match &target.0.algorithm {
            SymmetricAlgorithm::Session(session) if session.0.name() == self.session.name() => {}
            _ => return Err(Errno::InvalidOperation),
        }
        // A refused key must not advance the session.
        let mut derived = target.blank_key(self.session.key_len(), budget)?;
        self.state().squeeze_key(derived.raw_mut()?);
        Ok(derived)
    }

    fn max_tag_len(&self) -> Result<usize> {
        Ok(self.session.tag_len())
    }

    fn encrypted_len(&self, text_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        self.check_keyed()?;
        sealed_len(text_len, self.session.tag_len(), tag)
    }

    fn check_nonce(&self) -> Result<()> {
        match self.rolling {
            Rolling::Keyed { original: false, .. } => Err(Errno::NonceRequired),
            _ => Ok(()),
        }
    }

    fn encrypt(&mut self, _: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        self.keyed()?.encrypt(text, tag)
    }

    fn decrypted_len(&self, encrypted_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        self.check_keyed()?;
        opened_len(encrypted_len, self.session.tag_len(), tag)
    }

    /// A failure changes nothing: the session goes on as if the call had not been made.
    fn decrypt(&mut self, _: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        if tag.len() != self.session.tag_len() {
            return Err(Errno::InvalidTag);
        }
        let state = self.keyed()?;
        let mut next = state.copy_keyed();
        next.decrypt(text, tag)?;
        *state = next;
        Ok(())
    }

    fn ratchet(&mut self) -> Result<()> {
        self.keyed()?.ratchet();
        Ok(())
    }
}
