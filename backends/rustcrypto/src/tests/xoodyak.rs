//! Xoodyak.

use hostcrypt::backend::{KeyedSessionState, Session};
use hostcrypt::{Errno, InOut};

use super::shared::error;
use crate::BACKEND;

/// The key, and the nonce.
const KEY: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

fn xoodyak() -> &'static dyn Session {
    BACKEND.sessions[0]
}

fn keyed() -> Box<dyn KeyedSessionState> {
    xoodyak().start_keyed(&KEY, &KEY).unwrap()
}

/// Bytes that count up.
fn counting(len: usize) -> Vec<u8> {
    (0..len).map(|at| at as u8).collect()
}

/// The ciphertext and the tag behind it.
fn sealed(mut state: Box<dyn KeyedSessionState>, data: &[u8], text: &[u8]) -> Vec<u8> {
    let mut sealed = vec![0xff; text.len() + 16];
    let (output, tag) = sealed.split_at_mut(text.len());
    state.absorb(data);
    state.encrypt(InOut::Apart(text, output), tag).unwrap();
    sealed
}

#[test]
fn texts_open_apart_and_in_place_and_not_once_they_are_changed() {
    for len in [0, 1, 23, 24, 25, 48, 100] {
        let text = counting(len);
        let expected = sealed(keyed(), b"data", &text);
        let (cipher, tag) = expected.split_at(len);
        let mut state = keyed();
        state.absorb(b"data");

        let (mut output, mut own) = (text.clone(), [0xff; 16]);
        state.copy_keyed().encrypt(InOut::InPlace(&mut output), &mut own).unwrap();
        assert_eq!((&output[..], &own[..]), (cipher, tag));
        state.copy_keyed().decrypt(InOut::InPlace(&mut output), tag).unwrap();
        assert_eq!(output, text);
        output.fill(0xff);
        state.copy_keyed().decrypt(InOut::Apart(cipher, &mut output), tag).unwrap();
        assert_eq!(output, text);

        for at in [0, len, len + 15] {
            let mut altered = expected.clone();
            altered[at] ^= 1;
            let (cipher, tag) = altered.split_at_mut(len);
            assert_eq!(state.copy_keyed().decrypt(InOut::InPlace(cipher), tag), Err(Errno::InvalidTag));
        }
        state.absorb(&[]);
        assert_eq!(state.decrypt(InOut::Apart(cipher, &mut output), tag), Err(Errno::InvalidTag));
    }
}

#[test]
fn both_ends_go_on_together_after_a_text() {
    for text in [&b""[..], b"text"] {
        let (mut one, mut other) = (keyed(), keyed());
        let (mut output, mut tag) = (text.to_vec(), [0; 16]);
        one.encrypt(InOut::InPlace(&mut output), &mut tag).unwrap();
        other.decrypt(InOut::InPlace(&mut output), &tag).unwrap();
        assert_eq!(output, text);
        let mut squeezed = [[0; 32]; 2];
        one.squeeze(&mut squeezed[0]);
        other.squeeze(&mut squeezed[1]);
        assert_eq!(squeezed[0], squeezed[1]);
    }
}

#[test]
fn every_operation_leads_elsewhere() {
    let mut outcomes = Vec::new();
    let mut outcome = |mut state: Box<dyn KeyedSessionState>| {
        let mut out = [0; 32];
        state.squeeze(&mut out);
        assert!(!outcomes.contains(&out));
        outcomes.push(out);
        state.squeeze(&mut out);
        assert!(!outcomes.contains(&out));
        outcomes.push(out);
    };
    outcome(keyed());
    for operation in [
        |state| state.absorb(&[]),
        |state| state.absorb(b"data"),
        |state| state.squeeze_key(&mut [0; 16]),
        |state| state.ratchet(),
        |state| state.encrypt(InOut::InPlace(&mut []), &mut [0; 16]).unwrap(),
    ] as [fn(&mut dyn KeyedSessionState); 5]
    {
        let mut state = keyed();
        operation(&mut *state);
        outcome(state);
    }
    let [mut output, mut key] = [[0; 32]; 2];
    keyed().squeeze(&mut output);
    keyed().squeeze_key(&mut key);
    assert_ne!(output, key);
}

#[test]
fn copies_are_independent() {
    let squeezed = |state: &mut dyn hostcrypt::backend::SessionState| {
        let mut out = [0; 32];
        state.squeeze(&mut out);
        out
    };
    let mut hash = xoodyak().start();
    hash.absorb(b"data");
    let mut copy = hash.copy();
    copy.absorb(b"more");
    let mut again = hash.copy();
    assert_ne!(squeezed(&mut *copy), squeezed(&mut *hash));
    let mut fresh = xoodyak().start();
    fresh.absorb(b"data");
    assert_eq!(squeezed(&mut *again), squeezed(&mut *fresh));

    let mut state = keyed();
    let mut copy = state.copy_keyed();
    copy.ratchet();
    assert_ne!(squeezed(&mut *copy), squeezed(&mut *state));
    let mut copy = keyed().copy();
    assert_eq!(squeezed(&mut *copy), squeezed(&mut *keyed()));
}

#[test]
fn nonces_are_as_long_as_they_may_be_and_other_lengths_are_errors() {
    let lens = xoodyak().nonce_lens();
    assert!(lens.contains(&xoodyak().nonce_len()));
    let mut all: Vec<Vec<u8>> =
        lens.clone().map(|len| sealed(xoodyak().start_keyed(&KEY, &vec![0; len]).unwrap(), &[], b"text")).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), lens.count());
    assert_eq!(error(xoodyak().start_keyed(&KEY, &[0; 28])), Errno::InvalidNonce);
    for key in [&[][..], &[0; 15], &[0; 17], &[0; 32]] {
        assert_eq!(error(xoodyak().start_keyed(key, &KEY)), Errno::InvalidKey);
    }
    assert_eq!(keyed().encrypt(InOut::InPlace(&mut []), &mut [0; 15]), Err(Errno::InternalError));
    assert_eq!(keyed().decrypt(InOut::InPlace(&mut []), &[0; 15]), Err(Errno::InvalidTag));
    assert_eq!(keyed().encrypt(InOut::Apart(&[1], &mut []), &mut [0; 16]), Err(Errno::InternalError));
    assert_eq!(keyed().decrypt(InOut::Apart(&[], &mut [1]), &[0; 16]), Err(Errno::InternalError));
}
