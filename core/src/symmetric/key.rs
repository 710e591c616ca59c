//! Symmetric keys: `symmetric_key_*`.

use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use crate::{
    Errno, Result,
    abi::Optional,
    array_output::ArrayOutput,
    backend::{Aead, AeadKey, Cipher, CipherKey, Mac, MacKey},
    handles::Handle,
    host::Call,
    managed::Custody,
    memory::{Bytes, Str},
    options::{AlgorithmType, Options},
    secret::{Budget, Room, SecretBytes},
    store::{KeptKey, KeptMac},
    symmetric::Construction,
};

/// A symmetric key: `symmetric_key`. Wiped when dropped.
pub(crate) struct Key {
    pub(crate) construction: Construction,
    /// The key itself, unless it never leaves its store.
    raw: Option<SecretBytes>,
    /// What the library makes of the key, made once for all states.
    prepared: OnceLock<Prepared>,
    /// For what is prepared.
    _room: Option<Room>,
    pub(crate) custody: Custody,
}

enum Prepared {
    Mac(Box<dyn MacKey>),
    KeptMac(Box<dyn KeptMac>),
    Aead(Box<dyn AeadKey>),
    Cipher(Box<dyn CipherKey>),
}

/// Where a key of a message authentication code does its work.
#[derive(Clone, Copy)]
pub(super) enum MacOf<'a> {
    /// In the library, as data streams in.
    Here(&'a dyn MacKey),
    /// In its store, on whole messages.
    There(&'a dyn KeptMac),
}

impl MacOf<'_> {
    /// Writes the tag of a message, which is given in parts.
    pub(super) fn tag_of(self, parts: &[&[u8]], tag: &mut [u8]) -> Result<()> {
        match self {
            Self::Here(key) => {
                let mut state = key.start();
                parts.iter().for_each(|part| state.update(part));
                state.tag(tag);
                Ok(())
            }
            Self::There(key) => key.tag(&Zeroizing::new(parts.concat()), tag),
        }
    }
}

impl Key {
    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] for an algorithm without keys, [`Errno::InvalidKey`] for a length that the
    /// algorithm does not take, [`Errno::Overflow`] where the host would hold too much.
    pub(crate) fn new(construction: Construction, raw: &[u8], budget: &Arc<Budget>) -> Result<Self> {
        construction.check_key_len(raw.len())?;
        let (raw, room) = (Some(SecretBytes::copy_of(raw, budget)?), Room::take_any(construction.held(), budget)?);
        Ok(Self { construction, raw, prepared: OnceLock::new(), _room: room, custody: Custody::default() })
    }

    /// A key that does its work in a store.
    ///
    /// # Errors
    ///
    /// [`Errno::InternalError`] for one that is not what the algorithm takes.
    pub(crate) fn kept(construction: Construction, kept: KeptKey) -> Result<Self> {
        let prepared = match (construction, kept) {
            (Construction::Mac(_) | Construction::Expand(_), KeptKey::Mac(key)) => Prepared::KeptMac(key),
            (Construction::Aead(_), KeptKey::Aead(key)) => Prepared::Aead(key),
            (Construction::Cipher(_), KeptKey::Cipher(key)) => Prepared::Cipher(key),
            _ => return Err(Errno::InternalError),
        };
        // The library has nothing of it.
        Ok(Self { construction, raw: None, prepared: prepared.into(), _room: None, custody: Custody::default() })
    }

    /// The key itself.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] for one that never leaves its store.
    pub(crate) fn raw(&self) -> Result<&[u8]> {
        self.raw.as_deref().ok_or(Errno::ProhibitedOperation)
    }

    /// The key itself, before anything is made of it.
    pub(super) fn raw_mut(&mut self) -> Result<&mut [u8]> {
        self.raw.as_deref_mut().ok_or(Errno::InternalError)
    }

    fn prepared(&self, prepare: impl FnOnce(&[u8]) -> Result<Prepared>) -> Result<&Prepared> {
        if let Some(prepared) = self.prepared.get() {
            return Ok(prepared);
        }
        // Two threads may both prepare; one of the results is kept.
        let prepared = prepare(self.raw()?)?;
        Ok(self.prepared.get_or_init(|| prepared))
    }

    pub(super) fn mac(&self, mac: &dyn Mac) -> Result<MacOf<'_>> {
        match self.prepared(|raw| mac.key(raw).map(Prepared::Mac))? {
            Prepared::Mac(key) => Ok(MacOf::Here(&**key)),
            Prepared::KeptMac(key) => Ok(MacOf::There(&**key)),
            _ => Err(Errno::InternalError),
        }
    }

    pub(super) fn aead(&self, aead: &dyn Aead) -> Result<&dyn AeadKey> {
        match self.prepared(|raw| aead.key(raw).map(Prepared::Aead))? {
            Prepared::Aead(key) => Ok(&**key),
            _ => Err(Errno::InternalError),
        }
    }

    pub(super) fn cipher(&self, cipher: &dyn Cipher) -> Result<&dyn CipherKey> {
        match self.prepared(|raw| cipher.key(raw).map(Prepared::Cipher))? {
            Prepared::Cipher(key) => Ok(&**key),
            _ => Err(Errno::InternalError),
        }
    }
}

impl Call<'_> {
    pub(crate) fn symmetric_key_generate(&mut self, algorithm: Str, options: Optional<Options>) -> Result<Handle<Key>> {
        let target = self.host.catalogue.symmetric_key(self.memory.str(algorithm)?)?;
        self.option_set(options, AlgorithmType::Symmetric)?;
        let (random, budget) = (self.host.backend.random, self.budget);
        self.objects.open(|_| {
            let mut raw = Zeroizing::new(vec![0; target.generated_len()?]);
            random.fill(&mut raw)?;
            target.key(&raw, budget)
        })
    }

    pub(crate) fn symmetric_key_import(&mut self, algorithm: Str, raw: Bytes) -> Result<Handle<Key>> {
        let target = self.host.catalogue.symmetric_key(self.memory.str(algorithm)?)?;
        let (raw, budget) = (self.memory.bytes(raw)?, self.budget);
        self.objects.open(|_| target.key(raw, budget))
    }

    pub(crate) fn symmetric_key_export(&mut self, symmetric_key: Handle<Key>) -> Result<Handle<ArrayOutput>> {
        let budget = self.budget;
        self.objects.open(|objects| {
            let key = objects.get(symmetric_key)?;
            key.custody.check_export()?;
            Ok(ArrayOutput::new(SecretBytes::copy_of(key.raw()?, budget)?))
        })
    }

    pub(crate) fn symmetric_key_close(&mut self, symmetric_key: Handle<Key>) -> Result<()> {
        self.objects.close(symmetric_key)
    }
}
