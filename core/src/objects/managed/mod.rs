//! Managed keys and external secrets: the rules of what a [`store`](crate::store) keeps.
//!
//! A guest reaches the part of the store that is its own namespace.

mod audit;
mod keypair;
mod namespaced_store;
mod resident;
mod seal;
mod secret;
mod symmetric;

use self::namespaced_store::NamespacedStore;
pub(crate) use self::{namespaced_store::versions, secret::check_len as check_secret_len};
use crate::{
    Errno, Operation, Result,
    store::{Kind, Versions},
};

/// A guest's access to the store: `secrets_manager`, which 2020-06 calls `key_manager`.
///
/// Keys that were opened with it stay open when it is dropped, and what was stored is durable already.
#[derive(Debug)]
pub struct SecretsManager(());

impl SecretsManager {
    /// Opens the part of the store that is the guest's own: `secrets_manager_open`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] where the host has no store.
    pub fn open(operation: Operation<'_>) -> Result<Self> {
        NamespacedStore::of(operation).map(|_| Self(()))
    }

    /// Invalidates versions of a managed key, of whatever kind: `secrets_manager_invalidate`.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] where there is no such key or version, [`Errno::InternalError`] where the store fails.
    pub fn invalidate(&self, operation: Operation<'_>, identifier: &[u8], versions: Versions) -> Result<()> {
        let store = NamespacedStore::of(operation)?;
        match store.invalidate(Kind::KeyPair, identifier, versions) {
            Err(Errno::NotFound) => store.invalidate(Kind::SymmetricKey, identifier, versions),
            done => done,
        }
    }
}
