//! ECDSA.

use hostcrypt::Errno;
use hostcrypt::backend::{Signature, SignatureFormat, SignatureInput};

use super::{digest, error, hex, signature};

const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const P256_SECRET: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const P256_X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const P256_Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

fn p256() -> &'static dyn Signature {
    signature("ECDSA_P256_SHA256")
}

#[test]
fn ecdsa_verifies_what_rfc_6979_signs_with_either_s() {
    // Appendix A.2.5, with SHA-256; of its s, the order less it.
    let key = p256().signing_key(&hex(P256_SECRET)).unwrap();
    let SignatureInput::Digest(hash) = p256().scheme().input else { panic!("signs a digest") };
    let digest = digest(hash, b"sample");
    assert_eq!(hash.name(), "SHA-256");
    assert_eq!(*key.secret(), hex(P256_SECRET));
    let r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
    for s in [
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9",
    ] {
        key.verifying_key().verify(&digest, &hex(&[r, s].concat())).unwrap();
        let swapped = hex(&[s, r].concat());
        assert_eq!(key.verifying_key().verify(&digest, &swapped), Err(Errno::VerificationFailed));
    }
    for none in [[0; 64], [0xff; 64]] {
        assert_eq!(key.verifying_key().verify(&digest, &none), Err(Errno::VerificationFailed));
    }
    assert_eq!(p256().scheme().format, SignatureFormat::Ecdsa);
}

#[test]
fn ecdsa_verifies_what_rfc_6979_signs_on_p_384() {
    // Appendix A.2.6, with SHA-384.
    let p384 = signature("ECDSA_P384_SHA384");
    let secret = "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5";
    let key = p384.signing_key(&hex(secret)).unwrap();
    let SignatureInput::Digest(hash) = p384.scheme().input else { panic!("signs a digest") };
    let signed = hex("
        94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46
        99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8");
    assert_eq!(hash.name(), "SHA-384");
    key.verifying_key().verify(&digest(hash, b"sample"), &signed).unwrap();
}

#[test]
fn ecdsa_signatures_are_randomised() {
    let key = p256().signing_key(&hex(P256_SECRET)).unwrap();
    let digest = digest(super::hash("SHA-256"), b"sample");
    let signatures: Vec<_> = (0..200).map(|_| key.sign(&digest).unwrap()).collect();
    for (at, signed) in signatures.iter().enumerate() {
        // Also where a number has leading zeros.
        assert_eq!(signed.len(), 64);
        key.verifying_key().verify(&digest, signed).unwrap();
        assert!(!signatures[..at].contains(signed));
    }
}

#[test]
fn ecdsa_takes_both_forms_of_a_point_and_gives_the_uncompressed_one() {
    let canonical = hex(&format!("04{P256_X}{P256_Y}"));
    assert_eq!(p256().signing_key(&hex(P256_SECRET)).unwrap().verifying_key().public(), canonical);
    for form in [format!("04{P256_X}{P256_Y}"), format!("03{P256_X}")] {
        let key = p256().verifying_key(&hex(&form)).unwrap();
        assert_eq!(key.public(), canonical);
        key.check().unwrap();
    }
}

#[test]
fn ecdsa_refuses_points_that_are_none() {
    let off_curve = format!("04{P256_X}{P256_X}");
    let compact = format!("05{P256_X}");
    let hybrid = format!("07{P256_X}{P256_Y}");
    let long = format!("04{P256_X}{P256_Y}00");
    for bytes in ["", "00", "02", "04", &off_curve, &compact, &hybrid, &long] {
        assert_eq!(error(p256().verifying_key(&hex(bytes))), Errno::InvalidKey, "{bytes}");
    }
}

#[test]
fn ecdsa_refuses_secrets_out_of_range_or_of_another_length() {
    let zero = "00".repeat(32);
    let short = &P256_SECRET[2..];
    let long = format!("00{P256_SECRET}");
    let highest = P256_ORDER.replace("632551", "632550");
    for bytes in ["", &zero, P256_ORDER, short, &long] {
        assert_eq!(error(p256().signing_key(&hex(bytes))), Errno::InvalidKey, "{bytes}");
    }
    p256().signing_key(&hex(&highest)).unwrap();
}
