//! Batches in several threads.

use std::{
    collections::BTreeSet,
    sync::{Condvar, Mutex},
    time::Duration,
};

use hostcrypt_wasmtime::{
    Host, Limits,
    hostcrypt::{
        Errno, InOut, Result,
        backend::{Aead, AeadKey, Backend},
    },
};

use super::guest::{
    Guest, RAW, SIGNATURES, SYMMETRIC,
    errno::{INVALID_OPERATION, NONCE_REQUIRED, OVERFLOW, SUCCESS, TOO_MANY_HANDLES, VERIFICATION_FAILED},
    optional,
};

/// The length of a text that is long enough for a thread of its own.
const LONG: usize = 300_000;

fn threaded(threads: usize, change: impl FnOnce(&mut Limits)) -> Host {
    let mut limits = Limits::default();
    change(&mut limits);
    Host::builder(hostcrypt_wasmtime::backend()).limits(limits).batch_threads(threads).build()
}

/// How many elements are encrypted now, and how many were at most.
static MEETING: (Mutex<(usize, usize)>, Condvar) = (Mutex::new((0, 0)), Condvar::new());

/// A cipher that encrypts nothing until another thread encrypts too.
struct Meeting;

impl Aead for Meeting {
    fn name(&self) -> &'static str {
        "MEETING"
    }

    fn key_len(&self) -> usize {
        32
    }

    fn nonce_len(&self) -> usize {
        12
    }

    fn tag_len(&self) -> usize {
        16
    }

    fn key(&self, _: &[u8]) -> Result<Box<dyn AeadKey>> {
        Ok(Box::new(Self))
    }
}

impl AeadKey for Meeting {
    fn seal(&self, _: &[u8], _: &[u8], _: InOut<'_>, _: &mut [u8]) -> Result<()> {
        let (numbers, changed) = &MEETING;
        let mut guard = numbers.lock().unwrap();
        guard.0 += 1;
        guard.1 = guard.1.max(guard.0);
        changed.notify_all();
        let (mut guard, waited) =
            changed.wait_timeout_while(guard, Duration::from_secs(20), |(_, most)| *most < 2).unwrap();
        guard.0 -= 1;
        if waited.timed_out() { Err(Errno::AlgorithmFailure) } else { Ok(()) }
    }

    fn open(&self, _: &[u8], _: &[u8], _: InOut<'_>, _: &[u8]) -> Result<()> {
        Err(Errno::InvalidTag)
    }
}

#[test]
fn elements_run_at_the_same_time_in_as_many_threads_as_the_host_allows() {
    let backend = Backend { name: "meeting", aeads: &[&Meeting], ..hostcrypt_wasmtime::backend() };
    let mut guest = Guest::new(&Host::builder(backend).batch_threads(2).build());
    let (key, text) = (guest.key("MEETING", &[7; 32]), guest.bytes([0x61; LONG]));
    let elements: Vec<_> = (0..6_u8)
        .map(|nonce| {
            let options = guest.options(&[("nonce", &[nonce; 12])]);
            [guest.state("MEETING", Some(key), Some(options)).unwrap().handle(), text[0], text[1]]
        })
        .collect();
    let batch = guest.elements(&elements.iter().map(<[_; 3]>::as_slice).collect::<Vec<_>>());
    let results = guest.results("batch-symmetric-state-encrypt", &[&batch], 12).unwrap();
    assert!(results.iter().all(|result| result.u32(8) as u8 == SUCCESS));
    assert_eq!(*MEETING.0.lock().unwrap(), (0, 2));
}

