//! Two backends side by side: what one makes the other uses, and both say the same of what is broken.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use base16ct::mixed::decode_vec as from_hex;
use hostcrypt::{Host, Policy, Revision};
use hostcrypt_conformance::{Answer, Guest, Object, Subject, native};
use proptest::{collection::vec, prelude::*, sample::Index};

const SIGNATURES: i64 = 0;
const SYMMETRIC: i64 = 1;
const KEY_EXCHANGE: i64 = 2;
const RAW: i64 = 0;
const DER: i64 = 1;

/// The two hosts, both without a runtime and of 0.10.
fn hosts() -> [Box<dyn Subject>; 2] {
    [hostcrypt_rustcrypto::BACKEND, hostcrypt_boringssl::BACKEND].map(|backend| native(backend, Revision::V0_10))
}

/// The algorithms that both serve.
fn shared(hosts: &[Box<dyn Subject>; 2], wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let [one, other] = hosts;
    let both = one.algorithms().iter().filter(|name| other.serves(name) && wanted(name));
    both.cloned().collect()
}

/// Lets `test` run with each host as the first.
fn both_ways(hosts: &[Box<dyn Subject>; 2], mut test: impl FnMut(&mut Guest<'_>, &mut Guest<'_>)) {
    let [one, other] = hosts;
    for (first, second) in [(one, other), (other, one)] {
        test(&mut Guest::new(&**first), &mut Guest::new(&**second));
    }
}

fn kind(name: &str) -> Option<i64> {
    let signs = ["Ed25519", "ECDSA_", "RSA_", "ML-DSA"];
    let exchanges = ["X25519", "P256-", "P384-", "ML-KEM", "X-WING"];
    if signs.iter().any(|start| name.starts_with(start)) {
        Some(SIGNATURES)
    } else {
        exchanges.iter().any(|start| name.starts_with(start)).then_some(KEY_EXCHANGE)
    }
}

/// The kinds of key, with the encodings of each.
const ENCODINGS: [(&str, &[i64]); 3] =
    [("keypair", &[0, 1, 2]), ("publickey", &[0, 1, 2, 3]), ("secretkey", &[0, 1, 2, 3])];

/// A pair and its halves, by kind of key.
fn keys(guest: &mut Guest<'_>, name: &str) -> [(&'static str, Object); 3] {
    let pair = guest.keypair_generate(kind(name).unwrap(), name, None).unwrap();
    let (public, secret) = (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap());
    [("keypair", pair), ("publickey", public), ("secretkey", secret)]
}

/// One key, given by the first guest to the second in an encoding.
fn give(from: &mut Guest<'_>, to: &mut Guest<'_>, name: &str, (key, handle): (&str, Object)) -> Object {
    let der = from.export(key, handle, DER).unwrap();
    to.import(key, kind(name).unwrap(), name, &der, DER).unwrap()
}

#[test]
fn keys_of_one_are_keys_of_the_other_in_every_encoding() {
    let hosts = hosts();
    let mut count = 0;
    for name in shared(&hosts, |name| kind(name).is_some()) {
        both_ways(&hosts, |one, other| {
            for ((key, handle), (_, encodings)) in keys(one, &name).into_iter().zip(ENCODINGS) {
                for encoding in encodings {
                    let exported = one.export(key, handle, *encoding);
                    let Ok(encoded) = exported else {
                        // An encoding that neither has.
                        let mine = other.keypair_generate(kind(&name).unwrap(), &name, None).unwrap();
                        let mine = match key {
                            "keypair" => mine,
                            "publickey" => other.keypair_publickey(mine).unwrap(),
                            _ => other.keypair_secretkey(mine).unwrap(),
                        };
                        assert_eq!(other.export(key, mine, *encoding), exported, "{name} {key} {encoding}");
                        continue;
                    };
                    count += 1;
                    let taken = other.import(key, kind(&name).unwrap(), &name, &encoded, *encoding).unwrap();
                    assert_eq!(other.export(key, taken, *encoding).unwrap(), encoded, "{name} {key} {encoding}");
                }
            }
        });
    }
    assert!(count > 300, "{count} keys");
}

