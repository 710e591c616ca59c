//! ECDSA over P-256 with SHA-256, its signatures deterministic (RFC 6979).

use hostcrypt::backend::{
    KeyFormat, PublicKey, Secret, SecretKey, Signature, SignatureFormat, SignatureInput, SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};
use p256::FieldBytes;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use zeroize::Zeroizing;

use crate::{hash, random};

/// How often a secret is drawn before the generator is held to be broken: one draw in 2³² misses the range.
const DRAWS: usize = 8;

/// The scheme.
pub(crate) struct EcdsaP256Sha256;

/// A scalar with its public half.
struct Key(p256::ecdsa::SigningKey);

/// A point.
struct Public(p256::ecdsa::VerifyingKey);

/// The key of 32 bytes, if they are a scalar from 1 to the order of the group, exclusive.
fn key(secret: &[u8]) -> Result<Key> {
    // The library's reading of a slice also takes short ones.
    let secret: &FieldBytes = secret.try_into().map_err(|_| Errno::InvalidKey)?;
    p256::ecdsa::SigningKey::from_bytes(secret).map(Key).map_err(|_| Errno::InvalidKey)
}

impl Signature for EcdsaP256Sha256 {
    fn name(&self) -> &'static str {
        "ECDSA_P256_SHA256"
    }

    fn key_format(&self) -> KeyFormat {
        KeyFormat::P256
    }

    fn input(&self) -> SignatureInput {
        SignatureInput::Digest(&hash::SHA256)
    }

    fn signature_format(&self) -> SignatureFormat {
        SignatureFormat::Ecdsa
    }

    fn signature_len(&self) -> usize {
        64
    }

    fn generate(&self) -> Result<Box<dyn SigningKey>> {
        for _ in 0..DRAWS {
            if let Ok(key) = key(&*random::secret()?) {
                return Ok(Box::new(key));
            }
        }
        Err(Errno::RngError)
    }

    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
        Ok(Box::new(key(secret)?))
    }

    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        // The library also takes a compact form, which SEC 1 does not have.
        if !matches!(public, [2..=4, ..]) {
            return Err(Errno::InvalidKey);
        }
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(public).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Public(key)))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        Zeroizing::new(self.0.to_bytes()).to_vec().into()
    }
}

impl SigningKey for Key {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(Public(*self.0.verifying_key()))
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        let signature: p256::ecdsa::Signature = self.0.sign_prehash(input).map_err(|_| Errno::AlgorithmFailure)?;
        Ok(signature.to_bytes().to_vec())
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.to_sec1_point(false).as_bytes().to_vec()
    }

    fn check(&self) -> Result<()> {
        // The curve has prime order, and decoding refuses the identity.
        Ok(())
    }
}

impl VerifyingKey for Public {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        p256::ecdsa::Signature::from_slice(signature)
            .and_then(|signature| self.0.verify_prehash(input, &signature))
            .map_err(|_| Errno::VerificationFailed)
    }
}
