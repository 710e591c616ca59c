//! Rotation: changing the key-encryption key.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
};

use redb::{ConcurrencyMode, Database, ReadableTable, ReadableTableMetadata, WriteTransaction};

use crate::{
    Error, FileStore, Kek,
    check::{self, Change},
    create::new_slot,
    error::Fault,
    file::{self, Unnamed},
    medium::StoreFile,
    seal::{Keys, Sealed},
    session::guarded,
    tables::{self, NAMES, Slot, VERSIONS},
};

/// The number of records in memory at once.
const BATCH: usize = 500;

impl FileStore {
    /// Seals every record of a file under another key-encryption key. Records that were invalidated before are
    /// unreadable once the old key-encryption key is destroyed. No other process may have the file open.
    ///
    /// The rotation is atomic: if it is interrupted, the old key-encryption key still opens the file; once it returns,
    /// only the new one does. It needs free space for a second copy of the file. If the file is sealed under the new
    /// key already, it does nothing. `progress` gets the number of sealed records and of all records.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Rotation`], which says which key-encryption key opens the file.
    pub fn rotate(
        path: impl AsRef<Path>,
        former: &Kek,
        new: &Kek,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<(), Error> {
        let path = path.as_ref();
        let named = |fault: Fault| fault.of(path);
        let (file, mut database, change) = file::patiently(path, |file| {
            file::checked(&file, |database| check::change(path, database, former, new))?;
            let opened = guarded(|| {
                let database = file.open(ConcurrencyMode::ExclusiveWriter)?;
                let change = check::change(path, &database, former, new).map_err(Unnamed::Named)?;
                Ok::<_, Unnamed>((database, change))
            });
            let (database, change) = opened.map_err(|error| error.of(path))?;
            Ok((file, database, change))
        })?;
        let (slot, keys) = match change {
            Change::All(number, keys) => {
                let generation = keys.current.generation.checked_add(1);
                let generation =
                    generation.ok_or_else(|| named(Fault::Damaged("it has no generation left".to_owned())))?;
                let (slot, current) = new_slot(number, generation, new)?;
                (Some(slot), Keys { current, former: Some(keys.current) })
            }
            // An earlier version did it in steps.
            Change::Rest(keys) => (None, keys),
            Change::Done => return close(database).map_err(named),
        };
        // A panic of the caller's `progress` propagates; only a panic of the database is a fault.
        let mut callers = None;
        let mut progress = |done, all| {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| progress(done, all))) {
                callers = Some(panic);
                resume_unwind(Box::new(()));
            }
        };
        if let Err(fault) = guarded(|| seal_anew(&file, &database, slot.as_ref(), &keys, &mut progress)) {
            let _ = close(database);
            if let Some(panic) = callers {
                resume_unwind(panic);
            }
            let now = file::checked(&file, |database| check::change(path, database, former, new));
            let opens = match now {
                Ok(Change::All(..)) => "the former key-encryption key opens it",
                Ok(Change::Done) => "the new key-encryption key opens it",
                Ok(Change::Rest(_)) | Err(_) => "do it again, with the same two key-encryption keys",
            };
            return Err(Error::Rotation { path: path.to_owned(), source: Box::new(named(fault)), opens });
        }
        file.check_path().map_err(named)?;
        // Removes unused pages. The file is valid without this, too.
        let _ = guarded(|| Ok::<_, Fault>(database.compact()?));
        let _ = close(database);
        Ok(())
    }
}

fn close(database: Database) -> Result<(), Fault> {
    guarded(move || Ok(database.close()?))
}

