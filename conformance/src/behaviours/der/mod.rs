//! Keys in DER: what other libraries write is read, and nothing else.

mod points;
mod rsa;

use base64ct::{Base64, Encoding};

use self::{
    points::{
        a_key_that_stands_alone_names_its_curve, a_scalar_is_read_without_its_leading_zeros_and_with_more_of_them,
    },
    rsa::{an_rsa_key_beyond_the_bounds_is_an_invalid_key, an_rsa_public_key_is_read_without_its_identifier},
};
use super::{
    algorithms::served,
    behaviours,
    encodings::{DER, P256, PEM, POINT, SCALAR, SEC, SPKI},
};
use crate::{
    Guest,
    guest::{RAW, SIGNATURE_DER, SIGNATURES, refuses},
    vectors::hex,
};

behaviours!("der":
    an_rsa_public_key_is_read_without_its_identifier,
    a_scalar_is_read_without_its_leading_zeros_and_with_more_of_them,
    a_key_that_stands_alone_names_its_curve,
    pkcs_8_of_version_2_is_read_with_its_own_public_key_and_without_one,
    attributes_of_pkcs_8_are_passed_over,
    an_rsa_key_beyond_the_bounds_is_an_invalid_key,
    identifiers_of_algorithms_are_what_standards_say,
    lengths_and_integers_are_the_shortest,
    what_is_longer_than_any_key_is_an_overflow,
);

const RSA: &str = "RSA_PKCS1_2048_SHA256";

