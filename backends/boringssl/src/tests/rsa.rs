//! RSA.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use boring::bn::{BigNum, BigNumContext, BigNumRef};
use boring::hash::MessageDigest;
use boring::pkey::{PKey, Private};
use boring::rsa::{Padding, Rsa};
use boring::sign::{RsaPssSaltlen, Signer};
use hostcrypt::Errno;
use hostcrypt::backend::{Interrupt, KeyFormat, PssHash, Signature, SignatureFormat, SignatureInput};

use super::{error, hex, input, signature};
use crate::BACKEND;

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
pub(super) fn key() -> &'static [u8] {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| pkcs1().generate(&Interrupt::default()).unwrap().secret().to_vec())
}

/// An element of DER with its tag and its length.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = match content.len() {
        len @ ..0x80 => vec![len as u8],
        len @ ..0x100 => vec![0x81, len as u8],
        len @ ..0x1_0000 => [&[0x82], &(len as u16).to_be_bytes()[..]].concat(),
        len => [&[0x84], &(len as u32).to_be_bytes()[..]].concat(),
    };
    [&[tag], &len[..], content].concat()
}

/// A sequence of natural numbers in DER.
fn sequence<T: AsRef<[u8]>>(numbers: &[T]) -> Vec<u8> {
    let numbers = numbers.iter().map(|number| {
        let number = number.as_ref();
        let zeros = number.iter().take_while(|&&byte| byte == 0).count().min(number.len() - 1);
        let sign: &[u8] = if number[zeros] >= 0x80 { &[0] } else { &[] };
        element(2, &[sign, &number[zeros..]].concat())
    });
    element(0x30, &numbers.collect::<Vec<_>>().concat())
}

fn public(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    sequence(&[modulus, exponent])
}

/// The numbers of a private key: the version, n, e, d, p, q, d mod p − 1, d mod q − 1, the inverse of q mod p.
fn numbers(key: &[u8]) -> Vec<Vec<u8>> {
    let key = Rsa::<Private>::private_key_from_der(key).unwrap();
    let parts: [&BigNumRef; 8] = [
        key.n(),
        key.e(),
        key.d(),
        key.p().unwrap(),
        key.q().unwrap(),
        key.dmp1().unwrap(),
        key.dmq1().unwrap(),
        key.iqmp().unwrap(),
    ];
    [vec![0]].into_iter().chain(parts.map(BigNumRef::to_vec)).collect()
}

/// A private key of two factors, prime or not.
fn of_factors(p: &BigNumRef, q: &BigNumRef, exponent: u32) -> Vec<u8> {
    let mut context = BigNumContext::new().unwrap();
    let (one, e) = (BigNum::from_u32(1).unwrap(), BigNum::from_u32(exponent).unwrap());
    let (before_p, before_q) = (p - &one, q - &one);
    let (mut d, mut dp, mut dq, mut inverse) =
        (BigNum::new().unwrap(), BigNum::new().unwrap(), BigNum::new().unwrap(), BigNum::new().unwrap());
    d.mod_inverse(&e, &(&before_p * &before_q), &mut context).unwrap();
    dp.nnmod(&d, &before_p, &mut context).unwrap();
    dq.nnmod(&d, &before_q, &mut context).unwrap();
    inverse.mod_inverse(q, p, &mut context).unwrap();
    let n = p * q;
    sequence(&[
        &[0][..],
        &n.to_vec(),
        &e.to_vec(),
        &d.to_vec(),
        &p.to_vec(),
        &q.to_vec(),
        &dp.to_vec(),
        &dq.to_vec(),
        &inverse.to_vec(),
    ])
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
fn keys_of_every_size_are_made_and_sign() {
    for name in ["RSA_PSS_3072_SHA384", "RSA_PKCS1_3072_SHA512"] {
        let scheme = signature(name);
        let key = scheme.generate(&Interrupt::default()).unwrap();
        let again = scheme.signing_key(&key.secret()).unwrap();
        let message = input(scheme, b"message");
        key.verifying_key().verify(&message, &again.sign(&message).unwrap()).unwrap();
    }
}

#[test]
fn the_exponent_of_a_fresh_key_is_65537() {
    assert_eq!(numbers(key())[2], [1, 0, 1]);
}

#[test]
fn a_salt_of_another_length_does_not_verify() {
    let scheme = signature("RSA_PSS_2048_SHA256");
    let public = scheme.signing_key(key()).unwrap().verifying_key();
    let key = PKey::from_rsa(Rsa::private_key_from_der(key()).unwrap()).unwrap();
    for len in [0, 20, 31, 32, 33] {
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::custom(len)).unwrap();
        signer.update(b"message").unwrap();
        let signed = signer.sign_to_vec().unwrap();
        let expected = if len == 32 { Ok(()) } else { Err(Errno::VerificationFailed) };
        assert_eq!(public.verify(&input(scheme, b"message"), &signed), expected, "{len}");
    }
}