/// Seals all records of the old key anew, and removes that key.
fn seal_anew(
    file: &StoreFile,
    database: &Database,
    slot: Option<&Slot>,
    keys: &Keys,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Fault> {
    let mut txn = database.begin_write()?;
    // Opening the file after a crash then need not read all of it.
    txn.set_quick_repair(true);
    if let Some(slot) = slot {
        tables::write_slot(&txn, slot)?;
    }
    let all = txn.open_table(VERSIONS)?.len()? + txn.open_table(NAMES)?.len()?;
    let (mut done, mut version, mut name) = (0, None, None);
    loop {
        let sealed = versions(&txn, keys, &mut version)? + names(&txn, keys, &mut name)?;
        if sealed == 0 {
            break;
        }
        done += sealed as u64;
        progress(done, all);
    }
    tables::keep_slot(&txn, keys.current.generation)?;
    file.check_path()?;
    Ok(txn.commit()?)
}

/// Seals the next contents anew, and returns their number. `last` is the last one sealed.
fn versions(txn: &WriteTransaction, keys: &Keys, last: &mut Option<(String, u8, u128, u64)>) -> Result<usize, Fault> {
    let mut table = txn.open_table(VERSIONS)?;
    let mut rows = Vec::new();
    let from =
        last.as_ref().map_or(("", 0, 0, 0), |(namespace, kind, id, version)| (&**namespace, *kind, *id, *version));
    for row in table.range(from..)? {
        let (key, row) = row?;
        let ((namespace, kind, identifier, version), (generation, expires, algorithm, sealed)) =
            (key.value(), row.value());
        if generation == keys.current.generation {
            continue;
        }
        let what = Sealed::Version(&(namespace, kind, identifier, version), algorithm, expires);
        let sealed = keys.current.seal(what, &keys.open(generation, what, sealed)?)?;
        rows.push(((namespace.to_owned(), kind, identifier, version), expires, algorithm.to_owned(), sealed));
        if rows.len() == BATCH {
            break;
        }
    }
    for ((namespace, kind, identifier, version), expires, algorithm, sealed) in &rows {
        let row = (keys.current.generation, *expires, algorithm.as_str(), &sealed[..]);
        table.insert((namespace.as_str(), *kind, *identifier, *version), row)?;
    }
    let sealed = rows.len();
    *last = rows.pop().map(|(key, ..)| key).or_else(|| last.take());
    Ok(sealed)
}

/// Seals the records of the next names anew, and returns their number. `last` is the last one sealed.
fn names(txn: &WriteTransaction, keys: &Keys, last: &mut Option<(String, u8, u128)>) -> Result<usize, Fault> {
    let mut table = txn.open_table(NAMES)?;
    let mut rows = Vec::new();
    let from = last.as_ref().map_or(("", 0, 0), |(namespace, kind, identifier)| (&**namespace, *kind, *identifier));
    for row in table.range(from..)? {
        let (key, row) = row?;
        let ((namespace, kind, identifier), (generation, number, live, sealed)) = (key.value(), row.value());
        if generation == keys.current.generation {
            continue;
        }
        let what = Sealed::Name(&(namespace, kind, identifier), number, live);
        keys.open(generation, what, sealed)?;
        rows.push(((namespace.to_owned(), kind, identifier), number, live, keys.current.seal(what, &[])?));
        if rows.len() == BATCH {
            break;
        }
    }
    for ((namespace, kind, identifier), number, live, sealed) in &rows {
        let row = (keys.current.generation, *number, *live, &sealed[..]);
        table.insert((namespace.as_str(), *kind, *identifier), row)?;
    }
    let sealed = rows.len();
    *last = rows.pop().map(|(key, ..)| key).or_else(|| last.take());
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use hostcrypt::store::{Identifier, KeyStore, Kind, Name, Record, StoreAdmin};

    use super::*;

    #[test]
    fn a_panic_of_the_caller_is_the_callers_and_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let [former, new] = [1, 2].map(|byte| Kek::from_bytes([byte; 32]));
        let name = Name { namespace: "", kind: Kind::Secret, identifier: Identifier([1; 16]) };
        let store = FileStore::create(&path, &former).unwrap();
        store.store(&name, &Record::new("", b"secret")).unwrap();
        drop(store);
        let rotate = || FileStore::rotate(&path, &former, &new, |_, _| panic!("on purpose"));
        let panic = catch_unwind(AssertUnwindSafe(rotate)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        assert!(matches!(FileStore::open(&path, &new), Err(Error::WrongKek { .. })));
        FileStore::open(&path, &former).unwrap().open(&name, None).unwrap();
    }

    #[test]
    fn what_a_former_version_left_half_sealed_is_sealed_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let [former, new, third] = [1, 2, 3].map(|byte| Kek::from_bytes([byte; 32]));
        let names: Vec<u8> = (0..30).collect();
        let store = FileStore::create(&path, &former).unwrap();
        for identifier in &names {
            let name = Name { namespace: "", kind: Kind::Secret, identifier: Identifier([*identifier; 16]) };
            store.store(&name, &Record::new("", b"secret")).unwrap();
        }
        drop(store);
        // It recorded both keys first, and had sealed some records.
        let file = StoreFile::of(&path).unwrap();
        let database = file.open(ConcurrencyMode::ExclusiveWriter).unwrap();
        let Ok(Change::All(number, keys)) = check::change(&path, &database, &former, &new) else {
            panic!("all is left")
        };
        let (slot, current) = new_slot(number, 2, &new).unwrap();
        let keys = Keys { current, former: Some(keys.current) };
        let txn = database.begin_write().unwrap();
        tables::write_slot(&txn, &slot).unwrap();
        versions(&txn, &keys, &mut None).unwrap();
        txn.commit().unwrap();
        drop(database);

        for kek in [&former, &new] {
            assert!(matches!(FileStore::open(&path, kek), Err(Error::KekChanging(_))));
        }
        assert!(matches!(FileStore::open(&path, &third), Err(Error::WrongKek { .. })));
        for (former, new) in [(&former, &third), (&third, &new)] {
            let refused = FileStore::rotate(&path, former, new, |_, _| ());
            assert!(matches!(refused, Err(Error::KekChanging(_))), "{refused:?}");
        }
        FileStore::rotate(&path, &former, &new, |_, _| ()).unwrap();
        assert_eq!(FileStore::open(&path, &new).unwrap().list(None).unwrap().len(), names.len());
        assert!(matches!(FileStore::open(&path, &former), Err(Error::WrongKek { .. })));
    }
}
