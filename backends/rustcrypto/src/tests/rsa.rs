//! RSA.

use std::sync::OnceLock;

use ::rsa::pkcs1::der::{Decode, Encode, asn1::UintRef};
use ::rsa::pkcs1::{EncodeRsaPrivateKey, RsaPrivateKeyRef, RsaPublicKeyRef};
use ::rsa::signature::hazmat::RandomizedPrehashSigner;
use ::rsa::{BoxedUint, PrivateKey, pss};
use getrandom::SysRng;
use getrandom::rand_core::TryRng;
use hostcrypt::Errno;
use hostcrypt::backend::{Interrupt, KeyFormat, PssHash, Signature, SignatureFormat, SignatureInput};
use sha2::Sha256;

use super::{error, hex, input, signature};
use crate::BACKEND;
use crate::random::Interruptible;

const MODULUS: &str = "
    a2b451a07d0aa5f96e455671513550514a8a5b462ebef717094fa1fee82224e637f9746d3f7cafd31878d80325b6ef5a
    1700f65903b469429e89d6eac8845097b5ab393189db92512ed8a7711a1253facd20f79c15e8247f3d3e42e46e48c98e
    254a2fe9765313a03eff8f17e1a029397a1fa26a8dce26f490ed81299615d9814c22da610428e09c7d9658594266f5c0
    21d0fceca08d945a12be82de4d1ece6b4c03145b5d3495d4ed5411eb878daf05fd7afc3e09ada0f1126422f590975a19
    69816f48698bcbba1b4d9cae79d460d8f9f85e7975005d9bc22c4e5ac0f7c1a45d12569a62807d3b9a02e5a530e77306
    6f453d1f5b4c2e9cf7820283f742b9d5";

/// Signatures by its owner, of `Test`.
const PKCS1: &str = "
    264491e844c119f14e425c03282139a558dcdaeb82a4628173cd407fd319f9076eaebc0dd87a1c22e4d17839096886d5
    8a9d5b7f7aeb63efec56c45ac7bead4203b6886e1faa90e028ec0ae094d46bf3f97efdd19045cfbc25a1abda2432639f
    9876405c0d68f8edbf047c12a454f7681d5d5a2b54bd3723d193dbad4338baad753264006e2d08931c4b8bb79aa1c9ca
    d10eb6605f87c5831f6e2b08e002f9c6f21141f5841d92727dd3e1d99c36bc560da3c9067df99fcaf818941f72588be3
    3032bad22caf6704223bb114d575b6d02d9d222b580005d930e8f40cce9f672eebb634a20177d84351627964b83f2053
    d736a84ab1a005f63bd5ba943de6205c";
const PSS: &str = "
    401eb03cdb47ca88033e3030f6bdecbac8f5c8fc1dd6a13d23d379ed9a2b309891d13d74fea9d21d159b9e6d8f37efa2
    489962e24555f56dd434ff1d31ce4f9f5abd3f22cbea8b691d6a11e44efb83e2bca155e6a164325e0fde2a8865afd5c9
    f51161a9d615f62af7ec2e31b3e5ab649c164490d31d88cfae35b84aea7925690f929a144b6d2f48e8fb894a52deecd1
    b9a6496990c4ecf1588699a42cacd10c53af350514e4291ea9a058e77f101e32c1c0cefa61d945f7bc931f8bd19e7ba3
    169358a60e5a8b0123bc3199b9fdcafe8e519c41ba675491a27b85e44ef2d77277c10fe107293c8290186913bc9a99b6
    40d8da041b64f31eab1d35920985f4a5";

fn schemes() -> impl Iterator<Item = &'static dyn Signature> {
    BACKEND.signatures.iter().copied().filter(|signature| signature.scheme().name.starts_with("RSA_"))
}

fn pkcs1() -> &'static dyn Signature {
    signature("RSA_PKCS1_2048_SHA256")
}

