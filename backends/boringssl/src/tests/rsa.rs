//! RSA.

use std::time::{Duration, Instant};

use boring::bn::{BigNum, BigNumContext, BigNumRef};
use boring::hash::MessageDigest;
use boring::pkey::PKey;
use boring::rsa::{Padding, Rsa};
use boring::sign::{RsaPssSaltlen, Signer};
use hostcrypt::Errno;
use hostcrypt::backend::Interrupt;

use super::shared::rsa::{key, numbers, pkcs1, public, schemes, sequence};
use super::shared::{error, input, signature};

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