#[test]
fn signatures_of_one_verify_in_the_other() {
    let hosts = hosts();
    for name in shared(&hosts, |name| kind(name) == Some(SIGNATURES)) {
        both_ways(&hosts, |one, other| {
            let [pair, public, _] = keys(one, &name);
            let (same_pair, same_public) = (give(one, other, &name, pair), give(one, other, &name, public));
            for message in [&b""[..], b"message", &[7; 5000]] {
                let signature = one.sign(pair.1, message).unwrap();
                let raw = one.export("signature", signature, RAW).unwrap();
                let taken = other.signature_import(&name, &raw, RAW).unwrap();
                other.verify(same_public, message, taken).unwrap();
                assert!(other.verify(same_public, b"another", taken).is_err(), "{name}");
                let signature = other.sign(same_pair, message).unwrap();
                let raw = other.export("signature", signature, RAW).unwrap();
                let taken = one.signature_import(&name, &raw, RAW).unwrap();
                one.verify(public.1, message, taken).unwrap();
            }
        });
    }
}

#[test]
fn secrets_are_agreed_on_and_encapsulated_across() {
    let hosts = hosts();
    for name in shared(&hosts, |name| kind(name) == Some(KEY_EXCHANGE)) {
        both_ways(&hosts, |one, other| {
            let ([_, public, secret], [_, other_public, other_secret]) = (keys(one, &name), keys(other, &name));
            let (mine, theirs) = (give(one, other, &name, public), give(other, one, &name, other_public));
            if name.starts_with("ML-KEM") || name == "X-WING" {
                let (shared, encapsulated) = one.kx_encapsulate(theirs).unwrap();
                assert_eq!(other.kx_decapsulate(other_secret.1, &encapsulated).unwrap(), shared, "{name}");
                // Implicit rejection is the same too.
                let same_secret = give(one, other, &name, secret);
                let rejected = one.kx_decapsulate(secret.1, &encapsulated).unwrap();
                assert_eq!(other.kx_decapsulate(same_secret, &encapsulated).unwrap(), rejected, "{name}");
            } else {
                let shared = one.kx_dh(theirs, secret.1).unwrap();
                assert_eq!(other.kx_dh(mine, other_secret.1).unwrap(), shared, "{name}");
            }
        });
    }
}

/// What a symmetric algorithm makes of a key, a nonce and two texts, call by call.
fn outcomes(guest: &mut Guest<'_>, name: &str, [key, nonce, data, text]: [&[u8]; 4]) -> Vec<Answer<Vec<u8>>> {
    let key = guest.symmetric_key_import(name, key);
    let options = guest.options_open(SYMMETRIC).unwrap();
    guest.options_set(options, "nonce", nonce).unwrap();
    let mut outcomes = vec![key.map(|_| Vec::new())];
    let state = match guest.symmetric_state_open(name, key.ok(), Some(options)) {
        Ok(state) => state,
        Err(refusal) => return [outcomes, vec![Err(refusal)]].concat(),
    };
    outcomes.push(guest.symmetric_state_absorb(state, data).map(|()| Vec::new()));
    for len in [1, 16, 32, 64] {
        outcomes.push(guest.symmetric_state_squeeze(state, len));
    }
    let tag = guest.symmetric_state_squeeze_tag(state);
    outcomes.push(tag.and_then(|tag| {
        let len = guest.symmetric_tag_len(tag)? as usize;
        guest.symmetric_tag_pull(tag, len)
    }));
    let room = guest.symmetric_state_max_tag_len(state).unwrap_or(0) as usize;
    let decrypted = guest.symmetric_state_decrypt(state, text.len().saturating_sub(room), text);
    outcomes.push(decrypted);
    let encrypted = guest.symmetric_state_encrypt(state, text.len() + room, text);
    if let Ok(encrypted) = &encrypted {
        outcomes.push(guest.symmetric_state_decrypt(state, text.len(), encrypted));
        let mut altered = encrypted.clone();
        altered[0] ^= 1;
        outcomes.push(guest.symmetric_state_decrypt(state, text.len(), &altered));
    }
    outcomes.push(encrypted);
    let derived = guest.symmetric_state_squeeze_key(state, &name.replace("EXTRACT", "EXPAND"));
    outcomes.push(derived.and_then(|derived| guest.symmetric_key_export(derived)));
    outcomes
}

