//! What becomes of a file that is opened wrongly, changed, cut, or sealed anew.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use hostcrypt::store::{
    Content, Identifier, KeyStore, Kind, Name, Record, Replacement, StoreAdmin, StoreError, Versions,
};
use hostcrypt_keystore::{Cost, Error, FileStore, Kek};
use tempfile::TempDir;

const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

fn kek() -> Kek {
    Kek::from_bytes([7; 32])
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    (folder, path)
}

fn name(identifier: u8) -> Name<'static> {
    Name { namespace: "tenant", kind: Kind::SymmetricKey, identifier: Identifier([identifier; 16]) }
}

fn record(content: &[u8]) -> Record<'_> {
    Record::new("AES-256-GCM", content)
}

fn content(store: &FileStore, identifier: u8, version: u64) -> Vec<u8> {
    match store.open(&name(identifier), Some(version)).unwrap().content {
        Content::Bytes(bytes) => bytes.to_vec(),
        _ => panic!("a file keeps bytes"),
    }
}

/// Some names with two versions each, and one that is gone.
fn filled(path: &Path, kek: &Kek, names: u8) {
    let store = FileStore::create(path, kek).unwrap();
    for identifier in 1..=names {
        store.store(&name(identifier), &record(&[identifier; 32])).unwrap();
        store.replace(&name(identifier), &Replacement::Record(record(&[identifier + 100; 32]))).unwrap();
    }
    store.store(&name(99), &record(&[99; 32])).unwrap();
    store.invalidate(&name(99), Versions::All).unwrap();
}

fn is_filled(store: &FileStore, names: u8) {
    assert_eq!(store.list(None).unwrap().len(), 2 * usize::from(names));
    for identifier in 1..=names {
        assert_eq!(content(store, identifier, 1), [identifier; 32]);
        assert_eq!(content(store, identifier, 2), [identifier + 100; 32]);
    }
    assert!(matches!(store.open(&name(99), None), Err(StoreError::NotFound)));
}

/// What opening a file comes to, which must leave the file as it is.
fn refused(path: &Path, kek: &Kek) -> Error {
    let before = fs::read(path).unwrap();
    let error = FileStore::open(path, kek).expect_err("it is refused");
    assert!(before == fs::read(path).unwrap(), "it was changed: {error}");
    error
}

#[test]
fn what_was_stored_is_there_when_it_is_opened_again() {
    let (_folder, path) = folder();
    filled(&path, &kek(), 3);
    is_filled(&FileStore::open(&path, &kek()).unwrap(), 3);
    is_filled(&FileStore::open_or_create(&path, &kek()).unwrap(), 3);
    assert!(matches!(FileStore::create(&path, &kek()), Err(Error::Exists(_))));
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, path) = folder();
    filled(&path, &kek(), 1);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn another_key_or_passphrase_is_refused_and_changes_nothing() {
    let (_folder, path) = folder();
    filled(&path, &kek(), 1);
    assert!(matches!(refused(&path, &Kek::from_bytes([8; 32])), Error::WrongKek { needs: "key", .. }));
    let passphrase = |text| Kek::from_passphrase(text).unwrap().with_cost(CHEAP);
    assert!(matches!(refused(&path, &passphrase("right")), Error::OtherKek { needs: "key", .. }));

    let (_folder, path) = folder_of_passphrase(&passphrase("right"));
    assert!(matches!(refused(&path, &passphrase("wrong")), Error::WrongKek { needs: "passphrase", .. }));
    assert!(matches!(refused(&path, &kek()), Error::OtherKek { needs: "passphrase", .. }));
    // The file says what the passphrase costs.
    is_filled(&FileStore::open(&path, &Kek::from_passphrase("right").unwrap()).unwrap(), 1);
    assert!(matches!(Kek::from_passphrase(""), Err(Error::EmptyPassphrase)));
    // Nothing is computed for days.
    for cost in [Cost { memory_kib: u32::MAX, ..CHEAP }, Cost { passes: u32::MAX, ..CHEAP }, Cost { lanes: 0, ..CHEAP }]
    {
        let (_folder, path) = folder();
        let costly = Kek::from_passphrase("right").unwrap().with_cost(cost);
        assert!(matches!(FileStore::create(&path, &costly), Err(Error::Cost(_))), "{cost:?}");
    }
}

