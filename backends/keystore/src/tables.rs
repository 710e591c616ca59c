//! The tables of the file.

use hostcrypt::store::{Kind, Name, StoreError};
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

use crate::{
    error::Fault,
    kek::{Cost, Making, SALT_LEN},
};

/// How a key-encryption key is made, and a record that shows whether it is the right one.
type KekRow = (&'static [u8], &'static [u8]);
/// Namespace, kind and identifier.
pub(crate) type NameKey = (&'static str, u8, u128);
/// The generation, the last number ever issued, the number of versions left, and the seal of these.
pub(crate) type NameRow = (u32, u64, u64, &'static [u8]);
/// A name and the version's number.
pub(crate) type VersionKey = (&'static str, u8, u128, u64);
/// The generation, the expiry, the algorithm and the sealed content.
pub(crate) type VersionRow = (u32, Option<u64>, &'static str, &'static [u8]);

/// Numbers of the file as a whole.
const FILE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("file");
/// Records of the key-encryption keys by generation: one, and the previous one while records of it are left. The keys
/// themselves are not in the file.
const KEKS: TableDefinition<'_, u32, KekRow> = TableDefinition::new("keks");
/// The records of names.
pub(crate) const NAMES: TableDefinition<'_, NameKey, NameRow> = TableDefinition::new("names");
/// The versions.
pub(crate) const VERSIONS: TableDefinition<'_, VersionKey, VersionRow> = TableDefinition::new("versions");
/// By namespace: the numbers of names and bytes that count for the quotas.
pub(crate) const TOTALS: TableDefinition<'_, &str, (u64, u64)> = TableDefinition::new("totals");

/// The layout that this version writes and reads.
pub(crate) const LAYOUT: u32 = 1;

/// A name's key in the table.
///
/// # Errors
///
/// [`Fault::Refused`] for a kind that this version does not know.
pub(crate) fn key<'a>(name: &Name<'a>) -> Result<(&'a str, u8, u128), Fault> {
    let known = KINDS.iter().find(|(kind, _)| *kind == name.kind);
    let unknown = || StoreError::failed(format!("the file store does not know the kind {}", name.kind));
    let (_, number) = known.ok_or_else(unknown)?;
    Ok((name.namespace, *number, u128::from_be_bytes(name.identifier.0)))
}

/// The numbers of kinds in the file.
const KINDS: [(Kind, u8); 4] = [(Kind::KeyPair, 0), (Kind::SymmetricKey, 1), (Kind::Secret, 2), (Kind::Seal, 3)];

/// The kind of a number.
pub(crate) fn kind(number: u8) -> Result<Kind, Fault> {
    let known = KINDS.iter().find(|(_, of)| *of == number).map(|(kind, _)| *kind);
    known.ok_or_else(|| Fault::Damaged(format!("it has a record of the unknown kind {number}")))
}

/// The file's record of its key-encryption key.
pub(crate) struct Slot {
    pub(crate) generation: u32,
    pub(crate) making: Making,
    pub(crate) check: Vec<u8>,
}

impl Making {
    /// In the format of the file.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Key => vec![0],
            Self::Passphrase { salt, cost: Cost { memory_kib, passes, lanes } } => {
                let numbers = [memory_kib, passes, lanes].map(u32::to_le_bytes).concat();
                [&[1][..], &salt, &numbers].concat()
            }
        }
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (0, []) => Some(Self::Key),
            (1, rest) => {
                let (salt, rest) = rest.split_first_chunk::<SALT_LEN>()?;
                let mut numbers = rest.chunks(4).map(|chunk| chunk.try_into().ok().map(u32::from_le_bytes));
                let mut next = || numbers.next().flatten();
                let cost = Cost { memory_kib: next()?, passes: next()?, lanes: next()? };
                numbers.next().is_none().then_some(Self::Passphrase { salt: *salt, cost })
            }
            _ => None,
        }
    }
}

/// The layout of a file, and its random number.
pub(crate) fn read_file(txn: &ReadTransaction) -> Result<(u32, [u8; 16]), Fault> {
    let table = txn.open_table(FILE)?;
    let number = |name: &str| Ok::<_, Fault>(table.get(name)?.map(|bytes| bytes.value().to_vec()));
    let damaged = || Fault::Damaged("its head is no key store's".to_owned());
    let layout = number("layout")?.and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)?;
    let file = number("number")?.and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)?;
    Ok((u32::from_le_bytes(layout), file))
}

/// The records of its key-encryption keys, the last one first.
pub(crate) fn read_slots(txn: &ReadTransaction) -> Result<Vec<Slot>, Fault> {
    let mut slots = Vec::new();
    for row in txn.open_table(KEKS)?.iter()?.rev() {
        let (generation, slot) = row?;
        let (making, check) = slot.value();
        let damaged = || Fault::Damaged("what says how its key-encryption key is made is none".to_owned());
        let making = Making::of_bytes(making).ok_or_else(damaged)?;
        slots.push(Slot { generation: generation.value(), making, check: check.to_vec() });
    }
    Ok(slots)
}

/// Makes the tables of a new file.
pub(crate) fn lay_out(txn: &WriteTransaction, file: &[u8; 16]) -> Result<(), Fault> {
    let mut table = txn.open_table(FILE)?;
    table.insert("layout", &LAYOUT.to_le_bytes()[..])?;
    table.insert("number", &file[..])?;
    txn.open_table(NAMES)?;
    txn.open_table(VERSIONS)?;
    txn.open_table(TOTALS)?;
    Ok(())
}

pub(crate) fn write_slot(txn: &WriteTransaction, slot: &Slot) -> Result<(), Fault> {
    let making = slot.making.to_bytes();
    txn.open_table(KEKS)?.insert(slot.generation, (&making[..], &slot.check[..]))?;
    Ok(())
}

/// Removes the records of all key-encryption keys except one.
pub(crate) fn keep_slot(txn: &WriteTransaction, generation: u32) -> Result<(), Fault> {
    txn.open_table(KEKS)?.retain(|known, _| known == generation)?;
    Ok(())
}
