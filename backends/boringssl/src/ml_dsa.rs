//! ML-DSA (FIPS 204), hedged, with an empty context. Secret keys are seeds; one that has its expanded key beside it is
//! held to that.

use hostcrypt::backend::{
    Interrupt, KeyFormat, KeyMemory, PublicKey, Secret, SecretKey, Signature, SignatureFormat, SignatureInput,
    SignatureScheme, SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};

use crate::ffi::expanded::{self, Expanded};
use crate::ffi::key::Algorithm;
use crate::key::Pair;
use crate::{key, message, random};

pub(crate) const ML_DSA_44: Scheme = Scheme {
    name: "ML-DSA-44",
    format: KeyFormat::ML_DSA_44,
    algorithm: Algorithm::ML_DSA_44,
    expanded: expanded::ML_DSA_44,
    signature_len: boring_sys::MLDSA44_SIGNATURE_BYTES as usize,
    memory: KeyMemory { secret: 22 << 10, public: 6 << 10 },
};
pub(crate) const ML_DSA_65: Scheme = Scheme {
    name: "ML-DSA-65",
    format: KeyFormat::ML_DSA_65,
    algorithm: Algorithm::ML_DSA_65,
    expanded: expanded::ML_DSA_65,
    signature_len: boring_sys::MLDSA65_SIGNATURE_BYTES as usize,
    memory: KeyMemory { secret: 32 << 10, public: 9 << 10 },
};
pub(crate) const ML_DSA_87: Scheme = Scheme {
    name: "ML-DSA-87",
    format: KeyFormat::ML_DSA_87,
    algorithm: Algorithm::ML_DSA_87,
    expanded: expanded::ML_DSA_87,
    signature_len: boring_sys::MLDSA87_SIGNATURE_BYTES as usize,
    memory: KeyMemory { secret: 43 << 10, public: 12 << 10 },
};

/// A parameter set of the library's, under the interface's name.
pub(crate) struct Scheme {
    name: &'static str,
    format: KeyFormat,
    algorithm: Algorithm,
    expanded: Expanded,
    signature_len: usize,
    /// Vectors, expanded.
    memory: KeyMemory,
}

/// An expanded key, with the seed that it was made of.
struct Key(Pair);

/// A public key.
struct Public(key::Public);

impl Signature for Scheme {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme {
            name: self.name,
            key_format: self.format,
            input: SignatureInput::Message,
            format: SignatureFormat::Raw,
            len: self.signature_len,
            slow_to_generate: false,
        }
    }

    fn memory(&self) -> KeyMemory {
        self.memory
    }

    fn generate(&self, _: &Interrupt) -> Result<Box<dyn SigningKey>> {
        self.signing_key(&random::secret(key::seed_len(self.format))?)
    }

    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
        let seed = key::seed(self.format, self.expanded, secret)?;
        let key = self.algorithm.seed(seed).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(Pair::new(key, seed)?)))
    }

    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        Ok(Box::new(Public(key::Public::new(self.algorithm, public)?)))
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
        // Every encoding is a key.
        Ok(())
    }
}

impl VerifyingKey for Public {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        message::verify(&self.0.key, input, signature)
    }
}
