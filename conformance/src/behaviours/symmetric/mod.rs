//! `symmetric_*`: which algorithm has which operation, and how each keeps its state.

pub(super) mod aead;
pub(super) mod cipher;
pub(super) mod hash;
pub(super) mod hkdf;
pub(super) mod mac;
pub(super) mod session;

use super::behaviours;
use crate::{
    Guest, Object,
    guest::{SYMMETRIC, refuses},
};

behaviours!("symmetric":
    names_are_compared_without_regard_to_case,
    what_the_host_does_not_list_is_an_unsupported_algorithm,
    an_asymmetric_algorithm_is_no_symmetric_one,
    a_key_is_required_where_the_algorithm_has_one,
    a_key_of_a_wrong_length_is_refused_at_import,
    a_key_of_another_algorithm_is_an_invalid_key,
    an_imported_key_is_exported_as_it_came,
    generated_keys_have_the_recommended_length_and_differ,
    operations_that_an_algorithm_does_not_have_are_invalid,
);

/// Every symmetric algorithm of the published specification, and of the designs that hosts announce.
const PUBLISHED: &[&str] = &[
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "SHA-512/256",
    "HMAC/SHA-256",
    "HMAC/SHA-512",
    "HKDF-EXTRACT/SHA-256",
    "HKDF-EXTRACT/SHA-512",
    "HKDF-EXPAND/SHA-256",
    "HKDF-EXPAND/SHA-512",
    "AES-128-GCM",
    "AES-256-GCM",
    "CHACHA20-POLY1305",
    "XCHACHA20-POLY1305",
    "XOODYAK-128",
    "ASCON-AEAD",
    "ASCON-HASH",
    "BLAKE2B-512",
    "BLAKE2B-256",
    "BLAKE3",
    "CSHAKE-128",
    "CSHAKE-256",
    "TURBOSHAKE-128",
    "TURBOSHAKE-256",
    "KT128",
    "KT256",
    "AEGIS-128L",
    "AEGIS-128X2",
    "AEGIS-128X4",
    "AEGIS-256",
    "AEGIS-256X2",
    "AEGIS-256X4",
    "AES-128-GCM-SIV",
    "AES-256-GCM-SIV",
    "AES-128-SIV",
    "AES-256-SIV",
    "AES-128-CMAC",
    "AES-256-CMAC",
    "AES-128-CBC",
    "AES-256-CBC",
    "AES-128-CTR",
    "AES-256-CTR",
    "KMAC-128",
    "KMAC-256",
    "ARGON2-ID-13",
    "ARGON2-I-13",
    "SCRYPT",
    "PBKDF2/SHA-256",
    "PBKDF2/SHA-512",
];

const HASHES: [(&str, usize); 6] =
    [("SHA-256", 32), ("SHA-384", 48), ("SHA-512", 64), ("SHA-512/256", 32), ("BLAKE2B-256", 32), ("BLAKE2B-512", 64)];

/// Name, lengths of tag and key; HMAC takes other keys as well.
const MACS: [(&str, usize, usize); 4] =
    [("HMAC/SHA-256", 32, 32), ("HMAC/SHA-512", 64, 64), ("AES-128-CMAC", 16, 16), ("AES-256-CMAC", 16, 32)];

/// Name, lengths of key and nonce; each tag has 16 bytes.
const AEADS: [(&str, usize, usize); 6] = [
    ("AES-128-GCM", 16, 12),
    ("AES-256-GCM", 32, 12),
    ("AES-128-GCM-SIV", 16, 12),
    ("AES-256-GCM-SIV", 32, 12),
    ("CHACHA20-POLY1305", 32, 12),
    ("XCHACHA20-POLY1305", 32, 24),
];

/// Name, lengths of key and block, which is filled up, or 0 for none; each initial vector has 16 bytes.
const CIPHERS: [(&str, usize, usize); 4] =
    [("AES-128-CBC", 16, 16), ("AES-256-CBC", 32, 16), ("AES-128-CTR", 16, 0), ("AES-256-CTR", 32, 0)];

fn served<T: Copy>(guest: &Guest<'_>, of: &'static [T], name: fn(&T) -> &'static str) -> Vec<T> {
    of.iter().copied().filter(|algorithm| guest.subject().serves(name(algorithm))).collect()
}

fn hashes(guest: &Guest<'_>) -> Vec<(&'static str, usize)> {
    served(guest, &HASHES, |hash| hash.0)
}

fn macs(guest: &Guest<'_>) -> Vec<(&'static str, usize, usize)> {
    served(guest, &MACS, |mac| mac.0)
}

