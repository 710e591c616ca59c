//! A state of a session mode.

use std::sync::Arc;

use super::{Key, tag::exact_len};
use crate::{
    Errno, Result,
    backend::{KeyedSessionState, LONGEST_OUTPUT, Session},
    memory::{Buf, Bytes, Memory},
};

/// A rolling state, with a key or without.
pub(super) struct SessionState {
    session: &'static dyn Session,
    rolling: Rolling,
}

enum Rolling {
    Hash(Box<dyn crate::backend::SessionState>),
    Keyed {
        state: Box<dyn KeyedSessionState>,
        /// Whether it may encrypt: a copy may not, for the same keystream would cover two texts.
        original: bool,
    },
}

impl SessionState {
    /// A nonce goes with a key; without one there is nothing for it to tell apart.
    pub(super) fn new(session: &'static dyn Session, key: Option<(&Arc<Key>, &[u8])>) -> Result<Self> {
        let rolling = match key {
            None => Rolling::Hash(session.start()),
            Some((key, nonce)) => Rolling::Keyed { state: session.start_keyed(key.raw()?, nonce)?, original: true },
        };
        Ok(Self { session, rolling })
    }

    pub(super) fn session(&self) -> &'static dyn Session {
        self.session
    }

    fn state(&mut self) -> &mut dyn crate::backend::SessionState {
        match &mut self.rolling {
            Rolling::Hash(state) => &mut **state,
            Rolling::Keyed { state, .. } => &mut **state,
        }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] without a key.
    fn keyed(&mut self) -> Result<(&mut Box<dyn KeyedSessionState>, bool)> {
        match &mut self.rolling {
            Rolling::Hash(_) => Err(Errno::InvalidOperation),
            Rolling::Keyed { state, original } => Ok((state, *original)),
        }
    }

    pub(super) fn copy(&self) -> Self {
        let rolling = match &self.rolling {
            Rolling::Hash(state) => Rolling::Hash(state.copy()),
            Rolling::Keyed { state, .. } => Rolling::Keyed { state: state.copy_keyed(), original: false },
        };
        Self { session: self.session, rolling }
    }

    pub(super) fn absorb(&mut self, data: &[u8]) {
        self.state().absorb(data);
    }

    pub(super) fn squeeze(&mut self, out: &mut [u8]) {
        self.state().squeeze(out);
    }

    pub(super) fn squeeze_key(&mut self, key: &mut [u8]) {
        self.state().squeeze_key(key);
    }

    pub(super) fn ratchet(&mut self) -> Result<()> {
        self.keyed()?.0.ratchet();
        Ok(())
    }

    /// Encrypts into `output`; a detached tag is written to `detached`.
    pub(super) fn encrypt(
        &mut self,
        memory: &mut Memory<'_>,
        input: Bytes,
        output: Buf,
        detached: Option<&mut [u8]>,
    ) -> Result<()> {
        let tag_len = if detached.is_some() { 0 } else { self.session.tag_len() };
        let (state, original) = self.keyed()?;
        let needed = (input.len as usize).checked_add(tag_len).ok_or(Errno::Overflow)?;
        exact_len(output.len as usize, needed)?;
        if !original {
            return Err(Errno::NonceRequired);
        }
        let (text, attached) = memory.in_out(input, &mut [], output)?;
        state.encrypt(text, detached.unwrap_or(attached))
    }

    /// Decrypts into `output`; without `detached`, the tag is the end of the input. A failure changes nothing: the
    /// session goes on as if the text had not come.
    pub(super) fn decrypt(
        &mut self,
        memory: &mut Memory<'_>,
        input: Bytes,
        output: Buf,
        detached: Option<&[u8]>,
    ) -> Result<()> {
        let session = self.session;
        let (state, _) = self.keyed()?;
        let mut kept = [0; LONGEST_OUTPUT];
        let kept_len = if detached.is_some() { 0 } else { session.tag_len() };
        let kept = kept.get_mut(..kept_len).ok_or(Errno::InternalError)?;
        let needed = (input.len as usize).checked_sub(kept_len).ok_or(Errno::InvalidTag)?;
        exact_len(output.len as usize, needed)?;
        let mut next = state.copy_keyed();
        let (text, _) = memory.in_out(input, kept, output)?;
        let tag = detached.unwrap_or(kept);
        let opened = if tag.len() == session.tag_len() { next.decrypt(text, tag) } else { Err(Errno::InvalidTag) };
        match opened {
            Ok(()) => *state = next,
            Err(_) => memory.blank(output)?,
        }
        opened
    }
}
