//! Asymmetric algorithms, whatever they are for.

use super::{KeyFormat, PublicHalf, SecretHalf};
use crate::{
    Errno, Result,
    backend::{Agreement, Signature},
    catalogue::AlgorithmInfo,
    options::AlgorithmType,
};

/// An asymmetric algorithm.
#[derive(Clone, Copy)]
pub(crate) enum Scheme {
    Signature(&'static dyn Signature),
    Agreement(&'static dyn Agreement),
}

impl Scheme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Signature(scheme) => scheme.name(),
            Self::Agreement(scheme) => scheme.name(),
        }
    }

    /// Whether both are one algorithm; no name stands for two.
    pub(crate) fn is(self, other: Self) -> bool {
        self.name() == other.name()
    }

    pub(crate) const fn algorithm_type(self) -> AlgorithmType {
        match self {
            Self::Signature(_) => AlgorithmType::Signatures,
            Self::Agreement(_) => AlgorithmType::KeyExchange,
        }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm that does not sign.
    pub(crate) fn signature(self) -> Result<&'static dyn Signature> {
        match self {
            Self::Signature(scheme) => Ok(scheme),
            Self::Agreement(_) => Err(Errno::InvalidOperation),
        }
    }

    pub(crate) fn format(self) -> KeyFormat {
        match self {
            Self::Signature(scheme) => scheme.key_format(),
            Self::Agreement(scheme) => scheme.key_format(),
        }
    }

    pub(crate) fn generate(self) -> Result<SecretHalf> {
        Ok(match self {
            Self::Signature(scheme) => SecretHalf::Signing(scheme.generate()?),
            Self::Agreement(scheme) => SecretHalf::Agreement(scheme.generate()?),
        })
    }

    /// Takes a secret key in canonical form.
    pub(crate) fn secret(self, secret: &[u8]) -> Result<SecretHalf> {
        Ok(match self {
            Self::Signature(scheme) => SecretHalf::Signing(scheme.signing_key(secret)?),
            Self::Agreement(scheme) => SecretHalf::Agreement(scheme.secret_key(secret)?),
        })
    }

    /// Takes a public key in canonical form, or a compressed point.
    pub(crate) fn public(self, public: &[u8]) -> Result<PublicHalf> {
        Ok(match self {
            Self::Signature(scheme) => PublicHalf::Verifying(scheme.verifying_key(public)?),
            Self::Agreement(scheme) => PublicHalf::Agreement(scheme.public_key(public)?),
        })
    }

    pub(crate) fn describe(self, info: &mut AlgorithmInfo) {
        info.algorithm_type = self.algorithm_type();
        info.public_key_len = Some(self.format().raw_public_len());
        info.secret_key_len = Some(self.format().secret_len());
        match self {
            Self::Signature(scheme) => {
                info.kind = "signature";
                info.signature_len = Some(scheme.signature_len());
            }
            Self::Agreement(_) => info.kind = "key agreement",
        }
    }
}
