//! Managed key pairs: `keypair_*_managed`, `keypair_id`, `keypair_from_id`.

use std::sync::Arc;

use super::{Custody, Held, SecretsManager, kept, vault::Generated};
use crate::{
    Errno, Result,
    abi::{Number, Optional, Size},
    asymmetric::{KeyPair, Scheme, SecretHalf, Served},
    handles::Handle,
    host::Call,
    memory::{Buf, Bytes, Str},
    options::Options,
    secret::Budget,
    store::{Content, Identifier, Kind},
};

/// The pair of what a store gave out as a secret key, by the first of the host's backends that can read it.
///
/// # Errors
///
/// [`Errno::UnsupportedAlgorithm`] where no backend can, [`Errno::Overflow`] where the guest may not hold it,
/// [`Errno::InternalError`] for a key of another family.
fn stored_pair(served: Served<'_>, budget: &Arc<Budget>, content: Content, held: Held) -> Result<KeyPair> {
    match content {
        Content::Bytes(secret) => {
            served.restore(|scheme| KeyPair::new(scheme, budget, || Ok((scheme.secret(&secret)?, Custody::of(held)))))
        }
        Content::Key(key) => {
            let scheme = kept::scheme(served, &key)?;
            KeyPair::new(scheme, budget, || Ok((kept::secret_half(scheme, key)?, Custody::of(held))))
        }
    }
}

/// The secret half that a store just generated.
///
/// # Errors
///
/// As for [`stored_pair`].
fn generated_half(scheme: Scheme, content: Content) -> Result<SecretHalf> {
    let served = Served::from(scheme);
    match content {
        Content::Bytes(secret) => served.restore(|scheme| scheme.secret(&secret)),
        Content::Key(key) => kept::secret_half(kept::scheme(served, &key)?, key),
    }
}

impl Call<'_> {
    pub(crate) fn keypair_generate_managed(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        algorithm_type: Number,
        algorithm: Str,
        options: Optional<Options>,
    ) -> Result<Handle<KeyPair>> {
        let vault = self.vault(secrets_manager)?;
        let scheme = self.scheme(algorithm_type, algorithm)?.first;
        self.option_set(options, scheme.algorithm_type())?;
        let (host, jobs, budget) = (self.host, self.jobs, self.budget);
        self.objects.open(|_| {
            KeyPair::new(scheme, budget, || {
                let make = || jobs.generate(host.long_work, &host.threads, scheme);
                let bytes = |made: &SecretHalf| Ok(made.key().secret());
                let (generated, held) = vault.generate(Kind::KeyPair, (scheme.name(), None), make, bytes)?;
                let secret = match generated {
                    Generated::There(stored) => generated_half(scheme, stored.content)?,
                    Generated::Here(made) => made,
                };
                Ok((secret, Custody::of(held)))
            })
        })
    }

    /// # Errors
    ///
    /// [`Errno::Overflow`] for a buffer that is too small for an identifier, or at a quota;
    /// [`Errno::InvalidOperation`] for a pair that is managed already; [`Errno::ProhibitedOperation`] where the store
    /// wants none that was made elsewhere.
    pub(crate) fn keypair_store_managed(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        kp: Handle<KeyPair>,
        kp_id: Buf,
    ) -> Result<()> {
        let vault = self.vault(secrets_manager)?;
        self.check_identifier(kp_id)?;
        let pair = self.objects.get(kp)?;
        let bytes = || Ok(pair.secret.key().secret());
        let identifier = vault.store_key(Kind::KeyPair, &pair.custody, pair.scheme.name(), bytes)?;
        self.memory.write_into(kp_id, &identifier.0)
    }

    /// The new pair becomes a version of the old one, whose handle closes.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] if the old pair is not managed, [`Errno::IncompatibleKeys`] for pairs of two
    /// algorithms, [`Errno::InvalidOperation`] for two versions of one pair, [`Errno::NotFound`] if no version of the
    /// old pair is left, [`Errno::Overflow`] at a quota.
    pub(crate) fn keypair_replace_managed(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        kp_old: Handle<KeyPair>,
        kp_new: Handle<KeyPair>,
    ) -> Result<u64> {
        let vault = self.vault(secrets_manager)?;
        let (old, new) = (self.objects.get(kp_old)?, self.objects.get(kp_new)?);
        if !old.scheme.is(new.scheme) {
            return Err(Errno::IncompatibleKeys);
        }
        let bytes = || Ok(new.secret.key().secret());
        let version = vault.replace_key(Kind::KeyPair, (&old.custody, &new.custody), new.scheme.name(), bytes)?;
        // Another thread may have closed it meanwhile.
        let _ = self.objects.close(kp_old);
        Ok(version)
    }

    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] for a pair that is not managed, [`Errno::Overflow`] for a buffer that is too
    /// small.
    pub(crate) fn keypair_id(&mut self, kp: Handle<KeyPair>, kp_id: Buf) -> Result<(Size, u64)> {
        self.memory.check(kp_id.ptr, kp_id.len)?;
        let pair = self.objects.get(kp)?;
        self.identify(&pair.custody, kp_id)
    }

    /// # Errors
    ///
    /// [`Errno::NotFound`] where there is no such pair or version, [`Errno::Expired`], [`Errno::UnsupportedAlgorithm`]
    /// where the host does not have the pair's algorithm, or no backend of the host's can read the pair.
    pub(crate) fn keypair_from_id(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        kp_id: Bytes,
        kp_version: u64,
    ) -> Result<Handle<KeyPair>> {
        let vault = self.vault(secrets_manager)?;
        let (identifier, budget) = (self.memory.bytes(kp_id)?, self.budget);
        self.objects.open(|_| {
            let (identifier, stored) = vault.open(Kind::KeyPair, identifier, kp_version)?;
            let served = vault.host.catalogue.scheme(&stored.algorithm)?;
            let held = vault.held_as(identifier, &stored);
            stored_pair(served, budget, stored.content, held)
        })
    }

    /// Refuses a buffer before anything is stored.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for one that is too small for an identifier.
    pub(super) fn check_identifier(&self, buf: Buf) -> Result<()> {
        self.memory.check(buf.ptr, buf.len)?;
        if (buf.len as usize) < Identifier::LEN { Err(Errno::Overflow) } else { Ok(()) }
    }

    /// Writes the identifier of a managed key, and returns its length and the version.
    pub(super) fn identify(&mut self, custody: &Custody, buf: Buf) -> Result<(Size, u64)> {
        let held = custody.get().ok_or(Errno::UnsupportedFeature)?;
        self.memory.write_into(buf, &held.identifier.0)?;
        Ok((Size::of(Identifier::LEN)?, held.version))
    }
}
