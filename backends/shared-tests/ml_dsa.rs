//! ML-DSA.

use hostcrypt::Errno;

use super::{error, signature};

#[test]
fn signatures_are_hedged() {
    let key = signature("ML-DSA-44").signing_key(&[7; 32]).unwrap();
    assert_ne!(key.sign(b"message").unwrap(), key.sign(b"message").unwrap());
    key.verifying_key().verify(&[], &key.sign(&[]).unwrap()).unwrap();
}

#[test]
fn any_octets_of_the_right_length_are_a_public_key() {
    for name in ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] {
        let scheme = signature(name);
        let len = scheme.scheme().key_format.raw_public_len().unwrap();
        for public in [vec![0; len], vec![0xff; len]] {
            let key = scheme.verifying_key(&public).unwrap();
            key.check().unwrap();
            assert_eq!(key.public(), public);
            for signed in [vec![0; scheme.scheme().len], vec![0xff; scheme.scheme().len]] {
                assert_eq!(key.verify(b"message", &signed), Err(Errno::VerificationFailed));
            }
        }
        assert_eq!(error(scheme.verifying_key(&vec![0; len - 1])), Errno::InvalidKey);
        assert_eq!(error(scheme.verifying_key(&vec![0; len + 1])), Errno::InvalidKey);
    }
}
