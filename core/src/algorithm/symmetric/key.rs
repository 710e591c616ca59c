//! Symmetric keys, and a library's prepared keys.

use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::{SymmetricAlgorithm, allowed::Served};
use crate::{
    Errno, Result,
    backend::{Aead, AeadKey, Cipher, CipherKey, Mac, MacKey},
    managed_state::ManagedState,
    secret::{Budget, Reservation, SecretBytes},
    store::{ResidentKey, ResidentMac},
};

/// A symmetric key: `symmetric_key`. It is wiped when its last reference is dropped.
pub struct Key {
    pub(crate) algorithm: SymmetricAlgorithm,
    /// The bytes of the key, unless it cannot leave its store.
    raw: Option<SecretBytes>,
    /// The library's prepared key, made once for all states.
    prepared: OnceLock<Prepared>,
    /// The charge for the prepared key.
    _reservation: Option<Reservation>,
    pub(crate) managed: ManagedState,
}

enum Prepared {
    Mac(Box<dyn MacKey>),
    ResidentMac(Box<dyn ResidentMac>),
    Aead(Box<dyn AeadKey>),
    Cipher(Box<dyn CipherKey>),
}

/// Where a key of a message authentication code computes.
#[derive(Clone, Copy)]
pub(super) enum MacKeyRef<'a> {
    /// In the library, as data streams in.
    InProcess(&'a dyn MacKey),
    /// In its store, on whole messages.
    InStore(&'a dyn ResidentMac),
}

impl MacKeyRef<'_> {
    /// Writes the tag of a message, which is given in parts.
    pub(super) fn tag_of(self, parts: &[&[u8]], tag: &mut [u8]) -> Result<()> {
        match self {
            Self::InProcess(key) => {
                let mut state = key.start();
                parts.iter().for_each(|part| state.update(part));
                state.tag(tag);
                Ok(())
            }
            Self::InStore(key) => key.tag(&Zeroizing::new(parts.concat()), tag),
        }
    }
}

impl Key {
    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] for an algorithm without keys, [`Errno::InvalidKey`] for a length that the algorithm
    /// does not allow, [`Errno::Overflow`] if the host would hold too much.
    pub(crate) fn new(served: &Served, raw: &[u8], budget: &Arc<Budget>) -> Result<Self> {
        let lens = served.key_lens.ok_or(Errno::KeyNotSupported)?;
        if !lens.fits(raw.len()) {
            return Err(Errno::InvalidKey);
        }
        let (raw, reservation) =
            (Some(SecretBytes::copy_of(raw, budget)?), Reservation::take_any(served.memory, budget)?);
        Ok(Self {
            algorithm: served.algorithm,
            raw,
            prepared: OnceLock::new(),
            _reservation: reservation,
            managed: ManagedState::default(),
        })
    }

    /// A key that computes inside a store.
    ///
    /// # Errors
    ///
    /// [`Errno::InternalError`] for a kind of key that does not fit the algorithm.
    pub(crate) fn resident(algorithm: SymmetricAlgorithm, key: ResidentKey) -> Result<Self> {
        let prepared = match (algorithm, key) {
            (SymmetricAlgorithm::Mac(_) | SymmetricAlgorithm::Expand(_), ResidentKey::Mac(key)) => {
                Prepared::ResidentMac(key)
            }
            (SymmetricAlgorithm::Aead(_), ResidentKey::Aead(key)) => Prepared::Aead(key),
            (SymmetricAlgorithm::Cipher(_), ResidentKey::Cipher(key)) => Prepared::Cipher(key),
            _ => return Err(Errno::InternalError),
        };
        // The library has no part in it.
        Ok(Self {
            algorithm,
            raw: None,
            prepared: prepared.into(),
            _reservation: None,
            managed: ManagedState::default(),
        })
    }

    /// The bytes of the key.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] for a key that cannot leave its store.
    pub(crate) fn raw(&self) -> Result<&[u8]> {
        self.raw.as_deref().ok_or(Errno::ProhibitedOperation)
    }

    /// The bytes of the key, before it is prepared.
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

    pub(super) fn mac(&self, mac: &dyn Mac) -> Result<MacKeyRef<'_>> {
        match self.prepared(|raw| mac.key(raw).map(Prepared::Mac))? {
            Prepared::Mac(key) => Ok(MacKeyRef::InProcess(&**key)),
            Prepared::ResidentMac(key) => Ok(MacKeyRef::InStore(&**key)),
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
