//! Symmetric states: `symmetric_state_*`.

use std::sync::Arc;

use zeroize::Zeroize;

use super::{
    Construction, Key, Tag, aead::AeadState, cipher::CipherState, construction::Nonces, hkdf, key::MacOf,
    session::SessionState,
};
use crate::{
    Errno, RefusalCause, Result,
    abi::{Optional, Size},
    backend::{Hash, HashState, LONGEST_OUTPUT, Mac, MacState, Random},
    catalogue::Permitted,
    handles::Handle,
    host::Call,
    memory::{Buf, Bytes, Memory, Str},
    options::{self, AlgorithmType, Options},
    refusal,
    secret::{Budget, Room, SecretBytes},
};

/// A state of symmetric operations: `symmetric_state`. Wiped when dropped.
pub(crate) struct State {
    /// What it was opened with; later changes of the option set do not reach it.
    options: Option<Arc<Options>>,
    mode: Mode,
    /// For what the library holds.
    room: Option<Room>,
}

/// One variant for each construction: what it has absorbed so far.
enum Mode {
    Hash {
        hash: &'static dyn Hash,
        state: Box<dyn HashState>,
    },
    Mac {
        mac: &'static dyn Mac,
        state: Box<dyn MacState>,
    },
    /// With a key that does its work in a store, on the whole message.
    KeptMac {
        mac: &'static dyn Mac,
        key: Arc<Key>,
        message: SecretBytes,
    },
    Extract {
        mac: &'static dyn Mac,
        key: Arc<Key>,
        salt: SecretBytes,
    },
    Expand {
        mac: &'static dyn Mac,
        key: Arc<Key>,
        info: SecretBytes,
    },
    /// Apart, so that the other states are small: an object is moved a few times before it is in its place.
    Aead(Box<AeadState>),
    Cipher(CipherState),
    Session(SessionState),
}

impl State {
    fn new(
        construction: Construction,
        key: Option<Arc<Key>>,
        options: Option<Arc<Options>>,
        budget: &Arc<Budget>,
    ) -> Result<Self> {
        let room = Room::take_any(construction.held(), budget)?;
        let nonce = options.as_deref().and_then(Options::nonce);
        let mode = match (construction, key) {
            (Construction::Hash(hash), _) => Mode::Hash { hash, state: hash.start() },
            (Construction::Mac(mac), Some(key)) => match key.mac(mac)? {
                MacOf::Here(key) => Mode::Mac { mac, state: key.start() },
                MacOf::There(_) => Mode::KeptMac { mac, key, message: SecretBytes::new() },
            },
            (Construction::Extract(mac), Some(key)) => Mode::Extract { mac, key, salt: SecretBytes::new() },
            (Construction::Expand(mac), Some(key)) => Mode::Expand { mac, key, info: SecretBytes::new() },
            (Construction::Aead(aead), Some(key)) => Mode::Aead(Box::new(AeadState::new(aead, key)?)),
            (Construction::Cipher(cipher), Some(key)) => Mode::Cipher(CipherState::new(cipher, key)?),
            (Construction::Session(session), key) => {
                let key = key.as_ref().zip(nonce);
                Mode::Session(SessionState::new(session, key)?)
            }
            (_, None) => return Err(Errno::InternalError),
        };
        Ok(Self { options, mode, room })
    }

    fn copy(&self, budget: &Arc<Budget>) -> Result<Self> {
        let room = Room::take_any(self.room.as_ref().map_or(0, Room::bytes), budget)?;
        let mode = match &self.mode {
            Mode::Hash { hash, state } => Mode::Hash { hash: *hash, state: state.copy() },
            Mode::Mac { mac, state } => Mode::Mac { mac: *mac, state: state.copy() },
            Mode::KeptMac { mac, key, message } => {
                Mode::KeptMac { mac: *mac, key: Arc::clone(key), message: SecretBytes::copy_of(message, budget)? }
            }
            Mode::Extract { mac, key, salt } => {
                Mode::Extract { mac: *mac, key: Arc::clone(key), salt: SecretBytes::copy_of(salt, budget)? }
            }
            Mode::Expand { mac, key, info } => {
                Mode::Expand { mac: *mac, key: Arc::clone(key), info: SecretBytes::copy_of(info, budget)? }
            }
            Mode::Aead(state) => Mode::Aead(Box::new(state.copy(budget)?)),
            Mode::Cipher(state) => Mode::Cipher(state.copy()),
            Mode::Session(state) => Mode::Session(state.copy()),
        };
        Ok(Self { options: self.options.clone(), mode, room })
    }

