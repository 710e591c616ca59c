//! Checks when a file is opened: that the key-encryption key is the file's, and that no record was altered.

use std::{collections::BTreeMap, path::Path};

use redb::{ReadTransaction, ReadableDatabase, ReadableTable};

use hostcrypt::{
    Printable,
    store::{Kind, Quotas},
};

use crate::{
    Error, Kek,
    error::Fault,
    seal::{Keys, Sealed, Sealer},
    tables::{self, NAMES, Slot, TOTALS, VERSIONS, kind},
};

/// The keys of a file, after a check that no record was altered.
pub(crate) fn check(path: &Path, database: &impl ReadableDatabase, kek: &Kek) -> Result<Keys, Error> {
    let named = |fault: Fault| fault.of(path);
    let txn = database.begin_read().map_err(|error| named(error.into()))?;
    let (number, slots) = slots(path, &txn)?;
    let keys = match &*slots {
        [last] => match sealer(path, number, last, kek)? {
            Some(current) => Keys { current, former: None },
            None => return Err(wrong(path, last, kek)?),
        },
        [last, former] => {
            let opens = sealer(path, number, last, kek)?.is_some() || sealer(path, number, former, kek)?.is_some();
            return Err(if opens { Error::KekChanging(path.to_owned()) } else { wrong(path, last, kek)? });
        }
        _ => return Err(named(Fault::Damaged("it has not one key-encryption key".to_owned()))),
    };
    records(&txn, &keys).map_err(named)?;
    Ok(keys)
}

/// The work left to change the key-encryption key of a file, after a check that no record was altered.
pub(crate) enum Change {
    /// All: these are the number of the file and the keys.
    All([u8; 16], Keys),
    /// The rest.
    Rest(Keys),
    /// Nothing.
    Done,
}

pub(crate) fn change(path: &Path, database: &impl ReadableDatabase, former: &Kek, new: &Kek) -> Result<Change, Error> {
    let named = |fault: Fault| fault.of(path);
    let txn = database.begin_read().map_err(|error| named(error.into()))?;
    let (number, slots) = slots(path, &txn)?;
    let change = match &*slots {
        [last] => match (sealer(path, number, last, former)?, sealer(path, number, last, new)?) {
            (Some(current), _) => Change::All(number, Keys { current, former: None }),
            (None, Some(_)) => return Ok(Change::Done),
            (None, None) => return Err(wrong(path, last, former)?),
        },
        [last, first] => match (sealer(path, number, last, new)?, sealer(path, number, first, former)?) {
            (Some(current), former @ Some(_)) => Change::Rest(Keys { current, former }),
            (None, None) => return Err(wrong(path, first, former)?),
            _ => return Err(Error::KekChanging(path.to_owned())),
        },
        _ => return Err(named(Fault::Damaged("it has not one key-encryption key".to_owned()))),
    };
    if let Change::All(_, keys) | Change::Rest(keys) = &change {
        records(&txn, keys).map_err(named)?;
    }
    Ok(change)
}

/// Checks that a reopened file is the one to which the keys belong.
///
/// # Errors
///
/// [`Fault::Resealed`].
pub(crate) fn is_sealed_as_before(database: &impl ReadableDatabase, keys: &Keys) -> Result<(), Fault> {
    let txn = database.begin_read()?;
    let ((layout, number), slots) = (tables::read_file(&txn)?, tables::read_slots(&txn)?);
    match &*slots {
        [slot] if layout == tables::LAYOUT && keys.current.is_of(number, slot) => Ok(()),
        slots => Err(Fault::Resealed(slots.first().map_or("key", |slot| slot.making.needs()))),
    }
}

/// The number of a file, and its key-encryption keys, the last one first.
fn slots(path: &Path, txn: &ReadTransaction) -> Result<([u8; 16], Vec<Slot>), Error> {
    let named = |fault: Fault| fault.of(path);
    let (layout, number) = tables::read_file(txn).map_err(|fault| match fault {
        Fault::Database(error)
            if matches!(*error, redb::Error::TableDoesNotExist(_) | redb::Error::TableTypeMismatch { .. }) =>
        {
            Error::NotAKeyStore(path.to_owned())
        }
        fault => named(fault),
    })?;
    if layout != tables::LAYOUT {
        return Err(Error::Newer { path: path.to_owned(), found: layout });
    }
    Ok((number, tables::read_slots(txn).map_err(named)?))
}

/// The sealing key of a key-encryption key, if it is the file's.
fn sealer(path: &Path, number: [u8; 16], slot: &Slot, kek: &Kek) -> Result<Option<Sealer>, Error> {
    let made = kek.make(&slot.making).map_err(|error| Fault::Damaged(error.to_string()).of(path))?;
    let sealer = made.map(|key| Sealer::new(number, slot.generation, &key));
    Ok(sealer.filter(|sealer| sealer.is_of(number, slot)))
}

/// Why a key-encryption key does not open a file.
fn wrong(path: &Path, slot: &Slot, kek: &Kek) -> Result<Error, Error> {
    let (path, needs) = (path.to_owned(), slot.making.needs());
    let same = kek.making()?.needs() == needs;
    Ok(if same { Error::WrongKek { path, needs } } else { Error::OtherKek { path, needs } })
}

/// Unseals every record, and checks that they are consistent.
fn records(txn: &ReadTransaction, keys: &Keys) -> Result<(), Fault> {
    let mut live: BTreeMap<(String, u8, u128), (u64, u64)> = BTreeMap::new();
    let mut totals: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for row in txn.open_table(VERSIONS)?.iter()? {
        let (key, row) = row?;
        let (key, (generation, expires, algorithm, sealed)) = (key.value(), row.value());
        let content = keys.open(generation, Sealed::Version(&key, algorithm, expires), sealed)?;
        let (namespace, number, identifier, version) = key;
        let (count, last) = live.entry((namespace.to_owned(), number, identifier)).or_default();
        (*count, *last) = (*count + 1, version);
        if kind(number)? != Kind::Seal {
            let (names, bytes) = totals.entry(namespace.to_owned()).or_default();
            (*names, *bytes) = (*names + u64::from(*count == 1), *bytes + Quotas::bytes_of(content.len() as u64));
        }
    }
    for row in txn.open_table(NAMES)?.iter()? {
        let (key, row) = row?;
        let (key, (generation, last, count, sealed)) = (key.value(), row.value());
        keys.open(generation, Sealed::Name(&key, last, count), sealed)?;
        let (found, highest) = live.remove(&(key.0.to_owned(), key.1, key.2)).unwrap_or_default();
        if found != count || highest > last {
            let namespace = Printable(key.0);
            return Err(Fault::Damaged(format!("{count} versions of {:032x} in `{namespace}` are {found}", key.2)));
        }
    }
    if let Some(((namespace, _, identifier), _)) = live.first_key_value() {
        let namespace = Printable(namespace);
        return Err(Fault::Damaged(format!("nothing is known of {identifier:032x} in `{namespace}`")));
    }
    for row in txn.open_table(TOTALS)?.iter()? {
        let (namespace, row) = row?;
        if totals.remove(namespace.value()).unwrap_or_default() != row.value() {
            return Err(Fault::Damaged(format!("the totals of `{}` are wrong", Printable(namespace.value()))));
        }
    }
    match totals.first_key_value() {
        Some((namespace, _)) => Err(Fault::Damaged(format!("`{}` has no totals", Printable(namespace)))),
        None => Ok(()),
    }
}
