//! The operator's interface to a store.

use super::{Identifier, KeyStore, Kind, Name, StoreError, Versions, record::has_passed};

/// A store that an operator can list, and whose versions an operator can have expire. Guests have no access to this.
///
/// For all other work, operators use [`KeyStore`].
pub trait StoreAdmin: KeyStore {
    /// Lists all versions of one namespace, or of all namespaces, without their content: ordered by namespace, kind,
    /// identifier and version.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`].
    fn list(&self, namespace: Option<&str>) -> Result<Vec<Entry>, StoreError>;

    /// Sets the last second in which versions are valid, as a UNIX timestamp, or `None` for versions that never expire.
    /// Returns the numbers of the versions.
    ///
    /// A guest that has a version open is affected when it opens the version again.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if the name has no such version, [`StoreError::Failed`].
    fn expire(&self, name: &Name<'_>, versions: Versions, expires: Option<u64>) -> Result<Vec<u64>, StoreError>;
}

/// The properties of a version, without its content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Entry {
    /// The namespace.
    pub namespace: String,
    /// The kind of the key or the secret.
    pub kind: Kind,
    /// The identifier that guests use.
    pub identifier: Identifier,
    /// The version's number.
    pub version: u64,
    /// The interface's name of the algorithm; empty for an external secret.
    pub algorithm: String,
    /// The last second in which the version is valid, as a UNIX timestamp, if it expires.
    pub expires: Option<u64>,
    /// Whether the key exists only in the store, which it cannot leave.
    pub in_store_only: bool,
}

impl Entry {
    /// Makes the entry of a version that never expires, and whose bytes can leave the store.
    #[must_use]
    pub fn new(name: &Name<'_>, version: u64, algorithm: impl Into<String>) -> Self {
        let Name { namespace, kind, identifier } = *name;
        let (namespace, algorithm) = (namespace.to_owned(), algorithm.into());
        Self { namespace, kind, identifier, version, algorithm, expires: None, in_store_only: false }
    }

    /// Sets the last second in which the version is valid, as a UNIX timestamp, or `None` if it never expires.
    #[must_use]
    pub fn with_expiry(mut self, expires: Option<u64>) -> Self {
        self.expires = expires;
        self
    }

    /// Sets whether the key exists only in the store, which it cannot leave.
    #[must_use]
    pub fn with_in_store_only(mut self, in_store_only: bool) -> Self {
        self.in_store_only = in_store_only;
        self
    }

    /// Returns whether the version has expired at a UNIX timestamp.
    #[must_use]
    pub fn has_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|last| has_passed(last, now))
    }

    /// Returns the name of the version.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name { namespace: &self.namespace, kind: self.kind, identifier: self.identifier }
    }
}
