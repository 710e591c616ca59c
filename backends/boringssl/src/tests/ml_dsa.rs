//! ML-DSA.

use hostcrypt::Errno;
use hostcrypt::backend::{Interrupt, KeyFormat};

use super::shared::{error, signature};
use crate::ffi::expanded::{self, Expanded};

/// A parameter set: its name, and the library's functions for expanded keys.
const SETS: [(&str, Expanded); 3] =
    [("ML-DSA-44", expanded::ML_DSA_44), ("ML-DSA-65", expanded::ML_DSA_65), ("ML-DSA-87", expanded::ML_DSA_87)];

#[test]
fn a_seed_may_have_its_expanded_key_beside_it_and_no_other() {
    for (name, library) in SETS {
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
    for (name, library) in SETS {
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