/// The results of batches of each kind: elements that succeed, elements that fail, and states that are in a batch more than
/// once. Then how many bytes the guest holds, and how many handles it may still open.
fn outcome(threads: usize, change: impl FnOnce(&mut Limits)) -> Vec<(Vec<u8>, u8)> {
    let mut guest = Guest::new(&threaded(threads, change));
    let mut outcome = Vec::new();
    let (text, short) = (guest.bytes([0x61; LONG]), guest.bytes([0x62; 1000]));
    let sessions = [(); 2].map(|()| session(&mut guest));
    let (used, hash) = (guest.aead(9), guest.hash("abc"));
    let _ = guest.call("symmetric-state-encrypt", &[&[used], &short]);

    let states = [guest.aead(1), sessions[0], used, sessions[1], hash, sessions[0], guest.aead(2), sessions[0]];
    let texts = [text, short, text, text, text, short, text, text];
    let elements: Vec<_> = states.iter().zip(texts).map(|(state, text)| [*state, text[0], text[1]]).collect();
    let batch = guest.elements(&elements.iter().map(<[_; 3]>::as_slice).collect::<Vec<_>>());
    for (function, code) in [("encrypt", 8), ("encrypt-detached", 12), ("decrypt", 8)] {
        let name = format!("batch-symmetric-state-{function}");
        let results = guest.results(&name, &[&batch], code + 4);
        note(&mut guest, &mut outcome, results.map(|results| (results, Some(0), code as usize)));
    }
    let tagged: Vec<_> = elements.iter().map(|[state, at, len]| [*state, *at, len - 16, at + len - 16, 16]).collect();
    let batch = guest.elements(&tagged.iter().map(<[_; 5]>::as_slice).collect::<Vec<_>>());
    let results = guest.results("batch-symmetric-state-decrypt-detached", &[&batch], 12);
    note(&mut guest, &mut outcome, results.map(|results| (results, Some(0), 8)));

    let batch = [sessions[1], sessions[0], hash, sessions[1], used, sessions[0]];
    let batch = guest.elements(&batch.each_ref().map(std::slice::from_ref));
    let results = guest.results("batch-symmetric-state-squeeze", &[&batch], 12);
    note(&mut guest, &mut outcome, results.map(|results| (results, Some(0), 8)));
    let results = guest.results("batch-symmetric-state-squeeze-tag", &[&batch], 8);
    note(&mut guest, &mut outcome, results.map(|results| (results, None, 4)));

    outcome.push((guest.store.data().bytes_held().to_le_bytes().to_vec(), SUCCESS));
    let open = (0_u8..50).take_while(|_| guest.call("options-open", &[&[SYMMETRIC]]).is_ok()).count();
    outcome.push((open.to_le_bytes().to_vec(), SUCCESS));
    outcome
}

/// A state of a session with a key, of which 300,000 bytes are squeezed.
fn session(guest: &mut Guest) -> u64 {
    let (key, options) = (guest.key("XOODYAK-128", &[7; 16]), guest.options(&[("nonce", &[7; 16])]));
    let name = guest.bytes("output_len");
    guest.call("options-set-u64", &[&[options], &name, &[LONG as u64]]).unwrap();
    let state = guest.state("XOODYAK-128", Some(key), Some(options)).unwrap().handle();
    guest.drop("symmetric-key", key);
    guest.drop("options", options);
    state
}

/// Notes the list and the errno of each element.
fn note(
    guest: &mut Guest,
    outcome: &mut Vec<(Vec<u8>, u8)>,
    results: std::result::Result<(Vec<super::guest::Value>, Option<usize>, usize), u8>,
) {
    match results {
        Ok((results, list, code)) => outcome.extend(results.iter().map(|result| {
            let bytes = list.map_or_else(Vec::new, |list| guest.list(result, list));
            (bytes, result.u32(code) as u8)
        })),
        Err(errno) => outcome.push((Vec::new(), errno)),
    }
}

#[test]
fn threads_give_the_results_of_one_thread() {
    let expected = outcome(1, |_| {});
    let codes: BTreeSet<_> = expected.iter().map(|(_, code)| *code).collect();
    assert!([SUCCESS, INVALID_OPERATION, NONCE_REQUIRED].iter().all(|code| codes.contains(code)), "{codes:?}");
    for threads in [2, 3, 16] {
        assert!(outcome(threads, |_| {}) == expected, "{threads} threads");
    }
}

