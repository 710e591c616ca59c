//! Managed symmetric keys: `symmetric_key_*_managed`, `symmetric_key_id`, `symmetric_key_from_id`.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{
    SecretsManager,
    namespaced_store::{Generated, NamespacedStore},
};
use crate::{
    Errno, Operation, Result,
    algorithm::{AllowedAlgorithm, symmetric::Key},
    backend::Secret,
    managed_state::{ManagedState, ManagedVersion},
    secret::Budget,
    store::{Content, Identifier, Kind, Versions},
};

/// Makes a key from the content that a store returned.
///
/// # Errors
///
/// [`Errno::ProhibitedOperation`] for a key that is too short for the policy, [`Errno::Overflow`] if it exceeds the
/// guest's limit on bytes, [`Errno::UnsupportedAlgorithm`] for bytes that are not a key of the algorithm to this host,
/// [`Errno::InternalError`] for a key in the store of another family.
fn stored_key(target: AllowedAlgorithm<'_>, content: Content, budget: &Arc<Budget>) -> Result<Key> {
    match content {
        Content::Bytes(raw) => target.key(&raw, budget).map_err(|errno| match errno {
            // Another host stored it.
            Errno::InvalidKey | Errno::KeyNotSupported => Errno::UnsupportedAlgorithm,
            errno => errno,
        }),
        Content::Key(key) => Key::resident(target.0.algorithm, key),
    }
}

impl Key {
    /// Generates a managed key in the store: `symmetric_key_generate_managed`.
    ///
    /// # Errors
    ///
    /// Those of [`generate`](Self::generate); [`Errno::Overflow`] also at a quota, [`Errno::InternalError`] if the
    /// store fails.
    pub fn generate_managed(
        operation: Operation<'_>,
        _: &SecretsManager,
        algorithm: AllowedAlgorithm<'_>,
    ) -> Result<Self> {
        let (store, len) = (NamespacedStore::of(operation)?, algorithm.generated_len()?);
        // Before it is stored: the call must not store a key that it cannot return.
        let make = || Self::generate(operation, algorithm);
        let name = algorithm.name();
        let (generated, version) = store.generate(Kind::SymmetricKey, (&name, Some(len)), make, Self::copy_of_raw)?;
        let key = match generated {
            Generated::InStore(stored) => stored_key(algorithm, stored.content, operation.budget())
                .inspect_err(|_| store.discard(Kind::SymmetricKey, &version))?,
            Generated::InProcess(key) => key,
        };
        Ok(key.into_managed(version))
    }

    /// Stores the key, which makes it managed, and returns its identifier: `symmetric_key_store_managed`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a key that is managed already, [`Errno::ProhibitedOperation`] if the store takes
    /// no keys that were made elsewhere, [`Errno::Overflow`] at a quota, [`Errno::RngError`], [`Errno::InternalError`]
    /// if the store fails.
    pub fn store_managed(&self, operation: Operation<'_>, _: &SecretsManager) -> Result<Identifier> {
        let (name, bytes) = (self.algorithm.name(), || self.copy_of_raw());
        NamespacedStore::of(operation)?.store_key(Kind::SymmetricKey, &self.managed, &name, bytes)
    }

    /// Makes another key the next version of this one, and returns its number: `symmetric_key_replace_managed`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] if this key is not managed, [`Errno::IncompatibleKeys`] for keys of two
    /// algorithms, [`Errno::InvalidOperation`] for two versions of one key, [`Errno::NotFound`] if no version of this
    /// key is left, [`Errno::Overflow`] at a quota, [`Errno::InternalError`] if the store fails.
    pub fn replace_managed(&self, operation: Operation<'_>, _: &SecretsManager, new: &Self) -> Result<u64> {
        if !self.algorithm.is(&new.algorithm) {
            return Err(Errno::IncompatibleKeys);
        }
        let (name, states) = (new.algorithm.name(), (&self.managed, &new.managed));
        NamespacedStore::of(operation)?.replace_key(Kind::SymmetricKey, states, &name, || new.copy_of_raw())
    }

    /// Returns the identifier and the version of a managed key: `symmetric_key_id`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] for a key that is not managed.
    pub fn id(&self, _: Operation<'_>) -> Result<(Identifier, u64)> {
        self.managed.id()
    }

    /// Opens the managed key of an identifier: `symmetric_key_from_id`.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if there is no such key or version, [`Errno::Expired`], [`Errno::UnsupportedAlgorithm`] if
    /// the host does not have the algorithm or cannot read the key, [`Errno::ProhibitedOperation`] if the policy
    /// forbids it, [`Errno::Overflow`] if it exceeds the guest's limit on bytes, [`Errno::InternalError`] if the store
    /// fails.
    pub fn from_id(operation: Operation<'_>, _: &SecretsManager, identifier: &[u8], version: Versions) -> Result<Self> {
        let store = NamespacedStore::of(operation)?;
        let (identifier, stored) = store.open(Kind::SymmetricKey, identifier, version)?;
        let algorithm = operation.symmetric(&stored.algorithm)?;
        let version = store.version_of(identifier, &stored);
        Ok(stored_key(algorithm, stored.content, operation.budget())?.into_managed(version))
    }

    fn copy_of_raw(&self) -> Result<Secret> {
        Ok(Zeroizing::new(self.raw()?.to_vec()))
    }

    /// Returns the same key, as a managed one.
    fn into_managed(mut self, version: ManagedVersion) -> Self {
        self.managed = ManagedState::of(version);
        self
    }
}
