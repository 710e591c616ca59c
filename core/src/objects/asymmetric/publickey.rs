//! Public keys: `publickey_*`.

use std::sync::Arc;

use super::{KeyEncoding, KeyPairAlgorithm, SecretKey};
use crate::{
    Operation, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, PublicHalf, encoding},
    secret::{Charged, SecretBytes},
};

/// A public key: `publickey`. Copies share it.
#[derive(Clone)]
pub struct PublicKey {
    pub(crate) algorithm: AsymmetricAlgorithm,
    pub(crate) half: Arc<Charged<PublicHalf>>,
}

impl PublicKey {
    /// Imports a key from an encoding: `publickey_import`.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`](crate::Errno::InvalidKey) for bytes that are not a public key of the algorithm,
    /// [`UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for an encoding that the algorithm lacks,
    /// [`Overflow`](crate::Errno::Overflow) for a key that is too long, or that exceeds the guest's limit on bytes.
    pub fn import(
        operation: Operation<'_>,
        algorithm: KeyPairAlgorithm<'_>,
        encoded: &[u8],
        encoding: KeyEncoding,
    ) -> Result<Self> {
        algorithm.read(|algorithm| {
            let reservation = algorithm.reserve_public(operation.budget())?;
            let half = algorithm.public(&encoding::decode_public(algorithm.format(), encoding, encoded)?)?;
            Ok(Self { algorithm, half: Arc::new(reservation.charge(half)) })
        })
    }

    /// Exports the key in an encoding: `publickey_export`.
    ///
    /// # Errors
    ///
    /// [`UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for an encoding that the algorithm lacks,
    /// [`Overflow`](crate::Errno::Overflow) if the bytes exceed the guest's limit.
    pub fn export(&self, operation: Operation<'_>, encoding: KeyEncoding) -> Result<SecretBytes> {
        let encoded = encoding::encode_public(self.algorithm.format(), encoding, &self.half.key().public())?;
        SecretBytes::copy_of(&encoded, operation.budget())
    }

    /// Checks properties that import does not, such as the subgroup and the identity: `publickey_verify`.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`](crate::Errno::InvalidKey) for a key that must not be used.
    pub fn verify(&self, _: Operation<'_>) -> Result<()> {
        self.half.key().check()
    }

    /// Derives the public key from a secret key: `publickey_from_secretkey`.
    ///
    /// # Errors
    ///
    /// [`Overflow`](crate::Errno::Overflow) if it exceeds the guest's limit on bytes.
    pub fn from_secret_key(operation: Operation<'_>, secret: &SecretKey) -> Result<Self> {
        let half = secret.algorithm.reserve_public(operation.budget())?.charge(secret.half.public());
        Ok(Self { algorithm: secret.algorithm, half: Arc::new(half) })
    }
}

/// Shows only the algorithm.
impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublicKey").field("algorithm", &self.algorithm.name()).finish_non_exhaustive()
    }
}
