//! A running change of the file: one transaction.

use hostcrypt::{
    backend::Secret,
    store::{Kind, Name, Quotas, StoreError, next_version},
};
use redb::{ReadableTable, Table, WriteTransaction};

use crate::{
    error::Fault,
    seal::{Keys, Sealed},
    tables::{NAMES, NameKey, NameRow, TOTALS, VERSIONS, VersionKey, VersionRow, key},
};

pub(crate) struct Change<'txn> {
    keys: &'txn Keys,
    quotas: &'txn Quotas,
    versions: Table<'txn, VersionKey, VersionRow>,
    names: Table<'txn, NameKey, NameRow>,
    totals: Table<'txn, &'static str, (u64, u64)>,
}

/// The record of a name.
#[derive(Clone, Copy, Default)]
struct Known {
    /// The number of the last version, even if it was invalidated.
    last: u64,
    /// The number of versions that are left.
    live: u64,
}

/// A version that was removed from its place.
pub(crate) struct Version {
    pub(crate) algorithm: String,
    pub(crate) expires: Option<u64>,
    pub(crate) content: Secret,
}

impl Version {
    /// The bytes that it counts against the quotas.
    fn counted_bytes(&self) -> u64 {
        Quotas::bytes_of(self.content.len() as u64)
    }
}

impl<'txn> Change<'txn> {
    pub(crate) fn new(txn: &'txn WriteTransaction, keys: &'txn Keys, quotas: &'txn Quotas) -> Result<Self, Fault> {
        let (versions, names, totals) = (txn.open_table(VERSIONS)?, txn.open_table(NAMES)?, txn.open_table(TOTALS)?);
        Ok(Self { keys, quotas, versions, names, totals })
    }

    fn known(&self, name: &Name<'_>) -> Result<Option<Known>, Fault> {
        let key = key(name)?;
        let Some(row) = self.names.get(key)? else { return Ok(None) };
        let (generation, last, live, sealed) = row.value();
        self.keys.open(generation, Sealed::Name(&key, last, live), sealed)?;
        Ok(Some(Known { last, live }))
    }

    fn know(&mut self, name: &Name<'_>, known: Known) -> Result<(), Fault> {
        let key = key(name)?;
        // A name without versions is deleted, because no identifier is drawn twice; a seal's name is not.
        if known.live == 0 && name.kind != Kind::Seal {
            self.names.remove(key)?;
            return Ok(());
        }
        let Known { last, live } = known;
        let sealed = self.keys.current.seal(Sealed::Name(&key, last, live), &[])?;
        self.names.insert(key, (self.keys.current.generation, last, live, &sealed[..]))?;
        Ok(())
    }

    fn count(&mut self, name: &Name<'_>, change: impl FnOnce(&mut u64, &mut u64)) -> Result<(u64, u64), Fault> {
        let (mut names, mut bytes) = self.totals.get(name.namespace)?.map(|row| row.value()).unwrap_or_default();
        if name.kind != Kind::Seal {
            change(&mut names, &mut bytes);
            if (names, bytes) == (0, 0) {
                self.totals.remove(name.namespace)?;
            } else {
                self.totals.insert(name.namespace, (names, bytes))?;
            }
        }
        Ok((names, bytes))
    }

    /// Checks that a name has a version left.
    pub(crate) fn demand(&self, name: &Name<'_>) -> Result<(), Fault> {
        match self.known(name)? {
            Some(known) if known.live > 0 => Ok(()),
            _ => Err(StoreError::NotFound.into()),
        }
    }

    /// The numbers of a name's versions, in their order.
    pub(crate) fn numbers(&self, name: &Name<'_>) -> Result<Vec<u64>, Fault> {
        let (namespace, kind, identifier) = key(name)?;
        let range = (namespace, kind, identifier, 0)..=(namespace, kind, identifier, u64::MAX);
        self.versions.range(range)?.map(|row| Ok(row?.0.value().3)).collect()
    }

    /// Adds a version to a name, and returns its number. Nothing else in the namespace changes.
    pub(crate) fn add(&mut self, name: &Name<'_>, version: &Version, had: bool) -> Result<u64, Fault> {
        let known = self.known(name)?.unwrap_or_default();
        let (last, live) = (next_version(known.last)?, known.live + 1);
        let (names, bytes) = self.count(name, |names, bytes| {
            *names += u64::from(live == 1);
            *bytes = bytes.saturating_add(version.counted_bytes());
        })?;
        let counts = name.kind != Kind::Seal && !had;
        self.quotas.check(if counts { names } else { 0 }, live, if counts { bytes } else { 0 })?;
        self.put(name, last, version)?;
        self.know(name, Known { last, live })?;
        Ok(last)
    }

    /// Writes a version in its place.
    pub(crate) fn put(&mut self, name: &Name<'_>, number: u64, version: &Version) -> Result<(), Fault> {
        let (namespace, kind, identifier) = key(name)?;
        let key = (namespace, kind, identifier, number);
        let Version { algorithm, expires, content } = version;
        let sealed = self.keys.current.seal(Sealed::Version(&key, algorithm, *expires), content)?;
        self.versions.insert(key, (self.keys.current.generation, *expires, algorithm.as_str(), &sealed[..]))?;
        Ok(())
    }

    /// Reads a version.
    pub(crate) fn get(&self, name: &Name<'_>, number: u64) -> Result<Version, Fault> {
        let (namespace, kind, identifier) = key(name)?;
        let key = (namespace, kind, identifier, number);
        let row = self.versions.get(key)?.ok_or(StoreError::NotFound)?;
        let (generation, expires, algorithm, sealed) = row.value();
        let content = self.keys.open(generation, Sealed::Version(&key, algorithm, expires), sealed)?;
        Ok(Version { algorithm: algorithm.to_owned(), expires, content })
    }

    /// Removes a version of a name.
    pub(crate) fn take(&mut self, name: &Name<'_>, number: u64) -> Result<Version, Fault> {
        let version = self.get(name, number)?;
        let (namespace, kind, identifier) = key(name)?;
        self.versions.remove((namespace, kind, identifier, number))?;
        let known = self.known(name)?.unwrap_or_default();
        let known = Known { live: known.live.saturating_sub(1), ..known };
        self.count(name, |names, bytes| {
            *names = names.saturating_sub(u64::from(known.live == 0));
            *bytes = bytes.saturating_sub(version.counted_bytes());
        })?;
        self.know(name, known)?;
        Ok(version)
    }
}