const INTEGER: u8 = 2;
const BIT_STRING: u8 = 3;
const OCTET_STRING: u8 = 4;
const NULL: &[u8] = &[5, 0];
const OID: u8 = 6;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]` and `[1]`, of one value in place of another and of values within.
const REPLACED: [u8; 2] = [0x80, 0x81];
const WITHIN: [u8; 2] = [0xa0, 0xa1];

/// A value in DER.
fn value<P: AsRef<[u8]>>(tag: u8, parts: &[P]) -> Vec<u8> {
    let content: Vec<u8> = parts.iter().flat_map(|part| part.as_ref().iter().copied()).collect();
    let len = match content.len() {
        len @ ..0x80 => vec![len as u8],
        len @ ..0x100 => vec![0x81, len as u8],
        len => [&[0x82][..], &(len as u16).to_be_bytes()].concat(),
    };
    [&[tag][..], &len, &content].concat()
}

/// The parts of a value that holds others.
fn parts(der: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut parts) = (content(der), Vec::new());
    while !rest.is_empty() {
        let (part, behind) = rest.split_at(rest.len() - behind(rest).len());
        parts.push(part.to_vec());
        rest = behind;
    }
    parts
}

/// The header of a value, in bytes, and the length of its content.
fn lens(der: &[u8]) -> (usize, usize) {
    match der[1] {
        len @ ..=0x7f => (2, len.into()),
        0x81 => (3, der[2].into()),
        _ => (4, u16::from_be_bytes([der[2], der[3]]).into()),
    }
}

fn content(der: &[u8]) -> &[u8] {
    let (header, len) = lens(der);
    &der[header..header + len]
}

fn behind(der: &[u8]) -> &[u8] {
    let (header, len) = lens(der);
    &der[header + len..]
}

fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number[0] >= 0x80 { &[0] } else { &[] };
    value(INTEGER, &[sign, number])
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0][..], bytes])
}

fn from_pem(text: &str) -> Vec<u8> {
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    Base64::decode_vec(&base64).unwrap()
}

/// The numbers of an RSA key of 2048 bits, each as an integer in DER: the version, n, e, d, p, q and three more.
fn rsa_numbers() -> Vec<Vec<u8>> {
    let key = from_pem(include_str!("../../../keys/rsa-2048-a.pkcs1.pem"));
    parts(&key)
}

fn rsa_identifier() -> Vec<u8> {
    value(SEQUENCE, &[&hex("06092a864886f70d010101")[..], NULL])
}

/// `OneAsymmetricKey` or `PrivateKeyInfo`, with anything behind the secret key.
fn pkcs8(version: u8, identifier: &[u8], secret: &[u8], behind: &[u8]) -> Vec<u8> {
    let secret = value(OCTET_STRING, &[secret]);
    value(SEQUENCE, &[&[INTEGER, 1, version][..], identifier, &secret, behind])
}

fn spki(identifier: &[u8], public: &[u8]) -> Vec<u8> {
    value(SEQUENCE, &[identifier, &bits(public)])
}

/// Holds the host to refusing a secret key, alone and as a pair.
fn is_invalid(guest: &mut Guest<'_>, name: &str, der: &[u8], what: &str) {
    for key in ["keypair", "secretkey"] {
        refuses!(guest.import(key, SIGNATURES, name, der, DER), InvalidKey, "{key}: {what}");
    }
}

/// Holds the host to reading a secret key, alone and as a pair, which is this one in PKCS#8.
fn is_read(guest: &mut Guest<'_>, name: &str, der: &[u8], expected: &[u8], what: &str) {
    for key in ["keypair", "secretkey"] {
        let read = guest.import(key, SIGNATURES, name, der, DER).unwrap_or_else(|no| panic!("{key}: {what}: {no:?}"));
        assert!(guest.export(key, read, DER).unwrap() == expected, "{key}: {what} is another key");
        guest.close(key, read).unwrap();
    }
}

/// `ECPrivateKey`.
fn ec_private_key(scalar: &[u8], parameters: &[u8], public: &[u8]) -> Vec<u8> {
    let scalar = value(OCTET_STRING, &[scalar]);
    value(SEQUENCE, &[&[INTEGER, 1, 1][..], &scalar, parameters, public])
}

fn p256() -> Vec<u8> {
    hex("06082a8648ce3d030107")
}

fn pkcs_8_of_version_2_is_read_with_its_own_public_key_and_without_one(guest: &mut Guest<'_>) {
    for algorithm in served(guest) {
        let (name, kind) = (algorithm.name, algorithm.kind);
        let keys = algorithm.key(guest);
        let der = guest.export("keypair", keys.pair, DER).unwrap();
        let other = algorithm.keys(guest, 1).public;
        let [own, other] = [keys.public, other].map(|public| {
            let spki = guest.export("publickey", public, DER).unwrap();
            content(&parts(&spki)[1])[1..].to_vec()
        });
        let [_, identifier, secret] = parts(&der).try_into().unwrap();
        let with = |version: u8, public: &[u8]| pkcs8(version, &identifier, content(&secret), public);
        let public = |key: &[u8]| value(REPLACED[1], &[&[0][..], key]);
        let attributes = value(WITHIN[0], &[attribute()]);
        for key in ["keypair", "secretkey"] {
            for fine in [
                with(1, &[]),
                with(1, &public(&own)),
                with(1, &attributes),
                with(1, &[&attributes[..], &public(&own)].concat()),
            ] {
                let read = guest.import(key, kind, name, &fine, DER).unwrap_or_else(|no| panic!("{name}: {no:?}"));
                assert_eq!(guest.export(key, read, DER).unwrap(), der, "{name} {key}");
                guest.close(key, read).unwrap();
            }
            for bad in [
                with(1, &public(&other)),
                with(1, &public(&own[1..])),
                with(1, &public(&[])),
                with(1, &value(REPLACED[1], &[&[1][..], &own])),
                with(1, &[&attributes[..], &public(&other)].concat()),
                with(1, &value(WITHIN[1], &[bits(&own)])),
                with(1, &[&public(&own)[..], &value(WITHIN[0], &[attribute()])].concat()),
                with(1, &[&public(&own)[..], &value(0xa2, &[NULL])].concat()),
                with(1, &[&public(&own)[..], &public(&own)].concat()),
                // The public key came with version 2.
                with(0, &public(&own)),
                with(2, &[]),
                with(2, &public(&own)),
                with(0xff, &[]),
            ] {
                refuses!(guest.import(key, kind, name, &bad, DER), InvalidKey, "{name} {key} {bad:x?}");
            }
        }
    }
}

/// An attribute of a key: its friendly name.
fn attribute() -> Vec<u8> {
    value(SEQUENCE, &[hex("06092a864886f70d010914"), value(SET, &[value(0x1e, &[[0, b'k']])])])
}

fn attributes_of_pkcs_8_are_passed_over(guest: &mut Guest<'_>) {
    let key = guest.keypair_generate(SIGNATURES, "Ed25519", None).unwrap();
    let der = guest.export("keypair", key, DER).unwrap();
    let [_, identifier, secret] = parts(&der).try_into().unwrap();
    let with = |attributes: &[u8]| pkcs8(0, &identifier, content(&secret), attributes);
    let long = value(SEQUENCE, &[hex("06032a0304"), value(SET, &[value(OCTET_STRING, &[vec![1; 50_000]])])]);
    for fine in [vec![], vec![attribute()], vec![attribute(), attribute()], vec![long]] {
        is_read(guest, "Ed25519", &with(&value(WITHIN[0], &fine)), &der, "attributes");
    }
    for bad in [NULL.to_vec(), value(SEQUENCE, &[NULL]), attribute()[..4].to_vec(), value(SET, &[attribute()]), vec![0]]
    {
        is_invalid(guest, "Ed25519", &with(&value(WITHIN[0], &[bad])), "what is no attribute");
    }
    is_invalid(guest, "Ed25519", &with(&value(REPLACED[0], &[attribute()])), "attributes by another tag");
    is_invalid(guest, "Ed25519", &with(NULL), "something else behind the key");
}

fn identifiers_of_algorithms_are_what_standards_say(guest: &mut Guest<'_>) {
    let ec = hex("06072a8648ce3d0201");
    let secret = ec_private_key(&hex(SCALAR), &value(WITHIN[0], &[p256()]), &[]);
    let right = value(SEQUENCE, &[&ec[..], &p256()]);
    guest.import("secretkey", SIGNATURES, P256, &pkcs8(0, &right, &secret, &[]), DER).unwrap();
    guest.import("publickey", SIGNATURES, P256, &spki(&right, &hex(POINT)), DER).unwrap();
    let wrong = [
        value(SEQUENCE, &[&ec]),
        value(SEQUENCE, &[&ec[..], NULL]),
        value(SEQUENCE, &[&ec[..], &hex("06052b81040022")]),
        value(SEQUENCE, &[&ec[..], &p256(), NULL]),
        value(SEQUENCE, &[&hex("06052b8104010c")[..], &p256()]),
    ];
    for identifier in wrong {
        is_invalid(guest, P256, &pkcs8(0, &identifier, &secret, &[]), "another identifier");
        refuses!(guest.import("publickey", SIGNATURES, P256, &spki(&identifier, &hex(POINT)), DER), InvalidKey);
    }
    let identifier = value(SEQUENCE, &[&hex("06032b6570")[..], NULL]);
    let seed = value(OCTET_STRING, &[[7; 32]]);
    is_invalid(guest, "Ed25519", &pkcs8(0, &identifier, &seed, &[]), "parameters where there are none");
    if guest.lacks(RSA) {
        return;
    }
    let numbers = rsa_numbers();
    let (secret, public) = (value(SEQUENCE, &numbers), value(SEQUENCE, &numbers[1..3]));
    let rsa = hex("2a864886f70d010101");
    // RFC 8017 wants NULL; other identifiers of RSA are not for keys, or not for these.
    for (oid, parameters) in [
        (rsa.clone(), vec![]),
        (rsa.clone(), value(SEQUENCE, &[[0; 0]])),
        (rsa.clone(), integer(&[0])),
        (rsa.clone(), value(OID, &[&rsa])),
        (rsa.clone(), vec![5, 1, 0]),
        (rsa, vec![5, 0x81, 0]),
        (hex("2a864886f70d010107"), vec![]),
        (hex("2a864886f70d01010b"), NULL.to_vec()),
        (hex("2a864886f70d01010a"), vec![]),
        (hex("550801"), vec![2, 2, 8, 0]),
    ] {
        let identifier = value(SEQUENCE, &[value(OID, &[&oid]), parameters]);
        is_invalid(guest, RSA, &pkcs8(0, &identifier, &secret, &[]), "another identifier");
        refuses!(guest.import("publickey", SIGNATURES, RSA, &spki(&identifier, &public), DER), InvalidKey, "{oid:x?}");
    }
}

/// What BER allows beyond DER.
fn lengths_and_integers_are_the_shortest(guest: &mut Guest<'_>) {
    // A length in more bytes than it needs, and none at all.
    let longer = |der: &[u8]| {
        let (content, len) = (content(der), content(der).len());
        let len = [&[0x84, 0, 0][..], &(len as u16).to_be_bytes()].concat();
        [[&der[..1], &len, content].concat(), [&der[..1], &[0x80], content, &[0, 0]].concat()]
    };
    for algorithm in served(guest) {
        let (name, kind) = (algorithm.name, algorithm.kind);
        let keys = algorithm.key(guest);
        for (key, handle) in [("keypair", keys.pair), ("secretkey", keys.secret), ("publickey", keys.public)] {
            let der = guest.export(key, handle, DER).unwrap();
            for ber in longer(&der) {
                refuses!(guest.import(key, kind, name, &ber, DER), InvalidKey, "{name} {key}");
            }
            // The same of each part, and octets in pieces.
            let own = parts(&der);
            for at in 0..own.len() {
                let mut others = longer(&own[at]).to_vec();
                if own[at][0] == OCTET_STRING {
                    others.push(value(0x20 | OCTET_STRING, &[&own[at]]));
                }
                for other in others {
                    let mut parts = own.clone();
                    parts[at] = other;
                    let ber = value(SEQUENCE, &parts);
                    refuses!(guest.import(key, kind, name, &ber, DER), InvalidKey, "{name} {key} {at}");
                }
            }
        }
    }
    let padded = |der: &[u8]| value(INTEGER, &[&[0][..], content(der)]);
    let spki_parts = parts(&from_pem(SPKI));
    let unused = value(BIT_STRING, &[&[1][..], &content(&spki_parts[1])[1..]]);
    let key = value(SEQUENCE, &[&spki_parts[0], &unused]);
    refuses!(guest.import("publickey", SIGNATURES, P256, &key, DER), InvalidKey, "a bit that is not used");
    if guest.lacks(RSA) {
        return;
    }
    let numbers = rsa_numbers();
    for at in 0..numbers.len() {
        let mut altered = numbers.clone();
        altered[at] = padded(&numbers[at]);
        is_invalid(guest, RSA, &value(SEQUENCE, &altered), "an integer with a zero before it");
        if at == 1 || at == 2 {
            let public = value(SEQUENCE, &altered[1..3]);
            for key in [spki(&rsa_identifier(), &public), public] {
                refuses!(guest.import("publickey", SIGNATURES, RSA, &key, DER), InvalidKey, "number {at}");
            }
        }
    }
    // Without the zero that makes it positive.
    let mut altered = numbers.clone();
    altered[1] = value(INTEGER, &[&content(&numbers[1])[1..]]);
    is_invalid(guest, RSA, &value(SEQUENCE, &altered), "a negative modulus");
}

fn what_is_longer_than_any_key_is_an_overflow(guest: &mut Guest<'_>) {
    const LONGEST: usize = 1 << 16;
    // A length in DER that reaches to the end.
    let long = |len: usize| [&[SEQUENCE, 0x84][..], &(len as u32 - 6).to_be_bytes(), &vec![0; len - 6]].concat();
    for key in ["keypair", "publickey", "secretkey"] {
        refuses!(guest.import(key, SIGNATURES, P256, &long(LONGEST), DER), InvalidKey, "{key}");
        // No raw key has another length than its own.
        refuses!(guest.import(key, SIGNATURES, P256, &long(LONGEST + 1), RAW), InvalidKey, "{key}");
        for len in [LONGEST + 1, 300_000] {
            refuses!(guest.import(key, SIGNATURES, P256, &long(len), DER), Overflow, "{key}");
            let half = if key == "publickey" { "PUBLIC" } else { "PRIVATE" };
            let base64 = Base64::encode_string(&long(len));
            let text = format!("-----BEGIN {half} KEY-----\n{base64}\n-----END {half} KEY-----\n");
            refuses!(guest.import(key, SIGNATURES, P256, text.as_bytes(), PEM), Overflow, "{key}");
            // Text that holds no key is no key.
            let text = "x".repeat(len);
            refuses!(guest.import(key, SIGNATURES, P256, text.as_bytes(), PEM), InvalidKey, "{key}");
        }
    }
    refuses!(guest.import("secretkey", SIGNATURES, P256, &long(LONGEST + 1), SEC), Overflow);
    refuses!(guest.import("publickey", SIGNATURES, P256, &long(LONGEST + 1), SEC), InvalidKey);
    refuses!(guest.signature_import(P256, &long(300_000), RAW), InvalidSignature);
    refuses!(guest.signature_import(P256, &long(300_000), SIGNATURE_DER), InvalidSignature);
}
