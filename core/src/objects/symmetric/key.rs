//! Symmetric keys: `symmetric_key_*`.

use zeroize::Zeroizing;

use crate::{
    Operation, Result,
    algorithm::{AllowedAlgorithm, symmetric::Key},
    secret::SecretBytes,
};

impl Key {
    /// A new key of random bytes: `symmetric_key_generate`. Its length is the one that the algorithm recommends, or the
    /// one that the policy demands if that is longer.
    ///
    /// # Errors
    ///
    /// [`KeyNotSupported`](crate::Errno::KeyNotSupported) for an algorithm without keys,
    /// [`RngError`](crate::Errno::RngError) where no random numbers are to be had,
    /// [`Overflow`](crate::Errno::Overflow) where the guest may not hold it.
    pub fn generate(operation: Operation<'_>, algorithm: AllowedAlgorithm<'_>) -> Result<Self> {
        let mut raw = Zeroizing::new(vec![0; algorithm.generated_len()?]);
        operation.random().fill(&mut raw)?;
        algorithm.key(&raw, operation.budget())
    }

    /// A key of these bytes: `symmetric_key_import`.
    ///
    /// # Errors
    ///
    /// [`KeyNotSupported`](crate::Errno::KeyNotSupported) for an algorithm without keys,
    /// [`InvalidKey`](crate::Errno::InvalidKey) for a length that the algorithm does not take,
    /// [`ProhibitedOperation`](crate::Errno::ProhibitedOperation) for a key that is too short for the policy,
    /// [`Overflow`](crate::Errno::Overflow) where the guest may not hold it.
    pub fn import(operation: Operation<'_>, algorithm: AllowedAlgorithm<'_>, raw: &[u8]) -> Result<Self> {
        algorithm.key(raw, operation.budget())
    }

    /// The bytes of the key: `symmetric_key_export`.
    ///
    /// # Errors
    ///
    /// [`ProhibitedOperation`](crate::Errno::ProhibitedOperation) for a managed key that its store does not let out,
    /// [`Overflow`](crate::Errno::Overflow) where the guest may not hold them.
    pub fn export(&self, operation: Operation<'_>) -> Result<SecretBytes> {
        self.managed.check_export()?;
        SecretBytes::copy_of(self.raw()?, operation.budget())
    }
}
