//! Ed25519.

use hostcrypt::Errno;
use hostcrypt::backend::{SignatureFormat, SignatureInput};

use super::{error, hex, signature};

#[test]
fn ed25519_agrees_with_rfc_8032() {
    // Section 7.1, test 3.
    let public = hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    let expected = hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    let ed25519 = signature("Ed25519");
    let secret = hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    let key = ed25519.signing_key(&secret).unwrap();
    assert_eq!(*key.secret(), secret);
    assert_eq!(key.verifying_key().public(), public);
    assert_eq!(key.sign(&[0xaf, 0x82]).unwrap(), expected);
    let key = ed25519.verifying_key(&public).unwrap();
    key.check().unwrap();
    key.verify(&[0xaf, 0x82], &expected).unwrap();
    assert!(matches!(ed25519.scheme().input, SignatureInput::Message));
    assert_eq!(ed25519.scheme().format, SignatureFormat::Raw);
}

#[test]
fn ed25519_refuses_a_scalar_that_is_not_reduced() {
    // The signature of RFC 8032, section 7.1, test 1, and the same with the order of the group added to `S`.
    let key = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let key = signature("Ed25519").verifying_key(&key).unwrap();
    let r = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155";
    let s = "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    let s_plus_l = "4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b";
    key.verify(b"", &hex(&format!("{r}{s}"))).unwrap();
    assert_eq!(key.verify(b"", &hex(&format!("{r}{s_plus_l}"))), Err(Errno::VerificationFailed));
}

#[test]
fn ed25519_takes_any_point_and_checks_its_order_only_when_asked() {
    let ed25519 = signature("Ed25519");
    let identity = "0100000000000000000000000000000000000000000000000000000000000000";
    let order_2 = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let order_4 = "0000000000000000000000000000000000000000000000000000000000000000";
    let order_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    // The identity, not reduced.
    let identity_plus_p = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    // The base point, and its sum with the point of order 2.
    let prime_order = "5866666666666666666666666666666666666666666666666666666666666666";
    let mixed_order = "9599999999999999999999999999999999999999999999999999999999999999";
    for bytes in [identity, order_2, order_4, order_8, identity_plus_p, prime_order, mixed_order] {
        let key = ed25519.verifying_key(&hex(bytes)).unwrap();
        assert_eq!(key.public(), hex(bytes));
        let expected = if bytes == prime_order { Ok(()) } else { Err(Errno::InvalidKey) };
        assert_eq!(key.check(), expected, "{bytes}");
    }
    let off_curve = hex("0200000000000000000000000000000000000000000000000000000000000000");
    assert_eq!(error(ed25519.verifying_key(&off_curve)), Errno::InvalidKey);
}