/// What becomes of an encoded key: whether it is one, and which.
fn imported(guest: &mut Guest<'_>, key: &str, name: &str, encoded: &[u8], encoding: i64) -> Answer<Vec<u8>> {
    let handle = guest.import(key, kind(name).unwrap(), name, encoded, encoding)?;
    if key == "publickey" {
        // Whether it is a sane one as well.
        guest.publickey_verify(handle)?;
    }
    let der = guest.export(key, handle, DER);
    guest.close(key, handle)?;
    der
}

/// A change to bytes that were right.
#[derive(Clone, Debug)]
enum Change {
    None,
    Flip(Index, u8),
    Cut(Index),
    Append(Vec<u8>),
    Replace(Index, Vec<u8>),
}

impl Change {
    fn of(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        match self {
            Self::None => {}
            Self::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << (bit % 8);
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Append(more) => bytes.extend(more),
            Self::Replace(at, with) => {
                let at = at.index(bytes.len());
                for (byte, new) in bytes[at..].iter_mut().zip(with) {
                    *byte = *new;
                }
            }
        }
        bytes
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => Just(Change::None),
        6 => (any::<Index>(), any::<u8>()).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => vec(any::<u8>(), 1..20).prop_map(Change::Append),
        2 => (any::<Index>(), vec(any::<u8>(), 1..40)).prop_map(|(at, with)| Change::Replace(at, with)),
    ]
}

#[test]
fn both_say_the_same_of_symmetric_inputs() {
    let hosts = hosts();
    let names = shared(&hosts, |name| kind(name).is_none());
    assert!(names.len() > 15, "{names:?}");
    // Mostly of the lengths that the algorithm takes, or one off.
    let off = prop_oneof![6 => Just(0_isize), 1 => -1..2_isize, 1 => -20..40_isize];
    let texts = prop_oneof![4 => 0..400_usize, 1 => 4_000..40_000_usize];
    let inputs = (any::<Index>(), (off.clone(), off), 0..200_usize, texts, any::<[u8; 32]>());
    let infos: Vec<_> = Host::new(hostcrypt_rustcrypto::BACKEND).algorithms().collect();
    proptest!(ProptestConfig::with_cases(3_000), |((name, (key_off, nonce_off), data, text, seed) in inputs)| {
        let name = &names[name.index(names.len())];
        let info = infos.iter().find(|info| info.name == *name).unwrap();
        let long = |len: usize, from: usize| (0..len).map(|at| seed[(at * 7 + from) % 32]).collect::<Vec<_>>();
        let near = |len: Option<usize>, off: isize| len.unwrap_or(12).saturating_add_signed(off);
        let (key, nonce) = (long(near(info.key_len, key_off), 0), long(near(info.nonce_len, nonce_off), 5));
        let (data, text) = (long(data, 3), long(text, 9));
        let [one, other] = [0, 1].map(|host: usize| {
            outcomes(&mut Guest::new(&*hosts[host]), name, [&key, &nonce, &data, &text])
        });
        prop_assert_eq!(one, other, "{}", name);
    });
}

