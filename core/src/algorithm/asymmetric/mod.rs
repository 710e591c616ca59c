//! Asymmetric algorithms: signature schemes, key agreements and key encapsulation mechanisms.

mod deep;
pub(crate) mod encoding;
mod halves;
mod served;

use std::{marker::PhantomData, sync::Arc};

pub(crate) use self::halves::{PublicHalf, SecretHalf};
pub use self::{encoding::KeyEncoding, served::KeyPairAlgorithm};
use super::{AlgorithmInfo, AlgorithmType};
use crate::{
    Errno, Result,
    backend::{Agreement, Interrupt, Kem, KeyFormat, KeyMemory, Signature},
    secret::{Budget, Reservation},
};

/// A signature scheme that the host serves and its policy allows; see
/// [`Operation::signature`](crate::Operation::signature).
#[derive(Clone, Copy)]
pub struct SignatureAlgorithm<'a> {
    pub(crate) scheme: &'static dyn Signature,
    /// The host whose policy allows it.
    host: PhantomData<&'a ()>,
}

impl SignatureAlgorithm<'_> {
    pub(crate) const fn new(scheme: &'static dyn Signature) -> Self {
        Self { scheme, host: PhantomData }
    }
}

/// Shows the name.
impl std::fmt::Debug for SignatureAlgorithm<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SignatureAlgorithm").field(&self.scheme.scheme().name).finish()
    }
}

/// An asymmetric algorithm.
#[derive(Clone, Copy)]
pub(crate) enum AsymmetricAlgorithm {
    Signature(&'static dyn Signature),
    Agreement(&'static dyn Agreement),
    Kem(&'static dyn Kem),
}

impl AsymmetricAlgorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Signature(signature) => signature.scheme().name,
            Self::Agreement(scheme) => scheme.name(),
            Self::Kem(scheme) => scheme.name(),
        }
    }

    /// Whether both are the same algorithm, in any implementation; names are unique.
    pub(crate) fn is(self, other: Self) -> bool {
        self.name().eq_ignore_ascii_case(other.name())
    }

    /// Whether both are of the same family.
    pub(crate) const fn is_kind_of(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Signature(_), Self::Signature(_))
                | (Self::Agreement(_), Self::Agreement(_))
                | (Self::Kem(_), Self::Kem(_))
        )
    }

    pub(crate) const fn algorithm_type(self) -> AlgorithmType {
        match self {
            Self::Signature(_) => AlgorithmType::Signatures,
            Self::Agreement(_) | Self::Kem(_) => AlgorithmType::KeyExchange,
        }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm that does not sign.
    pub(crate) fn signature(self) -> Result<&'static dyn Signature> {
        match self {
            Self::Signature(scheme) => Ok(scheme),
            Self::Agreement(_) | Self::Kem(_) => Err(Errno::InvalidOperation),
        }
    }

    pub(crate) fn format(self) -> KeyFormat {
        match self {
            Self::Signature(signature) => signature.scheme().key_format,
            Self::Agreement(scheme) => scheme.key_format(),
            Self::Kem(scheme) => scheme.key_format(),
        }
    }

    fn memory(self) -> KeyMemory {
        match self {
            Self::Signature(scheme) => scheme.memory(),
            Self::Agreement(scheme) => scheme.memory(),
            Self::Kem(scheme) => scheme.memory(),
        }
    }

    /// Charges the memory of a secret half, before it is made.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] at a guest's limit on bytes.
    pub(crate) fn reserve_secret(self, budget: &Arc<Budget>) -> Result<Reservation> {
        Reservation::take(self.memory().secret, budget)
    }

    /// Charges the memory of a public half, before it is made.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] at a guest's limit on bytes.
    pub(crate) fn reserve_public(self, budget: &Arc<Budget>) -> Result<Reservation> {
        Reservation::take(self.memory().public, budget)
    }

    /// Whether generating a key may take seconds.
    pub(crate) fn generates_slowly(self) -> bool {
        matches!(self, Self::Signature(signature) if signature.scheme().slow_to_generate)
    }

    /// Whether work with its keys needs a separate stack.
    fn is_deep(self) -> bool {
        match self {
            Self::Signature(scheme) => scheme.needs_stack(),
            Self::Agreement(_) => false,
            Self::Kem(scheme) => scheme.needs_stack(),
        }
    }

    pub(crate) fn generate(self, interrupt: &Interrupt) -> Result<SecretHalf> {
        let make = || match self {
            Self::Signature(scheme) => scheme.generate(interrupt).map(SecretHalf::Signing),
            Self::Agreement(scheme) => scheme.generate().map(SecretHalf::Agreement),
            Self::Kem(scheme) => scheme.generate().map(SecretHalf::Decapsulation),
        };
        if self.is_deep() { deep::secret(make) } else { make() }
    }

    /// Reads a secret key in canonical form.
    pub(crate) fn secret(self, secret: &[u8]) -> Result<SecretHalf> {
        let make = || match self {
            Self::Signature(scheme) => scheme.signing_key(secret).map(SecretHalf::Signing),
            Self::Agreement(scheme) => scheme.secret_key(secret).map(SecretHalf::Agreement),
            Self::Kem(scheme) => scheme.decapsulation_key(secret).map(SecretHalf::Decapsulation),
        };
        if self.is_deep() { deep::secret(make) } else { make() }
    }

    /// Reads a public key in canonical form, or a compressed point.
    pub(crate) fn public(self, public: &[u8]) -> Result<PublicHalf> {
        let make = || match self {
            Self::Signature(scheme) => scheme.verifying_key(public).map(PublicHalf::Verifying),
            Self::Agreement(scheme) => scheme.public_key(public).map(PublicHalf::Agreement),
            Self::Kem(scheme) => scheme.encapsulation_key(public).map(PublicHalf::Encapsulation),
        };
        if self.is_deep() { deep::public(make) } else { make() }
    }

    pub(crate) fn describe(self, info: &mut AlgorithmInfo) {
        info.algorithm_type = self.algorithm_type();
        info.public_key_len = self.format().raw_public_len();
        info.secret_key_len = self.format().raw_secret_len();
        info.key_bits = self.format().bits();
        match self {
            Self::Signature(scheme) => {
                info.kind = "signature";
                info.signature_len = Some(scheme.scheme().len);
            }
            Self::Agreement(_) => info.kind = "key agreement",
            Self::Kem(scheme) => {
                info.kind = "key encapsulation";
                info.encapsulated_len = Some(scheme.encapsulated_len());
            }
        }
    }
}
