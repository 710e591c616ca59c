//! ECDSA.

use hostcrypt::Errno;
use hostcrypt::backend::{SignatureFormat, SignatureInput};

use super::shared::ecdsa::{P256_SECRET, p256};
use super::shared::{digest, hex, input};

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
fn ecdsa_signatures_are_randomised() {
    let key = p256().signing_key(&hex(P256_SECRET)).unwrap();
    let digest = input(p256(), b"sample");
    let signatures: Vec<_> = (0..200).map(|_| key.sign(&digest).unwrap()).collect();
    for (at, signed) in signatures.iter().enumerate() {
        // Also where a number has leading zeros.
        assert_eq!(signed.len(), 64);
        key.verifying_key().verify(&digest, signed).unwrap();
        assert!(!signatures[..at].contains(signed));
    }
}
