//! ML-DSA.

#![expect(deprecated, reason = "expanded keys are a form that keys come in")]

use ::ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use getrandom::SysRng;
use hostcrypt::Errno;
use hostcrypt::backend::{Interrupt, KeyFormat, Signature};

use super::shared::signature;

/// A parameter set: its name, its expanded key of a seed, the bits of a
/// coefficient in a short vector, and the coefficients of all of them.
type Set = (&'static str, fn(u8) -> Vec<u8>, usize, usize);

const SETS: [Set; 3] = [
    ("ML-DSA-44", expanded::<MlDsa44>, 3, 8 * 256),
    ("ML-DSA-65", expanded::<MlDsa65>, 4, 11 * 256),
    ("ML-DSA-87", expanded::<MlDsa87>, 3, 15 * 256),
];

/// The expanded key of a seed of one byte, repeated.
fn expanded<P: MlDsaParams>(seed: u8) -> Vec<u8> {
    ExpandedSigningKey::<P>::from_seed(&[seed; 32].into()).to_expanded().to_vec()
}

fn refused(scheme: &dyn Signature, secret: &[u8]) -> bool {
    scheme.signing_key(secret).err() == Some(Errno::InvalidKey)
}

#[test]
fn a_key_comes_as_seed_or_expanded_or_both_and_goes_as_it_came() {
    for (name, expanded, ..) in SETS {
        let scheme = signature(name);
        let (seed, expanded, other) = ([7; 32], expanded(7), expanded(8));
        let KeyFormat::Seed { expanded: len, .. } = scheme.scheme().key_format else { panic!("has seeds") };
        assert_eq!(len, Some(expanded.len()));
        let both = [&seed[..], &expanded].concat();
        let public = scheme.signing_key(&seed).unwrap().verifying_key().public();
        for (secret, kept) in [(&seed[..], &seed[..]), (&expanded, &expanded), (&both, &seed)] {
            let key = scheme.signing_key(secret).unwrap();
            assert_eq!(*key.secret(), *kept);
            assert_eq!(key.verifying_key().public(), public);
            key.verifying_key().verify(b"message", &key.sign(b"message").unwrap()).unwrap();
        }
        let mut altered = both.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(refused(scheme, &altered));
        assert!(refused(scheme, &[&seed[..], &other].concat()));
        assert!(refused(scheme, &[&expanded[..], &seed].concat()));
        for secret in [&seed[1..], &expanded[1..], &both[1..], &[&both[..], &[0]].concat(), &[0; 64], &[]] {
            assert!(refused(scheme, secret), "{name} {}", secret.len());
        }
    }
}

#[test]
fn an_expanded_key_with_a_coefficient_out_of_range_is_none() {
    for (name, expanded, bits, coefficients) in SETS {
        let scheme = signature(name);
        let original = expanded(7);
        let highest = 1 << (bits - 1);
        // The first and the last, at each place that a byte has for them, and some between.
        let places = (0..8).chain((8..coefficients - 8).step_by(389)).chain(coefficients - 8..coefficients);
        for place in places {
            for value in highest + 1..1 << bits {
                let mut altered = original.clone();
                for bit in 0..bits {
                    let at = place * bits + bit;
                    let byte = &mut altered[128 + at / 8];
                    *byte = *byte & !(1 << (at % 8)) | ((value >> bit & 1) as u8) << (at % 8);
                }
                assert!(refused(scheme, &altered), "{name} {place} {value}");
            }
        }
        assert!(refused(scheme, &vec![0xff; original.len()]));
        assert!(refused(scheme, &vec![0xdb; original.len()]));
    }
}

#[test]
fn an_expanded_key_whose_parts_do_not_belong_together_is_none() {
    for (name, expanded, bits, coefficients) in SETS {
        let scheme = signature(name);
        let (original, other) = (expanded(7), expanded(8));
        let low_bits = 128 + coefficients * bits / 8;
        // The public seed, the hash of the public key, the short vectors, the low bits of the public vector.
        for range in [0..32, 64..128, 128..low_bits, low_bits..original.len()] {
            let mut altered = original.clone();
            altered[range.clone()].copy_from_slice(&other[range.clone()]);
            assert!(refused(scheme, &altered), "{name} {range:?}");
        }
        for extreme in [0, 0xff] {
            let mut altered = original.clone();
            altered[low_bits..].fill(extreme);
            assert!(refused(scheme, &altered), "{name} {extreme}");
        }
        // Nothing depends on the seed that signing mixes with random numbers.
        let mut altered = original.clone();
        altered[32] ^= 1;
        scheme.signing_key(&altered).unwrap();
    }
}

#[test]
fn the_context_of_signatures_is_empty() {
    let key = signature("ML-DSA-44").signing_key(&[7; 32]).unwrap();
    let library = ExpandedSigningKey::<MlDsa44>::from_seed(&[7; 32].into());
    for (context, expected) in [(&b""[..], Ok(())), (b"context", Err(Errno::VerificationFailed))] {
        let signed = library.sign_randomized(b"message", context, &mut SysRng).unwrap().encode();
        assert_eq!(key.verifying_key().verify(b"message", &signed), expected);
    }
}

#[test]
fn the_stack_of_a_thread_has_room_for_a_key() {
    // A guest may have used up a part of it before it calls.
    let work = || {
        let key = signature("ML-DSA-87").generate(&Interrupt::default()).unwrap();
        let key = signature("ML-DSA-87").signing_key(&key.secret()).unwrap();
        key.verifying_key().verify(b"message", &key.sign(b"message").unwrap()).unwrap();
        let key = signature("ML-DSA-87").signing_key(&expanded::<MlDsa87>(7)).unwrap();
        key.verifying_key().verify(b"message", &key.sign(b"message").unwrap()).unwrap();
    };
    std::thread::Builder::new().stack_size(768 << 10).spawn(work).unwrap().join().unwrap();
}
