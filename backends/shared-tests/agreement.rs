//! X25519, and Diffie-Hellman over the NIST curves.

use hostcrypt::Errno;
use hostcrypt::backend::Agreement;

use super::{error, hex};
use crate::BACKEND;

fn agreement(name: &str) -> &'static dyn Agreement {
    *BACKEND.agreements.iter().find(|agreement| agreement.name() == name).unwrap()
}

#[test]
fn x25519_keeps_a_scalar_as_it_came() {
    assert_eq!(*agreement("X25519").secret_key(&[0xff; 32]).unwrap().secret(), [0xff; 32]);
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
fn the_nist_curves_take_both_forms_of_a_point_and_give_the_uncompressed_one() {
    for name in ["P256-SHA256", "P384-SHA384"] {
        let agreement = agreement(name);
        let [one, other] = [(), ()].map(|()| agreement.generate().unwrap());
        let shared = one.agree(&other.public_key().public()).unwrap();
        for (key, peer) in [(&one, &other), (&other, &one)] {
            let uncompressed = peer.public_key().public();
            let parity = 2 + (uncompressed[uncompressed.len() - 1] & 1);
            let compressed = [&[parity], &uncompressed[1..uncompressed.len() / 2 + 1]].concat();
            for public in [&uncompressed, &compressed] {
                assert_eq!(key.agree(public).unwrap(), shared, "{name}");
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