#[test]
fn parts_that_do_not_belong_together_are_no_key() {
    let original = key();
    let parts = numbers(original);
    assert_eq!(sequence(&parts), original);
    assert_eq!(*pkcs1().signing_key(original).unwrap().secret(), *original);

    let huge = vec![0x7f; 60_000];
    let full = vec![0xff; 256];
    for at in 1..parts.len() {
        let mut altered = parts[at].clone();
        *altered.last_mut().unwrap() ^= 2;
        for part in [&altered, &huge, &full, &vec![0], &vec![1], &vec![2], &vec![3]] {
            let mut changed = parts.clone();
            changed[at].clone_from(part);
            assert_eq!(error(pkcs1().signing_key(&sequence(&changed))), Errno::InvalidKey, "{at} {part:?}");
        }
    }
    let (mut swapped, mut trivial) = (parts.clone(), parts.clone());
    swapped.swap(4, 5);
    trivial[4].clone_from(&parts[1]);
    trivial[5] = vec![1];
    for key in [swapped, trivial] {
        assert_eq!(error(pkcs1().signing_key(&sequence(&key))), Errno::InvalidKey);
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
fn a_modulus_that_is_prime_or_has_a_small_factor_fails_its_check() {
    let mut prime = BigNum::new().unwrap();
    prime.generate_prime(2048, false, None, None).unwrap();
    // The highest odd multiple of 2048 bits.
    let multiple = |factor: u32| {
        let mut top = BigNum::from_slice(&[0xff; 256]).unwrap();
        let rest = top.mod_word(factor).unwrap();
        top.sub_word(u32::try_from(rest).unwrap()).unwrap();
        if !top.is_odd() {
            top.sub_word(factor).unwrap();
        }
        top
    };
    for modulus in [prime, multiple(3), multiple(5), multiple(743), multiple(751)] {
        let key = pkcs1().verifying_key(&public(&modulus.to_vec(), &[1, 0, 1])).unwrap();
        assert_eq!(key.check(), Err(Errno::InvalidKey), "{modulus}");
    }
    for scheme in schemes().filter(|scheme| scheme.scheme().len == 256) {
        scheme.signing_key(key()).unwrap().verifying_key().check().unwrap();
    }
}

#[test]
fn a_private_key_may_have_the_least_exponent() {
    let exponent = BigNum::from_u32(3).unwrap();
    let der = Rsa::generate_with_e(2048, &exponent).unwrap().private_key_to_der().unwrap();
    let key = pkcs1().signing_key(&der).unwrap();
    let message = input(pkcs1(), b"message");
    key.verifying_key().verify(&message, &key.sign(&message).unwrap()).unwrap();
}

#[test]
fn a_factor_that_is_not_prime_makes_no_signature() {
    let prime = BigNum::from_slice(&numbers(key())[5]).unwrap();
    // 2¹⁰²⁴ − 1, which three divides.
    let composite = BigNum::from_slice(&[0xff; 128]).unwrap();
    let key = pkcs1().signing_key(&of_factors(&composite, &prime, 65_537)).unwrap();
    assert_eq!(key.sign(&input(pkcs1(), b"message")), Err(Errno::AlgorithmFailure));
}

#[test]
fn interrupted_work_ends() {
    let interrupt = Interrupt::default();
    interrupt.raise();
    for scheme in schemes() {
        assert_eq!(error(scheme.generate(&interrupt)), Errno::RngError);
    }

    // Keys until one is interrupted in the making.
    let interrupt = Interrupt::default();
    let (scheme, raised) = (signature("RSA_PKCS1_4096_SHA512"), interrupt.clone());
    let work = std::thread::spawn(move || while scheme.generate(&interrupt).is_ok() {});
    std::thread::sleep(Duration::from_millis(100));
    raised.raise();
    let start = Instant::now();
    work.join().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10));
}
