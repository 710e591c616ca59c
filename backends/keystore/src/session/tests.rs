//! Whatever the medium does not do as it is told, at whatever moment: what was acknowledged is there, and the next calls
//! work again as soon as it does.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    ops::Bound,
    path::Path,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use hostcrypt::store::{
    Content, Identifier, KeyStore, Kind, Name, Record, Replacement, StoreAdmin, StoreError, Versions,
};

use crate::{
    FileStore, Kek,
    medium::{Access, Asked, StoreFile},
};

/// In memory where there is such a place: there are many faults to meet.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn kek() -> Kek {
    Kek::from_bytes([7; 32])
}

fn name(identifier: u8) -> Name<'static> {
    Name { namespace: "tenant", kind: Kind::Secret, identifier: Identifier([identifier; 16]) }
}

fn record(content: &[u8]) -> Record<'_> {
    Record::new("", content)
}

/// Why the store failed, which it must have.
fn failure<T>(done: Result<T, StoreError>) -> String {
    match done {
        Err(error @ StoreError::Failed(_)) => error.report(),
        Err(error) => panic!("it answers {error:?}"),
        Ok(_) => panic!("it works"),
    }
}

/// The contents of all versions.
type Contents = BTreeMap<(u8, u64), Vec<u8>>;

fn contents(store: &FileStore) -> Result<Contents, StoreError> {
    let read = |entry: hostcrypt::store::Entry| {
        let [identifier, ..] = entry.identifier.0;
        match store.open(&name(identifier), Some(entry.version))?.content {
            Content::Bytes(bytes) => Ok(((identifier, entry.version), bytes.to_vec())),
            _ => panic!("a file keeps bytes"),
        }
    };
    store.list(None)?.into_iter().map(read).collect()
}

/// Changes of every kind, and what they make of the contents.
type Step = (fn(&FileStore) -> Result<(), StoreError>, fn(&mut Contents));

const STEPS: [Step; 4] = [
    // More than fits into the pages that a file has to begin with.
    (
        |store| store.store(&name(3), &record(&[3; 60_000])).map(drop),
        |contents| drop(contents.insert((3, 1), vec![3; 60_000])),
    ),
    (
        |store| store.replace(&name(1), &Replacement::Record(record(&[4; 40]))).map(drop),
        |contents| drop(contents.insert((1, 2), vec![4; 40])),
    ),
    (|store| store.invalidate(&name(2), Versions::All).map(drop), |contents| drop(contents.remove(&(2, 1)))),
    (
        |store| store.replace(&name(1), &Replacement::Moved { from: Identifier([2; 16]), version: 1 }).map(drop),
        |contents| {
            let moved = contents.remove(&(2, 1)).unwrap();
            contents.insert((1, 2), moved);
        },
    ),
];

fn filled(path: &Path) -> FileStore {
    let store = FileStore::create(path, &kek()).unwrap();
    for identifier in 1..=2 {
        store.store(&name(identifier), &record(&[identifier; 40])).unwrap();
    }
    store
}

/// Goes through all moments at which a step can meet a fault. Calls of `asked` fail with `kind`.
fn at_every_moment(asked: Asked, kind: ErrorKind) {
    let mut met = 0;
    for (index, (change, effect)) in STEPS.iter().enumerate() {
        for after in 0.. {
            let folder = folder();
            let path = folder.path().join("keys");
            let store = filled(&path);
            let before = contents(&store).unwrap();
            let mut changed = before.clone();
            effect(&mut changed);
            // A handle to change the file with that is opened anew meets it as well.
            if after % 2 == 1 {
                drop(store);
            }
            let store = if after % 2 == 1 { FileStore::open(&path, &kek()).unwrap() } else { filled_again(&path) };
            let faults = &store.session.file.faults;
            faults.set(Some((asked, kind, after / 2)));
            let answer = change(&store);
            let context = format!("step {index}, {asked:?} {kind:?} after {}", after / 2);
            if faults.were_met() {
                met += 1;
                if asked != Asked::Read {
                    // It goes on while changes fail.
                    let seen = contents(&store).unwrap_or_else(|error| panic!("{context}: {error}"));
                    assert!(seen == before || seen == changed, "{context}");
                    assert!(answer.is_err() || seen == changed, "{context}: acknowledged and not there");
                }
            } else {
                answer.as_ref().unwrap_or_else(|error| panic!("{context}: {error}"));
            }
            let never = !faults.were_met();
            faults.set(None);
            // The medium is well again, and so is the store.
            let seen = contents(&store).unwrap_or_else(|error| panic!("{context}, afterwards: {error}"));
            assert!(seen == before || seen == changed, "{context}: half of it");
            assert!(answer.is_err() || seen == changed, "{context}: acknowledged and lost");
            store.store(&name(9), &record(b"more")).unwrap_or_else(|error| panic!("{context}, a change: {error}"));
            let seen = contents(&store).unwrap();
            // Nobody else sees anything else, nor does whoever opens the file when all have gone.
            let other = FileStore::open(&path, &kek()).unwrap_or_else(|error| panic!("{context}: {error}"));
            assert!(contents(&other).unwrap() == seen, "{context}");
            drop((store, other));
            assert!(contents(&FileStore::open(&path, &kek()).unwrap()).unwrap() == seen, "{context}");
            if never && after > 1 {
                break;
            }
        }
    }
    assert!(met > 0, "{asked:?} never happened");
}

