//! ML-DSA.

use hostcrypt::Errno;
use hostcrypt::backend::{Interrupt, KeyFormat};

use super::{error, hex, sha256, signature};
use crate::ffi::expanded::{self, Expanded};

/// A parameter set: its name, the digest of the public key in RFC 9881, and what the library does with expanded keys.
const SETS: [(&str, &str, Expanded); 3] = [
    ("ML-DSA-44", "9f107644c1084526af3bc8098680b05499a2325a644e388fb4f970e058d19d46", expanded::ML_DSA_44),
    ("ML-DSA-65", "d666806e11cee19a7c989f7445f90dd419cf4d2d51db8c0fdb4c0f0a542238c9", expanded::ML_DSA_65),
    ("ML-DSA-87", "91dc389cfaa01470b7f66eee45a4ae9026d154817c754dfe22298b3fa241ffcd", expanded::ML_DSA_87),
];

#[test]
fn ml_dsa_agrees_with_rfc_9881() {
    // Appendix C.1.
    let seed = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    for (name, digest, _) in SETS {
        let key = signature(name).signing_key(&seed).unwrap();
        assert_eq!(sha256(&key.verifying_key().public()), hex(digest), "{name}");
        assert_eq!(*key.secret(), seed);
    }
}

#[test]
fn a_seed_may_have_its_expanded_key_beside_it_and_no_other() {
    for (name, _, library) in SETS {
        let scheme = signature(name);
        let KeyFormat::Seed { seed: 32, expanded: Some(len), .. } = scheme.scheme().key_format else {
            panic!("has seeds")
        };
        let seed = [7; 32];
        let both = [&seed[..], &(library.of_seed)(&seed).unwrap()].concat();
        assert_eq!(both.len(), 32 + len);
        let key = scheme.signing_key(&both).unwrap();
        assert_eq!(*key.secret(), seed);
        assert_eq!(key.verifying_key().public(), scheme.signing_key(&seed).unwrap().verifying_key().public());
        for at in 0..both.len() {
            let mut altered = both.clone();
            altered[at] ^= 1 << (at % 8);
            assert_eq!(error(scheme.signing_key(&altered)), Errno::InvalidKey, "{name} {at}");
        }
        for len in [31, 33, 64, both.len() - 1, both.len() + 1] {
            let mut other = both.clone();
            other.resize(len, 0);
            assert_eq!(error(scheme.signing_key(&other)), Errno::InvalidKey, "{name}, {len} bytes");
        }
    }
}

#[test]
fn an_expanded_key_alone_is_unsupported_unless_it_is_broken() {
    for (name, _, library) in SETS {
        let scheme = signature(name);
        let expanded = (library.of_seed)(&[7; 32]).unwrap();
        assert_eq!(error(scheme.signing_key(&expanded)), Errno::UnsupportedEncoding, "{name}");
        for at in 0..expanded.len() {
            let mut altered = expanded.to_vec();
            altered[at] ^= 1 << (at % 8);
            // Nothing depends on the seed that signing mixes with random numbers.
            let errno = if (32..64).contains(&at) { Errno::UnsupportedEncoding } else { Errno::InvalidKey };
            assert_eq!(error(scheme.signing_key(&altered)), errno, "{name} {at}");
        }
        for broken in [vec![1; expanded.len()], vec![0xff; expanded.len()], expanded[1..].to_vec()] {
            assert_eq!(error(scheme.signing_key(&broken)), Errno::InvalidKey, "{name}");
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
    for (name, ..) in SETS {
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
        let expanded = (expanded::ML_DSA_87.of_seed)(&key.secret()).unwrap();
        signature("ML-DSA-87").signing_key(&[&key.secret()[..], &expanded].concat()).unwrap();
        assert_eq!(error(signature("ML-DSA-87").signing_key(&expanded)), Errno::UnsupportedEncoding);
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(work).unwrap().join().unwrap();
}