/// RSA keys whose factors are of many pairs of lengths, with an algorithm for each and what its signatures are alike by.
const RSA: [(&str, &str); 6] = [
    ("RSA_PKCS1_2048_SHA256", include_str!("../keys/rsa-2048-unequal.pem")),
    ("RSA_PSS_2048_SHA512", include_str!("../keys/rsa-2048-unequal.pem")),
    ("RSA_PKCS1_3072_SHA384", include_str!("../keys/rsa-3072-unequal.pem")),
    ("RSA_PKCS1_4096_SHA512", include_str!("../keys/rsa-4096-unequal.pem")),
    ("RSA_PKCS1_2048_SHA256", include_str!("../keys/rsa-2048-composite.pem")),
    ("RSA_PSS_2048_SHA256", include_str!("../keys/rsa-2048-unequal-composite.pem")),
];

/// Seeds with their expanded keys.
const LATTICES: [(&str, &[u8]); 5] = [
    ("ML-DSA-44", include_bytes!("../keys/ml-dsa-44.der")),
    ("ML-DSA-65", include_bytes!("../keys/ml-dsa-65.der")),
    ("ML-DSA-87", include_bytes!("../keys/ml-dsa-87.der")),
    ("ML-KEM-768", include_bytes!("../keys/ml-kem-768.der")),
    ("ML-KEM-1024", include_bytes!("../keys/ml-kem-1024.der")),
];

/// The PKCS #8 in a file of them.
fn rsa_keys(guest: &mut Guest<'_>, name: &str, file: &str) -> Vec<Vec<u8>> {
    let mut der = |pem: &str| {
        let pair = guest.import("keypair", SIGNATURES, name, pem.as_bytes(), 2).unwrap();
        guest.export("keypair", pair, DER).unwrap()
    };
    file.split_inclusive("-----END PRIVATE KEY-----\n").map(&mut der).collect()
}

/// The pair of a key that goes as it came.
fn pair_of(guest: &mut Guest<'_>, name: &str, der: &[u8]) -> Object {
    let pair = guest.import("keypair", SIGNATURES, name, der, DER).unwrap();
    assert_eq!(guest.export("keypair", pair, DER).unwrap(), der, "{name}");
    pair
}

#[test]
fn both_sign_the_same_with_rsa_factors_of_any_two_lengths() {
    let hosts = hosts();
    let mut count = 0;
    for (name, file) in RSA {
        both_ways(&hosts, |one, other| {
            for der in rsa_keys(one, name, file) {
                let (pair, same) = (pair_of(one, name, &der), pair_of(other, name, &der));
                let signed = one.sign(pair, b"message");
                let Ok(signature) = signed else {
                    assert_eq!(other.sign(same, b"message").map(drop), signed.map(drop), "{name}");
                    continue;
                };
                count += 1;
                let raw = one.export("signature", signature, RAW).unwrap();
                let taken = other.signature_import(name, &raw, RAW).unwrap();
                let public = other.keypair_publickey(same).unwrap();
                other.verify(public, b"message", taken).unwrap();
                if name.starts_with("RSA_PKCS1") {
                    let signature = other.sign(same, b"message").unwrap();
                    assert_eq!(other.export("signature", signature, RAW).unwrap(), raw, "{name}");
                }
            }
        });
    }
    assert_eq!(count, 2 * (12 + 12 + 1 + 1));
}

#[test]
fn both_say_the_same_of_keys_that_were_altered() {
    let hosts = hosts();
    let mut first = Guest::new(&*hosts[0]);
    let mut encoded = Vec::new();
    for (name, file) in RSA {
        encoded.extend(rsa_keys(&mut first, name, file).into_iter().map(|der| (name.to_owned(), "keypair", DER, der)));
    }
    for (name, der) in LATTICES {
        for key in ["keypair", "secretkey"] {
            encoded.extend([(); 4].map(|()| (name.to_owned(), key, DER, der.to_vec())));
        }
    }
    for name in shared(&hosts, |name| kind(name).is_some()) {
        for ((key, handle), (_, encodings)) in keys(&mut first, &name).into_iter().zip(ENCODINGS) {
            for encoding in encodings {
                if let Ok(bytes) = first.export(key, handle, *encoding) {
                    encoded.push((name.clone(), key, *encoding, bytes));
                }
            }
        }
    }
    proptest!(ProptestConfig::with_cases(4_000), |(which in any::<Index>(), change in change())| {
        let (name, key, encoding, bytes) = &encoded[which.index(encoded.len())];
        let altered = change.of(bytes);
        let [one, other] =
            [0, 1].map(|host: usize| imported(&mut Guest::new(&*hosts[host]), key, name, &altered, *encoding));
        prop_assert_eq!(one, other, "{} {} in encoding {}", name, key, encoding);
    });
}