fn folder_of_passphrase(kek: &Kek) -> (TempDir, PathBuf) {
    let (folder, path) = folder();
    filled(&path, kek, 1);
    (folder, path)
}

#[test]
fn a_file_of_a_key_holds_just_that() {
    let (folder, _) = folder();
    let path = folder.path().join("kek");
    assert!(matches!(Kek::from_file(&path), Err(Error::KekFile { .. })));
    for len in [0, 31, 33, 5000] {
        fs::write(&path, vec![7; len]).unwrap();
        let error = Kek::from_file(&path).unwrap_err();
        assert!(matches!(error, Error::KekLen { len: found, .. } if found == len as u64), "{error}");
    }
    fs::write(&path, [7; 32]).unwrap();
    let store = folder.path().join("keys");
    filled(&store, &kek(), 1);
    is_filled(&FileStore::open(&store, &Kek::from_file(&path).unwrap()).unwrap(), 1);
}

#[test]
fn what_is_no_key_store_is_told_apart_and_left() {
    let (folder, path) = folder();
    assert!(matches!(FileStore::open(&path, &kek()), Err(Error::Io { .. })));
    fs::write(&path, "").unwrap();
    assert!(matches!(refused(&path, &kek()), Error::Damaged { .. }));
    fs::write(&path, "a letter").unwrap();
    assert!(matches!(refused(&path, &kek()), Error::NotAKeyStore(_)));
    let error = FileStore::open(folder.path(), &kek()).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");

    let other = folder.path().join("other");
    let database = redb::Database::create(&other).unwrap();
    drop(database);
    assert!(matches!(refused(&other, &kek()), Error::NotAKeyStore(_)));
}

#[test]
fn a_file_that_was_cut_is_damaged_and_left_as_it_is() {
    let (_folder, path) = folder();
    filled(&path, &kek(), 20);
    let whole = fs::read(&path).unwrap();
    let mut found = 0;
    for part in 1..60 {
        fs::write(&path, &whole[..whole.len() * part / 60]).unwrap();
        match FileStore::open(&path, &kek()) {
            // Only pages that are not used were cut.
            Ok(store) => is_filled(&store, 20),
            Err(error) => {
                assert!(matches!(error, Error::Damaged { .. } | Error::NotAKeyStore(_)), "{error}");
                refused(&path, &kek());
                found += 1;
            }
        }
    }
    assert!(found > 20, "only {found} of 59");
}

#[test]
fn a_byte_that_was_changed_is_found_or_says_nothing() {
    let (_folder, path) = folder();
    filled(&path, &kek(), 20);
    let whole = fs::read(&path).unwrap();
    let used: Vec<usize> = (0..whole.len()).filter(|index| whole[*index] != 0).collect();
    let (mut found, mut all) = (0, 0);
    // Every one of the head, and some of the rest.
    for index in used.iter().copied().filter(|index| *index < 512).chain(used.iter().copied().step_by(53)) {
        let mut changed = whole.clone();
        changed[index] ^= 0x41;
        fs::write(&path, &changed).unwrap();
        all += 1;
        match FileStore::open(&path, &kek()) {
            Ok(store) => is_filled(&store, 20),
            Err(_) => {
                fs::write(&path, &changed).unwrap();
                refused(&path, &kek());
                found += 1;
            }
        }
    }
    println!("{found} of {all} changes were found; the others were in what is not used");
    assert!(found > all / 4, "only {found} of {all}");
}

