//! A process that is stopped, at whatever moment.

use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use hostcrypt::store::{KeyStore, StoreAdmin, StoreError};
use hostcrypt_keystore::FileStore;

use crate::{failure, host::Host, kek, name, record};

/// Whether a process is stopped at the moment that a test means is chance: it tries so often at most.
const MOST_ROUNDS: u128 = 200;
const PATIENCE: Duration = Duration::from_millis(500);
/// Of a store that goes on beside others which make no pause, on however slow a machine.
const MUCH_PATIENCE: Duration = Duration::from_secs(30);

fn random(below: u64) -> u64 {
    RandomState::new().hash_one(0) % below
}

#[test]
fn a_process_that_is_stopped_holds_up_no_reader_and_changes_for_some_seconds_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let store = FileStore::create(&path, &kek()).unwrap().with_patience(PATIENCE);
    let patient = FileStore::open(&path, &kek()).unwrap().with_patience(MUCH_PATIENCE);
    let (mut held_up, mut went_on, mut slowest) = (0, 0, Duration::ZERO);
    for round in 0..MOST_ROUNDS {
        if held_up == 8 {
            break;
        }
        let mut host = Host::start(&path);
        host.tell(&format!("begin {}", round * 1_000_000));
        host.hear().unwrap();
        std::thread::sleep(Duration::from_micros(random(20_000)));
        host.stop();
        let (own, start) = (u128::MAX - round, Instant::now());
        let answer = store.store(&name(own), &record(b"mine"));
        assert!(start.elapsed() < PATIENCE + Duration::from_secs(3), "{:?}", start.elapsed());
        let granted = answer.is_ok();
        match answer {
            Ok(_) => went_on += 1,
            failed => {
                held_up += 1;
                let reason = failure(failed);
                let process = format!("by process {} (", host.id());
                assert!(reason.contains(&process) && reason.contains("which is stopped"), "{reason}");
            }
        }
        // It is read all the while: by who has it open, and by who opens it.
        let start = Instant::now();
        let seen = store.list(None).unwrap_or_else(|error| panic!("{error}")).len();
        for _ in 0..5 {
            store.list(None).unwrap();
        }
        let other = FileStore::open(&path, &kek()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(other.list(None).unwrap().len(), seen);
        drop(other);
        slowest = slowest.max(start.elapsed());
        // It goes on where it was, and what it says is done is there.
        host.go_on();
        patient.store(&name(own - MOST_ROUNDS), &record(b"mine")).unwrap();
        let mut done = Vec::new();
        while done.len() < 3 {
            let line = host.hear().unwrap();
            done.extend(line.strip_prefix("done ").map(|id| id.parse::<u128>().unwrap()));
        }
        for id in done {
            store.open(&name(id), None).unwrap();
        }
        if granted {
            store.open(&name(own), None).unwrap();
        }
    }
    println!("{held_up} changes were held up, {went_on} were not; six lists and an opening took {slowest:?}");
    assert_eq!(held_up, 8, "{went_on} were not");
    drop((store, patient));
    FileStore::open(&path, &kek()).unwrap();
}

#[test]
fn a_process_that_is_stopped_while_it_opens_the_file_holds_up_nobody_who_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let store = FileStore::create(&path, &kek()).unwrap().with_patience(PATIENCE);
    let patient = FileStore::open(&path, &kek()).unwrap().with_patience(MUCH_PATIENCE);
    let (mut held_up, mut opening, mut round) = (0, 0, 0);
    while round < 30 || (opening == 0 && round < MOST_ROUNDS) {
        let mut host = Host::start(&path);
        host.tell("list");
        std::thread::sleep(Duration::from_micros(random(1_000)));
        host.stop();
        // It answers as soon as it has the file open.
        opening += u128::from(host.is_silent());
        if store.store(&name(round), &record(b"mine")).is_err() {
            // It was reading what a change writes last: a moment that is hardly met.
            held_up += 1;
            host.go_on();
            patient.store(&name(round), &record(b"mine")).unwrap();
        }
        assert_eq!(store.list(None).unwrap().len() as u128, round + 1);
        assert_eq!(FileStore::open(&path, &kek()).unwrap().list(None).unwrap().len() as u128, round + 1);
        round += 1;
    }
    println!("{opening} of {round} processes were opening the file, and {held_up} changes were held up");
    assert!(opening > 0, "none of {round}");
    assert!(held_up < round / 2, "{held_up} of {round}");
}

#[test]
fn whoever_opens_a_file_that_a_stopped_process_has_for_itself_is_told_which() {
    let (mut held_up, mut rounds) = (0, 0);
    // It has the file for itself while it checks it.
    while held_up < 2 && rounds < MOST_ROUNDS {
        rounds += 1;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        drop(FileStore::create(&path, &kek()).unwrap());
        let host = Host::start(&path);
        std::thread::sleep(Duration::from_micros(random(1_000)));
        host.stop();
        let start = Instant::now();
        match FileStore::open(&path, &kek()) {
            Ok(store) => assert_eq!(store.list(None).unwrap().len(), 0),
            Err(error) => {
                held_up += 1;
                let error = error.to_string();
                assert!(error.contains(&format!("by process {} (", host.id())), "{error}");
                assert!(error.contains("which is stopped"), "{error}");
            }
        }
        assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
        host.go_on();
        let start = Instant::now();
        FileStore::open(&path, &kek()).unwrap();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
    println!("{held_up} of {rounds} openings were held up");
    assert!(held_up > 0, "none of {rounds}");
}

#[test]
fn threads_of_one_process_wait_for_a_stopped_one_together_and_not_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let store = FileStore::create(&path, &kek()).unwrap().with_patience(PATIENCE);
    let patient = FileStore::open(&path, &kek()).unwrap().with_patience(MUCH_PATIENCE);
    let mut host = Host::start(&path);
    host.tell("begin 0");
    host.hear().unwrap();
    // Until it is stopped in a change.
    while {
        host.stop();
        store.store(&name(1 << 100), &record(b"mine")).is_ok()
    } {
        store.invalidate(&name(1 << 100), hostcrypt::store::Versions::All).unwrap();
        host.go_on();
        std::thread::sleep(Duration::from_micros(random(3_000)));
    }
    let start = Instant::now();
    std::thread::scope(|scope| {
        for id in 0..24 {
            let store = &store;
            scope.spawn(move || {
                let mine = name((1 << 101) + id);
                failure(store.store(&mine, &record(b"mine")));
                assert!(matches!(store.open(&mine, None), Err(StoreError::NotFound)));
            });
        }
    });
    assert!(start.elapsed() < 10 * PATIENCE, "{:?}", start.elapsed());
    host.go_on();
    patient.store(&name(1 << 102), &record(b"mine")).unwrap();
}

#[test]
fn processes_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let store = FileStore::create(&path, &kek()).unwrap().with_patience(MUCH_PATIENCE);
    let mut hosts: Vec<Host> = (0..2).map(|_| Host::start(&path)).collect();
    for (host, begin) in hosts.iter_mut().zip(["begin 0", "begin 1000000"]) {
        host.tell(begin);
        host.hear().unwrap();
    }
    // Both change it all the time, and this comes in between.
    let mut slowest = Duration::ZERO;
    for id in 0..20 {
        let start = Instant::now();
        store.store(&name((1 << 100) + id), &record(b"mine")).unwrap();
        slowest = slowest.max(start.elapsed());
    }
    println!("the slowest change took {slowest:?}");
}