#[test]
fn threads_give_the_results_of_one_thread_at_every_limit() {
    let mut met = BTreeSet::new();
    for handles in [9, 11, 12, 13, 30] {
        let limit = |limits: &mut Limits| limits.handles = handles;
        let expected = outcome(1, limit);
        met.extend(expected.iter().map(|(_, code)| *code));
        assert!(outcome(3, limit) == expected, "{handles} handles");
    }
    for bytes in [1, 2, 4, 6, 9].map(|part| part * LONG) {
        let limit = |limits: &mut Limits| limits.bytes = bytes;
        let expected = outcome(1, limit);
        met.extend(expected.iter().map(|(_, code)| *code));
        assert!(outcome(3, limit) == expected, "{bytes} bytes");
    }
    for call_bytes in [1, 3, 4, 6].map(|part| part * LONG) {
        let limit = |limits: &mut Limits| limits.call_bytes = call_bytes;
        assert!(outcome(3, limit) == outcome(1, limit), "{call_bytes} bytes of a call");
    }
    assert!(met.contains(&OVERFLOW) && met.contains(&TOO_MANY_HANDLES), "{met:?}");
}

/// Signs and verifies batches with a scheme, of states that are in them more than once.
fn sign_and_verify(guest: &mut Guest, algorithm: &str) {
    let pair = guest.key_pair(SIGNATURES, algorithm);
    let public = guest.open("keypair-publickey", &[&[pair]]);
    let states: Vec<_> = (0..6_u8)
        .map(|message| {
            let state = guest.open("signature-state-open", &[&[pair]]);
            let message = guest.bytes([message]);
            guest.call("signature-state-update", &[&[state], &message]).unwrap();
            [state]
        })
        .collect();
    let twice: Vec<_> = states.iter().chain(&states).map(<[_; 1]>::as_slice).collect();
    let batch = guest.elements(&twice);
    let signed = guest.results("batch-signature-state-sign", &[&batch], 8).unwrap();
    let name = guest.bytes(algorithm);
    let verifying: Vec<_> = (0..12_u8)
        .map(|index| {
            let state = guest.open("signature-verification-state-open", &[&[public]]);
            let message = guest.bytes([index % 6]);
            guest.call("signature-verification-state-update", &[&[state], &message]).unwrap();
            assert_eq!(signed[usize::from(index)].u32(4) as u8, SUCCESS, "{algorithm}");
            let raw = guest.pull(signed[usize::from(index)].handle());
            let raw = guest.bytes(raw);
            [state, guest.open("signature-import", &[&name, &raw, &[RAW]])]
        })
        .collect();
    // The last element verifies the first one's message with another one's signature, which two elements share.
    let wrong = [verifying[0][0], verifying[1][1]];
    let elements: Vec<_> = verifying.iter().chain([&wrong]).map(<[_; 2]>::as_slice).collect();
    let batch = guest.elements(&elements);
    let value = guest.call("batch-signature-state-verify", &[&batch]).unwrap();
    let verified = guest.list(&value, 0);
    assert_eq!(verified, [&[SUCCESS; 12][..], &[VERIFICATION_FAILED]].concat(), "{algorithm}");
}

#[test]
fn a_thread_has_the_stack_for_each_scheme() {
    let host = threaded(3, |_| {});
    let mut guest = Guest::new(&host);
    let schemes = ["Ed25519", "ECDSA_P256_SHA256", "ECDSA_P384_SHA384", "ECDSA_K256_SHA256", "ML-DSA-87"];
    for scheme in schemes {
        let name = guest.bytes(scheme);
        let served = guest.call("keypair-generate", &[&[SIGNATURES], &name, &optional(None)]).is_ok();
        assert!(served, "{scheme}");
        sign_and_verify(&mut guest, scheme);
    }
}

#[test]
fn signatures_reach_the_limit_on_handles_as_in_one_thread() {
    let codes = [1, 3].map(|threads| {
        let mut guest = Guest::new(&threaded(threads, |limits| limits.handles = 16));
        let pair = guest.key_pair(SIGNATURES, "Ed25519");
        let states: Vec<_> = (0..10).map(|_| [guest.open("signature-state-open", &[&[pair]])]).collect();
        let batch = guest.elements(&states.iter().map(<[_; 1]>::as_slice).collect::<Vec<_>>());
        let signed = guest.results("batch-signature-state-sign", &[&batch], 8).unwrap();
        signed.iter().map(|result| result.u32(4) as u8).collect::<Vec<_>>()
    });
    assert_eq!(codes[0], [&[SUCCESS; 5][..], &[TOO_MANY_HANDLES; 5]].concat());
    assert_eq!(codes[1], codes[0]);
}