fn filled_again(path: &Path) -> FileStore {
    let store = FileStore::open(path, &kek()).unwrap();
    // Its handle to change the file is open.
    store.expire(&name(1), Versions::All, None).unwrap();
    store
}

#[test]
fn what_cannot_be_written_is_not_acknowledged_and_all_else_goes_on() {
    at_every_moment(Asked::Write, ErrorKind::StorageFull);
}

#[test]
fn a_file_that_cannot_grow_is_read_and_grows_again() {
    at_every_moment(Asked::SetLen, ErrorKind::QuotaExceeded);
}

#[test]
fn what_cannot_be_synced_is_not_acknowledged() {
    at_every_moment(Asked::Sync, ErrorKind::Other);
}

#[test]
fn what_cannot_be_read_is_read_when_it_can_be() {
    at_every_moment(Asked::Read, ErrorKind::Other);
}

#[test]
fn a_lock_that_is_not_to_be_had_leaves_no_change_half_done() {
    at_every_moment(Asked::Lock, ErrorKind::Other);
}

#[test]
fn threads_do_not_wait_for_a_thread_that_is_held_up_for_longer_than_they_are_to() {
    let folder = folder();
    let path = folder.path().join("keys");
    let patience = Duration::from_secs(1);
    let store = filled(&path).with_patience(patience);
    std::thread::scope(|scope| {
        let (begin, begun) = std::sync::mpsc::channel();
        let (go_on, held_up) = std::sync::mpsc::channel::<()>();
        let session = &store.session;
        scope.spawn(move || {
            session.change(|_| {
                begin.send(()).unwrap();
                held_up.recv().unwrap();
                Ok(())
            })
        });
        begun.recv().unwrap();
        let start = Instant::now();
        let change = || scope.spawn(|| store.store(&name(5), &record(b"more")));
        let changes: Vec<_> = (0..8).map(|_| change()).collect();
        for change in changes {
            let reason = failure(change.join().unwrap());
            assert!(reason.contains("by another call of this process"), "{reason}");
        }
        assert!(start.elapsed() < 5 * patience, "{:?}", start.elapsed());
        assert_eq!(contents(&store).unwrap().len(), 2, "it can be read meanwhile");
        go_on.send(()).unwrap();
    });
    store.store(&name(5), &record(b"more")).unwrap();
}

#[test]
fn threads_that_read_do_not_wait_for_a_failing_medium_one_after_the_other() {
    let folder = folder();
    let patience = Duration::from_secs(1);
    let store = filled(&folder.path().join("keys")).with_patience(patience);
    let (session, before) = (&store.session, contents(&store).unwrap());
    // The handle has failed, and opening another takes as long as a call waits at most.
    session.drop_reader(&session.reader().unwrap());
    session.file.faults.take_their_time(patience);
    session.file.faults.set(Some((Asked::Read, ErrorKind::Other, 0)));
    let start = Instant::now();
    let reasons: Vec<_> = std::thread::scope(|scope| {
        let read = || scope.spawn(|| failure(store.open(&name(1), None)));
        let reads: Vec<_> = (0..24).map(|_| read()).collect();
        reads.into_iter().map(|read| read.join().unwrap()).collect()
    });
    assert!(start.elapsed() < 8 * patience, "{:?}", start.elapsed());
    assert!(reasons.iter().any(|reason| reason.contains("by another call of this process")));
    session.file.faults.set(None);
    assert_eq!(contents(&store).unwrap(), before);
}

#[test]
fn a_header_that_somebody_has_for_himself_is_read_all_the_same() {
    use redb::StorageBackend;

    let folder = folder();
    let path = folder.path().join("keys");
    let store = filled(&path).with_patience(Duration::from_millis(300));
    let (first, last) = (Bound::Included(0), Bound::Excluded(320));
    let other = StoreFile::of(&path).unwrap().medium(Access::Write).unwrap();
    assert!(other.try_lock_range(first, last).unwrap());
    assert_eq!(contents(&store).unwrap().len(), 2);
    let reason = failure(store.store(&name(5), &record(b"more")));
    assert!(reason.contains("by another store that this process has open"), "{reason}");
    // A reader that found it so, and finds it changed afterwards, has read nothing.
    let reader = StoreFile::of(&path).unwrap().medium(Access::Read).unwrap();
    let outdated = reader.outdated();
    for changed in [false, true] {
        reader.lock_shared_range(first, last).unwrap();
        if changed {
            let mut header = [0; 320];
            other.read(0, &mut header).unwrap();
            header[319] ^= 1;
            other.write(0, &header).unwrap();
            reader.unlock_range(first, last).unwrap();
            header[319] ^= 1;
            other.write(0, &header).unwrap();
        } else {
            reader.unlock_range(first, last).unwrap();
        }
        assert_eq!(outdated.load(Relaxed), changed);
    }
    other.unlock_range(first, last).unwrap();
    store.store(&name(5), &record(b"more")).unwrap();
}