    fn absorb(&mut self, data: &[u8], budget: &Arc<Budget>) -> Result<()> {
        match &mut self.mode {
            // The library need not be asked to absorb nothing.
            Mode::Hash { .. } | Mode::Mac { .. } if data.is_empty() => {}
            Mode::Hash { state, .. } => state.update(data),
            Mode::Mac { state, .. } => state.update(data),
            Mode::KeptMac { message, .. } => message.push(data, budget)?,
            Mode::Extract { salt, .. } => salt.push(data, budget)?,
            Mode::Expand { info, .. } if info.len().saturating_add(data.len()) > hkdf::LONGEST_INFO => {
                return Err(refusal::limit(RefusalCause::Length));
            }
            Mode::Expand { info, .. } => info.push(data, budget)?,
            Mode::Aead(state) => state.absorb(data, budget)?,
            Mode::Cipher(_) => return Err(Errno::InvalidOperation),
            Mode::Session(state) => state.absorb(data),
        }
        Ok(())
    }

    /// Refuses an output of a length that there is none of.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`] for more output than there can be, [`Errno::InvalidOperation`] for an algorithm that is
    /// not squeezed.
    fn check_squeeze(&self, len: usize) -> Result<()> {
        let longest = match &self.mode {
            Mode::Hash { hash, .. } => hash.output_len(),
            Mode::Expand { mac, .. } => hkdf::longest_output(*mac),
            Mode::Session(_) => usize::MAX,
            Mode::Mac { .. } | Mode::KeptMac { .. } | Mode::Extract { .. } | Mode::Aead(_) | Mode::Cipher(_) => {
                return Err(Errno::InvalidOperation);
            }
        };
        if len > longest { Err(Errno::InvalidLength) } else { Ok(()) }
    }

    /// Fills an output of a length that was checked.
    fn squeeze(&mut self, out: &mut [u8]) -> Result<()> {
        match &mut self.mode {
            Mode::Hash { hash, state } => {
                let len = hash.output_len();
                if out.len() == len {
                    state.digest(out);
                    return Ok(());
                }
                let mut digest = [0; LONGEST_OUTPUT];
                let digest = digest.get_mut(..len).ok_or(Errno::InternalError)?;
                state.digest(digest);
                out.copy_from_slice(digest.get(..out.len()).ok_or(Errno::InternalError)?);
                digest.zeroize();
                Ok(())
            }
            Mode::Expand { mac, key, info } => hkdf::expand(*mac, key.mac(*mac)?, info, out),
            Mode::Session(state) => {
                state.squeeze(out);
                Ok(())
            }
            Mode::Mac { .. } | Mode::KeptMac { .. } | Mode::Extract { .. } | Mode::Aead(_) | Mode::Cipher(_) => {
                Err(Errno::InvalidOperation)
            }
        }
    }

    fn squeeze_tag(&mut self, budget: &Arc<Budget>) -> Result<Tag> {
        match &mut self.mode {
            Mode::Mac { mac, state } => {
                let mut tag = SecretBytes::zeroed(mac.tag_len(), budget)?;
                state.tag(&mut tag);
                Ok(Tag(tag))
            }
            Mode::KeptMac { mac, key, message } => {
                let mut tag = SecretBytes::zeroed(mac.tag_len(), budget)?;
                key.mac(*mac)?.tag_of(&[message], &mut tag)?;
                Ok(Tag(tag))
            }
            Mode::Session(state) => {
                let mut tag = SecretBytes::zeroed(state.session().tag_len(), budget)?;
                state.squeeze(&mut tag);
                Ok(Tag(tag))
            }
            _ => Err(Errno::InvalidOperation),
        }
    }

    fn squeeze_key(&mut self, target: Permitted, budget: &Arc<Budget>) -> Result<Key> {
        let len = match &self.mode {
            Mode::Extract { mac, .. } if target.construction.is(Construction::Expand(*mac)) => mac.tag_len(),
            Mode::Session(state) if target.construction.is(Construction::Session(state.session())) => {
                state.session().key_len()
            }
            _ => return Err(Errno::InvalidOperation),
        };
        // A key that is refused must not have the session roll on.
        let mut derived = target.key([0; LONGEST_OUTPUT].get(..len).ok_or(Errno::InternalError)?, budget)?;
        match &mut self.mode {
            Mode::Extract { mac, key, salt } => hkdf::extract(*mac, salt, key.raw()?, derived.raw_mut()?)?,
            Mode::Session(state) => state.squeeze_key(derived.raw_mut()?),
            _ => return Err(Errno::InternalError),
        }
        Ok(derived)
    }

