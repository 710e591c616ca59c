//! Authenticated ciphers.

use super::{super::behaviours, aead, aeads};
use crate::{
    Capability, Guest,
    guest::{SYMMETRIC, refuses},
};

behaviours!("symmetric::aead":
    a_clone_of_an_aead_state_only_decrypts [needs symmetric_state_clone],
    a_nonce_encrypts_only_once,
    a_refused_encryption_does_not_spend_the_nonce [needs Buffers],
    a_state_that_decrypted_does_not_encrypt_with_the_same_nonce,
    a_nonce_is_required_and_has_its_length,
    an_extended_nonce_is_drawn_at_random_where_none_is_set,
    output_buffers_fit_exactly,
    ciphertext_shorter_than_a_tag_is_an_invalid_tag,
    a_failed_decryption_leaves_only_zeros [needs Memory],
    additional_data_is_authenticated_however_it_is_split,
);

fn a_clone_of_an_aead_state_only_decrypts(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let original = aead(guest, cipher);
        guest.symmetric_state_absorb(original, b"data").unwrap();
        let clone = guest.symmetric_state_clone(original).unwrap();
        let of_clone = guest.symmetric_state_clone(clone).unwrap();
        for copy in [clone, of_clone] {
            refuses!(guest.symmetric_state_encrypt(copy, 20, b"text"), NonceRequired);
            refuses!(guest.symmetric_state_encrypt_detached(copy, 4, b"text"), NonceRequired);
        }
        let text = guest.symmetric_state_encrypt(original, 20, b"text").unwrap();
        for copy in [clone, of_clone] {
            assert_eq!(guest.symmetric_state_decrypt(copy, 4, &text).unwrap(), b"text");
        }
    }
}

fn a_nonce_encrypts_only_once(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let state = aead(guest, cipher);
        let text = guest.symmetric_state_encrypt(state, 20, b"text").unwrap();
        refuses!(guest.symmetric_state_encrypt(state, 20, b"text"), NonceRequired);
        refuses!(guest.symmetric_state_encrypt_detached(state, 4, b"text"), NonceRequired);
        assert_eq!(guest.symmetric_state_decrypt(state, 4, &text).unwrap(), b"text", "{}", cipher.0);
        let state = aead(guest, cipher);
        let (detached, tag) = guest.symmetric_state_encrypt_detached(state, 4, b"text").unwrap();
        refuses!(guest.symmetric_state_encrypt(state, 20, b"text"), NonceRequired);
        let raw = guest.symmetric_tag_pull(tag, 16).unwrap();
        assert_eq!([detached, raw].concat(), text, "{}", cipher.0);
    }
}

fn a_refused_encryption_does_not_spend_the_nonce(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let state = aead(guest, cipher);
        refuses!(guest.symmetric_state_encrypt(state, 19, b"text"), Overflow);
        refuses!(guest.symmetric_state_encrypt(state, 21, b"text"), InvalidLength);
        refuses!(guest.symmetric_state_encrypt_detached(state, 3, b"text"), Overflow);
        guest.symmetric_state_encrypt(state, 20, b"text").unwrap();
    }
}

fn a_state_that_decrypted_does_not_encrypt_with_the_same_nonce(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let sender = aead(guest, cipher);
        let text = guest.symmetric_state_encrypt(sender, 20, b"text").unwrap();
        let receiver = aead(guest, cipher);
        refuses!(guest.symmetric_state_decrypt(receiver, 4, &[1; 20]), InvalidTag);
        guest.symmetric_state_decrypt(receiver, 4, &text).unwrap();
        refuses!(guest.symmetric_state_encrypt(receiver, 20, b"text"), NonceRequired);
        assert_eq!(guest.symmetric_state_decrypt(receiver, 4, &text).unwrap(), b"text");
    }
}

fn a_nonce_is_required_and_has_its_length(guest: &mut Guest<'_>) {
    for (name, _, nonce_len) in aeads(guest) {
        let key = guest.symmetric_key_generate(name, None).unwrap();
        let empty = guest.options_open(SYMMETRIC).unwrap();
        if name != "XCHACHA20-POLY1305" {
            refuses!(guest.symmetric_state_open(name, Some(key), None), NonceRequired, "{name}");
            refuses!(guest.symmetric_state_open(name, Some(key), Some(empty)), NonceRequired, "{name}");
        }
        for len in [0, 1, nonce_len - 1, nonce_len + 1, 2 * nonce_len] {
            let options = guest.nonce(&vec![0; len]);
            refuses!(guest.symmetric_state_open(name, Some(key), Some(options)), InvalidNonce, "{name} {len}");
        }
    }
}

