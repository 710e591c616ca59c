//! A guest's namespace of the store.

use super::audit::Part;
use crate::{
    Errno, Operation, Result,
    backend::Secret,
    host::Shared,
    managed_state::{ManagedState, ManagedVersion},
    store::{
        Action, Content, Identifier, KeyStore, Kind, LAST_VERSION, Name, NewKey, Record, Replacement, StoreError,
        Stored, Versions,
    },
};

/// Reserved numbers of versions, the same in both revisions; no key has the version `unspecified`.
const LATEST: u64 = 0xff00_0000_0000_0001;
const ALL: u64 = 0xff00_0000_0000_0002;

/// The versions that a guest's number means.
///
/// # Errors
///
/// [`Errno::NotFound`] for a reserved number that means no version.
pub(crate) fn versions(number: u64) -> Result<Versions> {
    match number {
        ..=LAST_VERSION => Ok(Versions::One(number)),
        LATEST => Ok(Versions::Latest),
        ALL => Ok(Versions::All),
        _ => Err(Errno::NotFound),
    }
}

/// A store for the guests of one namespace. It reports changes to the embedder's audit log.
#[derive(Clone, Copy)]
pub(super) struct NamespacedStore<'a> {
    pub(super) store: &'a dyn KeyStore,
    pub(super) host: &'a Shared,
    namespace: &'a str,
}

/// A key that was just generated: by the store, or by the core for the store.
pub(super) enum Generated<T> {
    InStore(Stored),
    InProcess(T),
}

