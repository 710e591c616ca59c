//! Ed25519 (RFC 8032).

use hostcrypt::backend::{
    Interrupt, KeyFormat, PublicKey, Secret, SecretKey, Signature, SignatureFormat, SignatureInput, SignatureScheme,
    SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};

use crate::ffi::key::Algorithm;
use crate::key::Pair;
use crate::{edwards25519, key, message, random};

/// The scheme.
pub(crate) struct Ed25519;

/// A seed with its public half, which signing needs.
struct Key(Pair);

/// A point, as the bytes that it came in.
struct Public(key::Public);

impl Signature for Ed25519 {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme {
            name: "Ed25519",
            key_format: KeyFormat::ED25519,
            input: SignatureInput::Message,
            format: SignatureFormat::Raw,
            len: boring_sys::ED25519_SIGNATURE_LEN as usize,
            slow_to_generate: false,
        }
    }

    fn generate(&self, _: &Interrupt) -> Result<Box<dyn SigningKey>> {
        self.signing_key(&random::secret(32)?)
    }

    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
        let key = Algorithm::ED25519.secret(secret).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(Pair::new(key, secret)?)))
    }

    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        // The library decodes a point no sooner than it verifies.
        if !edwards25519::is_point(public) {
            return Err(Errno::InvalidKey);
        }
        Ok(Box::new(Public(key::Public::new(Algorithm::ED25519, public)?)))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.0.secret.clone()
    }
}

impl SigningKey for Key {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(Public(self.0.public.clone()))
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        message::sign(&self.0.key, input)
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.encoded.clone()
    }

    fn check(&self) -> Result<()> {
        if edwards25519::is_of_prime_order(&self.0.encoded) { Ok(()) } else { Err(Errno::InvalidKey) }
    }
}

impl VerifyingKey for Public {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        // Cofactorless, as in most libraries; a non-canonical `S` or `R` does not verify.
        message::verify(&self.0.key, input, signature)
    }
}