fn an_extended_nonce_is_drawn_at_random_where_none_is_set(guest: &mut Guest<'_>) {
    let name = "XCHACHA20-POLY1305";
    if guest.lacks(name) {
        return;
    }
    let key = guest.symmetric_key_generate(name, None).unwrap();
    let empty = guest.options_open(SYMMETRIC).unwrap();
    let mut seen = Vec::new();
    for options in [None, Some(empty), None, Some(empty)] {
        let state = guest.symmetric_state_open(name, Some(key), options).unwrap();
        let nonce = guest.symmetric_state_options_get(state, "nonce", 24).unwrap();
        assert_eq!(nonce.len(), 24);
        assert!(!seen.contains(&nonce), "a nonce came twice");
        let text = guest.symmetric_state_encrypt(state, 21, b"hello").unwrap();
        let options = guest.nonce(&nonce);
        let peer = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
        assert_eq!(guest.symmetric_state_decrypt(peer, 5, &text).unwrap(), b"hello");
        seen.push(nonce);
    }
}

fn output_buffers_fit_exactly(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let state = aead(guest, cipher);
        assert_eq!(guest.symmetric_state_max_tag_len(state), Ok(16), "{}", cipher.0);
        let text = guest.symmetric_state_encrypt(state, 20, b"text").unwrap();
        refuses!(guest.symmetric_state_decrypt(state, 3, &text), Overflow);
        refuses!(guest.symmetric_state_decrypt(state, 5, &text), InvalidLength);
        if guest.has(Capability::Buffers) {
            refuses!(guest.symmetric_state_decrypt_detached(state, 3, &text[..4], &text[4..]), Overflow);
            refuses!(guest.symmetric_state_decrypt_detached(state, 5, &text[..4], &text[4..]), InvalidLength);
        }
        assert_eq!(guest.symmetric_state_decrypt_detached(state, 4, &text[..4], &text[4..]).unwrap(), b"text");
        let state = aead(guest, cipher);
        assert_eq!(guest.symmetric_state_encrypt(state, 16, b"").unwrap().len(), 16, "an empty text has a tag");
    }
}

fn ciphertext_shorter_than_a_tag_is_an_invalid_tag(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let state = aead(guest, cipher);
        for len in [0, 1, 15] {
            refuses!(guest.symmetric_state_decrypt(state, 0, &vec![0; len]), InvalidTag, "{} {len}", cipher.0);
            refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &vec![0; len]), InvalidTag);
        }
        refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &[0; 17]), InvalidTag);
        refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &[0; 500]), InvalidTag);
    }
}

fn a_failed_decryption_leaves_only_zeros(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let sender = aead(guest, cipher);
        let mut text = guest.symmetric_state_encrypt(sender, 116, &[0x55; 100]).unwrap();
        text[50] ^= 1;
        let (input, output) = (guest.memory().own(), guest.memory().own() + 1000);
        guest.memory().write(input, &text);
        guest.memory().write(output, &[0xee; 104]);
        let len = guest.memory().room(4);
        refuses!(
            guest.memory().call("symmetric_state_decrypt", &[sender.into(), output, 100, input, 116, len]),
            InvalidTag
        );
        assert_eq!(guest.memory().read(output, 104), [&[0; 100][..], &[0xee; 4]].concat(), "{}", cipher.0);
    }
}

fn additional_data_is_authenticated_however_it_is_split(guest: &mut Guest<'_>) {
    let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for cipher in aeads(guest) {
        let sender = aead(guest, cipher);
        for chunk in data.chunks(37) {
            guest.symmetric_state_absorb(sender, chunk).unwrap();
        }
        let text = guest.symmetric_state_encrypt(sender, 20, b"text").unwrap();
        let receiver = aead(guest, cipher);
        refuses!(guest.symmetric_state_decrypt(receiver, 4, &text), InvalidTag, "{}", cipher.0);
        guest.symmetric_state_absorb(receiver, &data).unwrap();
        assert_eq!(guest.symmetric_state_decrypt(receiver, 4, &text).unwrap(), b"text", "{}", cipher.0);
    }
}
