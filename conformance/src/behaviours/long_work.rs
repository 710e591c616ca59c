//! Work that takes seconds: `in_progress`.

use std::{
    thread,
    time::{Duration, Instant},
};

use hostcrypt::{
    Errno, LongWork,
    store::{KeyRules, Quotas},
};

use super::behaviours;
use crate::{
    Guest, Keys, Object, Setup,
    guest::{Answer, PKCS8, SIGNATURES, refuses},
    suite,
};

behaviours!("long_work":
    a_key_that_takes_long_is_in_progress_until_it_is_made,
    work_that_takes_no_time_is_never_in_progress,
    what_a_guest_does_not_fetch_gives_way_to_its_other_work,
    work_that_has_no_thread_waits_for_one,
    a_managed_key_that_takes_long_is_stored_when_it_is_made,
);

/// What takes long on any host that serves it.
const SLOW: &str = "RSA_PKCS1_2048_SHA256";
const SLOWER: &str = "RSA_PKCS1_4096_SHA512";

/// Longer than any key takes to be made or given up, unless the host forgot it.
const PATIENCE: Duration = Duration::from_secs(300);

const fn background(milliseconds: u64, threads: usize, per_guest: usize) -> LongWork {
    LongWork::Background { patience: Duration::from_millis(milliseconds), threads, per_guest }
}

fn generate(guest: &mut Guest<'_>, name: &str) -> Answer<Object> {
    guest.keypair_generate(SIGNATURES, name, None)
}

/// Makes the same call again until it is granted, and counts how often it was not.
fn until_made(guest: &mut Guest<'_>, name: &str) -> (Object, usize) {
    let (start, mut times) = (Instant::now(), 0);
    loop {
        match generate(guest, name) {
            Ok(pair) => return (pair, times),
            Err(refusal) if refusal == Errno::InProgress => times += 1,
            Err(refusal) => panic!("answered {refusal:?}"),
        }
        assert!(start.elapsed() < PATIENCE, "the key is never made");
    }
}

fn a_key_that_takes_long_is_in_progress_until_it_is_made(guest: &mut Guest<'_>) {
    if guest.lacks(SLOW) {
        return;
    }
    let mut guest = guest.set_up(background(1, 2, 2));
    let (one, times) = until_made(&mut guest, SLOW);
    assert!(times > 0, "a key of 2048 bits takes longer than a millisecond");
    // The next call begins anew.
    let (other, _) = until_made(&mut guest, SLOW);
    let [one, other] = [one, other].map(|pair| guest.export("keypair", pair, PKCS8).unwrap());
    assert_ne!(one, other);
}

fn work_that_takes_no_time_is_never_in_progress(guest: &mut Guest<'_>) {
    let mut guest = guest.set_up(background(0, 0, 0));
    for name in ["Ed25519", "ECDSA_P256_SHA256"] {
        generate(&mut guest, name).unwrap();
    }
    guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
}

fn what_a_guest_does_not_fetch_gives_way_to_its_other_work(guest: &mut Guest<'_>) {
    if guest.lacks(SLOWER) {
        return;
    }
    let mut guest = guest.set_up(background(0, 8, 1));
    refuses!(generate(&mut guest, SLOW), InProgress);
    // Never begun while the first goes on; and begun when that is done, whose key is given up.
    let start = Instant::now();
    while generate(&mut guest, "RSA_PSS_2048_SHA256").is_err() {
        assert!(start.elapsed() < PATIENCE, "what a guest does not fetch blocks it for ever");
        thread::sleep(Duration::from_millis(1));
    }
}

fn work_that_has_no_thread_waits_for_one(guest: &mut Guest<'_>) {
    if guest.lacks(SLOW) {
        return;
    }
    let mut guest = guest.set_up(background(0, 1, 2));
    refuses!(generate(&mut guest, SLOW), InProgress);
    refuses!(generate(&mut guest, "RSA_PSS_2048_SHA256"), InProgress);
    until_made(&mut guest, SLOW);
    until_made(&mut guest, "RSA_PSS_2048_SHA256");
}

fn a_managed_key_that_takes_long_is_stored_when_it_is_made(guest: &mut Guest<'_>) {
    if guest.lacks(SLOW) {
        return;
    }
    // In a store that has room for one.
    let mut quotas = Quotas::default();
    quotas.keys = 1;
    let store = guest.subject().key_store(KeyRules::default(), quotas).unwrap_or_else(|reason| suite::skip(reason));
    let mut guest = guest.set_up(Setup { keys: Keys::In(store), long_work: background(1, 2, 2), ..Setup::default() });
    let manager = guest.manager();
    // How often that is, a store that makes keys itself may say.
    let start = Instant::now();
    let pair = loop {
        match guest.keypair_generate_managed(manager, SIGNATURES, SLOW) {
            Ok(pair) => break pair,
            Err(refusal) if refusal == Errno::InProgress => {}
            Err(refusal) => panic!("answered {refusal:?}"),
        }
        assert!(start.elapsed() < PATIENCE, "the key is never made");
    };
    let (id, version) = guest.id("keypair", pair).unwrap();
    guest.from_id("keypair", manager, &id, version).unwrap();
}
