//! A process that is stopped, at whatever moment.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use hostcrypt::{
    Errno,
    store::{Inventory, KeyStore},
};
use hostcrypt_keystore::FileStore;

use crate::{host::Host, kek, name, record};

const ROUNDS: u128 = 60;
const PATIENCE: Duration = Duration::from_millis(500);

fn random(below: u64) -> u64 {
    RandomState::new().hash_one(0) % below
}

#[test]
fn a_process_that_is_stopped_holds_up_no_reader_and_changes_for_some_seconds_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&reasons);
    let store = FileStore::create(&path, &kek()).unwrap().with_patience(PATIENCE);
    let store = store.with_report(move |error| told.lock().unwrap().push(error.to_string()));
    let (mut held_up, mut went_on, mut slowest) = (0, 0, Duration::ZERO);
    for round in 0..ROUNDS {
        let mut host = Host::start(&path);
        host.tell(&format!("begin {}", round * 1_000_000));
        host.hear().unwrap();
        std::thread::sleep(Duration::from_micros(random(20_000)));
        host.stop();
        let (own, start) = (u128::MAX - round, Instant::now());
        let answer = store.store(&name(own), &record(b"mine"));
        assert!(start.elapsed() < PATIENCE + Duration::from_secs(3), "{:?}", start.elapsed());
        match answer {
            Ok(_) => went_on += 1,
            Err(errno) => {
                held_up += 1;
                assert_eq!(errno, Errno::InternalError);
                let reason = reasons.lock().unwrap().pop().unwrap();
                let process = format!("by process {} (", host.id());
                assert!(reason.contains(&process) && reason.contains("which is stopped"), "{reason}");
            }
        }
        // It is read all the while: by who has it open, and by who opens it.
        let start = Instant::now();
        let seen = store.list(None).unwrap_or_else(|errno| panic!("{errno}: {reasons:?}")).len();
        for _ in 0..5 {
            store.list(None).unwrap();
        }
        let other = FileStore::open(&path, &kek()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(other.list(None).unwrap().len(), seen);
        drop(other);
        slowest = slowest.max(start.elapsed());
        // It goes on where it was, and what it says is done is there.
        host.go_on();
        let answer_now = store.store(&name(own - ROUNDS), &record(b"mine"));
        assert!(answer_now.is_ok(), "{:?}", reasons.lock().unwrap());
        let mut done = Vec::new();
        while done.len() < 3 {
            let line = host.hear().unwrap();
            done.extend(line.strip_prefix("done ").map(|id| id.parse::<u128>().unwrap()));
        }
        for id in done {
            store.open(&name(id), None).unwrap();
        }
        if answer.is_ok() {
            store.open(&name(own), None).unwrap();
        }
    }
    println!(
        "{held_up} of {ROUNDS} changes were held up, {went_on} were not; six lists and an opening took {slowest:?}"
    );
    assert!(held_up > ROUNDS / 4, "{held_up} of {ROUNDS}");
    drop(store);
    FileStore::open(&path, &kek()).unwrap();
}

#[test]
fn threads_of_one_process_wait_for_a_stopped_one_together_and_not_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let store = FileStore::create(&path, &kek()).unwrap().with_patience(PATIENCE);
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
                assert_eq!(store.store(&mine, &record(b"mine")), Err(Errno::InternalError));
                assert_eq!(store.open(&mine, None).err(), Some(Errno::NotFound));
            });
        }
    });
    assert!(start.elapsed() < 10 * PATIENCE, "{:?}", start.elapsed());
    host.go_on();
    store.store(&name(1 << 102), &record(b"mine")).unwrap();
}

#[test]
fn processes_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let store = FileStore::create(&path, &kek()).unwrap();
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
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}