#[test]
fn both_say_the_same_of_signatures_that_were_altered() {
    let hosts = hosts();
    let mut first = Guest::new(&*hosts[0]);
    let mut signed = Vec::new();
    for name in shared(&hosts, |name| kind(name) == Some(SIGNATURES)) {
        let [pair, public, _] = keys(&mut first, &name);
        let signature = first.sign(pair.1, b"message").unwrap();
        let public = first.export("publickey", public.1, DER).unwrap();
        for encoding in [RAW, 1] {
            if let Ok(bytes) = first.export("signature", signature, encoding) {
                signed.push((name.clone(), public.clone(), encoding, bytes));
            }
        }
    }
    proptest!(ProptestConfig::with_cases(2_000), |(which in any::<Index>(), change in change())| {
        let (name, public, encoding, bytes) = &signed[which.index(signed.len())];
        let altered = change.of(bytes);
        let verdict = |host: usize| -> Answer {
            let guest = &mut Guest::new(&*hosts[host]);
            let public = guest.import("publickey", SIGNATURES, name, public, DER)?;
            let signature = guest.signature_import(name, &altered, *encoding)?;
            guest.verify(public, b"message", signature)
        };
        prop_assert_eq!(verdict(0), verdict(1), "{} in encoding {}", name, encoding);
    });
}

#[test]
fn both_say_the_same_of_points_and_encapsulations_that_anyone_made() {
    let hosts = hosts();
    let mut first = Guest::new(&*hosts[0]);
    let mut secrets = Vec::new();
    for name in shared(&hosts, |name| kind(name) == Some(KEY_EXCHANGE)) {
        let [_, public, secret] = keys(&mut first, &name);
        let encapsulated = first.kx_encapsulate(public.1).ok().map(|(_, encapsulated)| encapsulated);
        let given = encapsulated.clone().unwrap_or_else(|| first.export("publickey", public.1, RAW).unwrap());
        secrets.push((name, first.export("secretkey", secret.1, RAW).unwrap(), given, encapsulated.is_some()));
    }
    proptest!(ProptestConfig::with_cases(2_000), |(which in any::<Index>(), change in change())| {
        let (name, secret, given, encapsulated) = &secrets[which.index(secrets.len())];
        let altered = change.of(given);
        let outcome = |host: usize| -> Answer<Vec<u8>> {
            let guest = &mut Guest::new(&*hosts[host]);
            let secret = guest.import("secretkey", KEY_EXCHANGE, name, secret, RAW)?;
            if *encapsulated {
                return guest.kx_decapsulate(secret, &altered);
            }
            let public = guest.import("publickey", KEY_EXCHANGE, name, &altered, RAW)?;
            guest.kx_dh(public, secret)
        };
        prop_assert_eq!(outcome(0), outcome(1), "{}", name);
    });
}

#[test]
fn a_policy_may_name_what_only_another_backend_serves() {
    let backends = [hostcrypt_rustcrypto::BACKEND, hostcrypt_boringssl::BACKEND];
    let hosts = backends.map(Host::new);
    for name in hosts.iter().flat_map(Host::algorithms).map(|info| info.name) {
        for backend in backends {
            let policy = Policy::new().forbid_algorithms([&name]);
            assert!(Host::builder(backend).policy(policy).is_ok(), "{name} on {backend}");
        }
    }
    let [misspelt, sized] = [Policy::new().forbid_algorithms(["SHA256"]), Policy::new().require_key_bits("ML-*", 128)];
    let error = Host::builder(backends[0]).policy(misspelt).unwrap_err().to_string();
    assert!(error.starts_with("no algorithm matches `SHA256`: did you mean `SHA-256`"), "{error}");
    assert!(Host::builder(backends[1]).policy(sized).is_err());
}

