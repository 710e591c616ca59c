//! Managed keys and external secrets: the rules of what a [`store`](crate::store) keeps.
//!
//! A [`Vault`] is the part of the store that a guest reaches, its own namespace; [`Custody`] is what a key's handle
//! knows of the version that it stands for.

mod audit;
mod custody;
mod keeping;
mod kept;
mod keypair;
mod seal;
mod secret;
mod symmetric;
mod vault;

pub(crate) use custody::{Custody, Held};
pub(crate) use keeping::{Clock, Keeping};

use self::vault::{Vault, versions};
use crate::{Errno, Result, abi::Optional, handles::Handle, host::Call, memory::Bytes, options::Options, store::Kind};

/// A guest's access to the store: `secrets_manager`, which 2020-06 calls `key_manager`.
pub(crate) struct SecretsManager;

impl<'a> Call<'a> {
    /// The guest's part of the store.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] without a store, [`Errno::InvalidHandle`] for what is no manager.
    fn vault(&self, manager: Handle<SecretsManager>) -> Result<Vault<'a>> {
        let vault = Vault::new(self.host, self.namespace)?;
        self.objects.get(manager)?;
        Ok(vault)
    }
}

impl Call<'_> {
    /// No option is needed, and none is looked at.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] without a store.
    pub(crate) fn secrets_manager_open(&mut self, options: Optional<Options>) -> Result<Handle<SecretsManager>> {
        Vault::new(self.host, self.namespace)?;
        let options = self.optional(options)?;
        self.objects.open(|objects| {
            options.map(|options| objects.get(options)).transpose()?;
            Ok(SecretsManager)
        })
    }

    /// Keys that were opened with it stay open, and what was stored is durable already.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] without a store.
    pub(crate) fn secrets_manager_close(&mut self, secrets_manager: Handle<SecretsManager>) -> Result<()> {
        Vault::new(self.host, self.namespace)?;
        self.objects.close(secrets_manager)
    }

    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] without a store, [`Errno::NotFound`] where there is no such key or version.
    pub(crate) fn secrets_manager_invalidate(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        key_id: Bytes,
        key_version: u64,
    ) -> Result<()> {
        let vault = self.vault(secrets_manager)?;
        let (identifier, versions) = (self.memory.bytes(key_id)?, versions(key_version)?);
        match vault.invalidate(Kind::KeyPair, identifier, versions) {
            Err(Errno::NotFound) => vault.invalidate(Kind::SymmetricKey, identifier, versions),
            done => done,
        }
    }

    /// As [`secrets_manager_open`](Self::secrets_manager_open).
    pub(crate) fn key_manager_open(&mut self, options: Optional<Options>) -> Result<Handle<SecretsManager>> {
        self.secrets_manager_open(options)
    }

    /// As [`secrets_manager_close`](Self::secrets_manager_close).
    pub(crate) fn key_manager_close(&mut self, key_manager: Handle<SecretsManager>) -> Result<()> {
        self.secrets_manager_close(key_manager)
    }

    /// As [`secrets_manager_invalidate`](Self::secrets_manager_invalidate).
    pub(crate) fn key_manager_invalidate(
        &mut self,
        key_manager: Handle<SecretsManager>,
        key_id: Bytes,
        key_version: u64,
    ) -> Result<()> {
        self.secrets_manager_invalidate(key_manager, key_id, key_version)
    }
}

#[cfg(test)]
mod tests;
