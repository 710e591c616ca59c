//! Ed25519.

use hostcrypt::Errno;

use super::shared::{error, hex, signature};

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
