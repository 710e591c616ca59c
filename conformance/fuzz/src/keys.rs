//! Keys of every algorithm in every encoding.

use std::{cell::RefCell, collections::HashMap};

use arbitrary::Arbitrary;
use hostcrypt_conformance::{Answer, Guest, Subject};

use crate::{
    change::{Change, changed},
    subjects,
};

/// The encodings of a key, by the numbers of 0.10: `raw`, `pkcs8`, `pem`, `sec`, and one that there is not.
const ENCODINGS: i64 = 5;
const RAW: i64 = 0;
const PKCS8: i64 = 1;
const PEM: i64 = 2;
const KINDS: [&str; 3] = ["keypair", "publickey", "secretkey"];

/// A key to import.
#[derive(Arbitrary, Debug)]
pub struct Key {
    algorithm: u8,
    kind: u8,
    encoding: u8,
    source: Source,
}

/// The bytes of a key.
#[derive(Arbitrary, Debug)]
enum Source {
    /// Any.
    Bytes(Vec<u8>),
    /// A key of that algorithm, kind and encoding, or of another encoding, with changes.
    Changed { other_encoding: Option<u8>, changes: Vec<Change> },
    /// A lattice key in both its forms, with changes.
    Both { changes: Vec<Change> },
}

/// The RSA keys of the suite, which take long to make.
const RSA: [(&str, &str); 3] = [
    ("_2048_", include_str!("../../keys/rsa-2048-a.pem")),
    ("_3072_", include_str!("../../keys/rsa-3072-a.pem")),
    ("_4096_", include_str!("../../keys/rsa-4096-a.pem")),
];

/// Lattice keys that hold a seed and the key that it expands to.
const BOTH: [(&str, &[u8]); 5] = [
    ("ML-DSA-44", include_bytes!("../../keys/ml-dsa-44.der")),
    ("ML-DSA-65", include_bytes!("../../keys/ml-dsa-65.der")),
    ("ML-DSA-87", include_bytes!("../../keys/ml-dsa-87.der")),
    ("ML-KEM-768", include_bytes!("../../keys/ml-kem-768.der")),
    ("ML-KEM-1024", include_bytes!("../../keys/ml-kem-1024.der")),
];

/// The PKCS #8 of a seed is shorter, in bytes.
const LONGEST_SEED: usize = 200;

/// A key of an algorithm in an encoding, the same in every run; nothing where there is no such encoding.
pub(crate) fn good(name: &str, kind: &'static str, encoding: i64) -> Vec<u8> {
    type Made = HashMap<(String, &'static str, i64), Vec<u8>>;
    thread_local!(static MADE: RefCell<Made> = RefCell::default());
    let make = || {
        let guest = &mut Guest::new(&*subjects::pair(true)[0]);
        let of = algorithm_type(name);
        let secret = match RSA.iter().find(|(size, _)| name.contains(size)) {
            Some((_, pem)) => guest.import("secretkey", of, name, pem.as_bytes(), PEM),
            // A secret of any bytes: scalars and seeds are 32 to 64 of them.
            None => [32, 48, 64]
                .iter()
                .map(|len| guest.import("secretkey", of, name, &vec![7; *len], RAW))
                .find(Result::is_ok)
                .expect("a length that fits"),
        };
        let secret = secret.unwrap();
        let public = guest.publickey_from_secretkey(secret).unwrap();
        let handle = match kind {
            "secretkey" => secret,
            "publickey" => public,
            _ => guest.keypair_from_pk_and_sk(public, secret).unwrap(),
        };
        guest.export(kind, handle, encoding).unwrap_or_default()
    };
    MADE.with_borrow_mut(|made| made.entry((name.to_owned(), kind, encoding)).or_insert_with(make).clone())
}

/// The type of an algorithm, by the number of 0.10.
pub(crate) fn algorithm_type(name: &str) -> i64 {
    let signs = ["Ed25519", "ECDSA_", "RSA_", "ML-DSA"].iter().any(|start| name.starts_with(start));
    if signs { 0 } else { 2 }
}

/// The asymmetric algorithms of a host.
pub(crate) fn asymmetric(host: &dyn Subject) -> Vec<&str> {
    let names = ["Ed25519", "ECDSA_", "RSA_", "ML-DSA", "X25519", "P256-", "P384-", "ML-KEM", "X-WING"];
    let all = host.algorithms().iter().map(String::as_str);
    all.filter(|name| names.iter().any(|start| name.starts_with(start))).collect()
}

/// The key as PKCS #8 or SubjectPublicKeyInfo, once it went round in every encoding.
fn round(guest: &mut Guest<'_>, name: &str, kind: &str, encoded: &[u8], encoding: i64) -> Answer<Vec<u8>> {
    let of = algorithm_type(name);
    let handle = guest.import(kind, of, name, encoded, encoding)?;
    if kind == "publickey" {
        // Each backend judges a public key when it is asked to. Of an RSA modulus that has a factor of some thousands, the
        // test for one prime alone (FIPS 186-5, B.3.2) may find that factor, by chance.
        let verified = guest.publickey_verify(handle);
        if !name.starts_with("RSA_") {
            verified?;
        }
    }
    let canonical = guest.export(kind, handle, PKCS8)?;
    for encoding in 0..ENCODINGS {
        let Ok(exported) = guest.export(kind, handle, encoding) else { continue };
        let again = guest.import(kind, of, name, &exported, encoding).expect("an exported key is imported");
        assert_eq!(guest.export(kind, again, PKCS8).unwrap(), canonical, "{name} {kind} {encoding}");
        guest.close(kind, again).unwrap();
    }
    guest.close(kind, handle).unwrap();
    Ok(canonical)
}

/// Both backends read the same key or refuse it alike, and write what they read.
pub fn import(key: &Key) {
    let hosts = subjects::pair(true);
    let names = asymmetric(&*hosts[0]);
    let name = names[usize::from(key.algorithm) % names.len()];
    let kind = KINDS[usize::from(key.kind) % KINDS.len()];
    let encoding = i64::from(key.encoding) % ENCODINGS;
    let encoded = match &key.source {
        Source::Bytes(bytes) => bytes.clone(),
        Source::Changed { other_encoding, changes } => {
            let encoding = other_encoding.map_or(encoding, |other| i64::from(other) % ENCODINGS);
            changed(&good(name, kind, encoding), changes)
        }
        Source::Both { changes } => {
            let both = BOTH.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, der)| der);
            changed(both, changes)
        }
    };
    let [one, other] = hosts.each_ref().map(|host| round(&mut Guest::new(&**host), name, kind, &encoded, encoding));
    // BoringSSL reads no lattice key that is expanded alone, which pure Rust writes as such, much longer than a seed.
    let unread = Guest::new(&*hosts[1]).refusal(hostcrypt::Errno::UnsupportedEncoding);
    let expanded = one.as_ref().is_ok_and(|der| der.len() > LONGEST_SEED);
    let unread = name.starts_with("ML-") && other == Err(unread) && expanded;
    assert!(one == other || unread, "{name} {kind} {encoding}: {one:?} and {other:?}");
}
