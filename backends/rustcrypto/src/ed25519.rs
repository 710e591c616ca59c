//! Ed25519 (RFC 8032).

use ed25519_dalek::{Signer, Verifier};
use hostcrypt::backend::{
    Interrupt, KeyFormat, PublicKey, Secret, SecretKey, Signature, SignatureFormat, SignatureInput, SignatureScheme,
    SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};

use crate::random;

/// The scheme.
pub(crate) struct Ed25519;

/// A seed with its public half, which signing needs.
struct Key(ed25519_dalek::SigningKey);

/// A point, and the bytes that it was decoded from.
struct Public(ed25519_dalek::VerifyingKey);

impl Signature for Ed25519 {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme {
            name: "Ed25519",
            key_format: KeyFormat::ED25519,
            input: SignatureInput::Message,
            format: SignatureFormat::Raw,
            len: ed25519_dalek::SIGNATURE_LENGTH,
            slow_to_generate: false,
        }
    }

    fn generate(&self, _: &Interrupt) -> Result<Box<dyn SigningKey>> {
        self.signing_key(&*random::secret::<32>()?)
    }

    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
        let key = ed25519_dalek::SigningKey::try_from(secret).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(key)))
    }

    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        let key = ed25519_dalek::VerifyingKey::try_from(public).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Public(key)))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.0.as_bytes().to_vec().into()
    }
}

impl SigningKey for Key {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(Public(self.0.verifying_key()))
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        let signature = self.0.try_sign(input).map_err(|_| Errno::AlgorithmFailure)?;
        Ok(signature.to_bytes().to_vec())
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn check(&self) -> Result<()> {
        // The identity is free of torsion too, and weak.
        if self.0.is_weak() || !self.0.to_edwards().is_torsion_free() {
            return Err(Errno::InvalidKey);
        }
        Ok(())
    }
}

impl VerifyingKey for Public {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        // Cofactorless, as in most libraries; a non-canonical `S` or `R` does not verify.
        ed25519_dalek::Signature::from_slice(signature)
            .and_then(|signature| self.0.verify(input, &signature))
            .map_err(|_| Errno::VerificationFailed)
    }
}
