//! A file that is moved, removed or replaced while it is open.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use hostcrypt::store::{KeyStore, StoreAdmin};
use hostcrypt_keystore::FileStore;
use tempfile::TempDir;

use crate::{failure, kek, name, record};

struct Open {
    folder: TempDir,
    path: PathBuf,
    store: FileStore,
}

impl Open {
    /// A store with one record, open under a path in its folder.
    fn new(path: &str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop(FileStore::create(folder.path().join("keys"), &kek()).unwrap());
        prepare(folder.path());
        let path = folder.path().join(path);
        let store = FileStore::open(&path, &kek()).unwrap();
        store.store(&name(1), &record(b"one")).unwrap();
        Self { folder, path, store }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn is_noticed(&self) {
        let reasons = [
            failure(self.store.store(&name(2), &record(b"two"))),
            failure(self.store.open(&name(1), None)),
            failure(self.store.list(None)),
        ];
        for reason in reasons {
            assert!(reason.contains("was moved, removed or replaced"), "{reason}");
        }
    }

    fn is_well(&self) {
        assert_eq!(self.store.list(None).unwrap().len(), 1);
        self.store.open(&name(1), None).unwrap();
        self.store.store(&name(3), &record(b"three")).unwrap();
        assert_eq!(FileStore::open(&self.path, &kek()).unwrap().list(None).unwrap().len(), 2);
    }
}

#[test]
fn a_file_that_was_moved_is_noticed_and_works_again_when_it_is_back() {
    let open = Open::new("keys", |_| ());
    fs::rename(&open.path, open.at("elsewhere")).unwrap();
    open.is_noticed();
    fs::rename(open.at("elsewhere"), &open.path).unwrap();
    open.is_well();
}

#[test]
fn a_file_that_was_removed_is_noticed() {
    let open = Open::new("keys", |_| ());
    fs::remove_file(&open.path).unwrap();
    open.is_noticed();
    assert!(!open.path.exists(), "none is made in its place");
}

#[test]
fn a_file_that_a_copy_took_the_place_of_is_noticed() {
    let open = Open::new("keys", |_| ());
    fs::copy(&open.path, open.at("copy")).unwrap();
    fs::rename(&open.path, open.at("original")).unwrap();
    fs::rename(open.at("copy"), &open.path).unwrap();
    open.is_noticed();
    // It has nothing that was refused, and works for who opens it.
    assert_eq!(FileStore::open(&open.path, &kek()).unwrap().list(None).unwrap().len(), 1);
    fs::rename(open.at("original"), &open.path).unwrap();
    open.is_well();
}

#[test]
fn a_link_that_leads_elsewhere_now_is_noticed() {
    use std::os::unix::fs::symlink;

    let open = Open::new("link", |folder| symlink(folder.join("keys"), folder.join("link")).unwrap());
    fs::copy(open.at("keys"), open.at("copy")).unwrap();
    fs::remove_file(&open.path).unwrap();
    symlink(open.at("copy"), &open.path).unwrap();
    open.is_noticed();
    fs::remove_file(&open.path).unwrap();
    open.is_noticed();
    symlink(open.at("keys"), &open.path).unwrap();
    open.is_well();
}

#[test]
fn a_folder_that_was_moved_is_noticed() {
    let open = Open::new("folder/keys", |folder| {
        fs::create_dir(folder.join("folder")).unwrap();
        fs::rename(folder.join("keys"), folder.join("folder/keys")).unwrap();
    });
    fs::rename(open.at("folder"), open.at("other")).unwrap();
    open.is_noticed();
    fs::rename(open.at("other"), open.at("folder")).unwrap();
    open.is_well();
}

#[test]
fn a_file_that_was_cut_and_written_again_in_its_place_works_on() {
    let open = Open::new("keys", |_| ());
    let whole = fs::read(&open.path).unwrap();
    fs::write(&open.path, &whole[..whole.len() / 2]).unwrap();
    let _ = open.store.open(&name(1), None);
    fs::write(&open.path, []).unwrap();
    failure(open.store.open(&name(1), None));
    failure(open.store.store(&name(2), &record(b"two")));
    assert_eq!(fs::metadata(&open.path).unwrap().len(), 0, "no new database is made of it");
    fs::write(&open.path, whole).unwrap();
    open.is_well();
}

#[test]
fn no_change_is_acknowledged_once_the_file_is_elsewhere() {
    for round in 0..30 {
        let open = Open::new("keys", |_| ());
        let (moved, late) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        let mut acknowledged = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_micros(round * 700));
                fs::rename(&open.path, open.at("elsewhere")).unwrap();
                moved.store(true, SeqCst);
            });
            for id in 10.. {
                // What is begun when it is elsewhere already.
                let was_moved = moved.load(SeqCst);
                match open.store.store(&name(id), &record(b"more")) {
                    Ok(_) if was_moved => late.lock().unwrap().push(id),
                    Ok(_) => acknowledged.push(id),
                    failed => {
                        failure(failed);
                        break;
                    }
                }
            }
        });
        assert_eq!(*late.lock().unwrap(), Vec::<u128>::new());
        let store = FileStore::open(open.at("elsewhere"), &kek()).unwrap();
        for id in acknowledged {
            store.open(&name(id), None).unwrap();
        }
    }
}
