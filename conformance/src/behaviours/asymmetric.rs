//! `keypair_*`, `publickey_*`, `secretkey_*`: halves, encodings, and what is no key.

use hostcrypt::Revision;

use super::{
    algorithms::{self, Algorithm, Form, served},
    behaviours,
};
use crate::{
    Encoding, Guest,
    guest::{KEY_EXCHANGE, RAW, SIGNATURES, SYMMETRIC, refuses},
};

behaviours!("asymmetric":
    the_halves_of_a_pair_make_the_pair_again,
    halves_of_two_pairs_are_an_invalid_key,
    keys_of_two_algorithms_are_incompatible,
    a_public_key_comes_of_its_secret_key,
    every_encoding_of_a_key_goes_round,
    encodings_that_an_algorithm_or_the_interface_lacks_are_unsupported,
    a_number_that_is_no_encoding_is_unsupported [needs Numbers],
    an_algorithm_is_known_only_under_its_own_type,
    an_algorithm_under_a_number_that_is_no_type_is_unsupported [needs Numbers],
    a_raw_key_of_a_wrong_length_is_an_invalid_key,
    truncated_or_trailing_der_is_an_invalid_key,
    a_key_of_another_algorithm_is_an_invalid_key,
    a_raw_pair_whose_halves_do_not_belong_together_is_an_invalid_key,
    a_point_off_the_curve_or_at_infinity_is_an_invalid_key,
    a_scalar_out_of_range_is_an_invalid_key,
    a_public_key_of_small_order_is_imported_but_does_not_verify,
    a_public_key_outside_the_subgroup_does_not_verify,
    a_modulus_that_is_a_power_of_a_prime_or_has_a_small_factor_does_not_verify,
    a_key_that_is_not_managed_has_no_identifier,
);

/// The encodings of pairs, public and secret keys, but for the host's own.
fn encodings(revision: Revision) -> [&'static [Encoding]; 3] {
    use crate::Encoding::{CompressedSec, Der, Pem, Pkcs8, Raw, Sec};

    const OF_HALVES: &[Encoding] = &[Raw, Pkcs8, Pem, Sec];
    const OF_OLDER_HALVES: &[Encoding] = &[Raw, Pkcs8, Pem, Sec, CompressedSec];
    match revision {
        Revision::V2020_06 => [&[Raw, Pkcs8, Der, Pem], OF_OLDER_HALVES, OF_OLDER_HALVES],
        Revision::V0_10 => [&[Raw, Pkcs8, Pem], OF_HALVES, OF_HALVES],
    }
}

/// The binary encoding that every kind of key has.
const DER: Encoding = Encoding::Pkcs8;

fn the_halves_of_a_pair_make_the_pair_again(guest: &mut Guest<'_>) {
    for algorithm in served(guest) {
        let name = algorithm.name;
        let keys = algorithm.key(guest);
        let again = guest.keypair_from_pk_and_sk(keys.public, keys.secret).unwrap();
        let der = guest.export("keypair", keys.pair, DER).unwrap();
        assert_eq!(guest.export("keypair", again, DER).unwrap(), der, "{name}");
        assert_eq!(guest.export("secretkey", keys.secret, DER).unwrap(), der, "{name}");
        if !algorithm.has(RAW) {
            continue;
        }
        let raw = guest.export("keypair", keys.pair, RAW).unwrap();
        assert_eq!(guest.export("keypair", again, RAW).unwrap(), raw, "{name}");
        assert_eq!(raw.len(), algorithm.pair(), "{name}");
        assert_eq!(guest.export("secretkey", keys.secret, RAW).unwrap(), raw[..algorithm.secret], "{name}");
        let public = guest.export("publickey", keys.public, RAW).unwrap();
        assert_eq!(public.len(), algorithm.public, "{name}");
        if algorithm.form == Form::Octets {
            assert_eq!(public, raw[algorithm.secret..], "{name}");
        }
    }
}

fn halves_of_two_pairs_are_an_invalid_key(guest: &mut Guest<'_>) {
    for algorithm in served(guest) {
        let (one, other) = (algorithm.keys(guest, 0), algorithm.keys(guest, 1));
        refuses!(guest.keypair_from_pk_and_sk(one.public, other.secret), InvalidKey, "{}", algorithm.name);
    }
}

fn keys_of_two_algorithms_are_incompatible(guest: &mut Guest<'_>) {
    let keys: Vec<_> = served(guest).into_iter().map(|algorithm| (algorithm.name, algorithm.key(guest))).collect();
    for (one, of_one) in &keys {
        for (other, of_other) in keys.iter().filter(|(other, _)| other != one) {
            let answer = guest.keypair_from_pk_and_sk(of_one.public, of_other.secret);
            refuses!(answer, IncompatibleKeys, "{one} {other}");
        }
    }
}

fn a_public_key_comes_of_its_secret_key(guest: &mut Guest<'_>) {
    for algorithm in served(guest) {
        let keys = algorithm.key(guest);
        let derived = guest.publickey_from_secretkey(keys.secret).unwrap();
        let [derived_der, der] = [derived, keys.public].map(|key| guest.export("publickey", key, DER).unwrap());
        assert_eq!(derived_der, der, "{}", algorithm.name);
        guest.publickey_verify(derived).unwrap();
    }
}

