//! RSA.

use std::sync::OnceLock;

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

pub(crate) fn schemes() -> impl Iterator<Item = &'static dyn Signature> {
    BACKEND.signatures.iter().copied().filter(|signature| signature.scheme().name.starts_with("RSA_"))
}

pub(crate) fn pkcs1() -> &'static dyn Signature {
    signature("RSA_PKCS1_2048_SHA256")
}

/// A key of 2048 bits, made once.
pub(crate) fn key() -> &'static [u8] {
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
pub(crate) fn sequence<T: AsRef<[u8]>>(numbers: &[T]) -> Vec<u8> {
    let numbers = numbers.iter().map(|number| {
        let number = number.as_ref();
        let zeros = number.iter().take_while(|&&byte| byte == 0).count().min(number.len() - 1);
        let sign: &[u8] = if number[zeros] >= 0x80 { &[0] } else { &[] };
        element(2, &[sign, &number[zeros..]].concat())
    });
    element(0x30, &numbers.collect::<Vec<_>>().concat())
}

pub(crate) fn public(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    sequence(&[modulus, exponent])
}

/// The numbers of a private key: the version, n, e, d, p, q, d mod p − 1, d mod q − 1, the inverse of q mod p.
pub(crate) fn numbers(key: &[u8]) -> Vec<Vec<u8>> {
    let (mut numbers, mut rest) = (Vec::new(), &key[4..]);
    while let [2, len, ..] = *rest {
        let (header, len) = match len {
            ..=0x7f => (2, usize::from(len)),
            0x81 => (3, usize::from(rest[2])),
            _ => (4, usize::from(u16::from_be_bytes([rest[2], rest[3]]))),
        };
        let (number, after) = rest[header..].split_at(len);
        let sign = usize::from(len > 1 && number[0] == 0);
        numbers.push(number[sign..].to_vec());
        rest = after;
    }
    numbers
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
fn a_signature_of_one_scheme_verifies_in_no_other() {
    let schemes: Vec<_> = schemes().filter(|scheme| scheme.scheme().len == 256).collect();
    for signer in &schemes {
        let signed = signer.signing_key(key()).unwrap().sign(&input(*signer, b"message")).unwrap();
        for scheme in &schemes {
            let public = scheme.signing_key(key()).unwrap().verifying_key();
            let verified = public.verify(&input(*scheme, b"message"), &signed).is_ok();
            assert_eq!(verified, signer.scheme().name == scheme.scheme().name);
        }
    }
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