/// Numbers about the bounds of a field of so many bytes: its prime, its order, with what is beside them.
fn edges(bounds: &[&str], len: usize) -> Vec<Vec<u8>> {
    let mut edges = Vec::new();
    for small in [0, 1, 2, 3, 0x7f, 0x80] {
        let mut number = vec![0; len];
        number[len - 1] = small;
        edges.push(number);
    }
    for bound in bounds {
        let bound = from_hex(bound).unwrap();
        assert_eq!(bound.len(), len);
        for off in -3..=18_i16 {
            let mut number = bound.clone();
            let mut carry = off;
            for byte in number.iter_mut().rev() {
                let sum = i16::from(*byte) + carry;
                (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
            }
            edges.push(number);
        }
    }
    edges.push(vec![0xff; len]);
    edges
}

#[test]
fn both_say_the_same_of_numbers_at_the_edges() {
    const P25519: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
    const ORDER_25519: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";
    // Of low order, one for each curve, and the other one of order eight of each.
    const LOW: [&str; 4] = [
        "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
        "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d6a7017c7",
        "00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0",
        "57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f",
    ];
    const P256: [&str; 2] = [
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ];
    const P384: [&str; 2] = [
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ];
    let hosts = hosts();
    let mut first = Guest::new(&*hosts[0]);
    let mut inputs: Vec<(&str, &str, Vec<u8>)> = Vec::new();
    for mut number in edges(&[&[P25519, ORDER_25519][..], &LOW].concat(), 32) {
        number.reverse();
        let mut high = number.clone();
        high[31] ^= 0x80;
        for number in [number, high] {
            for name in ["Ed25519", "X25519"] {
                inputs.extend(["publickey", "secretkey"].map(|key| (name, key, number.clone())));
            }
            let pair = first.keypair_generate(KEY_EXCHANGE, "X-WING", None).unwrap();
            let public = first.keypair_publickey(pair).unwrap();
            let mut public = first.export("publickey", public, RAW).unwrap();
            let half = public.len() - 32;
            public[half..].copy_from_slice(&number);
            inputs.push(("X-WING", "publickey", public));
        }
    }
    for (names, bounds, len) in
        [(["ECDSA_P256_SHA256", "P256-SHA256"], P256, 32), (["ECDSA_P384_SHA384", "P384-SHA384"], P384, 48)]
    {
        for number in edges(&bounds, len) {
            for name in names {
                inputs.push((name, "secretkey", number.clone()));
                for form in [0, 2, 3, 4, 5, 6, 7] {
                    let compressed = [&[form][..], &number].concat();
                    inputs.push((name, "publickey", [&compressed[..], &number].concat()));
                    // What the compressed point is, with a coordinate that is not reduced where there is one.
                    inputs.push((name, "publickey", compressed));
                }
            }
        }
    }
    let own: Vec<_> = ["X25519", "P256-SHA256", "P384-SHA384"]
        .map(|name| {
            let [_, _, (_, secret)] = keys(&mut first, name);
            (name, first.export("secretkey", secret, RAW).unwrap())
        })
        .into();
    for (name, key, bytes) in inputs {
        for encoding in [RAW, 3] {
            let [one, other] = [0, 1].map(|host: usize| {
                let guest = &mut Guest::new(&*hosts[host]);
                let agreed = own.iter().find(|(own, _)| *own == name && key == "publickey").map(|(_, secret)| {
                    let secret = guest.import("secretkey", KEY_EXCHANGE, name, secret, RAW).unwrap();
                    let public = guest.import(key, KEY_EXCHANGE, name, &bytes, encoding)?;
                    guest.kx_dh(public, secret)
                });
                (imported(guest, key, name, &bytes, encoding), agreed)
            });
            assert_eq!(one, other, "{name} {key} {bytes:02x?} in encoding {encoding}");
        }
    }
}