impl<'a> NamespacedStore<'a> {
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] without a store.
    pub(super) fn of(operation: Operation<'a>) -> Result<Self> {
        let host = operation.shared();
        let store = host.store.keys.as_deref().ok_or(Errno::UnsupportedFeature)?;
        Ok(Self { store, host, namespace: operation.namespace() })
    }

    fn name(&self, kind: Kind, identifier: Identifier) -> Name<'a> {
        Name { namespace: self.namespace, kind, identifier }
    }

    /// The expiry of a key that is stored now.
    fn key_expiry(&self) -> Option<u64> {
        let lifetime = self.store.rules().lifetime?;
        Some(self.host.store.clock.now().saturating_add(lifetime.as_secs()))
    }

    fn new_version(&self, identifier: Identifier, version: u64, expires: Option<u64>) -> ManagedVersion {
        ManagedVersion { identifier, version, expires, exportable: self.store.rules().exportable }
    }

    /// The state of a key for a version that the store opened.
    pub(super) fn version_of(&self, identifier: Identifier, stored: &Stored) -> ManagedVersion {
        let exportable = self.store.rules().exportable && matches!(stored.content, Content::Bytes(_));
        ManagedVersion { identifier, version: stored.version, expires: stored.expires, exportable }
    }

    /// A new name, with a random identifier.
    pub(super) fn fresh(&self, kind: Kind) -> Result<Name<'a>> {
        Ok(self.name(kind, Identifier::draw(self.host.backend.random)?))
    }

    /// The name of the key that seals external secrets.
    pub(super) fn seal_name(&self) -> Name<'a> {
        self.name(Kind::Seal, Identifier::SEAL)
    }

    /// Stores bytes under a name, and returns the version's number.
    pub(super) fn store(&self, name: &Name<'_>, record: &Record<'_>, action: Action) -> Result<u64> {
        let part = Part { name: *name, versions: None, action };
        self.change([part], || self.store.store(name, record).map_err(StoreError::refuse), |version| [vec![*version]])
    }

    /// Generates a key in the store, if it generates keys of that algorithm.
    pub(super) fn generate_in_store(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>> {
        if !self.store.generates(key.algorithm) {
            return Ok(None);
        }
        let part = Part { name: *name, versions: None, action: Action::Generated };
        // If the store generates no key after all, the audit log gets a refusal.
        let generate =
            || self.store.generate(name, key).map_err(StoreError::refuse)?.ok_or(Errno::UnsupportedAlgorithm);
        match self.change([part], generate, |stored| [vec![stored.version]]) {
            Err(Errno::UnsupportedAlgorithm) => Ok(None),
            made => made.map(Some),
        }
    }

    /// Generates a key in the store if it can; otherwise `make` generates the key, and `bytes` returns the bytes to
    /// store.
    ///
    /// # Errors
    ///
    /// Those of the store and of `make`.
    pub(super) fn generate<T>(
        &self,
        kind: Kind,
        (algorithm, key_len): (&str, Option<usize>),
        make: impl FnOnce() -> Result<T>,
        bytes: impl FnOnce(&T) -> Result<Secret>,
    ) -> Result<(Generated<T>, ManagedVersion)> {
        let (name, expires) = (self.fresh(kind)?, self.key_expiry());
        if let Some(stored) = self.generate_in_store(&name, &NewKey { algorithm, key_len, expires })? {
            let held = self.version_of(name.identifier, &stored);
            return Ok((Generated::InStore(stored), held));
        }
        let made = make()?;
        let version = self.store(&name, &Record { algorithm, expires, content: &bytes(&made)? }, Action::Generated)?;
        Ok((Generated::InProcess(made), self.new_version(name.identifier, version, expires)))
    }

    /// Invalidates a version that the store generated and the backend refuses. The guest gets the backend's error.
    pub(super) fn discard(&self, kind: Kind, version: &ManagedVersion) {
        let _ = self.invalidate(kind, &version.identifier.0, Versions::One(version.version));
    }

    /// Stores a guest's key, which makes it managed.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a key that is managed already, [`Errno::ProhibitedOperation`] if the store's
    /// rules allow no keys that were made elsewhere, and those of the store.
    pub(super) fn store_key(
        &self,
        kind: Kind,
        managed: &ManagedState,
        algorithm: &str,
        bytes: impl FnOnce() -> Result<Secret>,
    ) -> Result<Identifier> {
        managed.change(|held| {
            if held.is_some() {
                return Err(Errno::InvalidOperation);
            }
            if !self.store.rules().imports {
                return Err(Errno::ProhibitedOperation);
            }
            let (name, expires) = (self.fresh(kind)?, self.key_expiry());
            let version = self.store(&name, &Record { algorithm, expires, content: &bytes()? }, Action::Stored)?;
            Ok((self.new_version(name.identifier, version, expires), name.identifier))
        })
    }

    /// Makes one key the next version of another, and returns its number.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] if the old one is not managed, [`Errno::InvalidOperation`] if both are versions of
    /// one already, [`Errno::ProhibitedOperation`] if the store's rules allow no keys that were made elsewhere,
    /// [`Errno::NotFound`] if no version of the old one is left, and those of the store.
    pub(super) fn replace_key(
        &self,
        kind: Kind,
        (old, new): (&ManagedState, &ManagedState),
        algorithm: &str,
        bytes: impl FnOnce() -> Result<Secret>,
    ) -> Result<u64> {
        let old = old.get().ok_or(Errno::UnsupportedFeature)?;
        let name = self.name(kind, old.identifier);
        new.change(|new| {
            let held = match new {
                Some(new) if new.identifier == old.identifier => return Err(Errno::InvalidOperation),
                Some(new) => {
                    let former = self.name(kind, new.identifier);
                    self.demand(&name, None)?;
                    self.demand(&former, Some(new.version))?;
                    let left = Versions::One(new.version);
                    let left = Part { name: former, versions: Some(left), action: Action::Moved };
                    let taken = Part { name, versions: None, action: Action::Replaced };
                    let moved = Replacement::Moved { from: new.identifier, version: new.version };
                    let replace = || self.store.replace(&name, &moved).map_err(StoreError::refuse);
                    let version = self.change([left, taken], replace, |version| [vec![new.version], vec![*version]])?;
                    ManagedVersion { identifier: old.identifier, version, ..new }
                }
                None if !self.store.rules().imports => return Err(Errno::ProhibitedOperation),
                None => {
                    let expires = self.key_expiry();
                    let record = Record { algorithm, expires, content: &bytes()? };
                    let version = self.add(&name, record)?;
                    self.new_version(old.identifier, version, expires)
                }
            };
            Ok((held, held.version))
        })
    }

    /// Adds a version to a name that a guest passed, and returns its number.
    pub(super) fn replace(&self, kind: Kind, identifier: &[u8], record: Record<'_>) -> Result<u64> {
        self.add(&self.name(kind, Identifier::of(identifier).ok_or(Errno::NotFound)?), record)
    }

    fn add(&self, name: &Name<'_>, record: Record<'_>) -> Result<u64> {
        self.demand(name, None)?;
        let part = Part { name: *name, versions: None, action: Action::Replaced };
        let replacement = Replacement::Record(record);
        let replace = || self.store.replace(name, &replacement).map_err(StoreError::refuse);
        self.change([part], replace, |version| [vec![*version]])
    }

    /// Opens the version that a guest named by an identifier and a number.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if the store has no such version, [`Errno::Expired`].
    pub(super) fn open(&self, kind: Kind, identifier: &[u8], version: Versions) -> Result<(Identifier, Stored)> {
        let identifier = Identifier::of(identifier).ok_or(Errno::NotFound)?;
        let version = match version {
            Versions::One(version) => Some(version),
            Versions::Latest => None,
            Versions::All => return Err(Errno::NotFound),
        };
        let stored = self.store.open(&self.name(kind, identifier), version).map_err(StoreError::refuse)?;
        self.host.store.clock.check(stored.expires)?;
        Ok((identifier, stored))
    }

    /// Opens a version of the key that seals external secrets, or the latest.
    pub(super) fn open_seal(&self, version: Option<u64>) -> Result<Stored> {
        self.store.open(&self.seal_name(), version).map_err(StoreError::refuse)
    }

    /// # Errors
    ///
    /// [`Errno::NotFound`] if the store has no such version.
    pub(super) fn invalidate(&self, kind: Kind, identifier: &[u8], versions: Versions) -> Result<()> {
        let name = self.name(kind, Identifier::of(identifier).ok_or(Errno::NotFound)?);
        self.demand(&name, if let Versions::One(version) = versions { Some(version) } else { None })?;
        let part = Part { name, versions: Some(versions), action: Action::Invalidated };
        let invalidate = || self.store.invalidate(&name, versions).map_err(StoreError::refuse);
        self.change([part], invalidate, |numbers| [numbers.clone()]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_numbers_stand_for_what_both_texts_say() {
        assert_eq!(versions(0), Ok(Versions::One(0)));
        assert_eq!(versions(0xfeff_ffff_ffff_ffff), Ok(Versions::One(0xfeff_ffff_ffff_ffff)));
        assert_eq!(versions(0xff00_0000_0000_0000), Err(Errno::NotFound));
        assert_eq!(versions(0xff00_0000_0000_0001), Ok(Versions::Latest));
        assert_eq!(versions(0xff00_0000_0000_0002), Ok(Versions::All));
        assert_eq!(versions(0xff00_0000_0000_0003), Err(Errno::NotFound));
        assert_eq!(versions(u64::MAX), Err(Errno::NotFound));
    }
}
