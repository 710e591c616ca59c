//! X-Wing, which is X25519 beside ML-KEM-768 (draft-connolly-cfrg-xwing-kem).

use ::x_wing::{Decapsulate, Decapsulator, KeyExport, TryKeyInit};
use hostcrypt::backend::{DecapsulationKey, EncapsulationKey, Kem, KeyFormat, KeyMemory, PublicKey, Secret, SecretKey};
use hostcrypt::{Errno, Result};
use zeroize::Zeroizing;

use crate::{random, x25519};

/// The mechanism.
pub(crate) struct XWing;

/// A seed with its public half.
struct Key(::x_wing::DecapsulationKey);

/// A public key.
struct Public(::x_wing::EncapsulationKey);

impl Kem for XWing {
    fn name(&self) -> &'static str {
        "X-WING"
    }

    fn key_format(&self) -> KeyFormat {
        KeyFormat::X_WING
    }

    fn encapsulated_len(&self) -> usize {
        ::x_wing::CIPHERTEXT_SIZE
    }

    fn memory(&self) -> KeyMemory {
        KeyMemory { secret: 3 << 10, public: 2 << 10 }
    }

    fn generate(&self) -> Result<Box<dyn DecapsulationKey>> {
        self.decapsulation_key(&*random::secret::<{ ::x_wing::DECAPSULATION_KEY_SIZE }>()?)
    }

    fn decapsulation_key(&self, secret: &[u8]) -> Result<Box<dyn DecapsulationKey>> {
        let seed: [u8; ::x_wing::DECAPSULATION_KEY_SIZE] = secret.try_into().map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(seed.into())))
    }

    fn encapsulation_key(&self, public: &[u8]) -> Result<Box<dyn EncapsulationKey>> {
        let key = ::x_wing::EncapsulationKey::new_from_slice(public).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Public(key)))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.0.as_bytes().to_vec().into()
    }
}

impl DecapsulationKey for Key {
    fn encapsulation_key(&self) -> Box<dyn EncapsulationKey> {
        Box::new(Public(self.0.encapsulation_key().clone()))
    }

    fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret> {
        let encapsulated = encapsulated.try_into().map_err(|_| Errno::VerificationFailed)?;
        // As the draft has it, a point of low order is no failure: ML-KEM's half is secret still.
        Ok(Zeroizing::new(self.0.decapsulate(encapsulated)).to_vec().into())
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    fn check(&self) -> Result<()> {
        // ML-KEM's half was checked when it was decoded.
        x25519::check(self.0.to_bytes().last_chunk().ok_or(Errno::InvalidKey)?)
    }
}

impl EncapsulationKey for Public {
    fn encapsulate(&self) -> Result<(Secret, Vec<u8>)> {
        let randomness = Zeroizing::new((*random::secret::<{ ::x_wing::ENCAPSULATION_RANDOMNESS_SIZE }>()?).into());
        let (encapsulated, shared) = self.0.encapsulate_deterministic(&randomness);
        Ok((Zeroizing::new(shared).to_vec().into(), encapsulated.to_vec()))
    }
}