#[test]
fn records_that_were_swapped_or_put_back_are_found() {
    type Key = (&'static str, u8, u128, u64);
    type Sealed = (u32, Option<u64>, &'static str, &'static [u8]);
    const VERSIONS: redb::TableDefinition<'_, Key, Sealed> = redb::TableDefinition::new("versions");
    type Row = (u32, Option<u64>, String, Vec<u8>);
    type Edit = fn(&mut redb::Table<'_, Key, Sealed>, [(u128, Row); 2]);
    let edits: [Edit; 5] = [
        // A version in another's place.
        |table, [(_, (generation, expires, algorithm, sealed)), (other, _)]| {
            table.insert(("tenant", 1, other, 1), (generation, expires, &*algorithm, &*sealed)).unwrap();
        },
        // Another expiry.
        |table, [(id, (generation, _, algorithm, sealed)), _]| {
            table.insert(("tenant", 1, id, 1), (generation, Some(9), &*algorithm, &*sealed)).unwrap();
        },
        // Another algorithm.
        |table, [(id, (generation, expires, _, sealed)), _]| {
            table.insert(("tenant", 1, id, 1), (generation, expires, "AES-128-GCM", &*sealed)).unwrap();
        },
        // Gone.
        |table, [(id, _), _]| {
            table.remove(("tenant", 1, id, 1)).unwrap();
        },
        // In another namespace.
        |table, [(id, (generation, expires, algorithm, sealed)), _]| {
            table.insert(("other", 1, id, 1), (generation, expires, &*algorithm, &*sealed)).unwrap();
        },
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let (_folder, path) = folder();
        filled(&path, &kek(), 2);
        let database = redb::Database::open(&path).unwrap();
        let txn = database.begin_write().unwrap();
        {
            let mut table = txn.open_table(VERSIONS).unwrap();
            let rows = [1, 2].map(|id| {
                let id = u128::from_be_bytes([id; 16]);
                let row = redb::ReadableTable::get(&table, ("tenant", 1, id, 1)).unwrap().unwrap();
                let (generation, expires, algorithm, sealed) = row.value();
                (id, (generation, expires, algorithm.to_owned(), sealed.to_vec()))
            });
            edit(&mut table, rows);
        }
        txn.commit().unwrap();
        drop(database);
        let error = refused(&path, &kek());
        assert!(matches!(error, Error::Damaged { .. }), "{index}: {error}");
    }
}

#[test]
fn two_that_have_it_open_see_what_the_other_did() {
    let (_folder, path) = folder();
    filled(&path, &kek(), 1);
    let (one, other) = (FileStore::open(&path, &kek()).unwrap(), FileStore::open(&path, &kek()).unwrap());
    let numbers: Vec<u64> = std::thread::scope(|scope| {
        let add = |store| {
            scope.spawn(move || -> Vec<u64> {
                let replace = |_| FileStore::replace(store, &name(1), &Replacement::Record(record(&[5; 32]))).unwrap();
                (0..20).map(replace).collect()
            })
        };
        let adders = [add(&one), add(&other)];
        adders.into_iter().flat_map(|adder| adder.join().unwrap()).collect()
    });
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (3..43).collect::<Vec<_>>(), "no number is given out twice");
    one.invalidate(&name(1), Versions::All).unwrap();
    assert!(matches!(other.open(&name(1), None), Err(StoreError::NotFound)));
}

#[test]
fn under_a_new_key_the_former_one_opens_nothing() {
    let (_folder, path) = folder();
    filled(&path, &kek(), 90);
    let new = || Kek::from_passphrase("new").unwrap().with_cost(CHEAP);
    let before = fs::read(&path).unwrap();
    let open = FileStore::open(&path, &kek()).unwrap();
    let start = std::time::Instant::now();
    assert!(matches!(FileStore::rotate(&path, &kek(), &new(), |_, _| ()), Err(Error::InUse { .. })));
    assert!(start.elapsed().as_secs() < 20);
    drop(open);
    let mut steps = Vec::new();
    FileStore::rotate(&path, &kek(), &new(), |done, all| steps.push((done, all))).unwrap();
    assert_eq!(steps.last(), Some(&(270, 270)));
    assert!(matches!(refused(&path, &kek()), Error::OtherKek { .. }));
    is_filled(&FileStore::open(&path, &new()).unwrap(), 90);
    // A copy that was taken before is the former key's.
    fs::write(&path, before).unwrap();
    is_filled(&FileStore::open(&path, &kek()).unwrap(), 90);
    assert!(matches!(refused(&path, &new()), Error::OtherKek { .. }));
}

#[test]
fn a_change_of_the_key_that_was_interrupted_was_not_made() {
    let (keys, new) = (200_u8, || Kek::from_bytes([9; 32]));
    for stop in [1, 2] {
        let (_folder, path) = folder();
        {
            let store = FileStore::create(&path, &kek()).unwrap();
            for identifier in 0..keys {
                for version in 0..3 {
                    let done = match version {
                        0 => store.store(&name(identifier), &record(&[version; 32])),
                        _ => store.replace(&name(identifier), &Replacement::Record(record(&[version; 32]))),
                    };
                    done.unwrap();
                }
            }
        }
        let mut batches = 0;
        let interrupted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            FileStore::rotate(&path, &kek(), &new(), |_, _| {
                batches += 1;
                assert!(batches < stop, "interrupted on purpose");
            })
        }));
        assert!(interrupted.is_err());
        // The former key opens it, as if nothing had been begun.
        assert!(matches!(refused(&path, &new()), Error::WrongKek { .. }));
        let store = FileStore::open(&path, &kek()).unwrap();
        assert_eq!(store.list(None).unwrap().len(), 3 * usize::from(keys));
        drop(store);
        let third = || Kek::from_bytes([1; 32]);
        let rotate = |former: &Kek, new: &Kek| FileStore::rotate(&path, former, new, |_, _| ());
        assert!(matches!(rotate(&third(), &third()), Err(Error::WrongKek { .. })));
        rotate(&kek(), &new()).unwrap();
        let store = FileStore::open(&path, &new()).unwrap();
        assert_eq!(store.list(None).unwrap().len(), 3 * usize::from(keys));
        assert_eq!(content(&store, 0, 3), [2; 32]);
        drop(store);
        assert!(matches!(refused(&path, &kek()), Error::WrongKek { .. }), "it is done");
        // Who does not know that it is done may do it again.
        rotate(&kek(), &new()).unwrap();
        assert!(matches!(rotate(&kek(), &third()), Err(Error::WrongKek { .. })));
        FileStore::open(&path, &new()).unwrap();
    }
}

