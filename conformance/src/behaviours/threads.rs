//! Guests whose memory threads share.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Barrier,
    thread,
};

use hostcrypt::{Errno, Limits};

use super::{array_output, behaviours, memory, options, symmetric};
use crate::{Behaviour, Guest, Object, Setup, guest::refuses, suite};

behaviours!("threads":
    the_rules_of_memory_hold_on_a_memory_that_threads_share [needs Memory],
    what_is_too_long_to_be_copied_is_refused [needs Memory],
    threads_of_a_guest_use_one_state_at_the_same_time [needs Memory],
    a_handle_that_threads_race_to_close_is_closed_once [needs Memory],
    what_threads_race_to_pull_arrives_whole [needs Memory],
    a_tag_that_threads_race_to_pull_is_pulled_once [needs Memory],
    what_a_thread_opened_serves_the_others_and_outlives_it [needs Memory],
    each_text_arrives_whole_while_another_thread_writes_beside_it [needs Memory],
);

pub(super) const THREADS: usize = 3;

fn the_rules_of_memory_hold_on_a_memory_that_threads_share(guest: &mut Guest<'_>) {
    let parts = [memory::ALL, options::ALL, array_output::ALL, symmetric::aead::ALL];
    let judged = |behaviour: &&Behaviour| suite::missing(guest.subject(), behaviour).is_none();
    for behaviour in parts.into_iter().flatten().filter(judged) {
        let run = || (behaviour.run)(&mut guest.running(behaviour));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            suite::fail(behaviour, panic);
        }
    }
}

fn what_is_too_long_to_be_copied_is_refused(guest: &mut Guest<'_>) {
    let mut limits = Limits::default();
    limits.bytes = 100_000;
    let mut guest = guest.set_up(Setup { limits, shared_memory: true, ..Setup::default() });
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    let text = vec![0x61; 400_000];
    refuses!(guest.symmetric_state_absorb(state, &text), Overflow);
    // The call took no room that it kept, and changed nothing.
    for part in text[..200_000].chunks(50_000) {
        guest.symmetric_state_absorb(state, part).unwrap();
    }
    let squeezed = guest.symmetric_state_squeeze(state, 32).unwrap();
    assert_eq!(squeezed, digest(&mut guest.neighbour(), &text[..200_000]));
    // A buffer may be longer than what comes into it.
    let key = guest.symmetric_key_import("HMAC/SHA-256", &[7; 32]).unwrap();
    let exported = guest.symmetric_key_output(key).unwrap();
    assert_eq!(guest.array_output_pull(exported, 400_000).unwrap(), [7; 32]);
}

/// The threads of a new guest.
pub(super) fn threads<'a>(guest: &Guest<'a>) -> Vec<Guest<'a>> {
    guest.on_shared_memory().into_threads(THREADS)
}

