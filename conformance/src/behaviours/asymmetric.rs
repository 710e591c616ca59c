//! `keypair_*`, `publickey_*`, `secretkey_*`: halves, encodings, and what is no key.

use hostcrypt::Revision;

use super::behaviours;
use crate::{
    Guest,
    guest::{KEY_EXCHANGE, RAW, SIGNATURES, SYMMETRIC, refuses},
};

behaviours!("asymmetric":
    the_halves_of_a_pair_make_the_pair_again,
    halves_of_two_pairs_are_an_invalid_key,
    keys_of_two_algorithms_are_incompatible,
    a_public_key_comes_of_its_secret_key,
    every_encoding_of_a_key_goes_round,
    encodings_that_an_algorithm_or_the_interface_lacks_are_unsupported,
    an_algorithm_is_known_only_under_its_own_type,
    a_raw_key_of_a_wrong_length_is_an_invalid_key,
    truncated_or_trailing_der_is_an_invalid_key,
    a_key_of_another_algorithm_is_an_invalid_key,
    a_raw_pair_whose_halves_do_not_belong_together_is_an_invalid_key,
    a_point_off_the_curve_or_at_infinity_is_an_invalid_key,
    a_scalar_out_of_range_is_an_invalid_key,
    a_public_key_of_small_order_is_imported_but_does_not_verify,
    a_key_that_is_not_managed_has_no_identifier,
);

/// Name, type, lengths of raw secret key, public key and pair.
const ALGORITHMS: [(&str, i64, usize, usize, usize); 7] = [
    ("Ed25519", SIGNATURES, 32, 32, 64),
    ("ECDSA_P256_SHA256", SIGNATURES, 32, 33, 32),
    ("ECDSA_P384_SHA384", SIGNATURES, 48, 49, 48),
    ("ECDSA_K256_SHA256", SIGNATURES, 32, 33, 32),
    ("X25519", KEY_EXCHANGE, 32, 32, 64),
    ("P256-SHA256", KEY_EXCHANGE, 32, 33, 32),
    ("P384-SHA384", KEY_EXCHANGE, 48, 49, 48),
];

fn algorithms(guest: &Guest<'_>) -> Vec<(&'static str, i64, usize, usize, usize)> {
    let known = |kind: i64| kind != KEY_EXCHANGE || guest.revision() == Revision::V0_10;
    ALGORITHMS.into_iter().filter(|(name, kind, ..)| known(*kind) && guest.subject().serves(name)).collect()
}