#[test]
fn no_byte_of_a_key_is_in_the_file_nor_shown() {
    let (_folder, path) = folder();
    let secret: Vec<u8> = (0..64).map(|index| (index * 37 + 11) as u8).collect();
    let kek_bytes: [u8; 32] = std::array::from_fn(|index| (index * 29 + 5) as u8);
    let store = FileStore::create(&path, &Kek::from_bytes(kek_bytes)).unwrap();
    store.store(&name(1), &record(&secret)).unwrap();
    store.replace(&name(1), &Replacement::Record(record(&secret))).unwrap();
    store.expire(&name(1), Versions::All, Some(1)).unwrap();
    store.invalidate(&name(1), Versions::Latest).unwrap();
    let shown = format!("{store:?} {:?} {:?}", store.list(None).unwrap(), Kek::from_bytes(kek_bytes));
    let elsewhere = path.with_extension("moved");
    fs::rename(&path, &elsewhere).unwrap();
    let error = store.store(&name(2), &record(&secret)).unwrap_err();
    let told = format!("{error} {error:?} {}", error.report());
    assert!(told.contains("was moved, removed or replaced"), "{told}");
    fs::rename(&elsewhere, &path).unwrap();
    drop(store);
    FileStore::rotate(&path, &Kek::from_bytes(kek_bytes), &kek(), |_, _| ()).unwrap();
    for file in [fs::read(&path).unwrap(), shown.into_bytes(), told.into_bytes()] {
        for bytes in [&secret[..], &kek_bytes[..], &[7; 32][..]] {
            for part in bytes.windows(8) {
                assert!(!file.windows(8).any(|window| window == part), "a part of a key is there");
            }
        }
    }
}