/// Lets threads of one guest do something at the same time.
pub(super) fn together<T: Send>(threads: &mut [Guest<'_>], run: impl Fn(&mut Guest<'_>) -> T + Sync) -> Vec<T> {
    let (run, start) = (&run, &Barrier::new(threads.len()));
    thread::scope(|scope| {
        let spawn = |guest| {
            scope.spawn(move || {
                start.wait();
                run(guest)
            })
        };
        let running: Vec<_> = threads.iter_mut().map(spawn).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

fn digest(guest: &mut Guest<'_>, text: &[u8]) -> Vec<u8> {
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    guest.symmetric_state_absorb(state, text).unwrap();
    let digest = guest.symmetric_state_squeeze(state, 32).unwrap();
    guest.close("symmetric_state", state).unwrap();
    digest
}

fn threads_of_a_guest_use_one_state_at_the_same_time(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    let state = threads[0].symmetric_state_open("SHA-256", None, None).unwrap();
    together(&mut threads, |guest| {
        for round in 0..500 {
            guest.symmetric_state_absorb(state, b"abc").unwrap();
            // Meanwhile each has objects of its own.
            assert_eq!(digest(guest, b"abc"), digest(guest, b"abc"), "round {round}");
        }
    });
    let all = threads[0].symmetric_state_squeeze(state, 32).unwrap();
    assert_eq!(all, digest(&mut threads[0], &b"abc".repeat(500 * THREADS)), "nothing that they absorb is lost");
}

fn a_handle_that_threads_race_to_close_is_closed_once(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    for round in 0..100 {
        let state = threads[0].symmetric_state_open("SHA-256", None, None).unwrap();
        let closed = together(&mut threads, |guest| {
            // Used while another closes it: granted, or refused as closed.
            let used = guest.symmetric_state_absorb(state, &[0x61; 4096]);
            assert!(used.is_ok() || used == Err(guest.refusal(Errno::InvalidHandle)), "{used:?}");
            guest.close("symmetric_state", state)
        });
        assert_eq!(closed.iter().filter(|closed| closed.is_ok()).count(), 1, "round {round}");
        for refused in closed.into_iter().filter(Result::is_err) {
            refuses!(refused, Closed, "round {round}");
        }
    }
}

/// Objects that threads race for in one go: the races are short, and one alone is hardly ever lost.
const RACES: usize = 64;
const ROUNDS: usize = 40;

fn what_threads_race_to_pull_arrives_whole(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    let raw: Vec<u8> = (0..20).collect();
    let key = threads[0].symmetric_key_import("HMAC/SHA-256", &raw).unwrap();
    for round in 0..ROUNDS {
        let arrays: Vec<_> = (0..RACES).map(|_| threads[0].symmetric_key_output(key).unwrap()).collect();
        let pulled = together(&mut threads, |guest| {
            let pull_all = |array: &Object| {
                let mut pulled = Vec::new();
                loop {
                    match guest.array_output_pull(*array, 7) {
                        Ok(part) => pulled.push(part),
                        refused => {
                            refuses!(refused, InvalidHandle, "round {round}");
                            return pulled;
                        }
                    }
                }
            };
            arrays.iter().map(pull_all).collect::<Vec<_>>()
        });
        for race in 0..RACES {
            let mut parts: Vec<_> = pulled.iter().flat_map(|thread| thread[race].clone()).collect();
            parts.sort_unstable();
            assert_eq!(parts, [&raw[..7], &raw[7..14], &raw[14..]], "round {round}");
        }
    }
}

fn a_tag_that_threads_race_to_pull_is_pulled_once(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    let key = threads[0].symmetric_key_import("HMAC/SHA-256", &[7; 32]).unwrap();
    let state = threads[0].symmetric_state_open("HMAC/SHA-256", Some(key), None).unwrap();
    for round in 0..ROUNDS {
        let tags: Vec<_> = (0..RACES).map(|_| threads[0].symmetric_state_squeeze_tag(state).unwrap()).collect();
        let pulled = together(&mut threads, |guest| {
            tags.iter().map(|tag| guest.symmetric_tag_pull(*tag, 32)).collect::<Vec<_>>()
        });
        for race in 0..RACES {
            let (granted, refused): (Vec<_>, Vec<_>) =
                pulled.iter().map(|thread| thread[race].clone()).partition(Result::is_ok);
            assert_eq!(granted.len(), 1, "round {round}");
            refused.into_iter().for_each(|refused| refuses!(refused, InvalidHandle, "round {round}"));
        }
    }
}

fn what_a_thread_opened_serves_the_others_and_outlives_it(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    let mut first = threads.remove(0);
    let key = first.symmetric_key_import("HMAC/SHA-256", &[7; 32]).unwrap();
    drop(first);
    let tags = together(&mut threads, |guest| {
        let state = guest.symmetric_state_open("HMAC/SHA-256", Some(key), None).unwrap();
        guest.symmetric_state_absorb(state, b"text").unwrap();
        let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
        guest.symmetric_tag_pull(tag, 32).unwrap()
    });
    assert!(tags.iter().all(|tag| *tag == tags[0]));
}

fn each_text_arrives_whole_while_another_thread_writes_beside_it(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    let texts = together(&mut threads, |guest| {
        let key = guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
        (0..200_u32).all(|round| {
            let text: Vec<u8> = round.to_le_bytes().repeat(round as usize);
            let nonce = guest.nonce(&[&round.to_le_bytes()[..], &[0; 8]].concat());
            let [sealing, opening] =
                [0, 1].map(|_| guest.symmetric_state_open("AES-256-GCM", Some(key), Some(nonce)).unwrap());
            let sealed = guest.symmetric_state_encrypt(sealing, text.len() + 16, &text).unwrap();
            let opened = guest.symmetric_state_decrypt(opening, text.len(), &sealed).unwrap();
            for state in [sealing, opening] {
                guest.close("symmetric_state", state).unwrap();
            }
            guest.close("options", nonce).unwrap();
            opened == text
        })
    });
    assert_eq!(texts, [true; THREADS]);
}
