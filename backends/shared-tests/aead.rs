//! AES-GCM, AES-GCM-SIV and ChaCha20-Poly1305.

use hostcrypt::{Errno, InOut};

use super::error;
use crate::BACKEND;

#[test]
fn texts_are_sealed_and_opened_apart_and_in_place_alike() {
    for aead in BACKEND.aeads {
        let key = aead.key(&vec![7; aead.key_len()]).unwrap();
        let (nonce, data, text) = (vec![3; aead.nonce_len()], b"data", b"a text that is longer than a block");

        let (mut sealed, mut tag) = ([0xff; 34], vec![0xff; aead.tag_len()]);
        key.seal(&nonce, data, InOut::Apart(text, &mut sealed), &mut tag).unwrap();
        let (mut output, mut own) = (*text, vec![0xff; aead.tag_len()]);
        key.seal(&nonce, data, InOut::InPlace(&mut output), &mut own).unwrap();
        assert_eq!((&output, &own), (&sealed, &tag), "{}", aead.name());

        key.open(&nonce, data, InOut::InPlace(&mut output), &tag).unwrap();
        assert_eq!(output, *text, "{}", aead.name());
        let mut opened = [0xff; 34];
        key.open(&nonce, data, InOut::Apart(&sealed, &mut opened), &tag).unwrap();
        assert_eq!(opened, *text, "{}", aead.name());
    }
}

#[test]
fn whatever_is_changed_of_a_sealed_text_it_does_not_open() {
    for aead in BACKEND.aeads {
        let key = aead.key(&vec![7; aead.key_len()]).unwrap();
        let (nonce, data) = (vec![3; aead.nonce_len()], b"data".to_vec());
        let (mut text, mut tag) = (b"text".to_vec(), vec![0; aead.tag_len()]);
        key.seal(&nonce, &data, InOut::InPlace(&mut text), &mut tag).unwrap();
        let original = [nonce, data, text, tag];
        for changed in 0..original.len() {
            let mut parts = original.clone();
            *parts[changed].last_mut().unwrap() ^= 1;
            let [nonce, data, text, tag] = &mut parts;
            let opened = key.open(nonce, data, InOut::InPlace(text), tag);
            assert_eq!(opened, Err(Errno::InvalidTag), "{}", aead.name());
        }
    }
}

#[test]
fn keys_of_another_length_are_refused() {
    for aead in BACKEND.aeads {
        assert_eq!(aead.tag_len(), 16);
        for len in [0, aead.key_len() - 1, aead.key_len() + 1] {
            assert_eq!(error(aead.key(&vec![0; len])), Errno::InvalidKey);
        }
    }
}

#[test]
fn a_nonce_or_a_tag_of_another_length_is_an_error_and_no_panic() {
    for aead in BACKEND.aeads {
        let key = aead.key(&vec![0; aead.key_len()]).unwrap();
        let nonce = vec![0; aead.nonce_len()];
        assert_eq!(key.seal(&[], &[], InOut::InPlace(&mut []), &mut [0; 16]), Err(Errno::InvalidNonce));
        assert_eq!(key.seal(&nonce, &[], InOut::InPlace(&mut []), &mut []), Err(Errno::InternalError));
        assert_eq!(key.open(&[], &[], InOut::InPlace(&mut []), &[0; 16]), Err(Errno::InvalidNonce));
        assert_eq!(key.open(&nonce, &[], InOut::InPlace(&mut []), &[]), Err(Errno::InvalidTag));
    }
}