/// A key of 2048 bits, made once.
fn key() -> &'static [u8] {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| pkcs1().generate(&Interrupt::default()).unwrap().secret().to_vec())
}

fn public(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let [modulus, public_exponent] = [modulus, exponent].map(|part| UintRef::new(part).unwrap());
    RsaPublicKeyRef { modulus, public_exponent }.to_der().unwrap()
}

#[test]
fn rsa_agrees_with_wycheproof() {
    for (name, signed) in [("RSA_PKCS1_2048_SHA256", PKCS1), ("RSA_PSS_2048_SHA256", PSS)] {
        let scheme = signature(name);
        let encoded = public(&hex(MODULUS), &[1, 0, 1]);
        let key = scheme.verifying_key(&encoded).unwrap();
        key.check().unwrap();
        assert_eq!(key.public(), encoded);
        key.verify(&input(scheme, b"Test"), &hex(signed)).unwrap();
        for (message, signed) in [("Test", PKCS1), ("Test", PSS), ("test", PKCS1), ("test", PSS)] {
            let verified = key.verify(&input(scheme, message.as_bytes()), &hex(signed));
            assert!(verified.is_ok() || verified == Err(Errno::VerificationFailed));
            assert_eq!(verified.is_ok(), message == "Test" && (signed == PSS) == name.contains("PSS"));
        }
    }
}

#[test]
fn schemes_are_what_their_names_say() {
    for scheme in schemes() {
        let [_, padding, bits, hash]: [&str; 4] =
            scheme.scheme().name.split('_').collect::<Vec<_>>().try_into().unwrap();
        let bits = bits.parse().unwrap();
        let pss = match (padding, hash) {
            ("PKCS1", _) => None,
            (_, "SHA256") => Some(PssHash::SHA256),
            (_, "SHA384") => Some(PssHash::SHA384),
            (_, _) => Some(PssHash::SHA512),
        };
        let SignatureInput::Digest(function) = scheme.scheme().input else { panic!("signs a digest") };
        assert_eq!(function.name().replace('-', ""), hash);
        assert_eq!(scheme.scheme().key_format, KeyFormat::Rsa { bits, pss });
        assert_eq!(scheme.scheme().len, bits / 8);
        assert_eq!(scheme.scheme().format, SignatureFormat::Raw);
        assert!(scheme.scheme().slow_to_generate);
    }
    assert_eq!(schemes().count(), 12);
}

#[test]
fn a_key_signs_in_every_scheme_of_its_size_and_in_no_other() {
    for scheme in schemes() {
        if scheme.scheme().len != 256 {
            assert_eq!(error(scheme.signing_key(key())), Errno::InvalidKey);
            assert_eq!(error(scheme.verifying_key(&public(&hex(MODULUS), &[3]))), Errno::InvalidKey);
            continue;
        }
        let key = scheme.signing_key(key()).unwrap();
        let [message, altered] = [b"message", b"Message"].map(|message| input(scheme, message));
        let signed = key.sign(&message).unwrap();
        assert_eq!(signed.len(), scheme.scheme().len);
        // The salt is fresh.
        assert_eq!(key.sign(&message).unwrap() == signed, scheme.scheme().name.contains("PKCS1"));

        let encoded = key.verifying_key().public();
        let public = scheme.verifying_key(&encoded).unwrap();
        assert_eq!(public.public(), encoded);
        public.verify(&message, &signed).unwrap();
        key.verifying_key().verify(&message, &signed).unwrap();
        let mut beyond = vec![0xff; 256];
        for (input, signed) in
            [(&altered, &signed), (&message, &signed[1..].to_vec()), (&message, &vec![0; 256]), (&message, &beyond)]
        {
            assert_eq!(public.verify(input, signed), Err(Errno::VerificationFailed));
        }
        beyond.clone_from(&signed);
        beyond[255] ^= 1;
        assert_eq!(public.verify(&message, &beyond), Err(Errno::VerificationFailed));

        // A digest of another function.
        assert_eq!(key.sign(&message[1..]), Err(Errno::AlgorithmFailure));
        assert_eq!(public.verify(&message[1..], &signed), Err(Errno::VerificationFailed));
    }
}