fn every_encoding_of_a_key_goes_round(guest: &mut Guest<'_>) {
    let encodings = encodings(guest.revision());
    for algorithm in served(guest) {
        let Algorithm { name, kind, .. } = algorithm;
        let keys = algorithm.key(guest);
        let handles = [("keypair", keys.pair), ("publickey", keys.public), ("secretkey", keys.secret)];
        for ((key, handle), encodings) in handles.into_iter().zip(&encodings) {
            let der = guest.export(key, handle, DER).unwrap();
            for encoding in encodings.iter().copied().filter(|encoding| algorithm.has(*encoding)) {
                let encoded = guest.export(key, handle, encoding).unwrap();
                let label =
                    if key == "publickey" { "-----BEGIN PUBLIC KEY-----\n" } else { "-----BEGIN PRIVATE KEY-----\n" };
                assert_eq!(encoded.starts_with(label.as_bytes()), encoding == Encoding::Pem, "{name} {key} {encoding}");
                let back = guest.import(key, kind, name, &encoded, encoding).unwrap();
                assert_eq!(guest.export(key, back, DER).unwrap(), der, "{name} {key} {encoding}");
            }
        }
    }
}

fn encodings_that_an_algorithm_or_the_interface_lacks_are_unsupported(guest: &mut Guest<'_>) {
    let encodings = encodings(guest.revision());
    for algorithm in served(guest) {
        let Algorithm { name, kind, .. } = algorithm;
        let keys = algorithm.key(guest);
        let handles = [("keypair", keys.pair), ("publickey", keys.public), ("secretkey", keys.secret)];
        for ((key, handle), encodings) in handles.into_iter().zip(&encodings) {
            let lacking = encodings.iter().copied().filter(|encoding| !algorithm.has(*encoding));
            // The host's own encoding is one that this host does not have.
            for encoding in lacking.chain([Encoding::Local]) {
                let what = format!("{name} {key} {encoding}");
                refuses!(guest.export(key, handle, encoding), UnsupportedEncoding, "{what}");
                refuses!(guest.import(key, kind, name, &[1; 32], encoding), UnsupportedEncoding, "{what}");
            }
        }
    }
}

fn a_number_that_is_no_encoding_is_unsupported(guest: &mut Guest<'_>) {
    let encodings = encodings(guest.revision());
    for algorithm in served(guest) {
        let Algorithm { name, kind, .. } = algorithm;
        let keys = algorithm.key(guest);
        let handles = [("keypair", keys.pair), ("publickey", keys.public), ("secretkey", keys.secret)];
        for ((key, handle), encodings) in handles.into_iter().zip(&encodings) {
            // The first number beyond those that the host has, and others.
            for number in [encodings.len() as i64, 5, 6, 255, 65_536, -1] {
                refuses!(guest.export(key, handle, number), UnsupportedEncoding, "{name} {key} {number}");
                refuses!(guest.import(key, kind, name, &[1; 32], number), UnsupportedEncoding, "{name} {key} {number}");
            }
        }
    }
}

fn an_algorithm_is_known_only_under_its_own_type(guest: &mut Guest<'_>) {
    for Algorithm { name, kind: own, .. } in algorithms::all() {
        for kind in [SIGNATURES, SYMMETRIC, KEY_EXCHANGE] {
            let known = own != KEY_EXCHANGE || guest.revision() == Revision::V0_10;
            if kind == own && known && guest.subject().serves(name) {
                continue;
            }
            refuses!(guest.keypair_generate(kind, name, None), UnsupportedAlgorithm, "{name} {kind}");
            for key in ["keypair", "publickey", "secretkey"] {
                refuses!(guest.import(key, kind, name, &[1; 32], RAW), UnsupportedAlgorithm, "{name} {kind}");
            }
        }
    }
    for name in ["", "Ed25518", "SHA-256", "ML-DSA-44000", "Ed448", "RSA_PKCS1_1024_SHA256", "RSA_PSS_4096_SHA256"] {
        refuses!(guest.keypair_generate(SIGNATURES, name, None), UnsupportedAlgorithm, "{name}");
    }
    guest.keypair_generate(SIGNATURES, "ED25519", None).unwrap();
}

fn an_algorithm_under_a_number_that_is_no_type_is_unsupported(guest: &mut Guest<'_>) {
    for Algorithm { name, .. } in algorithms::all() {
        for number in [3, -1] {
            refuses!(guest.keypair_generate(number, name, None), UnsupportedAlgorithm, "{name} {number}");
            for key in ["keypair", "publickey", "secretkey"] {
                refuses!(guest.import(key, number, name, &[1; 32], RAW), UnsupportedAlgorithm, "{name} {number}");
            }
        }
    }
}

