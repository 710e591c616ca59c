//! Symmetric algorithms that a policy allows.

use std::{borrow::Cow, marker::PhantomData, sync::Arc};

use super::{Key, KeyLens, SymmetricAlgorithm};
use crate::{Errno, Result, backend::LONGEST_OUTPUT, secret::Budget};

/// A symmetric algorithm that the host serves and its policy allows; see
/// [`Operation::symmetric`](crate::Operation::symmetric).
#[derive(Clone, Copy)]
pub struct AllowedAlgorithm<'a> {
    pub(crate) algorithm: SymmetricAlgorithm,
    /// The length in bytes of the shortest key that the policy allows.
    shortest_key: usize,
    /// The host whose policy allows it.
    host: PhantomData<&'a ()>,
}

impl AllowedAlgorithm<'_> {
    /// An algorithm whose keys the policy requires to have at least this many bytes.
    pub(crate) const fn new(algorithm: SymmetricAlgorithm, shortest_key: usize) -> Self {
        Self { algorithm, shortest_key, host: PhantomData }
    }

    /// The interface's name.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        self.algorithm.name()
    }

    /// The length of a generated key in bytes: the policy's minimum if that is longer and the algorithm allows it.
    ///
    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] for an algorithm without keys.
    pub(crate) fn generated_len(self) -> Result<usize> {
        let KeyLens { generated, is_exact, .. } = self.algorithm.key_lens().ok_or(Errno::KeyNotSupported)?;
        Ok(if is_exact { generated } else { generated.max(self.shortest_key) })
    }

    /// # Errors
    ///
    /// Those of [`Key::new`], and [`Errno::ProhibitedOperation`] for a key that is too short for the policy.
    pub(crate) fn key(self, raw: &[u8], budget: &Arc<Budget>) -> Result<Key> {
        let key = Key::new(self.algorithm, raw, budget)?;
        if raw.len() < self.shortest_key { Err(Errno::ProhibitedOperation) } else { Ok(key) }
    }

    /// A key of zeros, whose bytes the caller writes.
    ///
    /// # Errors
    ///
    /// As for [`key`](Self::key).
    pub(super) fn blank_key(self, len: usize, budget: &Arc<Budget>) -> Result<Key> {
        self.key([0; LONGEST_OUTPUT].get(..len).ok_or(Errno::InternalError)?, budget)
    }
}

/// Shows the name.
impl std::fmt::Debug for AllowedAlgorithm<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AllowedAlgorithm").field(&self.name()).finish()
    }
}