/// The numbers of encodings by name, for pairs, public and secret keys.
fn numbers(revision: Revision) -> [Vec<(&'static str, i64)>; 3] {
    match revision {
        Revision::V2020_06 => [
            vec![("raw", 0), ("pkcs8", 1), ("der", 2), ("pem", 3)],
            vec![("raw", 0), ("der", 1), ("pem", 2), ("sec", 3), ("compressed_sec", 4)],
            vec![("raw", 0), ("der", 1), ("pem", 2), ("sec", 3), ("compressed_sec", 4)],
        ],
        Revision::V0_10 => [
            vec![("raw", 0), ("pkcs8", 1), ("pem", 2)],
            vec![("raw", 0), ("pkcs8", 1), ("pem", 2), ("sec", 3)],
            vec![("raw", 0), ("pkcs8", 1), ("pem", 2), ("sec", 3)],
        ],
    }
}

/// Whether an algorithm's keys have an encoding: only points have SEC 1's.
fn has(algorithm: &str, encoding: &str) -> bool {
    !algorithm.contains("25519") || !encoding.ends_with("sec")
}

fn halves(guest: &mut Guest<'_>, kind: i64, name: &str) -> (u32, u32, u32) {
    let pair = guest.keypair_generate(kind, name, None).unwrap();
    (pair, guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap())
}

fn the_halves_of_a_pair_make_the_pair_again(guest: &mut Guest<'_>) {
    for (name, kind, secret_len, public_len, pair_len) in algorithms(guest) {
        let (pair, public, secret) = halves(guest, kind, name);
        let again = guest.keypair_from_pk_and_sk(public, secret).unwrap();
        let raw = guest.export("keypair", pair, RAW).unwrap();
        assert_eq!(guest.export("keypair", again, RAW).unwrap(), raw, "{name}");
        assert_eq!(raw.len(), pair_len, "{name}");
        assert_eq!(guest.export("secretkey", secret, RAW).unwrap(), raw[..secret_len], "{name}");
        let public = guest.export("publickey", public, RAW).unwrap();
        assert_eq!(public.len(), public_len, "{name}");
        if pair_len > secret_len {
            assert_eq!(public, raw[secret_len..], "{name}");
        }
    }
}

fn halves_of_two_pairs_are_an_invalid_key(guest: &mut Guest<'_>) {
    for (name, kind, ..) in algorithms(guest) {
        let ((_, public, _), (_, _, secret)) = (halves(guest, kind, name), halves(guest, kind, name));
        refuses!(guest.keypair_from_pk_and_sk(public, secret), InvalidKey, "{name}");
    }
}

fn keys_of_two_algorithms_are_incompatible(guest: &mut Guest<'_>) {
    let algorithms = algorithms(guest);
    for (one, kind, ..) in &algorithms {
        let (_, public, _) = halves(guest, *kind, one);
        for (other, kind, ..) in algorithms.iter().filter(|other| other.0 != *one) {
            let (_, _, secret) = halves(guest, *kind, other);
            refuses!(guest.keypair_from_pk_and_sk(public, secret), IncompatibleKeys, "{one} {other}");
        }
    }
}

fn a_public_key_comes_of_its_secret_key(guest: &mut Guest<'_>) {
    for (name, kind, ..) in algorithms(guest) {
        let (_, public, secret) = halves(guest, kind, name);
        let derived = guest.publickey_from_secretkey(secret).unwrap();
        assert_eq!(guest.export("publickey", derived, RAW), guest.export("publickey", public, RAW), "{name}");
        guest.publickey_verify(derived).unwrap();
    }
}

fn every_encoding_of_a_key_goes_round(guest: &mut Guest<'_>) {
    let encodings = numbers(guest.revision());
    for (name, kind, ..) in algorithms(guest) {
        let (pair, public, secret) = halves(guest, kind, name);
        let handles = [("keypair", pair), ("publickey", public), ("secretkey", secret)];
        for ((key, handle), encodings) in handles.into_iter().zip(&encodings) {
            let raw = guest.export(key, handle, RAW).unwrap();
            for (encoding, number) in encodings.iter().filter(|(encoding, _)| has(name, encoding)) {
                let encoded = guest.export(key, handle, *number).unwrap();
                let label =
                    if key == "publickey" { "-----BEGIN PUBLIC KEY-----\n" } else { "-----BEGIN PRIVATE KEY-----\n" };
                assert_eq!(encoded.starts_with(label.as_bytes()), *encoding == "pem", "{name} {key} {encoding}");
                let back = guest.import(key, kind, name, &encoded, *number).unwrap();
                assert_eq!(guest.export(key, back, RAW).unwrap(), raw, "{name} {key} {encoding}");
            }
        }
    }
}

fn encodings_that_an_algorithm_or_the_interface_lacks_are_unsupported(guest: &mut Guest<'_>) {
    let encodings = numbers(guest.revision());
    for (name, kind, ..) in algorithms(guest) {
        let (pair, public, secret) = halves(guest, kind, name);
        let handles = [("keypair", pair), ("publickey", public), ("secretkey", secret)];
        for ((key, handle), encodings) in handles.into_iter().zip(&encodings) {
            let lacking = encodings.iter().filter(|(encoding, _)| !has(name, encoding)).map(|(_, number)| *number);
            // The first number beyond is 0.10's `local`, which this host does not have.
            let beyond = encodings.len() as i64;
            for number in lacking.chain([beyond, 5, 6, 255, 65_536, -1]) {
                refuses!(guest.export(key, handle, number), UnsupportedEncoding, "{name} {key} {number}");
                refuses!(guest.import(key, kind, name, &[1; 32], number), UnsupportedEncoding, "{name} {key} {number}");
            }
        }
    }
}

fn an_algorithm_is_known_only_under_its_own_type(guest: &mut Guest<'_>) {
    for (name, own, ..) in ALGORITHMS {
        for kind in [SIGNATURES, SYMMETRIC, KEY_EXCHANGE, 3, -1] {
            if kind == own && (own != KEY_EXCHANGE || guest.revision() == Revision::V0_10) {
                continue;
            }
            refuses!(guest.keypair_generate(kind, name, None), UnsupportedAlgorithm, "{name} {kind}");
            for key in ["keypair", "publickey", "secretkey"] {
                refuses!(guest.import(key, kind, name, &[1; 32], RAW), UnsupportedAlgorithm, "{name} {kind}");
            }
        }
    }
    for name in ["", "Ed25518", "SHA-256", "ML-DSA-44000"] {
        refuses!(guest.keypair_generate(SIGNATURES, name, None), UnsupportedAlgorithm, "{name}");
    }
    guest.keypair_generate(SIGNATURES, "ED25519", None).unwrap();
}

fn a_raw_key_of_a_wrong_length_is_an_invalid_key(guest: &mut Guest<'_>) {
    for (name, kind, secret_len, public_len, pair_len) in algorithms(guest) {
        let right = [("secretkey", secret_len), ("publickey", public_len), ("keypair", pair_len)];
        for (key, right) in right {
            for wrong in [0, 1, right - 1, right + 1, 2 * right + 1, 1000] {
                refuses!(guest.import(key, kind, name, &vec![2; wrong], RAW), InvalidKey, "{name} {key} {wrong}");
            }
        }
    }
}

fn truncated_or_trailing_der_is_an_invalid_key(guest: &mut Guest<'_>) {
    // `pkcs8` of pairs and `der` or `pkcs8` of the others: number 1 in both revisions.
    for (name, kind, ..) in algorithms(guest) {
        let (pair, public, secret) = halves(guest, kind, name);
        for (key, handle) in [("keypair", pair), ("publickey", public), ("secretkey", secret)] {
            let der = guest.export(key, handle, 1).unwrap();
            for len in 0..der.len() {
                refuses!(guest.import(key, kind, name, &der[..len], 1), InvalidKey, "{name} {key} {len}");
            }
            let trailing = [&der[..], &[0]].concat();
            refuses!(guest.import(key, kind, name, &trailing, 1), InvalidKey, "{name} {key}");
            refuses!(guest.import(key, kind, name, b"-----BEGIN NONSENSE-----", 1), InvalidKey, "{name} {key}");
        }
    }
}

fn a_key_of_another_algorithm_is_an_invalid_key(guest: &mut Guest<'_>) {
    let algorithms = algorithms(guest);
    // One curve's keys are the same to ECDSA and to a key agreement.
    let curve = |name: &str| name.rsplit('_').nth(1).unwrap_or(name).split('-').next().map(str::to_owned);
    for (one, one_kind, ..) in &algorithms {
        let (pair, public, secret) = halves(guest, *one_kind, one);
        for (other, other_kind, ..) in algorithms.iter().filter(|other| curve(other.0) != curve(one)) {
            for (key, handle) in [("keypair", pair), ("publickey", public), ("secretkey", secret)] {
                let der = guest.export(key, handle, 1).unwrap();
                refuses!(guest.import(key, *other_kind, other, &der, 1), InvalidKey, "{key} of {one} as {other}");
            }
        }
    }
}

fn a_raw_pair_whose_halves_do_not_belong_together_is_an_invalid_key(guest: &mut Guest<'_>) {
    for (name, kind, secret_len, _, pair_len) in algorithms(guest) {
        if pair_len == secret_len {
            continue;
        }
        let ((one, ..), (other, ..)) = (halves(guest, kind, name), halves(guest, kind, name));
        let [one, other] = [one, other].map(|pair| guest.export("keypair", pair, RAW).unwrap());
        let mixed = [&one[..secret_len], &other[secret_len..]].concat();
        refuses!(guest.import("keypair", kind, name, &mixed, RAW), InvalidKey, "{name}");
    }
}

fn a_point_off_the_curve_or_at_infinity_is_an_invalid_key(guest: &mut Guest<'_>) {
    let name = "ECDSA_P256_SHA256";
    // (1, 1) is not on the curve.
    let mut off = [0; 65];
    (off[0], off[32], off[64]) = (4, 1, 1);
    let zeros = [&[4][..], &[0; 64]].concat();
    let beyond = [&[2][..], &[0xff; 32]].concat();
    let hybrid = [&[6][..], &[1; 64]].concat();
    for point in [&off[..], &zeros, &beyond, &hybrid, &[0]] {
        for encoding in [RAW, 3] {
            refuses!(guest.import("publickey", SIGNATURES, name, point, encoding), InvalidKey, "{point:x?}");
        }
    }
    // y = 2 is no Edwards point's.
    let mut none = [0; 32];
    none[0] = 2;
    refuses!(guest.import("publickey", SIGNATURES, "Ed25519", &none, RAW), InvalidKey);
}

fn a_scalar_out_of_range_is_an_invalid_key(guest: &mut Guest<'_>) {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
        0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mut last = ORDER;
    last[31] -= 1;
    for key in ["keypair", "secretkey"] {
        for scalar in [[0; 32], ORDER, [0xff; 32]] {
            refuses!(guest.import(key, SIGNATURES, "ECDSA_P256_SHA256", &scalar, RAW), InvalidKey, "{scalar:x?}");
        }
        guest.import(key, SIGNATURES, "ECDSA_P256_SHA256", &last, RAW).unwrap();
    }
}

fn a_public_key_of_small_order_is_imported_but_does_not_verify(guest: &mut Guest<'_>) {
    let mut one = [0; 32];
    one[0] = 1;
    for point in [[0; 32], one] {
        let key = guest.import("publickey", SIGNATURES, "Ed25519", &point, RAW).unwrap();
        assert_eq!(guest.export("publickey", key, RAW).unwrap(), point);
        refuses!(guest.publickey_verify(key), InvalidKey);
        if guest.revision() == Revision::V0_10 {
            let key = guest.import("publickey", KEY_EXCHANGE, "X25519", &point, RAW).unwrap();
            refuses!(guest.publickey_verify(key), InvalidKey);
        }
    }
}

fn a_key_that_is_not_managed_has_no_identifier(guest: &mut Guest<'_>) {
    let pair = guest.keypair_generate(SIGNATURES, "Ed25519", None).unwrap();
    let key = guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
    for (function, handle) in [("keypair_id", pair), ("symmetric_key_id", key)] {
        let (id, len, version) = (guest.room(64), guest.room(4), guest.room(8));
        refuses!(guest.call(function, &[handle.into(), id, 64, len, version]), UnsupportedFeature);
    }
}
