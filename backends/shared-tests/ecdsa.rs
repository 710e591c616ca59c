//! ECDSA.

use hostcrypt::Errno;
use hostcrypt::backend::Signature;

use super::{error, hex, signature};

const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
pub(crate) const P256_SECRET: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const P256_X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const P256_Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

pub(crate) fn p256() -> &'static dyn Signature {
    signature("ECDSA_P256_SHA256")
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
