//! Changing the key-encryption key.

use std::path::Path;

use redb::{ConcurrencyMode, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, WriteTransaction};

use crate::{
    Error, FileStore, Kek,
    check::{self, Change},
    error::Fault,
    file,
    seal::{Keys, Sealed},
    tables::{self, NAMES, VERSIONS},
};

/// How many records are sealed anew in one transaction.
const BATCH: usize = 500;

impl FileStore {
    /// Seals every record of a file under another key-encryption key, and makes what was sealed under the former one
    /// unreadable for ever, once that is destroyed. No other process may have the file open.
    ///
    /// What interrupts it does no harm: calling it again with the same two goes on, and until then nothing else opens
    /// the file. Where all is done already, it does nothing. `progress` is told how many records are done, of how many.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn rotate(
        path: impl AsRef<Path>,
        former: &Kek,
        new: &Kek,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<(), Error> {
        let path = path.as_ref();
        let named = |fault: Fault| fault.of(path);
        let (mut database, change) = file::patiently(|| {
            file::checked(path, |database| check::change(path, database, former, new))?;
            let database = file::open(path, ConcurrencyMode::ExclusiveWriter)?;
            let change = check::change(path, &database, former, new)?;
            Ok((database, change))
        })?;
        let keys = match change {
            Change::All(number, keys) => Some(begin(path, &database, number, keys, new)?),
            Change::Rest(keys) => Some(keys),
            Change::Done => None,
        };
        if let Some(keys) = keys {
            finish(&database, &keys, &mut progress).map_err(named)?;
        }
        // Pages that are not used any more go.
        database.compact().map_err(|error| named(error.into()))?;
        database.close().map_err(|error| named(error.into()))
    }
}

/// From here on, both keys are needed until all is done.
fn begin(path: &Path, database: &Database, number: [u8; 16], keys: Keys, new: &Kek) -> Result<Keys, Error> {
    let named = |fault: Fault| fault.of(path);
    let generation = keys.current.generation.checked_add(1);
    let generation = generation.ok_or_else(|| named(Fault::Damaged("it has no generation left".to_owned())))?;
    let (slot, current) = file::new_slot(number, generation, new)?;
    let write = || -> Result<(), Fault> {
        let txn = database.begin_write()?;
        tables::write_slot(&txn, &slot)?;
        Ok(txn.commit()?)
    };
    write().map_err(named)?;
    Ok(Keys { current, former: Some(keys.current) })
}

/// Seals what is still sealed under the former key anew, and forgets that key.
fn finish(database: &Database, keys: &Keys, progress: &mut dyn FnMut(u64, u64)) -> Result<(), Fault> {
    let all = {
        let txn = database.begin_read()?;
        txn.open_table(VERSIONS)?.len()? + txn.open_table(NAMES)?.len()?
    };
    let mut done = 0;
    loop {
        let txn = database.begin_write()?;
        let sealed = versions(&txn, keys)? + names(&txn, keys)?;
        if sealed == 0 {
            tables::keep_slot(&txn, keys.current.generation)?;
            return Ok(txn.commit()?);
        }
        txn.commit()?;
        done += sealed as u64;
        progress(done, all);
    }
}

/// Seals some contents anew, and says how many.
fn versions(txn: &WriteTransaction, keys: &Keys) -> Result<usize, Fault> {
    let mut table = txn.open_table(VERSIONS)?;
    let mut rows = Vec::new();
    for row in table.iter()? {
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
    Ok(rows.len())
}

/// Seals some of what is known of names anew, and says how many.
fn names(txn: &WriteTransaction, keys: &Keys) -> Result<usize, Fault> {
    let mut table = txn.open_table(NAMES)?;
    let mut rows = Vec::new();
    for row in table.iter()? {
        let (key, row) = row?;
        let ((namespace, kind, identifier), (generation, last, live, sealed)) = (key.value(), row.value());
        if generation == keys.current.generation {
            continue;
        }
        let what = Sealed::Name(&(namespace, kind, identifier), last, live);
        keys.open(generation, what, sealed)?;
        rows.push(((namespace.to_owned(), kind, identifier), last, live, keys.current.seal(what, &[])?));
        if rows.len() == BATCH {
            break;
        }
    }
    for ((namespace, kind, identifier), last, live, sealed) in &rows {
        table.insert((namespace.as_str(), *kind, *identifier), (keys.current.generation, *last, *live, &sealed[..]))?;
    }
    Ok(rows.len())
}
