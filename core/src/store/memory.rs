//! A store in memory.

use std::collections::{BTreeMap, HashMap};

use parking_lot::RwLock;
use zeroize::Zeroizing;

use super::{
    Content, Entry as Listed, Identifier, KeyRules, KeyStore, Kind, Name, Quotas, Record, Replacement, StoreAdmin,
    StoreConfig, StoreError, Stored, Versions, next_version,
};
use crate::backend::Secret;

/// A store in memory, for tests and short-lived hosts. Invalidated versions are wiped at once, the others when the
/// store is dropped.
#[derive(Default)]
pub struct MemoryStore {
    config: StoreConfig,
    namespaces: RwLock<HashMap<String, Namespace>>,
}

#[derive(Default)]
struct Namespace {
    entries: HashMap<(Kind, Identifier), Entry>,
    /// The number of names that count towards the quota, and the bytes of their versions.
    keys: u64,
    bytes: u64,
}

#[derive(Default)]
struct Entry {
    /// The number of the last version, even if it was invalidated.
    last: u64,
    versions: BTreeMap<u64, Version>,
}

struct Version {
    algorithm: String,
    expires: Option<u64>,
    content: Secret,
}

impl Version {
    fn of(record: &Record<'_>) -> Self {
        let content = Zeroizing::new(record.content.to_vec());
        Self { algorithm: record.algorithm.to_owned(), expires: record.expires, content }
    }

    fn len(&self) -> u64 {
        Quotas::bytes_of(self.content.len() as u64)
    }
}

impl MemoryStore {
    /// Makes an empty store with the default rules and quotas.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the rules and the quotas.
    #[must_use]
    pub fn with_config(mut self, config: StoreConfig) -> Self {
        self.config = config;
        self
    }
}

fn key(name: &Name<'_>) -> (Kind, Identifier) {
    (name.kind, name.identifier)
}

impl Namespace {
    /// Adds a version to a name, or changes nothing.
    fn add(&mut self, quotas: &Quotas, name: &Name<'_>, version: Version) -> Result<u64, StoreError> {
        let counts = name.kind != Kind::Seal;
        let entry = self.entries.get(&key(name));
        let (last, versions) = entry.map_or((0, 0), |entry| (entry.last, entry.versions.len() as u64));
        let keys = self.keys + u64::from(counts && entry.is_none());
        let bytes = self.bytes.saturating_add(if counts { version.len() } else { 0 });
        quotas.check(if counts { keys } else { 0 }, versions + 1, if counts { bytes } else { 0 })?;
        let number = next_version(last)?;
        let entry = self.entries.entry(key(name)).or_default();
        entry.last = number;
        entry.versions.insert(number, version);
        (self.keys, self.bytes) = (keys, bytes);
        Ok(number)
    }

    /// Removes a version of a name, and the name with its last version.
    fn take(&mut self, name: &Name<'_>, version: u64) -> Result<Version, StoreError> {
        let entry = self.entries.get_mut(&key(name)).ok_or(StoreError::NotFound)?;
        let taken = entry.versions.remove(&version).ok_or(StoreError::NotFound)?;
        if name.kind != Kind::Seal {
            self.bytes = self.bytes.saturating_sub(taken.len());
            if entry.versions.is_empty() {
                self.entries.remove(&key(name));
                self.keys = self.keys.saturating_sub(1);
            }
        }
        Ok(taken)
    }

    fn entry(&self, name: &Name<'_>) -> Result<&Entry, StoreError> {
        self.entries.get(&key(name)).filter(|entry| !entry.versions.is_empty()).ok_or(StoreError::NotFound)
    }

    /// Moves a version from one name to another, or changes nothing.
    fn rename(&mut self, quotas: &Quotas, name: &Name<'_>, from: Identifier, version: u64) -> Result<u64, StoreError> {
        if from == name.identifier {
            return Err(StoreError::NotFound);
        }
        let target = self.entry(name)?;
        let (last, versions) = (target.last, target.versions.len() as u64);
        let former = Name { identifier: from, ..*name };
        if !self.entry(&former)?.versions.contains_key(&version) {
            return Err(StoreError::NotFound);
        }
        // The quota counts it before and after.
        quotas.check(0, versions + 1, 0)?;
        let number = next_version(last)?;
        let moved = self.take(&former, version)?;
        self.bytes = self.bytes.saturating_add(moved.len());
        let target = self.entries.entry(key(name)).or_default();
        target.last = number;
        target.versions.insert(number, moved);
        Ok(number)
    }
}

impl KeyStore for MemoryStore {
    fn rules(&self) -> KeyRules {
        self.config.rules
    }

    fn generates(&self, _: &str) -> bool {
        false
    }

    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError> {
        let mut namespaces = self.namespaces.write();
        let namespace = namespaces.entry(name.namespace.to_owned()).or_default();
        namespace.add(&self.config.quotas, name, Version::of(record))
    }

    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError> {
        let mut namespaces = self.namespaces.write();
        let namespace = namespaces.get_mut(name.namespace).ok_or(StoreError::NotFound)?;
        namespace.entry(name)?;
        match by {
            Replacement::Record(record) => namespace.add(&self.config.quotas, name, Version::of(record)),
            Replacement::Moved { from, version } => namespace.rename(&self.config.quotas, name, *from, *version),
        }
    }

    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError> {
        let namespaces = self.namespaces.read();
        let versions = &namespaces.get(name.namespace).ok_or(StoreError::NotFound)?.entry(name)?.versions;
        let found = match version {
            Some(version) => versions.get_key_value(&version),
            None => versions.last_key_value(),
        };
        let (version, Version { algorithm, expires, content }) = found.ok_or(StoreError::NotFound)?;
        Ok(Stored::new(*version, algorithm, Content::Bytes(content.clone())).with_expiry(*expires))
    }

    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError> {
        let mut namespaces = self.namespaces.write();
        let namespace = namespaces.get_mut(name.namespace).ok_or(StoreError::NotFound)?;
        let numbers = versions.among(namespace.entry(name)?.versions.keys().copied())?;
        for version in &numbers {
            namespace.take(name, *version)?;
        }
        Ok(numbers)
    }
}

impl StoreAdmin for MemoryStore {
    fn list(&self, namespace: Option<&str>) -> Result<Vec<Listed>, StoreError> {
        let mut listed = Vec::new();
        for (name, of) in self.namespaces.read().iter().filter(|(name, _)| namespace.is_none_or(|only| only == *name)) {
            for ((kind, identifier), entry) in &of.entries {
                let name = Name { namespace: name, kind: *kind, identifier: *identifier };
                listed.extend(entry.versions.iter().map(|(number, version)| {
                    Listed::new(&name, *number, &version.algorithm).with_expiry(version.expires)
                }));
            }
        }
        listed.sort_unstable();
        Ok(listed)
    }

    fn expire(&self, name: &Name<'_>, versions: Versions, expires: Option<u64>) -> Result<Vec<u64>, StoreError> {
        let mut namespaces = self.namespaces.write();
        let namespace = namespaces.get_mut(name.namespace).ok_or(StoreError::NotFound)?;
        let entry = namespace.entries.get_mut(&key(name)).ok_or(StoreError::NotFound)?;
        let numbers = versions.among(entry.versions.keys().copied())?;
        for number in &numbers {
            entry.versions.get_mut(number).ok_or(StoreError::NotFound)?.expires = expires;
        }
        Ok(numbers)
    }
}

/// Shows the number of namespaces, and none of their contents.
impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let namespaces = self.namespaces.read().len();
        f.debug_struct("MemoryStore").field("namespaces", &namespaces).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
