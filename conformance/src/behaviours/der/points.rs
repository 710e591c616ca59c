//! Keys on curves, in `ECPrivateKey`.

use super::{
    BIT_STRING, INTEGER, NULL, SEQUENCE, WITHIN, bits, ec_private_key, is_invalid, is_read, p256, pkcs8, value,
};
use crate::{
    Guest,
    behaviours::encodings::{DER, P256, POINT, SCALAR, SEC},
    guest::{RAW, SIGNATURES, refuses},
    vectors::hex,
};

/// GnuTLS writes scalars as integers: half of those on P-256 have 33 bytes, some have 31.
pub(super) fn a_scalar_is_read_without_its_leading_zeros_and_with_more_of_them(guest: &mut Guest<'_>) {
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let identifier = value(SEQUENCE, &[hex("06072a8648ce3d0201"), p256()]);
    let named = value(WITHIN[0], &[p256()]);
    for len in [1, 20, 30, 31, 32] {
        let mut scalar = vec![0; 32];
        scalar[32 - len..].copy_from_slice(&hex(SCALAR)[..len]);
        let key = guest.import("secretkey", SIGNATURES, P256, &scalar, RAW).unwrap();
        let expected = guest.export("secretkey", key, DER).unwrap();
        for zeros in [0, 32 - len, 33 - len, 41 - len] {
            let written = &[&vec![0; zeros][..], &scalar[32 - len..]].concat();
            let what = format!("{len} bytes behind {zeros} zeros");
            let alone = ec_private_key(written, &named, &[]);
            is_read(guest, P256, &alone, &expected, &what);
            is_read(guest, P256, &pkcs8(0, &identifier, &ec_private_key(written, &[], &[]), &[]), &expected, &what);
            let read = guest.import("secretkey", SIGNATURES, P256, &alone, SEC).unwrap();
            assert_eq!(guest.export("secretkey", read, DER).unwrap(), expected, "{what}");
        }
        // Only the structure has a length of its own.
        let bare = &scalar[1..];
        for encoding in [RAW, SEC] {
            refuses!(guest.import("secretkey", SIGNATURES, P256, bare, encoding), InvalidKey);
        }
    }
    let with = |first: u8, rest: &[u8]| [&[first][..], rest].concat();
    let scalar = hex(SCALAR);
    for beyond in [order.clone(), with(0, &order), with(1, &scalar), vec![0xff; 32], vec![0; 32], vec![0], vec![]] {
        is_invalid(guest, P256, &ec_private_key(&beyond, &named, &[]), &format!("{beyond:x?}"));
    }
}

/// RFC 5915 wants parameters wherever nothing else names the curve.
pub(super) fn a_key_that_stands_alone_names_its_curve(guest: &mut Guest<'_>) {
    let (scalar, named) = (hex(SCALAR), value(WITHIN[0], &[p256()]));
    let nameless = ec_private_key(&scalar, &[], &[]);
    for encoding in [SEC, DER] {
        refuses!(guest.import("secretkey", SIGNATURES, P256, &nameless, encoding), InvalidKey, "{encoding}");
        guest.import("secretkey", SIGNATURES, P256, &ec_private_key(&scalar, &named, &[]), encoding).unwrap();
        for other in [hex("06052b81040022"), NULL.to_vec(), value(SEQUENCE, &[[INTEGER, 1, 1]])] {
            let key = ec_private_key(&scalar, &value(WITHIN[0], &[&other]), &[]);
            refuses!(guest.import("secretkey", SIGNATURES, P256, &key, encoding), InvalidKey, "{other:x?}");
        }
    }
    // A public half with bits that are none of a point, and what the structure does not have.
    for public in [bits(&hex(POINT)), value(BIT_STRING, &[&[0]]), value(BIT_STRING, &[&[1][..], &hex(POINT)])] {
        let key = ec_private_key(&scalar, &named, &value(WITHIN[1], &[&public]));
        let answer = guest.import("secretkey", SIGNATURES, P256, &key, DER);
        match public == bits(&hex(POINT)) {
            true => assert!(answer.is_ok()),
            false => refuses!(answer, InvalidKey, "{public:x?}"),
        }
    }
    is_invalid(guest, P256, &ec_private_key(&scalar, &named, &value(0xa2, &[NULL])), "a part that is not known");
}
