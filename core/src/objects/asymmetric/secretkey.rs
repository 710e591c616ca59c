//! Secret keys: `secretkey_*`.

use std::sync::Arc;

use super::{KeyEncoding, KeyPairAlgorithm};
use crate::{
    Operation, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, SecretHalf, encoding},
    managed_state::ManagedState,
    secret::{Charged, SecretBytes},
};

/// A secret key: `secretkey`. It is wiped when its last reference is dropped.
pub struct SecretKey {
    pub(crate) algorithm: AsymmetricAlgorithm,
    pub(crate) half: Arc<Charged<SecretHalf>>,
    pub(crate) managed: ManagedState,
}

impl SecretKey {
    /// Imports a key from an encoding: `secretkey_import`.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`](crate::Errno::InvalidKey) for bytes that are not a secret key of the algorithm,
    /// [`UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for an encoding that the algorithm lacks,
    /// [`Overflow`](crate::Errno::Overflow) for a key that is too long, or that exceeds the guest's limit on bytes.
    pub fn import(
        operation: Operation<'_>,
        algorithm: KeyPairAlgorithm<'_>,
        encoded: &[u8],
        encoding: KeyEncoding,
    ) -> Result<Self> {
        algorithm.read(|algorithm| {
            let reservation = algorithm.reserve_secret(operation.budget())?;
            let half = encoding::decode_secret(algorithm.format(), encoding, encoded)?.secret_half(algorithm)?;
            Ok(Self { algorithm, half: Arc::new(reservation.charge(half)), managed: ManagedState::default() })
        })
    }

    /// Exports the key in an encoding: `secretkey_export`.
    ///
    /// # Errors
    ///
    /// [`ProhibitedOperation`](crate::Errno::ProhibitedOperation) for a managed key that its store does not allow to
    /// export, [`UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for an encoding that the algorithm lacks,
    /// [`Overflow`](crate::Errno::Overflow) if the bytes exceed the guest's limit.
    pub fn export(&self, operation: Operation<'_>, encoding: KeyEncoding) -> Result<SecretBytes> {
        self.managed.check_export()?;
        let encoded = encoding::encode_secret(self.algorithm.format(), encoding, &self.half)?;
        SecretBytes::copy_of(&encoded, operation.budget())
    }
}

/// Shows only the algorithm.
impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretKey").field("algorithm", &self.algorithm.name()).finish_non_exhaustive()
    }
}
