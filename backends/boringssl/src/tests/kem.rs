//! ML-KEM and X-Wing.

use hostcrypt::Errno;
use hostcrypt::backend::KeyFormat;

use super::shared::error;
use super::shared::kem::kem;
use crate::ffi::expanded;

#[test]
fn a_seed_of_ml_kem_may_have_its_expanded_key_beside_it_and_no_other() {
    for (name, library) in [("ML-KEM-768", expanded::ML_KEM_768), ("ML-KEM-1024", expanded::ML_KEM_1024)] {
        let kem = kem(name);
        let KeyFormat::Seed { seed: 64, expanded: Some(len), public, .. } = kem.key_format() else {
            panic!("has seeds")
        };
        let seed = [7; 64];
        let own = (library.of_seed)(&seed).unwrap();
        let both = [&seed[..], &own].concat();
        assert_eq!(own.len(), len);
        let key = kem.decapsulation_key(&both).unwrap();
        assert_eq!(*key.secret(), seed);
        let half = kem.decapsulation_key(&seed).unwrap().encapsulation_key();
        assert_eq!(key.encapsulation_key().public(), half.public());
        let (shared, encapsulated) = half.encapsulate().unwrap();
        assert_eq!(key.decapsulate(&encapsulated).unwrap(), shared);
        for at in 0..both.len() {
            let mut altered = both.clone();
            altered[at] ^= 1 << (at % 8);
            assert_eq!(error(kem.decapsulation_key(&altered)), Errno::InvalidKey, "{name} {at}");
        }

        // Alone: behind the secret half are the public one, its hash, and what implicit rejection draws on.
        assert_eq!(error(kem.decapsulation_key(&own)), Errno::UnsupportedEncoding, "{name}");
        for at in len - public - 64..len {
            let mut altered = own.to_vec();
            altered[at] ^= 1 << (at % 8);
            let errno = if at < len - 32 { Errno::InvalidKey } else { Errno::UnsupportedEncoding };
            assert_eq!(error(kem.decapsulation_key(&altered)), errno, "{name} {at}");
        }
        // The secret half of another.
        let other = (library.of_seed)(&[8; 64]).unwrap();
        let mixed = [&other[..len - public - 64], &own[len - public - 64..]].concat();
        for broken in [mixed, vec![1; len], vec![0xff; len], own[1..].to_vec(), both[1..].to_vec()] {
            assert_eq!(error(kem.decapsulation_key(&broken)), Errno::InvalidKey, "{name}");
        }
    }
}

#[test]
fn x_wing_refuses_a_point_of_low_order() {
    let kem = kem("X-WING");
    let key = kem.generate().unwrap();
    key.encapsulation_key().check().unwrap();
    let mut public = key.encapsulation_key().public();
    public[1216 - 32..].fill(0);
    let public = kem.encapsulation_key(&public).unwrap();
    assert_eq!(public.check(), Err(Errno::InvalidKey));
    assert_eq!(error(public.encapsulate()), Errno::InvalidKey);

    let (_, mut encapsulated) = key.encapsulation_key().encapsulate().unwrap();
    encapsulated[1120 - 32..].fill(0);
    assert_eq!(error(key.decapsulate(&encapsulated)), Errno::VerificationFailed);
}
