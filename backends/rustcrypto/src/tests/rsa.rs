//! RSA.

use ::rsa::pkcs1::der::Decode;
use ::rsa::pkcs1::{EncodeRsaPrivateKey, RsaPrivateKeyRef};
use ::rsa::signature::hazmat::RandomizedPrehashSigner;
use ::rsa::{BoxedUint, PrivateKey, pss};
use getrandom::SysRng;
use getrandom::rand_core::TryRng;
use hostcrypt::Errno;
use hostcrypt::backend::Interrupt;
use sha2::Sha256;

use super::shared::rsa::{key, pkcs1, schemes};
use super::shared::{error, input, signature};
use crate::random::Interruptible;

#[test]
fn a_salt_of_another_length_does_not_verify() {
    let scheme = signature("RSA_PSS_2048_SHA256");
    let public = scheme.signing_key(key()).unwrap().verifying_key();
    let key = PrivateKey::try_from(RsaPrivateKeyRef::from_der(key()).unwrap()).unwrap();
    let message = input(scheme, b"message");
    for len in [0, 20, 31, 32, 33] {
        let signer = pss::SigningKey::<Sha256>::new_with_salt_len(key.clone(), len);
        let signed = signer.sign_prehash_with_rng(&mut SysRng, &message).unwrap();
        let expected = if len == 32 { Ok(()) } else { Err(Errno::VerificationFailed) };
        assert_eq!(public.verify(&message, &Box::<[u8]>::from(signed)), expected, "{len}");
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
