//! Files of keys that were cut, edited and extended.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::LazyLock,
};

use arbitrary::Arbitrary;
use hostcrypt::store::{Identifier, KeyStore, Kind, Name, Record, StoreAdmin, Versions};
use hostcrypt_keystore::{FileStore, Kek};

use crate::change::{Change, changed};

/// What becomes of a good file.
#[derive(Arbitrary, Debug)]
pub struct Damage {
    changes: Vec<Change>,
}

fn kek() -> Kek {
    Kek::from_bytes([7; 32])
}

fn name(identifier: u8) -> Name<'static> {
    Name { namespace: "tenant", kind: Kind::SymmetricKey, identifier: Identifier([identifier; 16]) }
}

/// A file with keys, versions and one that was invalidated.
static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = folder();
    let path = folder.path().join("keys");
    let store = FileStore::create(&path, &kek()).unwrap();
    for identifier in 1..=4 {
        let content = [identifier; 32];
        let record = Record::new("AES-256-GCM", &content);
        store.store(&name(identifier), &record).unwrap();
    }
    store.invalidate(&name(4), Versions::All).unwrap();
    drop(store);
    fs::read(path).unwrap()
});

fn folder() -> tempfile::TempDir {
    // In memory, where there is such a place.
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// A damaged file opens with every key right, or not at all; what is refused is left as it was.
pub fn damage(damage: &Damage) {
    // The database below panics at some files, which the store turns into an error: a panic counts where it leaves the
    // store.
    std::panic::set_hook(Box::new(|_| {}));
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(damage))) {
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        eprintln!("{}", message.unwrap_or_default());
        std::process::abort();
    }
}

fn check(damage: &Damage) {
    let (folder, file) = (folder(), changed(&GOOD, &damage.changes));
    let path = folder.path().join("keys");
    fs::write(&path, &file).unwrap();
    let Ok(store) = FileStore::open(&path, &kek()) else {
        assert_eq!(fs::read(&path).unwrap(), file, "a file that is refused stays as it was");
        return;
    };
    let entries = store.list(None).unwrap();
    for entry in &entries {
        let Ok(stored) = store.open(&entry.name(), Some(entry.version)) else { continue };
        let hostcrypt::store::Content::Bytes(content) = stored.content else { panic!("a file gives out bytes") };
        assert_eq!(content[..], [entry.identifier.0[0]; 32], "a key that is given out is the one that was stored");
    }
}
