//! ML-KEM (FIPS 203). Secret keys are seeds; an expanded key beside a seed must match it.

use hostcrypt::backend::{DecapsulationKey, EncapsulationKey, Kem, KeyFormat, KeyMemory, PublicKey, Secret, SecretKey};
use hostcrypt::{Errno, Result};

use crate::ffi::expanded::{self, Expanded};
use crate::ffi::key::{self as library, Algorithm};
use crate::key::Pair;
use crate::{key, random};

pub(crate) const ML_KEM_768: Mechanism = Mechanism {
    name: "ML-KEM-768",
    format: KeyFormat::ML_KEM_768,
    algorithm: Algorithm::ML_KEM_768,
    expanded: expanded::ML_KEM_768,
    kem: library::Kem::ML_KEM_768,
    memory: KeyMemory { secret: 16 << 10, public: 8 << 10 },
};
pub(crate) const ML_KEM_1024: Mechanism = Mechanism {
    name: "ML-KEM-1024",
    format: KeyFormat::ML_KEM_1024,
    algorithm: Algorithm::ML_KEM_1024,
    expanded: expanded::ML_KEM_1024,
    kem: library::Kem::ML_KEM_1024,
    memory: KeyMemory { secret: 25 << 10, public: 12 << 10 },
};

/// A parameter set of the library's, under the interface's name.
pub(crate) struct Mechanism {
    name: &'static str,
    format: KeyFormat,
    algorithm: Algorithm,
    expanded: Expanded,
    kem: library::Kem,
    /// The matrix, expanded, is in either half.
    memory: KeyMemory,
}

/// An expanded key, with the seed that it was made of.
struct Key(Pair, library::Kem);

/// A public key.
struct Public(key::Public, library::Kem);

impl Kem for Mechanism {
    fn name(&self) -> &'static str {
        self.name
    }

    fn key_format(&self) -> KeyFormat {
        self.format
    }

    fn encapsulated_len(&self) -> usize {
        self.kem.encapsulated_len()
    }

    fn memory(&self) -> KeyMemory {
        self.memory
    }

    fn generate(&self) -> Result<Box<dyn DecapsulationKey>> {
        self.decapsulation_key(&random::secret(key::seed_len(self.format))?)
    }

    fn decapsulation_key(&self, secret: &[u8]) -> Result<Box<dyn DecapsulationKey>> {
        let seed = key::seed(self.format, self.expanded, secret)?;
        let key = self.algorithm.seed(seed).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(Pair::new(key, seed)?, self.kem)))
    }

    fn encapsulation_key(&self, public: &[u8]) -> Result<Box<dyn EncapsulationKey>> {
        Ok(Box::new(Public(key::Public::new(self.algorithm, public)?, self.kem)))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.0.secret.clone()
    }
}

impl DecapsulationKey for Key {
    fn encapsulation_key(&self) -> Box<dyn EncapsulationKey> {
        Box::new(Public(self.0.public.clone(), self.1))
    }

    fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret> {
        self.1.decapsulate(&self.0.key, encapsulated).map_err(|_| Errno::VerificationFailed)
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.encoded.clone()
    }

    fn check(&self) -> Result<()> {
        // Decoding refuses coefficients that are not reduced (section 7.2).
        Ok(())
    }
}

impl EncapsulationKey for Public {
    fn encapsulate(&self) -> Result<(Secret, Vec<u8>)> {
        self.1.encapsulate(&self.0.key).map_err(|_| Errno::AlgorithmFailure)
    }
}