fn aeads(guest: &Guest<'_>) -> Vec<(&'static str, usize, usize)> {
    served(guest, &AEADS, |aead| aead.0)
}

fn ciphers(guest: &Guest<'_>) -> Vec<(&'static str, usize, usize)> {
    served(guest, &CIPHERS, |cipher| cipher.0)
}

/// Every algorithm that takes keys of one length alone, and that length.
fn exact_keys(guest: &Guest<'_>) -> Vec<(&'static str, usize)> {
    let macs =
        macs(guest).into_iter().filter(|mac| !mac.0.starts_with("HMAC/")).map(|(name, _, key_len)| (name, key_len));
    let ciphers = aeads(guest).into_iter().chain(ciphers(guest)).map(|(name, key_len, _)| (name, key_len));
    macs.chain(ciphers).collect()
}

/// A state of an AEAD with a fixed key and nonce.
fn aead(guest: &mut Guest<'_>, (name, key_len, nonce_len): (&str, usize, usize)) -> Object {
    let key = guest.symmetric_key_import(name, &vec![7; key_len]).unwrap();
    let options = guest.nonce(&vec![3; nonce_len]);
    let state = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
    guest.close("symmetric_key", key).unwrap();
    guest.close("options", options).unwrap();
    state
}

fn mac(guest: &mut Guest<'_>, (name, _, key_len): (&str, usize, usize)) -> Object {
    let key = guest.symmetric_key_import(name, &vec![7; key_len]).unwrap();
    guest.symmetric_state_open(name, Some(key), None).unwrap()
}

fn names_are_compared_without_regard_to_case(guest: &mut Guest<'_>) {
    for name in PUBLISHED.iter().filter(|name| guest.subject().serves(name)).collect::<Vec<_>>() {
        for spelling in [name.to_lowercase(), name.to_uppercase()] {
            let answer = guest.symmetric_key_generate(&spelling, None);
            assert!(answer.is_ok() || answer.is_err_and(|e| e == hostcrypt::Errno::KeyNotSupported), "{spelling}");
        }
    }
    let key = guest.symmetric_key_generate("aes-256-gcm", None).unwrap();
    let options = guest.nonce(&[0; 12]);
    guest.symmetric_state_open("AES-256-gcm", Some(key), Some(options)).unwrap();
}

fn what_the_host_does_not_list_is_an_unsupported_algorithm(guest: &mut Guest<'_>) {
    let absent = PUBLISHED.iter().copied().filter(|name| !guest.subject().serves(name)).collect::<Vec<_>>();
    let long = "A".repeat(5000);
    for name in absent.into_iter().chain(["", "SHA-25", "SHA-256 ", "SHA-2566", "MD5", "\u{1f511}", &long]) {
        refuses!(guest.symmetric_key_generate(name, None), UnsupportedAlgorithm, "{name}");
        refuses!(guest.symmetric_key_import(name, b"0123456789abcdef"), UnsupportedAlgorithm, "{name}");
        refuses!(guest.symmetric_state_open(name, None, None), UnsupportedAlgorithm, "{name}");
    }
}

fn an_asymmetric_algorithm_is_no_symmetric_one(guest: &mut Guest<'_>) {
    for name in ["Ed25519", "ECDSA_P256_SHA256", "X25519"] {
        refuses!(guest.symmetric_state_open(name, None, None), UnsupportedAlgorithm, "{name}");
        refuses!(guest.symmetric_key_generate(name, None), UnsupportedAlgorithm, "{name}");
        refuses!(guest.keypair_generate(SYMMETRIC, name, None), UnsupportedAlgorithm, "{name}");
    }
}

fn a_key_is_required_where_the_algorithm_has_one(guest: &mut Guest<'_>) {
    let extras = ["HKDF-EXTRACT/SHA-256", "HKDF-EXPAND/SHA-256"].into_iter();
    let names = [aeads(guest), macs(guest), ciphers(guest)].into_iter().flatten().map(|algorithm| algorithm.0);
    for name in names.chain(extras) {
        refuses!(guest.symmetric_state_open(name, None, None), KeyRequired, "{name}");
        let options = guest.nonce(&[0; 12]);
        refuses!(guest.symmetric_state_open(name, None, Some(options)), KeyRequired, "{name}");
    }
}

fn a_key_of_a_wrong_length_is_refused_at_import(guest: &mut Guest<'_>) {
    for (name, key_len) in exact_keys(guest) {
        for len in [0, 1, key_len - 1, key_len + 1, 2 * key_len, 24] {
            refuses!(guest.symmetric_key_import(name, &vec![1; len]), InvalidKey, "{name} {len}");
        }
    }
}