fn a_raw_key_of_a_wrong_length_is_an_invalid_key(guest: &mut Guest<'_>) {
    for algorithm in served(guest).into_iter().filter(|algorithm| algorithm.has(RAW)) {
        let Algorithm { name, kind, secret, public, .. } = algorithm;
        for (key, right) in [("secretkey", secret), ("publickey", public), ("keypair", algorithm.pair())] {
            for wrong in [0, 1, right - 1, right + 1, 2 * right + 1, 1000] {
                refuses!(guest.import(key, kind, name, &vec![2; wrong], RAW), InvalidKey, "{name} {key} {wrong}");
            }
        }
    }
}

fn truncated_or_trailing_der_is_an_invalid_key(guest: &mut Guest<'_>) {
    for algorithm in served(guest) {
        let Algorithm { name, kind, .. } = algorithm;
        let keys = algorithm.key(guest);
        for (key, handle) in [("keypair", keys.pair), ("publickey", keys.public), ("secretkey", keys.secret)] {
            let der = guest.export(key, handle, DER).unwrap();
            // Every length where structures begin and end, and some of those between.
            for len in (0..der.len()).filter(|len| *len < 128 || len + 40 > der.len() || len % 31 == 0) {
                refuses!(guest.import(key, kind, name, &der[..len], DER), InvalidKey, "{name} {key} {len}");
            }
            let trailing = [&der[..], &[0]].concat();
            refuses!(guest.import(key, kind, name, &trailing, DER), InvalidKey, "{name} {key}");
            refuses!(guest.import(key, kind, name, b"-----BEGIN NONSENSE-----", DER), InvalidKey, "{name} {key}");
        }
    }
}

fn a_key_of_another_algorithm_is_an_invalid_key(guest: &mut Guest<'_>) {
    let algorithms = served(guest);
    for one in &algorithms {
        let keys = one.key(guest);
        for (key, handle) in [("keypair", keys.pair), ("publickey", keys.public), ("secretkey", keys.secret)] {
            let der = guest.export(key, handle, DER).unwrap();
            for other in &algorithms {
                let answer = guest.import(key, other.kind, other.name, &der, DER);
                if other.family == one.family {
                    let imported = answer.unwrap_or_else(|_| panic!("{key} of {} as {}", one.name, other.name));
                    guest.close(key, imported).unwrap();
                } else {
                    refuses!(answer, InvalidKey, "{key} of {} as {}", one.name, other.name);
                }
            }
        }
    }
}

fn a_raw_pair_whose_halves_do_not_belong_together_is_an_invalid_key(guest: &mut Guest<'_>) {
    for algorithm in served(guest).into_iter().filter(|algorithm| algorithm.form == Form::Octets) {
        let Algorithm { name, kind, secret, .. } = algorithm;
        let [one, other] = [0, 1].map(|which| {
            let keys = algorithm.keys(guest, which);
            guest.export("keypair", keys.pair, RAW).unwrap()
        });
        let mixed = [&one[..secret], &other[secret..]].concat();
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
        for encoding in [RAW, Encoding::Sec] {
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

/// The base point of Ed25519 plus the point of order two: −x, −y.
const MIXED_ORDER: &str = "9599999999999999999999999999999999999999999999999999999999999999";

fn a_public_key_outside_the_subgroup_does_not_verify(guest: &mut Guest<'_>) {
    let key = guest.import("publickey", SIGNATURES, "Ed25519", &crate::vectors::hex(MIXED_ORDER), RAW).unwrap();
    refuses!(guest.publickey_verify(key), InvalidKey);
}

fn a_modulus_that_is_a_power_of_a_prime_or_has_a_small_factor_does_not_verify(guest: &mut Guest<'_>) {
    let Some(rsa) = served(guest).into_iter().find(|algorithm| algorithm.name == "RSA_PKCS1_2048_SHA256") else {
        return;
    };
    let public = rsa.key(guest).public;
    guest.publickey_verify(public).unwrap();
    let der = guest.export("publickey", public, DER).unwrap();
    // A bit string of a sequence of the modulus, behind a zero, and an exponent of three bytes.
    let end = der.len() - 5;
    let with = |modulus: &[u8]| [&der[..end - 256], modulus, &der[end..]].concat();
    // 2²⁰⁴⁸ − 1 is divisible by 3.
    let small = vec![0xff; 256];
    let powers = [
        include_str!("../../keys/prime-2048.hex"),
        include_str!("../../keys/square-2048.hex"),
        include_str!("../../keys/cube-2048.hex"),
    ];
    for modulus in powers.map(|power| crate::vectors::hex(power.trim())).into_iter().chain([small]) {
        let key = guest.import("publickey", SIGNATURES, rsa.name, &with(&modulus), DER).unwrap();
        refuses!(guest.publickey_verify(key), InvalidKey, "{:x?}", &modulus[..4]);
    }
}

fn a_key_that_is_not_managed_has_no_identifier(guest: &mut Guest<'_>) {
    let pair = guest.keypair_generate(SIGNATURES, "Ed25519", None).unwrap();
    let key = guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
    for (kind, key) in [("keypair", pair), ("symmetric_key", key)] {
        refuses!(guest.id(kind, key), UnsupportedFeature, "{kind}");
    }
}
