//! Ed25519.

use hostcrypt::Errno;
use hostcrypt::backend::Interrupt;

use super::shared::{hex, signature};

/// The multiples of a point of order 8, and each of them with the base point added.
const POINTS: [(&str, &str); 8] = [
    (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "5866666666666666666666666666666666666666666666666666666666666666",
    ),
    (
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819",
    ),
    (
        "0000000000000000000000000000000000000000000000000000000000000080",
        "9bad33f580df7ecc49df5342bac8145d5bedc40f573d1b067f3c4ce449689a15",
    ),
    (
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "da99e28ba529cdde35a25fba9059e78ecaee239f99755b9b1aa4f65df00803e2",
    ),
    (
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "9599999999999999999999999999999999999999999999999999999999999999",
    ),
    (
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "55ae61520ca466adcc4ae4a32dc1633a5d749c64a5b50f136fc3469f27e487e6",
    ),
    (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "5252cc0a7f208133b620acbd4537eba2a4123bf0a8c2e4f980c3b31bb69765ea",
    ),
    (
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "13661d745ad63221ca5da0456fa618713511dc60668aa464e55b09a20ff7fc1d",
    ),
];

#[test]
fn ed25519_takes_any_point_and_checks_its_order_only_when_asked() {
    let ed25519 = signature("Ed25519");
    let (small, full): (Vec<_>, Vec<_>) = POINTS.into_iter().unzip();
    // Zero and one, not reduced or with a sign that they do not have.
    let odd = [
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    for bytes in small.into_iter().chain(full).chain(odd) {
        let key = ed25519.verifying_key(&hex(bytes)).unwrap();
        assert_eq!(key.public(), hex(bytes));
        let expected = if bytes == POINTS[0].1 { Ok(()) } else { Err(Errno::InvalidKey) };
        assert_eq!(key.check(), expected, "{bytes}");
    }
    for _ in 0..20 {
        ed25519.generate(&Interrupt::default()).unwrap().verifying_key().check().unwrap();
    }
}

#[test]
fn ed25519_refuses_what_is_no_point() {
    // Of each coordinate from 0 to 63, whether there is such a point.
    const POINTS: u64 = 0xf7d9_1dab_7fad_c67b;
    for y in 0..64 {
        for sign in [0, 0x80] {
            let mut encoded = [0; 32];
            (encoded[0], encoded[31]) = (y, sign);
            let expected = if POINTS >> y & 1 == 1 { None } else { Some(Errno::InvalidKey) };
            assert_eq!(signature("Ed25519").verifying_key(&encoded).err(), expected, "{y}");
        }
    }
}
