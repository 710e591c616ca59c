//! ML-KEM and X-Wing.

use ::ml_kem::ml_kem_512;
use hostcrypt::Errno;

use super::shared::kem::kem;

#[test]
fn ml_kem_keys_come_as_seed_or_expanded_or_both_and_go_as_they_came() {
    let kem = kem("ML-KEM-512");
    #[expect(deprecated, reason = "a form that keys come in")]
    let [expanded, other] = [7, 8].map(|seed| {
        let key = ml_kem_512::DecapsulationKey::from_seed([seed; 64].into());
        ::ml_kem::ExpandedKeyEncoding::to_expanded_bytes(&key).to_vec()
    });
    let seed = [7; 64];
    let both = [&seed[..], &expanded].concat();
    let key = kem.decapsulation_key(&seed).unwrap().encapsulation_key();
    let (shared, encapsulated) = key.encapsulate().unwrap();
    for (secret, kept) in [(&seed[..], &seed[..]), (&expanded, &expanded), (&both, &seed)] {
        let secret = kem.decapsulation_key(secret).unwrap();
        assert_eq!(*secret.secret(), *kept);
        assert_eq!(secret.encapsulation_key().public(), key.public());
        assert_eq!(secret.decapsulate(&encapsulated).unwrap(), shared);
    }

    let refused = |secret: &[u8]| kem.decapsulation_key(secret).err() == Some(Errno::InvalidKey);
    assert!(refused(&[&seed[..], &other].concat()));
    assert!(refused(&[&expanded[..], &seed].concat()));
    assert!(refused(&expanded[1..]) && refused(&both[1..]) && refused(&[&both[..], &[0]].concat()));
    let last = both.len() - 1;
    for at in [64, last - 64, last] {
        let mut altered = both.clone();
        altered[at] ^= 1;
        assert!(refused(&altered), "{at}");
    }
    // The public half, whose hash is there as well (FIPS 203, section 7.3), and the hash.
    for at in [768, 768 + 799, 768 + 800, 768 + 831] {
        let mut altered = expanded.clone();
        altered[at] ^= 1;
        assert!(refused(&altered), "{at}");
    }
    assert!(refused(&vec![0xff; expanded.len()]));
    // The same number, not reduced modulo 3329: two of twelve bits take three bytes, the first in the lower ones.
    let pair = (0..768).step_by(3).find(|&at| u16::from_le_bytes([expanded[at], expanded[at + 1] & 15]) < 4096 - 3329);
    let at = pair.expect("one of 256 is so small");
    let mut altered = expanded.clone();
    let number = u16::from_le_bytes([altered[at], altered[at + 1]]) + 3329;
    altered[at..at + 2].copy_from_slice(&number.to_le_bytes());
    assert_eq!(altered[at + 1] >> 4, expanded[at + 1] >> 4);
    assert!(refused(&altered));
}

#[test]
fn x_wing_refuses_a_point_of_low_order_when_asked_and_lives_without() {
    let kem = kem("X-WING");
    let key = kem.generate().unwrap();
    let mut public = key.encapsulation_key().public();
    public[1216 - 32..].fill(0);
    let public = kem.encapsulation_key(&public).unwrap();
    assert_eq!(public.check(), Err(Errno::InvalidKey));
    public.encapsulate().unwrap();

    let (shared, mut encapsulated) = key.encapsulation_key().encapsulate().unwrap();
    encapsulated[1120 - 32..].fill(0);
    assert_ne!(key.decapsulate(&encapsulated).unwrap(), shared);
}