#[test]
fn a_salt_of_another_length_does_not_verify() {
    let scheme = signature("RSA_PSS_2048_SHA256");
    let key = PrivateKey::try_from(RsaPrivateKeyRef::from_der(key()).unwrap()).unwrap();
    let public = scheme.signing_key(self::key()).unwrap().verifying_key();
    let message = input(scheme, b"message");
    for len in [0, 20, 31, 32, 33] {
        let signer = pss::SigningKey::<Sha256>::new_with_salt_len(key.clone(), len);
        let signed = signer.sign_prehash_with_rng(&mut SysRng, &message).unwrap();
        let expected = if len == 32 { Ok(()) } else { Err(Errno::VerificationFailed) };
        assert_eq!(public.verify(&message, &Box::<[u8]>::from(signed)), expected, "{len}");
    }
}

#[test]
fn parts_that_do_not_belong_together_are_no_key() {
    let original = key();
    let parts = RsaPrivateKeyRef::from_der(original).unwrap();
    assert_eq!(*pkcs1().signing_key(original).unwrap().secret(), *original);

    let huge = vec![0x7f; 60_000];
    let full = vec![0xff; 256];
    let own = [
        parts.modulus,
        parts.public_exponent,
        parts.private_exponent,
        parts.prime1,
        parts.prime2,
        parts.exponent1,
        parts.exponent2,
        parts.coefficient,
    ];
    for (at, part) in own.iter().enumerate() {
        let mut altered = part.as_bytes().to_vec();
        *altered.last_mut().unwrap() ^= 2;
        for part in [&altered, &huge, &full, &vec![0], &vec![1], &vec![2], &vec![3]] {
            let part = UintRef::new(part).unwrap();
            let mut key = parts.clone();
            match at {
                0 => key.modulus = part,
                1 => key.public_exponent = part,
                2 => key.private_exponent = part,
                3 => key.prime1 = part,
                4 => key.prime2 = part,
                5 => key.exponent1 = part,
                6 => key.exponent2 = part,
                _ => key.coefficient = part,
            }
            let changed = key.to_der().unwrap();
            assert_eq!(error(pkcs1().signing_key(&changed)), Errno::InvalidKey, "{at} {part:?}");
        }
    }
    let (mut swapped, mut trivial) = (parts.clone(), parts.clone());
    (swapped.prime1, swapped.prime2) = (parts.prime2, parts.prime1);
    (trivial.prime1, trivial.prime2) = (parts.modulus, UintRef::new(&[1]).unwrap());
    for key in [swapped, trivial] {
        assert_eq!(error(pkcs1().signing_key(&key.to_der().unwrap())), Errno::InvalidKey);
    }
}

#[test]
fn only_der_is_read() {
    let secret = key();
    let public = pkcs1().signing_key(secret).unwrap().verifying_key().public();
    let trailing = |der: &[u8]| [der, &[0]].concat();
    let truncated = |der: &[u8]| der[..der.len() - 1].to_vec();
    // `30 82 xx xx` as `30 83 00 xx xx`, and the same of the modulus with a zero too many before it.
    let long = |der: &[u8]| [&[0x30, 0x83, 0], &der[2..]].concat();
    let padded = |der: &[u8]| {
        let at = der.windows(4).position(|window| window == [2, 0x82, 1, 1]).unwrap();
        let len = (u16::from_be_bytes([der[2], der[3]]) + 1).to_be_bytes();
        [&[0x30, 0x82], &len[..], &der[4..at], &[2, 0x82, 1, 2, 0], &der[at + 4..]].concat()
    };
    for broken in [trailing, truncated, long, padded] as [fn(&[u8]) -> Vec<u8>; 4] {
        assert_eq!(error(pkcs1().signing_key(&broken(secret))), Errno::InvalidKey);
        assert_eq!(error(pkcs1().verifying_key(&broken(&public))), Errno::InvalidKey);
    }
    for der in [&[][..], &[0x30, 0], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &public] {
        assert_eq!(error(pkcs1().signing_key(der)), Errno::InvalidKey);
    }
    assert_eq!(error(pkcs1().verifying_key(secret)), Errno::InvalidKey);
    // The version of keys with more primes, without them.
    let mut version = secret.to_vec();
    assert_eq!(version[4..7], [2, 1, 0]);
    version[6] = 1;
    assert_eq!(error(pkcs1().signing_key(&version)), Errno::InvalidKey);
}

