//! `secrets_manager_*` and `key_manager_*`, managed keys, and `external_secret_*`.

use std::sync::Arc;

use crate::{
    Errno, Operation, Result,
    abi::{
        Call,
        handles::Handle,
        memory::{Buf, Bytes, Str},
        value::{Number, Optional, Size},
    },
    algorithm::AlgorithmType,
    objects::{
        array_output::ArrayOutput,
        asymmetric::KeyPair,
        managed::{SecretsManager, check_secret_len, versions},
        options::Options,
        symmetric::Key,
    },
    store::Identifier,
};

impl Call<'_> {
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] without a store, [`Errno::InvalidHandle`] for a handle that is not a manager.
    fn manager(&self, op: Operation<'_>, manager: Handle<SecretsManager>) -> Result<Arc<SecretsManager>> {
        SecretsManager::open(op)?;
        self.objects.get(manager)
    }

    /// Checks the buffer for an identifier before anything is stored.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a buffer that is too small for an identifier.
    fn check_identifier(&self, buf: Buf) -> Result<()> {
        self.memory.check(buf.ptr, buf.len)?;
        if (buf.len as usize) < Identifier::LEN { Err(Errno::Overflow) } else { Ok(()) }
    }

    /// Writes the identifier of a managed key, and returns its length and the version.
    fn write_id(&mut self, buf: Buf, (identifier, version): (Identifier, u64)) -> Result<(Size, u64)> {
        self.memory.write_into(buf, &identifier.0)?;
        Ok((Size::of(Identifier::LEN)?, version))
    }

    /// Options are accepted and ignored.
    pub(in crate::abi) fn secrets_manager_open(
        &mut self,
        op: Operation<'_>,
        options: Optional<Options>,
    ) -> Result<Handle<SecretsManager>> {
        let manager = SecretsManager::open(op)?;
        let options = self.optional(options)?;
        self.objects.open(|objects| {
            if let Some(options) = options {
                objects.with(options, |_: &mut Options| Ok(()))?;
            }
            Ok(manager)
        })
    }

    pub(in crate::abi) fn secrets_manager_close(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
    ) -> Result<()> {
        SecretsManager::open(op)?;
        self.objects.close(secrets_manager)
    }

    pub(in crate::abi) fn secrets_manager_invalidate(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        key_id: Bytes,
        key_version: u64,
    ) -> Result<()> {
        let manager = self.manager(op, secrets_manager)?;
        manager.invalidate(op, self.memory.bytes(key_id)?, versions(key_version)?)
    }

    pub(in crate::abi) fn key_manager_open(
        &mut self,
        op: Operation<'_>,
        options: Optional<Options>,
    ) -> Result<Handle<SecretsManager>> {
        self.secrets_manager_open(op, options)
    }

    pub(in crate::abi) fn key_manager_close(
        &mut self,
        op: Operation<'_>,
        key_manager: Handle<SecretsManager>,
    ) -> Result<()> {
        self.secrets_manager_close(op, key_manager)
    }

    pub(in crate::abi) fn key_manager_invalidate(
        &mut self,
        op: Operation<'_>,
        key_manager: Handle<SecretsManager>,
        key_id: Bytes,
        key_version: u64,
    ) -> Result<()> {
        self.secrets_manager_invalidate(op, key_manager, key_id, key_version)
    }

    pub(in crate::abi) fn keypair_generate_managed(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        algorithm_type: Number,
        algorithm: Str,
        options: Optional<Options>,
    ) -> Result<Handle<KeyPair>> {
        let manager = self.manager(op, secrets_manager)?;
        let algorithm = self.key_pair_algorithm(op, algorithm_type, algorithm)?;
        self.option_set(options, algorithm.algorithm_type())?;
        self.objects.open(|_| KeyPair::generate_managed(op, &manager, algorithm))
    }

    pub(in crate::abi) fn keypair_store_managed(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        kp: Handle<KeyPair>,
        kp_id: Buf,
    ) -> Result<()> {
        let manager = self.manager(op, secrets_manager)?;
        self.check_identifier(kp_id)?;
        let identifier = self.objects.get(kp)?.store_managed(op, &manager)?;
        self.memory.write_into(kp_id, &identifier.0)
    }

    /// Closes the handle of the old pair.
    pub(in crate::abi) fn keypair_replace_managed(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        kp_old: Handle<KeyPair>,
        kp_new: Handle<KeyPair>,
    ) -> Result<u64> {
        let manager = self.manager(op, secrets_manager)?;
        let (old, new) = (self.objects.get(kp_old)?, self.objects.get(kp_new)?);
        let version = old.replace_managed(op, &manager, &new)?;
        // Another thread may have closed it meanwhile.
        let _ = self.objects.close(kp_old);
        Ok(version)
    }

    pub(in crate::abi) fn keypair_id(
        &mut self,
        op: Operation<'_>,
        kp: Handle<KeyPair>,
        kp_id: Buf,
    ) -> Result<(Size, u64)> {
        self.memory.check(kp_id.ptr, kp_id.len)?;
        let id = self.objects.get(kp)?.id(op)?;
        self.write_id(kp_id, id)
    }

    pub(in crate::abi) fn keypair_from_id(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        kp_id: Bytes,
        kp_version: u64,
    ) -> Result<Handle<KeyPair>> {
        let manager = self.manager(op, secrets_manager)?;
        let identifier = self.memory.bytes(kp_id)?;
        self.objects.open(|_| KeyPair::from_id(op, &manager, identifier, versions(kp_version)?))
    }

    pub(in crate::abi) fn symmetric_key_generate_managed(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        algorithm: Str,
        options: Optional<Options>,
    ) -> Result<Handle<Key>> {
        let manager = self.manager(op, secrets_manager)?;
        let algorithm = self.symmetric(op, algorithm)?;
        self.option_set(options, AlgorithmType::Symmetric)?;
        self.objects.open(|_| Key::generate_managed(op, &manager, algorithm))
    }

    pub(in crate::abi) fn symmetric_key_store_managed(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        symmetric_key: Handle<Key>,
        symmetric_key_id: Buf,
    ) -> Result<()> {
        let manager = self.manager(op, secrets_manager)?;
        self.check_identifier(symmetric_key_id)?;
        let identifier = self.objects.get(symmetric_key)?.store_managed(op, &manager)?;
        self.memory.write_into(symmetric_key_id, &identifier.0)
    }

    /// Closes the handle of the old key.
    pub(in crate::abi) fn symmetric_key_replace_managed(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        symmetric_key_old: Handle<Key>,
        symmetric_key_new: Handle<Key>,
    ) -> Result<u64> {
        let manager = self.manager(op, secrets_manager)?;
        let (old, new) = (self.objects.get(symmetric_key_old)?, self.objects.get(symmetric_key_new)?);
        let version = old.replace_managed(op, &manager, &new)?;
        // Another thread may have closed it meanwhile.
        let _ = self.objects.close(symmetric_key_old);
        Ok(version)
    }

    pub(in crate::abi) fn symmetric_key_id(
        &mut self,
        op: Operation<'_>,
        symmetric_key: Handle<Key>,
        symmetric_key_id: Buf,
    ) -> Result<(Size, u64)> {
        self.memory.check(symmetric_key_id.ptr, symmetric_key_id.len)?;
        let id = self.objects.get(symmetric_key)?.id(op)?;
        self.write_id(symmetric_key_id, id)
    }

    pub(in crate::abi) fn symmetric_key_from_id(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        symmetric_key_id: Bytes,
        symmetric_key_version: u64,
    ) -> Result<Handle<Key>> {
        let manager = self.manager(op, secrets_manager)?;
        let identifier = self.memory.bytes(symmetric_key_id)?;
        self.objects.open(|_| Key::from_id(op, &manager, identifier, versions(symmetric_key_version)?))
    }

    pub(in crate::abi) fn external_secret_store(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        secret: Bytes,
        expiration: u64,
        secret_id: Buf,
    ) -> Result<()> {
        let manager = self.manager(op, secrets_manager)?;
        self.check_identifier(secret_id)?;
        let identifier = manager.store_secret(op, self.memory.bytes(secret)?, expiration)?;
        self.memory.write_into(secret_id, &identifier.0)
    }

    pub(in crate::abi) fn external_secret_replace(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        secret: Bytes,
        expiration: u64,
        secret_id: Bytes,
    ) -> Result<u64> {
        let manager = self.manager(op, secrets_manager)?;
        self.memory.check(secret_id.ptr, secret_id.len)?;
        let secret = self.memory.bytes(secret)?;
        check_secret_len(secret)?;
        manager.replace_secret(op, self.memory.bytes(secret_id)?, secret, expiration)
    }

    pub(in crate::abi) fn external_secret_from_id(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        secret_id: Bytes,
        secret_version: u64,
    ) -> Result<Handle<ArrayOutput>> {
        let manager = self.manager(op, secrets_manager)?;
        let identifier = self.memory.bytes(secret_id)?;
        self.objects.open(|_| manager.secret(op, identifier, versions(secret_version)?).map(ArrayOutput::new))
    }

    pub(in crate::abi) fn external_secret_invalidate(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        secret_id: Bytes,
        secret_version: u64,
    ) -> Result<()> {
        let manager = self.manager(op, secrets_manager)?;
        manager.invalidate_secret(op, self.memory.bytes(secret_id)?, versions(secret_version)?)
    }

    pub(in crate::abi) fn external_secret_encapsulate(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        secret: Bytes,
        expiration: u64,
    ) -> Result<Handle<ArrayOutput>> {
        let manager = self.manager(op, secrets_manager)?;
        let secret = self.memory.bytes(secret)?;
        check_secret_len(secret)?;
        self.objects.open(|_| manager.encapsulate_secret(op, secret, expiration).map(ArrayOutput::new))
    }

    pub(in crate::abi) fn external_secret_decapsulate(
        &mut self,
        op: Operation<'_>,
        secrets_manager: Handle<SecretsManager>,
        encrypted_secret: Bytes,
    ) -> Result<Handle<ArrayOutput>> {
        let manager = self.manager(op, secrets_manager)?;
        let sealed = self.memory.bytes(encrypted_secret)?;
        self.objects.open(|_| manager.decapsulate_secret(op, sealed).map(ArrayOutput::new))
    }
}
