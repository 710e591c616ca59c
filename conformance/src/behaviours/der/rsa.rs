//! RSA keys, and their bounds.

use super::{
    INTEGER, RSA, SEQUENCE, content, from_pem, integer, is_invalid, is_read, parts, pkcs8, rsa_identifier, rsa_numbers,
    spki, value,
};
use crate::{
    Guest,
    behaviours::{
        algorithms::{Form, served},
        encodings::{DER, PEM},
    },
    guest::{SIGNATURES, refuses},
};

pub(super) fn an_rsa_public_key_is_read_without_its_identifier(guest: &mut Guest<'_>) {
    for algorithm in served(guest).into_iter().filter(|algorithm| algorithm.form == Form::Rsa) {
        let public = algorithm.key(guest).public;
        let expected = guest.export("publickey", public, DER).unwrap();
        let alone = content(&parts(&expected)[1])[1..].to_vec();
        let read = guest.import("publickey", SIGNATURES, algorithm.name, &alone, DER).unwrap();
        assert_eq!(guest.export("publickey", read, DER).unwrap(), expected, "{}", algorithm.name);
        guest.publickey_verify(read).unwrap();
        let trailing = [&alone[..], &[0]].concat();
        refuses!(guest.import("publickey", SIGNATURES, algorithm.name, &trailing, DER), InvalidKey);
        let [modulus, exponent] = parts(&alone).try_into().unwrap();
        let three = value(SEQUENCE, &[&modulus, &exponent, &exponent]);
        refuses!(guest.import("publickey", SIGNATURES, algorithm.name, &three, DER), InvalidKey);
    }
}

pub(super) fn an_rsa_key_beyond_the_bounds_is_an_invalid_key(guest: &mut Guest<'_>) {
    if guest.lacks(RSA) {
        return;
    }
    let numbers = rsa_numbers();
    let expected = pkcs8(0, &rsa_identifier(), &value(SEQUENCE, &numbers), &[]);
    is_read(guest, RSA, &value(SEQUENCE, &numbers), &expected, "the key");
    let with = |at: usize, number: Vec<u8>| {
        let mut numbers = numbers.clone();
        numbers[at] = number;
        value(SEQUENCE, &numbers)
    };
    let negative = |at: usize| value(INTEGER, &[content(&numbers[at]).iter().map(|byte| !byte).collect::<Vec<_>>()]);
    // Every bit of a number counts.
    for (at, number) in numbers.iter().enumerate().skip(1) {
        for wrong in [integer(&[0]), integer(&[1]), integer(&[2]), integer(&[3]), negative(at), integer(&[0xff; 300])] {
            is_invalid(guest, RSA, &with(at, wrong), &format!("number {at}"));
        }
        let mut altered = number.clone();
        *altered.last_mut().unwrap() ^= 4;
        is_invalid(guest, RSA, &with(at, altered), &format!("number {at}, altered"));
    }
    for version in [1, 2, 0xff] {
        is_invalid(guest, RSA, &with(0, vec![INTEGER, 1, version]), "another version");
    }
    is_invalid(guest, RSA, &value(SEQUENCE, &[&numbers[..], &[integer(&[1])]].concat()), "a tenth number");
    is_invalid(guest, RSA, &value(SEQUENCE, &numbers[..8]), "eight numbers");
    for (what, text) in [
        ("a public exponent above 2³³", include_str!("../../../keys/rsa-2048-large-e.pem")),
        ("a private exponent above the modulus", include_str!("../../../keys/rsa-2048-long-d.pem")),
        (
            "a factor of a quarter of the modulus, but for one bit",
            include_str!("../../../keys/rsa-2048-short-factor.pem"),
        ),
        ("three factors", include_str!("../../../keys/rsa-2048-three-factors.pem")),
    ] {
        let key = from_pem(text);
        is_invalid(guest, RSA, &key, what);
        is_invalid(guest, RSA, content(&parts(&key)[2]), what);
        for key in ["keypair", "secretkey"] {
            refuses!(guest.import(key, SIGNATURES, RSA, text.as_bytes(), PEM), InvalidKey, "{key}: {what}");
        }
    }
    // The same bounds of public keys.
    let public = |modulus: Vec<u8>, exponent: Vec<u8>| value(SEQUENCE, &[modulus, exponent]);
    let modulus = numbers[1].clone();
    for exponent in [&[3][..], &[17], &[1, 0, 1], &[1, 0xff, 0xff, 0xff, 0xff]] {
        let key = public(modulus.clone(), integer(exponent));
        for key in [spki(&rsa_identifier(), &key), key] {
            guest.import("publickey", SIGNATURES, RSA, &key, DER).unwrap();
        }
    }
    let (mut even, mut short, mut long) =
        (modulus.clone(), content(&modulus)[2..].to_vec(), content(&modulus).to_vec());
    *even.last_mut().unwrap() &= 0xfe;
    (short[0], long[0]) = (0x7f, 1);
    let bad = [
        public(modulus.clone(), integer(&[0])),
        public(modulus.clone(), integer(&[1])),
        public(modulus.clone(), integer(&[2])),
        public(modulus.clone(), integer(&[1, 0, 0])),
        public(modulus.clone(), integer(&[2, 0, 0, 0, 1])),
        public(modulus.clone(), integer(&[1, 0, 0, 0, 0, 0, 0, 0, 1])),
        public(modulus.clone(), modulus.clone()),
        public(modulus.clone(), value(INTEGER, &[[0xfd]])),
        public(negative(1), numbers[2].clone()),
        public(even, numbers[2].clone()),
        public(integer(&short), numbers[2].clone()),
        public(integer(&long), numbers[2].clone()),
    ];
    for key in bad {
        for key in [spki(&rsa_identifier(), &key), key] {
            refuses!(guest.import("publickey", SIGNATURES, RSA, &key, DER), InvalidKey, "{key:x?}");
        }
    }
}
