//! The file as a store.

use hostcrypt::store::{
    Content, Entry, Identifier, KeyRules, KeyStore, Name, Record, Replacement, StoreAdmin, StoreError, Stored, Versions,
};
use redb::{ReadTransaction, ReadableTable};
use zeroize::Zeroizing;

use crate::{
    FileStore,
    change::{Change, Version},
    error::Fault,
    seal::Sealed,
    tables::{VERSIONS, key, kind},
};

impl FileStore {
    /// Makes an atomic change, which is on the disk when this returns.
    fn change<T>(&self, work: impl FnOnce(&mut Change<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        let done = self.session.change(|txn| work(&mut Change::new(txn, &self.session.keys, &self.config.quotas)?));
        done.map_err(|fault| self.answer(fault))
    }

    fn find(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, Fault> {
        let (namespace, kind, identifier) = key(name)?;
        let (first, last) = version.map_or((0, u64::MAX), |version| (version, version));
        self.session.read(|txn| {
            let table = txn.open_table(VERSIONS)?;
            let mut range = table.range((namespace, kind, identifier, first)..=(namespace, kind, identifier, last))?;
            let (key, row) = range.next_back().ok_or(StoreError::NotFound)??;
            let (key, (generation, expires, algorithm, sealed)) = (key.value(), row.value());
            let sealed_as = Sealed::Version(&key, algorithm, expires);
            let content = self.session.keys.open(generation, sealed_as, sealed)?;
            Ok(Stored::new(key.3, algorithm, Content::Bytes(content)).with_expiry(expires))
        })
    }

    fn entries(&self, namespace: Option<&str>) -> Result<Vec<Entry>, Fault> {
        self.session.read(|txn| entries(txn, namespace))
    }
}

fn entries(txn: &ReadTransaction, namespace: Option<&str>) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    let table = txn.open_table(VERSIONS)?;
    let rows = match namespace {
        Some(namespace) => table.range((namespace, 0, 0, 0)..=(namespace, u8::MAX, u128::MAX, u64::MAX))?,
        None => table.iter()?,
    };
    for row in rows {
        let (key, row) = row?;
        let ((namespace, number, identifier, version), (_, expires, algorithm, _)) = (key.value(), row.value());
        let name = Name { namespace, kind: kind(number)?, identifier: Identifier(identifier.to_be_bytes()) };
        entries.push(Entry::new(&name, version, algorithm).with_expiry(expires));
    }
    Ok(entries)
}

impl From<&Record<'_>> for Version {
    fn from(record: &Record<'_>) -> Self {
        let content = Zeroizing::new(record.content.to_vec());
        Self { algorithm: record.algorithm.to_owned(), expires: record.expires, content }
    }
}

impl KeyStore for FileStore {
    fn rules(&self) -> KeyRules {
        self.config.rules
    }

    fn generates(&self, _: &str) -> bool {
        false
    }

    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError> {
        self.change(|change| change.add(name, &record.into(), false))
    }

    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError> {
        self.change(|change| {
            change.demand(name)?;
            match by {
                Replacement::Record(record) => change.add(name, &record.into(), false),
                Replacement::Moved { from, .. } if *from == name.identifier => Err(StoreError::NotFound.into()),
                Replacement::Moved { from, version } => {
                    let moved = change.take(&Name { identifier: *from, ..*name }, *version)?;
                    change.add(name, &moved, true)
                }
                _ => Err(StoreError::failed("the file store does not know this replacement").into()),
            }
        })
    }

    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError> {
        self.find(name, version).map_err(|fault| self.answer(fault))
    }

    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError> {
        self.change(|change| {
            let numbers = versions.among(change.numbers(name)?.into_iter())?;
            numbers.iter().try_for_each(|number| change.take(name, *number).map(drop))?;
            Ok(numbers)
        })
    }
}

impl StoreAdmin for FileStore {
    fn list(&self, namespace: Option<&str>) -> Result<Vec<Entry>, StoreError> {
        self.entries(namespace).map_err(|fault| self.answer(fault))
    }

    fn expire(&self, name: &Name<'_>, versions: Versions, expires: Option<u64>) -> Result<Vec<u64>, StoreError> {
        self.change(|change| {
            let numbers = versions.among(change.numbers(name)?.into_iter())?;
            for number in &numbers {
                let version = Version { expires, ..change.get(name, *number)? };
                change.put(name, *number, &version)?;
            }
            Ok(numbers)
        })
    }
}
