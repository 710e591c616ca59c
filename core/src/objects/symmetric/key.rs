//! Symmetric keys: `symmetric_key_*`.

use zeroize::Zeroizing;

use crate::{
    Operation, Result,
    algorithm::{AllowedAlgorithm, symmetric::Key},
    secret::SecretBytes,
};

impl Key {
    /// Generates a key of random bytes: `symmetric_key_generate`. It has the length that the algorithm recommends, or
    /// the policy's minimal length if that is longer.
    ///
    /// # Errors
    ///
    /// [`KeyNotSupported`](crate::Errno::KeyNotSupported) for an algorithm without keys,
    /// [`RngError`](crate::Errno::RngError) if there are no random numbers,
    /// [`Overflow`](crate::Errno::Overflow) if it exceeds the guest's limit on bytes.
    pub fn generate(operation: Operation<'_>, algorithm: AllowedAlgorithm<'_>) -> Result<Self> {
        let mut raw = Zeroizing::new(vec![0; algorithm.generated_len()?]);
        operation.random().fill(&mut raw)?;
        algorithm.key(&raw, operation.budget())
    }

    /// Imports a key: `symmetric_key_import`.
    ///
    /// # Errors
    ///
    /// [`KeyNotSupported`](crate::Errno::KeyNotSupported) for an algorithm without keys,
    /// [`InvalidKey`](crate::Errno::InvalidKey) for a length that the algorithm does not allow,
    /// [`ProhibitedOperation`](crate::Errno::ProhibitedOperation) for a key that is too short for the policy,
    /// [`Overflow`](crate::Errno::Overflow) if it exceeds the guest's limit on bytes.
    pub fn import(operation: Operation<'_>, algorithm: AllowedAlgorithm<'_>, raw: &[u8]) -> Result<Self> {
        algorithm.key(raw, operation.budget())
    }

    /// Exports the bytes of the key: `symmetric_key_export`.
    ///
    /// # Errors
    ///
    /// [`ProhibitedOperation`](crate::Errno::ProhibitedOperation) for a managed key that its store does not allow to
    /// export, [`Overflow`](crate::Errno::Overflow) if the bytes exceed the guest's limit.
    pub fn export(&self, operation: Operation<'_>) -> Result<SecretBytes> {
        self.managed.check_export()?;
        SecretBytes::copy_of(self.raw()?, operation.budget())
    }
}
