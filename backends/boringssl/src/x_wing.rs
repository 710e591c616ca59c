//! X-Wing, which is X25519 beside ML-KEM-768 (draft-connolly-cfrg-xwing-kem).

use hostcrypt::backend::{DecapsulationKey, EncapsulationKey, Kem, KeyFormat, KeyMemory, PublicKey, Secret, SecretKey};
use hostcrypt::{Errno, Result};

use crate::ffi::key::{self as library, Algorithm};
use crate::key::Pair;
use crate::{key, random, x25519};

/// The mechanism.
pub(crate) struct XWing;

/// A key, with the seed that it was made of.
struct Key(Pair);

/// A public key.
struct Public(key::Public);

/// The half of a public key that is ML-KEM's, and the one that is X25519's.
fn halves(public: &[u8]) -> Result<(&[u8], &[u8])> {
    let ml_kem = public.len().checked_sub(32).ok_or(Errno::InvalidKey)?;
    public.split_at_checked(ml_kem).ok_or(Errno::InvalidKey)
}

impl Kem for XWing {
    fn name(&self) -> &'static str {
        "X-WING"
    }

    fn key_format(&self) -> KeyFormat {
        KeyFormat::X_WING
    }

    fn encapsulated_len(&self) -> usize {
        library::Kem::X_WING.encapsulated_len()
    }

    fn memory(&self) -> KeyMemory {
        KeyMemory { secret: 20 << 10, public: 11 << 10 }
    }

    fn generate(&self) -> Result<Box<dyn DecapsulationKey>> {
        self.decapsulation_key(&random::secret(key::seed_len(self.key_format()))?)
    }

    fn decapsulation_key(&self, secret: &[u8]) -> Result<Box<dyn DecapsulationKey>> {
        let key = Algorithm::X_WING.seed(secret).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(Pair::new(key, secret)?)))
    }

    fn encapsulation_key(&self, public: &[u8]) -> Result<Box<dyn EncapsulationKey>> {
        // The library looks at the coefficients no sooner than it encapsulates.
        Algorithm::ML_KEM_768.public(halves(public)?.0).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Public(key::Public::new(Algorithm::X_WING, public)?)))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.0.secret.clone()
    }
}

impl DecapsulationKey for Key {
    fn encapsulation_key(&self) -> Box<dyn EncapsulationKey> {
        Box::new(Public(self.0.public.clone()))
    }

    fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret> {
        // The library refuses a point of low order, which the draft has no rule for.
        library::Kem::X_WING.decapsulate(&self.0.key, encapsulated).map_err(|_| Errno::VerificationFailed)
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.encoded.clone()
    }

    fn check(&self) -> Result<()> {
        // ML-KEM's half was checked when it was decoded.
        x25519::check(halves(&self.0.encoded)?.1)
    }
}

impl EncapsulationKey for Public {
    fn encapsulate(&self) -> Result<(Secret, Vec<u8>)> {
        // Nothing fails but X25519 with a point of low order.
        library::Kem::X_WING.encapsulate(&self.0.key).map_err(|_| Errno::InvalidKey)
    }
}
