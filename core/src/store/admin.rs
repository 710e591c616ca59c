//! The operator's interface to a store.

use super::{Identifier, KeyStore, Kind, Name, StoreError, Versions};

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
    /// Whether the key cannot leave the store.
    pub kept: bool,
}

impl Entry {
    /// Returns the name of the version.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name { namespace: &self.namespace, kind: self.kind, identifier: self.identifier }
    }
}
