//! What is looked at when a file is opened: that the key-encryption key is its own, and that nothing was changed.

use std::{collections::BTreeMap, path::Path};

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable};

use hostcrypt::store::{Kind, Quotas};

use crate::{
    Error, Kek,
    error::Fault,
    kek::KekBytes,
    seal::{Keys, Sealed, Sealer},
    tables::{self, NAMES, Slot, TOTALS, VERSIONS, kind},
};

/// The keys of a file in which every record is what was written.
pub(crate) fn check(path: &Path, database: &Database, kek: &Kek) -> Result<Keys, Error> {
    let named = |fault: Fault| fault.of(path);
    let txn = database.begin_read().map_err(|error| named(error.into()))?;
    let keys = unlock(path, &txn, kek)?.0;
    records(&txn, &keys).map_err(named)?;
    Ok(keys)
}

/// The keys of a file, and the bytes of the current one.
pub(crate) fn unlock(path: &Path, txn: &ReadTransaction, kek: &Kek) -> Result<(Keys, KekBytes), Error> {
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
    let slots = tables::read_slots(txn).map_err(named)?;
    let open = |slot: &Slot| -> Result<Option<(Sealer, KekBytes)>, Error> {
        let Some(key) = kek.make(&slot.making)? else { return Ok(None) };
        let sealer = Sealer::new(number, slot.generation, &key);
        let opens = sealer.open(Sealed::Check(&slot.making.to_bytes()), &slot.check).is_some();
        Ok(opens.then_some((sealer, key)))
    };
    let Some(last) = slots.first() else {
        return Err(named(Fault::Damaged("it has no key-encryption key".to_owned())));
    };
    let Some((current, key)) = open(last)? else {
        for former in slots.iter().skip(1) {
            if open(former)?.is_some() {
                return Err(Error::KekReplaced(path.to_owned()));
            }
        }
        let needs = last.making.needs();
        return Err(match kek.making()?.needs() == needs {
            true => Error::WrongKek { path: path.to_owned(), needs },
            false => Error::OtherKek { path: path.to_owned(), needs },
        });
    };
    let prior = last.prior.as_deref().map(|sealed| {
        let bytes = current.open(Sealed::Prior, sealed);
        let bytes: Option<KekBytes> = bytes.and_then(|bytes| bytes.as_slice().try_into().ok().map(KekBytes::new));
        let former = slots.get(1).map(|slot| slot.generation);
        let sealer = bytes.zip(former).map(|(bytes, former)| Sealer::new(number, former, &bytes));
        sealer.ok_or_else(|| named(Fault::Damaged("the key-encryption key before this one was changed".to_owned())))
    });
    Ok((Keys { current, prior: prior.transpose()? }, key))
}

/// Opens every record, and sees that they fit together.
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
            (*names, *bytes) = (*names + u64::from(*count == 1), *bytes + Quotas::bytes_of(content.len()));
        }
    }
    for row in txn.open_table(NAMES)?.iter()? {
        let (key, row) = row?;
        let (key, (generation, last, count, sealed)) = (key.value(), row.value());
        keys.open(generation, Sealed::Name(&key, last, count), sealed)?;
        let (found, highest) = live.remove(&(key.0.to_owned(), key.1, key.2)).unwrap_or_default();
        if found != count || highest > last {
            return Err(Fault::Damaged(format!("{count} versions of {:032x} in `{}` are {found}", key.2, key.0)));
        }
    }
    if let Some(((namespace, _, identifier), _)) = live.first_key_value() {
        return Err(Fault::Damaged(format!("nothing is known of {identifier:032x} in `{namespace}`")));
    }
    for row in txn.open_table(TOTALS)?.iter()? {
        let (namespace, row) = row?;
        if totals.remove(namespace.value()).unwrap_or_default() != row.value() {
            return Err(Fault::Damaged(format!("the totals of `{}` are wrong", namespace.value())));
        }
    }
    match totals.first_key_value() {
        Some((namespace, _)) => Err(Fault::Damaged(format!("`{namespace}` has no totals"))),
        None => Ok(()),
    }
}
