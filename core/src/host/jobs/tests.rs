use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use super::*;
use crate::backend::{
    KeyFormat, Signature, SignatureFormat, SignatureInput, SignatureScheme, SigningKey, VerifyingKey,
};

/// A scheme whose keys take for ever, until the work is interrupted or let go on.
struct Endless {
    name: &'static str,
    begun: AtomicUsize,
    ended: AtomicUsize,
    enough: AtomicBool,
}

impl Endless {
    const fn new(name: &'static str) -> Self {
        Self { name, begun: AtomicUsize::new(0), ended: AtomicUsize::new(0), enough: AtomicBool::new(false) }
    }
}

impl Signature for Endless {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme {
            name: self.name,
            key_format: KeyFormat::ED25519,
            input: SignatureInput::Message,
            format: SignatureFormat::Raw,
            len: 64,
            slow_to_generate: true,
        }
    }

    fn generate(&self, interrupt: &Interrupt) -> Result<Box<dyn SigningKey>> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        while !interrupt.is_raised() && !self.enough.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        self.ended.fetch_add(1, Ordering::SeqCst);
        // What a job answers is handed on as it is.
        Err(if interrupt.is_raised() { Errno::RngError } else { Errno::InvalidLength })
    }

    fn signing_key(&self, _: &[u8]) -> Result<Box<dyn SigningKey>> {
        Err(Errno::InvalidKey)
    }

    fn verifying_key(&self, _: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        Err(Errno::InvalidKey)
    }
}

fn background(threads: usize, per_guest: usize) -> (LongWork, Threads) {
    let work = LongWork::Background { patience: Duration::from_millis(2), threads, per_guest };
    (work, Threads::new(work.threads()))
}

fn wait_for(count: &AtomicUsize, wanted: usize) {
    let start = Instant::now();
    while count.load(Ordering::SeqCst) != wanted {
        assert!(start.elapsed() < Duration::from_secs(60), "still {count:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn errno(jobs: &Jobs, (work, threads): &(LongWork, Threads), scheme: &'static Endless) -> Errno {
    jobs.generate(*work, threads, AsymmetricAlgorithm::Signature(scheme)).map(drop).unwrap_err()
}

#[test]
fn work_is_begun_once_and_fetched_by_the_same_call() {
    static SCHEME: Endless = Endless::new("A");
    let (host, jobs) = (background(4, 4), Jobs::default());
    for _ in 0..10 {
        assert_eq!(errno(&jobs, &host, &SCHEME), Errno::InProgress);
    }
    assert_eq!(SCHEME.begun.load(Ordering::SeqCst), 1);
    SCHEME.enough.store(true, Ordering::SeqCst);
    wait_for(&SCHEME.ended, 1);
    assert_eq!(errno(&jobs, &host, &SCHEME), Errno::InvalidLength);
}

#[test]
fn work_ends_with_its_guest_and_gives_its_thread_back() {
    static SCHEME: Endless = Endless::new("A");
    let host = background(1, 1);
    for round in 1..=3 {
        let jobs = Jobs::default();
        let start = Instant::now();
        while errno(&jobs, &host, &SCHEME) == Errno::InProgress && SCHEME.begun.load(Ordering::SeqCst) < round {
            assert!(start.elapsed() < Duration::from_secs(60), "the thread does not come back");
        }
        wait_for(&SCHEME.begun, round);
        drop(jobs);
        wait_for(&SCHEME.ended, round);
    }
}

#[test]
fn neither_a_guest_nor_all_of_them_have_more_work_than_they_may() {
    static ONE: Endless = Endless::new("A");
    static OTHER: Endless = Endless::new("B");
    let host = background(2, 1);
    let guests = [Jobs::default(), Jobs::default(), Jobs::default()];
    for _ in 0..3 {
        // The first's second, and the third's first, find no room.
        for (guest, scheme) in [(0, &ONE), (0, &OTHER), (1, &ONE), (2, &OTHER)] {
            assert_eq!(errno(&guests[guest], &host, scheme), Errno::InProgress);
        }
    }
    wait_for(&ONE.begun, 2);
    assert_eq!(OTHER.begun.load(Ordering::SeqCst), 0);
    drop(guests);
    wait_for(&ONE.ended, 2);
}

#[test]
fn what_a_guest_does_not_fetch_makes_room() {
    static ONE: Endless = Endless::new("A");
    static OTHER: Endless = Endless::new("B");
    let (host, jobs) = (background(2, 1), Jobs::default());
    assert_eq!(errno(&jobs, &host, &ONE), Errno::InProgress);
    assert_eq!(errno(&jobs, &host, &OTHER), Errno::InProgress);
    assert_eq!(OTHER.begun.load(Ordering::SeqCst), 0);
    ONE.enough.store(true, Ordering::SeqCst);
    wait_for(&ONE.ended, 1);
    let start = Instant::now();
    while OTHER.begun.load(Ordering::SeqCst) == 0 {
        assert_eq!(errno(&jobs, &host, &OTHER), Errno::InProgress);
        assert!(start.elapsed() < Duration::from_secs(60), "no room");
    }
}

#[test]
fn a_host_that_blocks_has_no_threads() {
    static SCHEME: Endless = Endless::new("A");
    SCHEME.enough.store(true, Ordering::SeqCst);
    let host = (LongWork::Block, Threads::new(LongWork::Block.threads()));
    assert_eq!(errno(&Jobs::default(), &host, &SCHEME), Errno::InvalidLength);
}
