//! ML-KEM and X-Wing.

use hostcrypt::Errno;
use hostcrypt::backend::{Kem, KeyFormat};

use super::{error, hex, sha256};
use crate::BACKEND;
use crate::ffi::expanded;

/// Parameter sets of ML-KEM, and the digests of the public keys in RFC 9935.
const SETS: [(&str, &str); 2] = [
    ("ML-KEM-768", "0b7934c83125c788995e2ba6bd761e33046b3e40571be53e023309a29f398cc9"),
    ("ML-KEM-1024", "c7b8fa0aa471d5ae18922d6ccad5b31e1d84f92ae723abfd13747018740a8530"),
];

fn kem(name: &str) -> &'static dyn Kem {
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
fn ml_kem_agrees_with_rfc_9935() {
    // Appendix C.1.
    let seed: Vec<u8> = (0..64).collect();
    for (name, digest) in SETS {
        let key = kem(name).decapsulation_key(&seed).unwrap();
        assert_eq!(sha256(&key.encapsulation_key().public()), hex(digest), "{name}");
        assert_eq!(*key.secret(), seed);
    }
}

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
fn ml_kem_refuses_coefficients_that_are_not_reduced() {
    for (name, rest) in [("ML-KEM-768", 32), ("ML-KEM-1024", 32), ("X-WING", 64)] {
        let kem = kem(name);
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

#[test]
fn x_wing_agrees_with_its_draft() {
    // Appendix C, the first vector; of the public key, its digest.
    let key = kem("X-WING")
        .decapsulation_key(&hex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"))
        .unwrap();
    let public = key.encapsulation_key().public();
    assert_eq!(sha256(&public), hex("2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb"));
    let shared = key.decapsulate(&hex(ENCAPSULATED)).unwrap();
    assert_eq!(*shared, hex("d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384"));
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

const ENCAPSULATED: &str = "
    b83aa828d4d62b9a83ceffe1d3d3bb1ef31264643c070c5798927e41fb07914a273f8f96e7826cd5375a283d7da88530
    4c5de0516a0f0654243dc5b97f8bfeb831f68251219aabdd723bc6512041acbaef8af44265524942b902e68ffd23221c
    da70b1b55d776a92d1143ea3a0c475f63ee6890157c7116dae3f62bf72f60acd2bb8cc31ce2ba0de364f52b8ed38c79d
    719715963a5dd3842d8e8b43ab704e4759b5327bf027c63c8fa857c4908d5a8a7b88ac7f2be394d93c3706ddd4e698cc
    6ce370101f4d0213254238b4a2e8821b6e414a1cf20f6c1244b699046f5a01caa0a1a55516300b40d2048c77cc73afba
    79afeea9d2c0118bdf2adb8870dc328c5516cc45b1a2058141039e2c90a110a9e16b318dfb53bd49a126d6b73f215787
    517b8917cc01cabd107d06859854ee8b4f9861c226d3764c87339ab16c3667d2f49384e55456dd40414b70a6af841585
    f4c90c68725d57704ee8ee7ce6e2f9be582dbee985e038ffc346ebfb4e22158b6c84374a9ab4a44e1f91de5aac5197f8
    9bc5e5442f51f9a5937b102ba3beaebf6e1c58380a4a5fedce4a4e5026f88f528f59ffd2db41752b3a3d90efabe46389
    9b7d40870c530c8841e8712b733668ed033adbfafb2d49d37a44d4064e5863eb0af0a08d47b3cc888373bc05f7a33b84
    1bc2587c57eb69554e8a3767b7506917b6b70498727f16eac1a36ec8d8cfaf751549f2277db277e8a55a9a5106b23a02
    06b4721fa9b3048552c5bd5b594d6e247f38c18c591aea7f56249c72ce7b117afcc3a8621582f9cf71787e183dee0936
    7976e98409ad9217a497df888042384d7707a6b78f5f7fb8409e3b535175373461b776002d799cbad62860be70573ecb
    e13b246e0da7e93a52168e0fb6a9756b895ef7f0147a0dc81bfa644b088a9228160c0f9acf1379a2941cd28c06ebc80e
    44e17aa2f8177010afd78a97ce0868d1629ebb294c5151812c583daeb88685220f4da9118112e07041fcc24d5564a99f
    dbde28869fe0722387d7a9a4d16e1cc8555917e09944aa5ebaaaec2cf62693afad42a3f518fce67d273cc6c9fb5472b3
    80e8573ec7de06a3ba2fd5f931d725b493026cb0acbd3fe62d00e4c790d965d7a03a3c0b4222ba8c2a9a16e2ac658f57
    2ae0e746eafc4feba023576f08942278a041fb82a70a595d5bacbf297ce2029898a71e5c3b0d1c6228b485b1ade509b3
    5fbca7eca97b2132e7cb6bc465375146b7dceac969308ac0c2ac89e7863eb8943015b24314cafb9c7c0e85fe543d5665
    8c213632599efabfc1ec49dd8c88547bb2cc40c9d38cbd3099b4547840560531d0188cd1e9c23a0ebee0a03d5577d66b
    1d2bcb4baaf21cc7fef1e03806ca96299df0dfbc56e1b2b43e4fc20c37f834c4af62127e7dae86c3c25a2f696ac8b589
    dec71d595bfbe94b5ed4bc07d800b330796fda89edb77be0294136139354eb8cd37591578f9c600dd9be8ec6219fdd50
    7adf3397ed4d68707b8d13b24ce4cd8fb22851bfe9d632407f31ed6f7cb1600de56f17576740ce2a32fc5145030145cf
    b97e63e0e41d354274a079d3e6fb2e15";
