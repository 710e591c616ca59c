//! External secrets: `external_secret_*`, but for those that the guest keeps.

use super::{SecretsManager, vault::versions};
use crate::{
    Errno, RefusalCause, Result,
    array_output::ArrayOutput,
    handles::Handle,
    host::Call,
    memory::{Buf, Bytes},
    refusal,
    secret::SecretBytes,
    store::{Action, Content, Kind, Record},
};

/// No external secret is longer, in bytes.
const LONGEST: usize = 64 << 10;

/// # Errors
///
/// [`Errno::Overflow`] for a secret that is longer than any may be.
pub(super) fn check_len(secret: &[u8]) -> Result<()> {
    if secret.len() <= LONGEST { Ok(()) } else { Err(refusal::limit(RefusalCause::Length)) }
}

impl Call<'_> {
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a secret that is too long, for a buffer that is too small for an identifier, or at a
    /// quota.
    pub(crate) fn external_secret_store(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        secret: Bytes,
        expiration: u64,
        secret_id: Buf,
    ) -> Result<()> {
        let vault = self.vault(secrets_manager)?;
        self.check_identifier(secret_id)?;
        let content = self.memory.bytes(secret)?;
        check_len(content)?;
        let record = Record { algorithm: "", expires: Some(expiration), content };
        let name = vault.fresh(Kind::Secret)?;
        vault.store(&name, &record, Action::Stored)?;
        self.memory.write_into(secret_id, &name.identifier.0)
    }

    /// # Errors
    ///
    /// [`Errno::NotFound`] where there is no such secret, [`Errno::Overflow`] for a secret that is too long, or at a
    /// quota.
    pub(crate) fn external_secret_replace(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        secret: Bytes,
        expiration: u64,
        secret_id: Bytes,
    ) -> Result<u64> {
        let vault = self.vault(secrets_manager)?;
        self.memory.check(secret_id.ptr, secret_id.len)?;
        let content = self.memory.bytes(secret)?;
        check_len(content)?;
        let record = Record { algorithm: "", expires: Some(expiration), content };
        vault.replace(Kind::Secret, self.memory.bytes(secret_id)?, record)
    }

    /// # Errors
    ///
    /// [`Errno::NotFound`] where there is no such secret or version, [`Errno::Expired`].
    pub(crate) fn external_secret_from_id(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        secret_id: Bytes,
        secret_version: u64,
    ) -> Result<Handle<ArrayOutput>> {
        let vault = self.vault(secrets_manager)?;
        let (identifier, budget) = (self.memory.bytes(secret_id)?, self.budget);
        self.objects.open(|_| match vault.open(Kind::Secret, identifier, secret_version)?.1.content {
            Content::Bytes(secret) => Ok(ArrayOutput::new(SecretBytes::copy_of(&secret, budget)?)),
            Content::Key(_) => Err(Errno::InternalError),
        })
    }

    /// # Errors
    ///
    /// [`Errno::NotFound`] where there is no such secret or version.
    pub(crate) fn external_secret_invalidate(
        &mut self,
        secrets_manager: Handle<SecretsManager>,
        secret_id: Bytes,
        secret_version: u64,
    ) -> Result<()> {
        let vault = self.vault(secrets_manager)?;
        let (identifier, versions) = (self.memory.bytes(secret_id)?, versions(secret_version)?);
        vault.invalidate(Kind::Secret, identifier, versions)
    }
}
