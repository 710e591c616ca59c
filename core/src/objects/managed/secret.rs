//! External secrets in the store: `external_secret_*`, except those that the guest stores itself.

use super::{SecretsManager, namespaced_store::NamespacedStore};
use crate::{
    Errno, Operation, RefusalCause, Result, refusal,
    secret::SecretBytes,
    store::{Action, Content, Identifier, Kind, Record, Versions},
};

/// The maximal length of an external secret, in bytes.
const LONGEST: usize = 64 << 10;

/// Checks the length of an external secret, at most 64 KiB. Doors call this as well, where they check the lengths of a
/// call's arguments.
///
/// # Errors
///
/// [`Errno::Overflow`] for a longer secret.
pub fn check_len(secret: &[u8]) -> Result<()> {
    if secret.len() <= LONGEST { Ok(()) } else { Err(refusal::limit(RefusalCause::Length)) }
}

impl SecretsManager {
    /// Stores a secret, and returns its identifier: `external_secret_store`. `expires` is the last second in which it
    /// is valid, as a UNIX timestamp.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a secret that is longer than 64 KiB, or at a quota; [`Errno::RngError`],
    /// [`Errno::InternalError`] if the store fails.
    pub fn store_secret(&self, operation: Operation<'_>, secret: &[u8], expires: u64) -> Result<Identifier> {
        let store = NamespacedStore::of(operation)?;
        check_len(secret)?;
        let record = Record { algorithm: "", expires: Some(expires), content: secret };
        let name = store.fresh(Kind::Secret)?;
        store.store(&name, &record, Action::Stored)?;
        Ok(name.identifier)
    }

    /// Adds a version to a secret, and returns its number: `external_secret_replace`.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if there is no such secret; else as for [`store_secret`](Self::store_secret).
    pub fn replace_secret(
        &self,
        operation: Operation<'_>,
        identifier: &[u8],
        secret: &[u8],
        expires: u64,
    ) -> Result<u64> {
        let store = NamespacedStore::of(operation)?;
        check_len(secret)?;
        store.replace(Kind::Secret, identifier, Record { algorithm: "", expires: Some(expires), content: secret })
    }

    /// Returns the secret of an identifier: `external_secret_from_id`.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if there is no such secret or version, [`Errno::Expired`], [`Errno::Overflow`] if it exceeds
    /// the guest's limit on bytes, [`Errno::InternalError`] if the store fails.
    pub fn secret(&self, operation: Operation<'_>, identifier: &[u8], version: Versions) -> Result<SecretBytes> {
        let store = NamespacedStore::of(operation)?;
        match store.open(Kind::Secret, identifier, version)?.1.content {
            Content::Bytes(secret) => SecretBytes::copy_of(&secret, operation.budget()),
            Content::Key(_) => Err(Errno::InternalError),
        }
    }

    /// Invalidates versions of a secret: `external_secret_invalidate`.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if there is no such secret or version, [`Errno::InternalError`] if the store fails.
    pub fn invalidate_secret(&self, operation: Operation<'_>, identifier: &[u8], versions: Versions) -> Result<()> {
        NamespacedStore::of(operation)?.invalidate(Kind::Secret, identifier, versions)
    }
}