fn a_key_of_another_algorithm_is_an_invalid_key(guest: &mut Guest<'_>) {
    let key = guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
    let options = guest.nonce(&[0; 12]);
    let twins = ["AES-256-GCM-SIV", "AES-256-CMAC", "AES-256-CBC", "AES-256-CTR"];
    let twins = twins.into_iter().filter(|name| guest.subject().serves(name)).collect::<Vec<_>>();
    let others = ["CHACHA20-POLY1305", "AES-128-GCM", "HMAC/SHA-256", "HKDF-EXTRACT/SHA-256"];
    for name in others.into_iter().chain(twins) {
        refuses!(guest.symmetric_state_open(name, Some(key), Some(options)), InvalidKey, "{name}");
    }
    let extract = guest.symmetric_key_generate("HKDF-EXTRACT/SHA-256", None).unwrap();
    for name in ["HKDF-EXPAND/SHA-256", "HKDF-EXTRACT/SHA-512"] {
        refuses!(guest.symmetric_state_open(name, Some(extract), None), InvalidKey, "{name}");
    }
}

fn an_imported_key_is_exported_as_it_came(guest: &mut Guest<'_>) {
    for (name, key_len) in exact_keys(guest) {
        let raw: Vec<u8> = (0..key_len).map(|byte| byte as u8).collect();
        let key = guest.symmetric_key_import(name, &raw).unwrap();
        assert_eq!(guest.symmetric_key_export(key).unwrap(), raw, "{name}");
    }
    for raw in [&b""[..], b"short", &[9; 1000]] {
        for name in ["HMAC/SHA-256", "HMAC/SHA-512", "HKDF-EXTRACT/SHA-256"] {
            let key = guest.symmetric_key_import(name, raw).unwrap();
            assert_eq!(guest.symmetric_key_export(key).unwrap(), raw, "{name}");
        }
    }
}

fn generated_keys_have_the_recommended_length_and_differ(guest: &mut Guest<'_>) {
    let sized =
        [("HMAC/SHA-256", 32), ("HMAC/SHA-512", 64), ("HKDF-EXTRACT/SHA-256", 32), ("HKDF-EXTRACT/SHA-512", 64)];
    for (name, len) in sized.into_iter().chain(exact_keys(guest)) {
        let mut raw = || {
            let key = guest.symmetric_key_generate(name, None).unwrap();
            guest.symmetric_key_export(key).unwrap()
        };
        let (one, other) = (raw(), raw());
        assert_eq!((one.len(), other.len()), (len, len), "{name}");
        assert_ne!(one, other, "{name}");
    }
}

fn operations_that_an_algorithm_does_not_have_are_invalid(guest: &mut Guest<'_>) {
    let hash = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    let mac = mac(guest, MACS[0]);
    let aead = aead(guest, AEADS[1]);
    let extract = guest.symmetric_key_generate("HKDF-EXTRACT/SHA-256", None).unwrap();
    let extract = guest.symmetric_state_open("HKDF-EXTRACT/SHA-256", Some(extract), None).unwrap();
    let expand = guest.symmetric_key_generate("HKDF-EXPAND/SHA-256", None).unwrap();
    let expand = guest.symmetric_state_open("HKDF-EXPAND/SHA-256", Some(expand), None).unwrap();
    for state in [hash, mac, extract, expand] {
        refuses!(guest.symmetric_state_max_tag_len(state), InvalidOperation);
        refuses!(guest.symmetric_state_encrypt(state, 20, b"text"), InvalidOperation);
        refuses!(guest.symmetric_state_encrypt_detached(state, 4, b"text"), InvalidOperation);
        refuses!(guest.symmetric_state_decrypt(state, 4, &[0; 20]), InvalidOperation);
        refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &[0; 16]), InvalidOperation);
    }
    for state in [hash, extract, expand, aead] {
        refuses!(guest.symmetric_state_squeeze_tag(state), InvalidOperation);
    }
    for state in [mac, extract, aead] {
        refuses!(guest.symmetric_state_squeeze(state, 16), InvalidOperation);
    }
    for state in [hash, mac, expand, aead] {
        refuses!(guest.symmetric_state_squeeze_key(state, "HKDF-EXPAND/SHA-256"), InvalidOperation);
    }
    for state in [hash, mac, extract, expand, aead] {
        refuses!(guest.symmetric_state_ratchet(state), InvalidOperation);
    }
}
