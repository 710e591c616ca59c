//! Managed keys and external secrets: the rules for using a [`store`](crate::store).
//!
//! A guest can use only its own namespace of the store.

mod audit;
mod keypair;
mod namespaced_store;
mod resident;
mod seal;
mod secret;
mod symmetric;

use self::namespaced_store::NamespacedStore;
pub(crate) use self::namespaced_store::versions;
pub use self::secret::check_len as check_secret_len;
use crate::{
    Errno, Operation, Result,
    store::{Kind, Versions},
};

/// A guest's access to the store: `secrets_manager`, which 2020-06 calls `key_manager`.
///
/// Dropping it does not close keys that were opened with it. Stored keys are durable before it is dropped.
#[derive(Debug)]
pub struct SecretsManager(());

impl SecretsManager {
    /// Opens the guest's namespace of the store: `secrets_manager_open`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] if the host has no store.
    pub fn open(operation: Operation<'_>) -> Result<Self> {
        NamespacedStore::of(operation).map(|_| Self(()))
    }

    /// Invalidates versions of a managed key of any kind: `secrets_manager_invalidate`.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if there is no such key or version, [`Errno::InternalError`] if the store fails.
    pub fn invalidate(&self, operation: Operation<'_>, identifier: &[u8], versions: Versions) -> Result<()> {
        let store = NamespacedStore::of(operation)?;
        match store.invalidate(Kind::KeyPair, identifier, versions) {
            Err(Errno::NotFound) => store.invalidate(Kind::SymmetricKey, identifier, versions),
            done => done,
        }
    }
}
