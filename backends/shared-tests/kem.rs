//! ML-KEM and X-Wing.

use hostcrypt::Errno;
use hostcrypt::backend::{Kem, KeyFormat};

use super::error;
use crate::BACKEND;

pub(crate) fn kem(name: &str) -> &'static dyn Kem {
    *BACKEND.kems.iter().find(|kem| kem.name() == name).unwrap()
}

#[test]
fn fresh_keys_differ_and_decapsulate_what_their_public_halves_encapsulate() {
    for kem in BACKEND.kems {
        let KeyFormat::Seed { seed, public, .. } = kem.key_format() else { panic!("has seeds") };
        let (one, other) = (kem.generate().unwrap(), kem.generate().unwrap());
        assert_ne!(one.secret(), other.secret());
        assert_eq!(one.secret().len(), seed);

        let encoded = one.encapsulation_key().public();
        assert_eq!(encoded.len(), public);
        let key = kem.encapsulation_key(&encoded).unwrap();
        key.check().unwrap();
        assert_eq!(key.public(), encoded);
        let (shared, encapsulated) = key.encapsulate().unwrap();
        assert_eq!((shared.len(), encapsulated.len()), (32, kem.encapsulated_len()));
        assert_ne!(key.encapsulate().unwrap().0, shared);
        assert_eq!(one.decapsulate(&encapsulated).unwrap(), shared);
        assert_eq!(kem.decapsulation_key(&one.secret()).unwrap().decapsulate(&encapsulated).unwrap(), shared);

        // Implicit rejection: secrets that are of no use, the same each time.
        assert_ne!(other.decapsulate(&encapsulated).unwrap(), shared);
        for at in [0, encapsulated.len() / 2, encapsulated.len() - 1] {
            let mut altered = encapsulated.clone();
            altered[at] ^= 1;
            let rejected = one.decapsulate(&altered).unwrap();
            assert_ne!(rejected, shared);
            assert_eq!(one.decapsulate(&altered).unwrap(), rejected);
        }

        for len in [0, seed - 1, seed + 1] {
            assert_eq!(error(kem.decapsulation_key(&vec![1; len])), Errno::InvalidKey);
        }
        for len in [0, public - 1, public + 1] {
            assert_eq!(error(kem.encapsulation_key(&vec![1; len])), Errno::InvalidKey);
        }
        assert_eq!(error(one.decapsulate(&encapsulated[1..])), Errno::VerificationFailed);
    }
}

#[test]
fn ml_kem_refuses_coefficients_that_are_not_reduced() {
    for kem in BACKEND.kems {
        let (name, rest) = (kem.name(), if kem.name() == "X-WING" { 64 } else { 32 });
        let public = kem.generate().unwrap().encapsulation_key().public();
        // 3328 is the highest coefficient; two take three bytes. A seed follows, and in X-Wing a coordinate.
        for (at, pair) in [(0, [0x01, 0x0d, 0]), (0, [0xff; 3]), (public.len() - rest - 3, [0, 0x10, 0xd0])] {
            let mut altered = public.clone();
            altered[at..at + 3].copy_from_slice(&pair);
            assert_eq!(error(kem.encapsulation_key(&altered)), Errno::InvalidKey, "{name} {at}");
        }
        let mut altered = public.clone();
        altered[..3].copy_from_slice(&[0x00, 0x0d, 0xd0]);
        kem.encapsulation_key(&altered).unwrap();
    }
}
