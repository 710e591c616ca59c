//! `kx_*`.

use super::behaviours;
use crate::{
    Guest,
    guest::{KEY_EXCHANGE, RAW, SIGNATURES, refuses},
};

behaviours!("kx":
    two_sides_agree [needs kx_dh],
    keys_of_two_algorithms_are_incompatible [needs kx_dh],
    a_signature_key_does_not_agree [needs kx_dh],
    a_point_of_low_order_is_an_invalid_key [needs kx_dh],
);

fn generate(guest: &mut Guest<'_>, kind: i64, name: &str) -> (u32, u32) {
    let pair = guest.keypair_generate(kind, name, None).unwrap();
    (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap())
}

fn two_sides_agree(guest: &mut Guest<'_>) {
    for (name, len) in [("X25519", 32), ("P256-SHA256", 32), ("P384-SHA384", 48)] {
        if !guest.subject().serves(name) {
            continue;
        }
        let (one, other) = (generate(guest, KEY_EXCHANGE, name), generate(guest, KEY_EXCHANGE, name));
        let shared = guest.kx_dh(one.0, other.1).unwrap();
        assert_eq!(shared.len(), len, "{name}");
        assert_eq!(guest.kx_dh(other.0, one.1).unwrap(), shared, "{name}");
        assert_ne!(guest.kx_dh(one.0, one.1).unwrap(), shared, "{name}");
    }
}

fn keys_of_two_algorithms_are_incompatible(guest: &mut Guest<'_>) {
    let (agree, sign) = (generate(guest, KEY_EXCHANGE, "X25519"), generate(guest, SIGNATURES, "Ed25519"));
    refuses!(guest.kx_dh(agree.0, sign.1), IncompatibleKeys);
    refuses!(guest.kx_dh(sign.0, agree.1), IncompatibleKeys);
}

fn a_signature_key_does_not_agree(guest: &mut Guest<'_>) {
    let (public, secret) = generate(guest, SIGNATURES, "Ed25519");
    refuses!(guest.kx_dh(public, secret), InvalidOperation);
}

fn a_point_of_low_order_is_an_invalid_key(guest: &mut Guest<'_>) {
    let (_, secret) = generate(guest, KEY_EXCHANGE, "X25519");
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    // The prime itself, which is zero in another spelling.
    let mut prime = minus_one;
    prime[0] = 0xed;
    for point in [[0; 32], one, minus_one, prime] {
        let public = guest.import("publickey", KEY_EXCHANGE, "X25519", &point, RAW).unwrap();
        refuses!(guest.kx_dh(public, secret), InvalidKey, "{point:x?}");
        refuses!(guest.publickey_verify(public), InvalidKey, "{point:x?}");
    }
}
