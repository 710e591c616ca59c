//! What an operator does with a store.

use super::{Identifier, KeyStore, Kind, Name, StoreError, Versions};

/// A store whose operator can see what there is, and have it expire. No guest comes here.
///
/// What operators do beyond that, they do as [`KeyStore`] has it.
pub trait StoreAdmin: KeyStore {
    /// All versions of one namespace, or of all: by namespace, kind, identifier and version. No content is shown.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`].
    fn list(&self, namespace: Option<&str>) -> Result<Vec<Entry>, StoreError>;

    /// Sets the last second in which versions are of use, as a UNIX timestamp, or that they never expire, and returns
    /// their numbers.
    ///
    /// Who has a version open learns of it when it opens it again.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if the name has no such version, [`StoreError::Failed`].
    fn expire(&self, name: &Name<'_>, versions: Versions, expires: Option<u64>) -> Result<Vec<u64>, StoreError>;
}

/// What there is to know of a version without its content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Whose it is.
    pub namespace: String,
    /// What it is.
    pub kind: Kind,
    /// What guests know it by.
    pub identifier: Identifier,
    /// The version's number.
    pub version: u64,
    /// The interface's name of the algorithm; empty for an external secret.
    pub algorithm: String,
    /// The last second in which it is of use, as a UNIX timestamp, if it expires.
    pub expires: Option<u64>,
    /// Whether it never leaves the store.
    pub kept: bool,
}

impl Entry {
    /// The name that it is a version of.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name { namespace: &self.namespace, kind: self.kind, identifier: self.identifier }
    }
}
