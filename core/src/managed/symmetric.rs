//! Managed symmetric keys: `symmetric_key_*_managed`, `symmetric_key_id`, `symmetric_key_from_id`.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Custody, Held, SecretsManager, vault::Generated};
use crate::{
    Errno, Result,
    abi::{Optional, Size},
    backend::Secret,
    catalogue::Permitted,
    handles::Handle,
    host::Call,
    memory::{Buf, Bytes, Str},
    options::{AlgorithmType, Options},
    secret::Budget,
    store::{Content, Kind},
    symmetric::Key,
};

/// What a store gave out as a key.
///
/// # Errors
///
/// [`Errno::ProhibitedOperation`] for one that is too short for the policy, [`Errno::Overflow`] where the guest may not
/// hold it, [`Errno::UnsupportedAlgorithm`] for bytes that are no key of the algorithm to this host,
/// [`Errno::InternalError`] for a key in the store of another family.
fn key(target: Permitted, content: Content, budget: &Arc<Budget>) -> Result<Key> {
    match content {
        Content::Bytes(raw) => target.key(&raw, budget).map_err(|errno| match errno {
            // Another host stored it.
            Errno::InvalidKey | Errno::KeyNotSupported => Errno::UnsupportedAlgorithm,
            errno => errno,
        }),
        Content::Key(kept) => Key::kept(target.construction, kept),
    }
}

impl Call<'_> {
    pub(crate) fn symmetric_key_generate_managed(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        algorithm: Str,
        options: Optional<Options>,
    ) -> Result<Handle<Key>> {
        let vault = self.vault(secrets_manager)?;
        let algorithm = self.memory.str(algorithm)?;
        let target = self.host.catalogue.symmetric_key(algorithm)?;
        self.option_set(options, AlgorithmType::Symmetric)?;
        let (random, budget) = (self.host.backend.random, self.budget);
        self.objects.open(|_| {
            let len = target.generated_len()?;
            let make = || {
                let mut raw = Zeroizing::new(vec![0; len]);
                random.fill(&mut raw)?;
                // Before it is stored: a guest that may not hold it has nothing to find again.
                target.key(&raw, budget)
            };
            let algorithm = target.construction.name();
            let (generated, held) =
                vault.generate(Kind::SymmetricKey, (&algorithm, Some(len)), make, |key| key.copy_of_raw())?;
            let key = match generated {
                Generated::There(stored) => key(target, stored.content, budget)?,
                Generated::Here(key) => key,
            };
            Ok(key.held(held))
        })
    }

    /// # Errors
    ///
    /// [`Errno::Overflow`] for a buffer that is too small for an identifier, or at a quota;
    /// [`Errno::InvalidOperation`] for a key that is managed already; [`Errno::ProhibitedOperation`] where the store
    /// wants none that was made elsewhere.
    pub(crate) fn symmetric_key_store_managed(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        symmetric_key: Handle<Key>,
        symmetric_key_id: Buf,
    ) -> Result<()> {
        let vault = self.vault(secrets_manager)?;
        self.check_identifier(symmetric_key_id)?;
        let key = self.objects.get(symmetric_key)?;
        let identifier =
            vault.store_key(Kind::SymmetricKey, &key.custody, &key.construction.name(), || key.copy_of_raw())?;
        self.memory.write_into(symmetric_key_id, &identifier.0)
    }

    /// The new key becomes a version of the old one, whose handle closes.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] if the old key is not managed, [`Errno::IncompatibleKeys`] for keys of two
    /// algorithms, [`Errno::InvalidOperation`] for two versions of one key, [`Errno::NotFound`] if no version of the
    /// old key is left, [`Errno::Overflow`] at a quota.
    pub(crate) fn symmetric_key_replace_managed(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        symmetric_key_old: Handle<Key>,
        symmetric_key_new: Handle<Key>,
    ) -> Result<u64> {
        let vault = self.vault(secrets_manager)?;
        let (old, new) = (self.objects.get(symmetric_key_old)?, self.objects.get(symmetric_key_new)?);
        if !old.construction.is(new.construction) {
            return Err(Errno::IncompatibleKeys);
        }
        let algorithm = new.construction.name();
        let version =
            vault.replace_key(Kind::SymmetricKey, (&old.custody, &new.custody), &algorithm, || new.copy_of_raw())?;
        // Another thread may have closed it meanwhile.
        let _ = self.objects.close(symmetric_key_old);
        Ok(version)
    }

    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] for a key that is not managed, [`Errno::Overflow`] for a buffer that is too small.
    pub(crate) fn symmetric_key_id(&mut self, symmetric_key: Handle<Key>, id: Buf) -> Result<(Size, u64)> {
        self.memory.check(id.ptr, id.len)?;
        let key = self.objects.get(symmetric_key)?;
        self.identify(&key.custody, id)
    }

    /// # Errors
    ///
    /// [`Errno::NotFound`] where there is no such key or version, [`Errno::Expired`], [`Errno::UnsupportedAlgorithm`]
    /// where the host does not have the key's algorithm, or cannot read the key.
    pub(crate) fn symmetric_key_from_id(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        symmetric_key_id: Bytes,
        symmetric_key_version: u64,
    ) -> Result<Handle<Key>> {
        let vault = self.vault(secrets_manager)?;
        let (identifier, budget) = (self.memory.bytes(symmetric_key_id)?, self.budget);
        self.objects.open(|_| {
            let (identifier, stored) = vault.open(Kind::SymmetricKey, identifier, symmetric_key_version)?;
            let target = vault.host.catalogue.symmetric_key(&stored.algorithm)?;
            let held = vault.held_as(identifier, &stored);
            Ok(key(target, stored.content, budget)?.held(held))
        })
    }
}

impl Key {
    fn copy_of_raw(&self) -> Result<Secret> {
        Ok(Zeroizing::new(self.raw()?.to_vec()))
    }

    /// The same key, managed.
    fn held(mut self, held: Held) -> Self {
        self.custody = Custody::of(held);
        self
    }
}