    fn max_tag_len(&self) -> Result<usize> {
        match &self.mode {
            Mode::Aead(state) => Ok(state.tag_len()),
            Mode::Cipher(state) => Ok(state.padding_len()),
            Mode::Session(state) => Ok(state.session().tag_len()),
            _ => Err(Errno::InvalidOperation),
        }
    }

    /// The nonce of a state that cannot be without one.
    fn nonce(options: &Option<Arc<Options>>) -> Result<&[u8]> {
        options.as_deref().and_then(Options::nonce).ok_or(Errno::InternalError)
    }

    /// Encrypts from one range of memory to another, and returns how much was written; a detached tag is written to
    /// `detached`.
    fn encrypt(
        &mut self,
        memory: &mut Memory<'_>,
        (text, out): (Bytes, Buf),
        detached: Option<&mut [u8]>,
        budget: &Arc<Budget>,
    ) -> Result<Size> {
        match &mut self.mode {
            Mode::Aead(state) => state.encrypt(Self::nonce(&self.options)?, memory, text, out, detached)?,
            Mode::Session(state) => state.encrypt(memory, text, out, detached)?,
            Mode::Cipher(state) if detached.is_none() => {
                return Size::of(state.encrypt(Self::nonce(&self.options)?, memory, text, out, budget)?);
            }
            _ => return Err(Errno::InvalidOperation),
        }
        Ok(Size(out.len))
    }

    /// Decrypts from one range of memory to another, and returns how much was written; without `detached`, the tag is
    /// the end of the input.
    fn decrypt(
        &mut self,
        memory: &mut Memory<'_>,
        (text, out): (Bytes, Buf),
        detached: Option<&[u8]>,
        budget: &Arc<Budget>,
    ) -> Result<Size> {
        match &mut self.mode {
            Mode::Aead(state) => state.decrypt(Self::nonce(&self.options)?, memory, text, out, detached)?,
            Mode::Session(state) => state.decrypt(memory, text, out, detached)?,
            Mode::Cipher(state) if detached.is_none() => {
                return Size::of(state.decrypt(Self::nonce(&self.options)?, memory, text, out, budget)?);
            }
            _ => return Err(Errno::InvalidOperation),
        }
        Ok(Size(out.len))
    }

    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm that has no past to forget.
    fn ratchet(&mut self) -> Result<()> {
        match &mut self.mode {
            Mode::Session(state) => state.ratchet(),
            _ => Err(Errno::InvalidOperation),
        }
    }
}

/// The options with a nonce, which is drawn where none was set and that is safe.
///
/// # Errors
///
/// [`Errno::InvalidNonce`] for one of the wrong length, [`Errno::NonceRequired`] where it must be set.
fn settle_nonce(
    options: Option<Arc<Options>>,
    nonces: &Nonces,
    random: &dyn Random,
    budget: &Arc<Budget>,
) -> Result<Option<Arc<Options>>> {
    match (options.as_deref().and_then(Options::nonce), nonces.drawn) {
        (Some(nonce), _) if nonces.lens.contains(&nonce.len()) => Ok(options),
        (Some(_), _) => Err(Errno::InvalidNonce),
        (None, Some(len)) => {
            let mut nonce = [0; LONGEST_OUTPUT];
            let nonce = nonce.get_mut(..len).ok_or(Errno::InternalError)?;
            random.fill(nonce)?;
            let options = Options::with_nonce(options.as_deref(), nonce, budget)?;
            Ok(Some(Arc::new(options)))
        }
        (None, None) => Err(Errno::NonceRequired),
    }
}

