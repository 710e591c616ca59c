//! X25519, and Diffie-Hellman over the NIST curves.

use hostcrypt::Errno;
use hostcrypt::backend::Agreement;

use super::{error, hex};
use crate::BACKEND;

fn agreement(name: &str) -> &'static dyn Agreement {
    *BACKEND.agreements.iter().find(|agreement| agreement.name() == name).unwrap()
}

#[test]
fn x25519_agrees_with_rfc_7748() {
    // Section 6.1; neither scalar is clamped.
    let alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    let alice_public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
    let bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    let bob_public = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
    let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    for (secret, public, theirs) in [(alice, alice_public, bob_public), (bob, bob_public, alice_public)] {
        let key = agreement("X25519").secret_key(&hex(secret)).unwrap();
        assert_eq!(*key.secret(), hex(secret));
        assert_eq!(key.public_key().public(), hex(public));
        assert_eq!(*key.agree(&hex(theirs)).unwrap(), shared);
    }
}

#[test]
fn x25519_takes_any_coordinate_and_refuses_low_order_at_use_and_when_asked() {
    let x25519 = agreement("X25519");
    let key = x25519.generate().unwrap();
    for low in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // Zero and one, not reduced.
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // Zero and one, with the bit that is to be ignored.
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
    ] {
        let public = x25519.public_key(&hex(low)).unwrap();
        assert_eq!(public.public(), hex(low));
        assert_eq!(public.check(), Err(Errno::InvalidKey), "{low}");
        assert_eq!(error(key.agree(&hex(low))), Errno::InvalidKey, "{low}");
    }
    key.public_key().check().unwrap();
    // On the twist, of high order.
    x25519.public_key(&hex(&format!("02{}", "00".repeat(31)))).unwrap().check().unwrap();
}

#[test]
fn the_nist_curves_agree_with_rfc_5903() {
    // Sections 8.1 and 8.2; the shared secret is the X coordinate alone.
    let cases = [
        (
            "P256-SHA256",
            "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
            "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
            "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
        ),
        (
            "P384-SHA384",
            "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
            "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
            "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746",
        ),
    ];
    for (name, one, other, shared) in cases {
        let agreement = agreement(name);
        let [one, other] = [one, other].map(|secret| agreement.secret_key(&hex(secret)).unwrap());
        for (key, peer) in [(&one, &other), (&other, &one)] {
            let uncompressed = peer.public_key().public();
            let parity = 2 + (uncompressed[uncompressed.len() - 1] & 1);
            let compressed = [&[parity], &uncompressed[1..uncompressed.len() / 2 + 1]].concat();
            for public in [&uncompressed, &compressed] {
                assert_eq!(*key.agree(public).unwrap(), hex(shared), "{name}");
                assert_eq!(agreement.public_key(public).unwrap().public(), uncompressed);
            }
        }
    }
}

#[test]
fn points_and_scalars_that_are_none_are_refused() {
    for name in ["P256-SHA256", "P384-SHA384"] {
        let agreement = agreement(name);
        let key = agreement.generate().unwrap();
        let public = key.public_key().public();
        let mut off_curve = public.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        let hybrid = [&[6 + (public[public.len() - 1] & 1)], &public[1..]].concat();
        let compact = [&[5], &public[1..public.len() / 2 + 1]].concat();
        for point in [&off_curve, &hybrid, &compact, &vec![0], &vec![], &[&public[..], &[0]].concat()] {
            assert_eq!(error(agreement.public_key(point)), Errno::InvalidKey, "{name} {point:x?}");
            assert_eq!(error(key.agree(point)), Errno::InvalidKey, "{name} {point:x?}");
        }
        let len = key.secret().len();
        for scalar in [vec![0; len], vec![0xff; len], [&[0], &key.secret()[..]].concat()] {
            assert_eq!(error(agreement.secret_key(&scalar)), Errno::InvalidKey, "{name} {scalar:x?}");
        }
    }
}

#[test]
fn fresh_keys_agree_and_keys_of_another_length_are_refused() {
    for agreement in BACKEND.agreements {
        let (one, other) = (agreement.generate().unwrap(), agreement.generate().unwrap());
        assert_ne!(one.secret(), other.secret());
        let shared = one.agree(&other.public_key().public()).unwrap();
        assert_eq!(other.agree(&one.public_key().public()).unwrap(), shared);
        for len in [0, 31, 33] {
            assert_eq!(error(agreement.secret_key(&vec![1; len])), Errno::InvalidKey);
            assert_eq!(error(agreement.public_key(&vec![9; len])), Errno::InvalidKey);
            assert_eq!(error(one.agree(&vec![9; len])), Errno::InvalidKey);
        }
    }
}
