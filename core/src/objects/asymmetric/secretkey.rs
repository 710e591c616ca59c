//! Secret keys: `secretkey_*`.

use std::sync::Arc;

use super::{KeyEncoding, KeyPairAlgorithm};
use crate::{
    Operation, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, SecretHalf, encoding},
    managed_state::ManagedState,
    secret::{Charged, SecretBytes},
};

/// A secret key: `secretkey`. It is wiped when its last reference goes.
pub struct SecretKey {
    pub(crate) algorithm: AsymmetricAlgorithm,
    pub(crate) half: Arc<Charged<SecretHalf>>,
    pub(crate) managed: ManagedState,
}

impl SecretKey {
    /// A key from its encoding: `secretkey_import`.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`](crate::Errno::InvalidKey) for bytes that are no secret key of the algorithm,
    /// [`UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for an encoding that the algorithm does not have,
    /// [`Overflow`](crate::Errno::Overflow) for a key that is too long, or that the guest may not hold.
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

    /// The key in an encoding: `secretkey_export`.
    ///
    /// # Errors
    ///
    /// [`ProhibitedOperation`](crate::Errno::ProhibitedOperation) for a managed key that its store does not let out,
    /// [`UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for an encoding that the algorithm does not have,
    /// [`Overflow`](crate::Errno::Overflow) where the guest may not hold the bytes.
    pub fn export(&self, operation: Operation<'_>, encoding: KeyEncoding) -> Result<SecretBytes> {
        self.managed.check_export()?;
        let encoded = encoding::encode_secret(self.algorithm.format(), encoding, &self.half)?;
        SecretBytes::copy_of(&encoded, operation.budget())
    }
}

/// Shows the algorithm alone.
impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretKey").field("algorithm", &self.algorithm.name()).finish_non_exhaustive()
    }
}