impl Call<'_> {
    pub(crate) fn symmetric_state_open(
        &mut self,
        algorithm: Str,
        key: Optional<Key>,
        options: Optional<Options>,
    ) -> Result<Handle<State>> {
        let construction = self.host.catalogue.symmetric(self.memory.str(algorithm)?)?;
        let key = self.optional(key)?;
        let options = self.option_set(options, AlgorithmType::Symmetric)?;
        let (random, budget, keeping) = (self.host.backend.random, self.budget, &self.host.keeping);
        self.objects.open(|objects| {
            let key = key.map(|key| objects.get(key)).transpose()?;
            construction.check_key(key.as_deref())?;
            key.as_ref().map(|key| keeping.check(&key.custody)).transpose()?;
            let options = match construction.nonces() {
                Some(nonces) if key.is_some() => settle_nonce(options, &nonces, random, budget)?,
                _ => options,
            };
            State::new(construction, key, options, budget)
        })
    }

    pub(crate) fn symmetric_state_clone(&mut self, handle: Handle<State>) -> Result<Handle<State>> {
        let budget = self.budget;
        self.objects.open(|objects| objects.with(handle, |state: &mut State| state.copy(budget)))
    }

    pub(crate) fn symmetric_state_close(&mut self, handle: Handle<State>) -> Result<()> {
        self.objects.close(handle)
    }

    pub(crate) fn symmetric_state_options_get(&mut self, handle: Handle<State>, name: Str, value: Buf) -> Result<Size> {
        let name = self.memory.str(name)?;
        let options = self.objects.with(handle, |state: &mut State| Ok(state.options.clone()))?;
        let found = options::read_bytes(options.as_deref(), name)?;
        self.memory.write_into(value, found)?;
        Size::of(found.len())
    }

    pub(crate) fn symmetric_state_options_get_u64(&mut self, handle: Handle<State>, name: Str) -> Result<u64> {
        let name = self.memory.str(name)?;
        self.objects.with(handle, |state: &mut State| options::read_integer(state.options.as_deref(), name))
    }

    pub(crate) fn symmetric_state_absorb(&mut self, handle: Handle<State>, data: Bytes) -> Result<()> {
        let (data, budget) = (self.memory.bytes(data)?, self.budget);
        self.objects.with(handle, |state: &mut State| state.absorb(data, budget))
    }

    pub(crate) fn symmetric_state_squeeze(&mut self, handle: Handle<State>, out: Buf) -> Result<()> {
        self.memory.check(out.ptr, out.len)?;
        let memory = &mut self.memory;
        self.objects.with(handle, |state: &mut State| {
            state.check_squeeze(out.len as usize)?;
            state.squeeze(memory.buf(out)?)
        })
    }

    pub(crate) fn symmetric_state_squeeze_tag(&mut self, handle: Handle<State>) -> Result<Handle<Tag>> {
        let budget = self.budget;
        self.objects.open(|objects| objects.with(handle, |state: &mut State| state.squeeze_tag(budget)))
    }

    pub(crate) fn symmetric_state_squeeze_key(&mut self, handle: Handle<State>, algorithm: Str) -> Result<Handle<Key>> {
        let target = self.host.catalogue.symmetric_key(self.memory.str(algorithm)?);
        let budget = self.budget;
        self.objects.open(|objects| objects.with(handle, |state: &mut State| state.squeeze_key(target?, budget)))
    }

    pub(crate) fn symmetric_state_max_tag_len(&mut self, handle: Handle<State>) -> Result<Size> {
        self.objects.with(handle, |state: &mut State| Size::of(state.max_tag_len()?))
    }

    pub(crate) fn symmetric_state_encrypt(&mut self, handle: Handle<State>, out: Buf, data: Bytes) -> Result<Size> {
        self.memory.check_both(data, out)?;
        let (memory, budget) = (&mut self.memory, self.budget);
        self.objects.with(handle, |state: &mut State| state.encrypt(memory, (data, out), None, budget))
    }

    pub(crate) fn symmetric_state_encrypt_detached(
        &mut self,
        handle: Handle<State>,
        out: Buf,
        data: Bytes,
    ) -> Result<Handle<Tag>> {
        self.memory.check_both(data, out)?;
        let (memory, budget) = (&mut self.memory, self.budget);
        self.objects.open(|objects| {
            objects.with(handle, |state: &mut State| {
                let mut tag = SecretBytes::zeroed(state.max_tag_len()?, budget)?;
                state.encrypt(memory, (data, out), Some(&mut tag), budget)?;
                Ok(Tag(tag))
            })
        })
    }

    pub(crate) fn symmetric_state_decrypt(&mut self, handle: Handle<State>, out: Buf, data: Bytes) -> Result<Size> {
        self.memory.check_both(data, out)?;
        let (memory, budget) = (&mut self.memory, self.budget);
        self.objects.with(handle, |state: &mut State| state.decrypt(memory, (data, out), None, budget))
    }

    pub(crate) fn symmetric_state_decrypt_detached(
        &mut self,
        handle: Handle<State>,
        out: Buf,
        data: Bytes,
        raw_tag: Bytes,
    ) -> Result<Size> {
        self.memory.check_both(data, out)?;
        // The tag may lie where the output goes.
        let mut tag = [0; LONGEST_OUTPUT];
        let given = self.memory.bytes(raw_tag)?;
        let tag = match tag.get_mut(..given.len()) {
            Some(tag) => {
                tag.copy_from_slice(given);
                &*tag
            }
            // Longer than any tag.
            None => &[],
        };
        let (memory, budget) = (&mut self.memory, self.budget);
        self.objects.with(handle, |state: &mut State| state.decrypt(memory, (data, out), Some(tag), budget))
    }

    pub(crate) fn symmetric_state_ratchet(&mut self, handle: Handle<State>) -> Result<()> {
        self.objects.with(handle, State::ratchet)
    }
}
