//! The two halves of a key pair, as objects of a library.

use crate::{
    Errno, Result,
    backend::{AgreementKey, DecapsulationKey, EncapsulationKey, PublicKey, SecretKey, SigningKey, VerifyingKey},
};

/// A library's public key, by family.
pub(crate) enum PublicHalf {
    Verifying(Box<dyn VerifyingKey>),
    Agreement(Box<dyn PublicKey>),
    Encapsulation(Box<dyn EncapsulationKey>),
}

impl PublicHalf {
    pub(crate) fn key(&self) -> &dyn PublicKey {
        match self {
            Self::Verifying(key) => &**key,
            Self::Agreement(key) => &**key,
            Self::Encapsulation(key) => &**key,
        }
    }
}

/// A library's secret key, by family.
pub(crate) enum SecretHalf {
    Signing(Box<dyn SigningKey>),
    Agreement(Box<dyn AgreementKey>),
    Decapsulation(Box<dyn DecapsulationKey>),
}

impl SecretHalf {
    pub(crate) fn key(&self) -> &dyn SecretKey {
        match self {
            Self::Signing(key) => &**key,
            Self::Agreement(key) => &**key,
            Self::Decapsulation(key) => &**key,
        }
    }

    /// The public half.
    pub(crate) fn public(&self) -> PublicHalf {
        match self {
            Self::Signing(key) => PublicHalf::Verifying(key.verifying_key()),
            Self::Agreement(key) => PublicHalf::Agreement(key.public_key()),
            Self::Decapsulation(key) => PublicHalf::Encapsulation(key.encapsulation_key()),
        }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidKey`] if a public half that came with the secret half does not match it.
    pub(crate) fn belongs_to(&self, public: &[u8]) -> Result<()> {
        if self.public().key().public() == public { Ok(()) } else { Err(Errno::InvalidKey) }
    }
}
