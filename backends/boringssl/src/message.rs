//! Signatures of messages, by schemes that make no digest of their own choosing.

use boring::pkey::{PKeyRef, Private, Public};
use boring::sign::{Signer, Verifier};
use hostcrypt::{Errno, Result};

/// Signs a message.
pub(crate) fn sign(key: &PKeyRef<Private>, message: &[u8]) -> Result<Vec<u8>> {
    Signer::new_without_digest(key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(message))
        .map_err(|_| Errno::AlgorithmFailure)
}

/// Verifies the signature of a message.
pub(crate) fn verify(key: &PKeyRef<Public>, message: &[u8], signature: &[u8]) -> Result<()> {
    match Verifier::new_without_digest(key).and_then(|mut verifier| verifier.verify_oneshot(signature, message)) {
        Ok(true) => Ok(()),
        _ => Err(Errno::VerificationFailed),
    }
}
