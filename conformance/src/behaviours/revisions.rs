//! What differs between the revisions, as bare numbers.

use hostcrypt::Revision;

use super::behaviours;
use crate::{
    Guest,
    guest::{KEY_EXCHANGE, SIGNATURES},
};

behaviours!("revisions":
    errors_have_the_numbers_of_the_guests_own_revision [needs Memory, Numbers],
    key_exchange_is_a_type_of_algorithm_in_one_of_them [needs Memory, Numbers],
    the_same_number_names_another_encoding [needs Memory, Numbers],
    signature_import_has_its_parameters_in_another_order [needs Memory, Numbers],
);

fn errors_have_the_numbers_of_the_guests_own_revision(guest: &mut Guest<'_>) {
    let newer = guest.revision() == Revision::V0_10;
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    let ([name, name_len], value, len) =
        (guest.memory().put(b"nonce"), guest.memory().room(64), guest.memory().room(4));
    let option_not_set =
        guest.memory().number("symmetric_state_options_get", &[state.into(), name, name_len, value, 64, len]);
    assert_eq!(option_not_set, if newer { 25 } else { 24 });

    let key = guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
    let options = guest.nonce(b"short");
    let [name, name_len] = guest.memory().put(b"AES-256-GCM");
    let (key, options, out) =
        (guest.memory().optional(Some(key)), guest.memory().optional(Some(options)), guest.memory().room(4));
    let invalid_nonce = guest.memory().number("symmetric_state_open", &[name, name_len, key, options, out]);
    assert_eq!(invalid_nonce, if newer { 24 } else { 23 }, "nonce_required is the nearest that 2020-06 has");

    // Keys of two algorithms: incompatible_keys.
    let halves = ["Ed25519", "ECDSA_P256_SHA256"].map(|name| {
        let pair = guest.keypair_generate(SIGNATURES, name, None).unwrap();
        (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap())
    });
    let out = guest.memory().room(4);
    let incompatible = guest.memory().number("keypair_from_pk_and_sk", &[halves[0].0.into(), halves[1].1.into(), out]);
    assert_eq!(incompatible, if newer { 29 } else { 28 });
}

fn key_exchange_is_a_type_of_algorithm_in_one_of_them(guest: &mut Guest<'_>) {
    let out = guest.memory().room(4);
    let expected = if guest.revision() == Revision::V0_10 { 0 } else { 6 };
    assert_eq!(guest.memory().number("options_open", &[KEY_EXCHANGE.number(), out]), expected);
}

fn the_same_number_names_another_encoding(guest: &mut Guest<'_>) {
    let pair = guest.keypair_generate(SIGNATURES, "Ed25519", None).unwrap();
    let public = guest.keypair_publickey(pair).unwrap();
    // Number 2: `der` in 2020-06 and `pem` in 0.10 for pairs, `pem` in both for public keys.
    let two = guest.export("keypair", pair, 2).unwrap();
    assert_eq!(two.starts_with(b"-----BEGIN"), guest.revision() == Revision::V0_10);
    assert!(guest.export("publickey", public, 2).unwrap().starts_with(b"-----BEGIN"));
}

fn signature_import_has_its_parameters_in_another_order(guest: &mut Guest<'_>) {
    let ([name, name_len], [raw, raw_len], out) =
        (guest.memory().put(b"Ed25519"), guest.memory().put(&[1; 64]), guest.memory().room(4));
    let (older, newer) = ([name, name_len, 0, raw, raw_len, out], [name, name_len, raw, raw_len, 0, out]);
    let (own, foreign) = if guest.revision() == Revision::V0_10 { (newer, older) } else { (older, newer) };
    assert_eq!(guest.memory().number("signature_import", &own), 0);
    assert_ne!(guest.memory().number("signature_import", &foreign), 0);
}