#[test]
fn absurd_public_keys_are_none() {
    let modulus = hex(MODULUS);
    for exponent in [3_u64, 5, 65_537, (1 << 33) - 1] {
        let encoded = public(&modulus, &exponent.to_be_bytes());
        pkcs1().verifying_key(&encoded).unwrap().check().unwrap();
    }
    for exponent in [0_u64, 1, 2, 65_536, 1 << 33, (1 << 33) + 1, u64::MAX] {
        let encoded = public(&modulus, &exponent.to_be_bytes());
        assert_eq!(error(pkcs1().verifying_key(&encoded)), Errno::InvalidKey, "{exponent}");
    }
    let even = [&modulus[..255], &[0xd4]].concat();
    let short = [&[0x7f], &modulus[1..]].concat();
    let long = [&[1], &modulus[..]].concat();
    let huge = vec![0xff; 65_000];
    for (modulus, exponent) in
        [(&even, &vec![3]), (&short, &vec![3]), (&long, &vec![3]), (&huge, &vec![3]), (&modulus, &huge), (&huge, &huge)]
    {
        assert_eq!(error(pkcs1().verifying_key(&public(modulus, exponent))), Errno::InvalidKey);
    }
}

#[test]
fn a_private_key_may_have_the_least_exponent() {
    let key = PrivateKey::new_with_exp(&mut SysRng, 2048, BoxedUint::from(3_u64)).unwrap();
    let der = key.to_pkcs1_der().unwrap();
    let key = pkcs1().signing_key(der.as_bytes()).unwrap();
    let message = input(pkcs1(), b"message");
    key.verifying_key().verify(&message, &key.sign(&message).unwrap()).unwrap();
}

#[test]
fn a_factor_that_is_not_prime_makes_no_signature() {
    let prime = RsaPrivateKeyRef::from_der(key()).unwrap().prime2;
    let prime = BoxedUint::from_be_slice(prime.as_bytes(), 1024).unwrap();
    // 2¹⁰²⁴ − 1, which three divides.
    let composite = BoxedUint::from_be_slice(&[0xff; 128], 1024).unwrap();
    let key = PrivateKey::from_p_q(composite, prime, BoxedUint::from(65_537_u64)).unwrap();
    let key = pkcs1().signing_key(key.to_pkcs1_der().unwrap().as_bytes()).unwrap();
    assert_eq!(key.sign(&input(pkcs1(), b"message")), Err(Errno::AlgorithmFailure));
}

#[test]
fn interrupted_work_ends_at_its_next_draw() {
    let interrupt = Interrupt::default();
    let mut random = Interruptible(&interrupt);
    let mut bytes = [0; 32];
    random.try_fill_bytes(&mut bytes).unwrap();
    assert_ne!(bytes, [0; 32]);
    assert_ne!([random.try_next_u64(), random.try_next_u32().map(u64::from)], [Ok(0), Ok(0)]);
    interrupt.raise();
    assert_eq!(random.try_fill_bytes(&mut bytes), Err(Errno::RngError));
    assert_eq!(random.try_next_u32(), Err(Errno::RngError));
    assert_eq!(random.try_next_u64(), Err(Errno::RngError));
    for scheme in schemes() {
        assert_eq!(error(scheme.generate(&interrupt)), Errno::RngError);
    }
}
