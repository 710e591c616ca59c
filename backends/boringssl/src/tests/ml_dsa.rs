//! ML-DSA.

use hostcrypt::Errno;
use hostcrypt::backend::{Interrupt, KeyFormat};

use super::{error, hex, sha256, signature};

/// A parameter set: its name, and the digest of the public key in RFC 9881.
const SETS: [(&str, &str); 3] = [
    ("ML-DSA-44", "9f107644c1084526af3bc8098680b05499a2325a644e388fb4f970e058d19d46"),
    ("ML-DSA-65", "d666806e11cee19a7c989f7445f90dd419cf4d2d51db8c0fdb4c0f0a542238c9"),
    ("ML-DSA-87", "91dc389cfaa01470b7f66eee45a4ae9026d154817c754dfe22298b3fa241ffcd"),
];

#[test]
fn ml_dsa_agrees_with_rfc_9881() {
    // Appendix C.1.
    let seed = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    for (name, digest) in SETS {
        let key = signature(name).signing_key(&seed).unwrap();
        assert_eq!(sha256(&key.verifying_key().public()), hex(digest), "{name}");
        assert_eq!(*key.secret(), seed);
    }
}

#[test]
fn keys_are_seeds_and_nothing_else() {
    for (name, _) in SETS {
        let scheme = signature(name);
        let KeyFormat::Seed { seed, expanded: Some(expanded), .. } = scheme.scheme().key_format else {
            panic!("has seeds")
        };
        for (len, errno) in [
            (expanded, Errno::UnsupportedEncoding),
            (seed + expanded, Errno::UnsupportedEncoding),
            (expanded - 1, Errno::InvalidKey),
            (seed + expanded + 1, Errno::InvalidKey),
            (64, Errno::InvalidKey),
        ] {
            assert_eq!(error(scheme.signing_key(&vec![1; len])), errno, "{name}, {len} bytes");
        }
    }
}

#[test]
fn signatures_are_hedged() {
    let key = signature("ML-DSA-44").signing_key(&[7; 32]).unwrap();
    assert_ne!(key.sign(b"message").unwrap(), key.sign(b"message").unwrap());
    key.verifying_key().verify(&[], &key.sign(&[]).unwrap()).unwrap();
}

#[test]
fn any_octets_of_the_right_length_are_a_public_key() {
    for (name, _) in SETS {
        let scheme = signature(name);
        let len = scheme.scheme().key_format.raw_public_len().unwrap();
        for public in [vec![0; len], vec![0xff; len]] {
            let key = scheme.verifying_key(&public).unwrap();
            key.check().unwrap();
            assert_eq!(key.public(), public);
            for signed in [vec![0; scheme.scheme().len], vec![0xff; scheme.scheme().len]] {
                assert_eq!(key.verify(b"message", &signed), Err(Errno::VerificationFailed));
            }
        }
        assert_eq!(error(scheme.verifying_key(&vec![0; len - 1])), Errno::InvalidKey);
        assert_eq!(error(scheme.verifying_key(&vec![0; len + 1])), Errno::InvalidKey);
    }
}

#[test]
fn the_stack_of_a_thread_has_room_for_a_key() {
    // A guest may have used up a part of it before it calls.
    let work = || {
        let key = signature("ML-DSA-87").generate(&Interrupt::default()).unwrap();
        let key = signature("ML-DSA-87").signing_key(&key.secret()).unwrap();
        key.verifying_key().verify(b"message", &key.sign(b"message").unwrap()).unwrap();
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(work).unwrap().join().unwrap();
}
