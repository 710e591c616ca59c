//! Symmetric algorithms that a policy allows.

use std::{borrow::Cow, sync::Arc};

use super::{Family as _, Key, KeyLens, Nonces, SymmetricAlgorithm};
use crate::{Errno, Result, backend::LONGEST_OUTPUT, secret::Budget};

/// A symmetric algorithm that a host serves, with the properties that each call needs.
pub(crate) struct Served {
    pub(crate) algorithm: SymmetricAlgorithm,
    pub(crate) key_lens: Option<KeyLens>,
    pub(crate) requires_key: bool,
    pub(crate) nonces: Option<Nonces>,
    /// The maximal memory of a library's key or state in bytes, if that is counted.
    pub(crate) memory: usize,
    /// The length in bytes of the shortest key that the policy allows.
    pub(crate) shortest_key: usize,
}

impl Served {
    /// An algorithm whose keys the policy requires to have at least `shortest_key` bytes.
    pub(crate) fn new(algorithm: SymmetricAlgorithm, shortest_key: usize) -> Self {
        Self {
            key_lens: algorithm.key_lens(),
            requires_key: algorithm.requires_key(),
            nonces: algorithm.nonces(),
            memory: algorithm.memory(),
            shortest_key,
            algorithm,
        }
    }
}

/// A symmetric algorithm that the host serves and its policy allows; see
/// [`Operation::symmetric`](crate::Operation::symmetric).
#[derive(Clone, Copy)]
pub struct AllowedAlgorithm<'a>(pub(crate) &'a Served);

impl AllowedAlgorithm<'_> {
    /// The interface's name.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        self.0.algorithm.name()
    }

    /// The length of a generated key in bytes: the policy's minimum if that is longer and the algorithm allows it.
    ///
    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] for an algorithm without keys.
    pub(crate) fn generated_len(self) -> Result<usize> {
        let KeyLens { generated, is_exact, .. } = self.0.key_lens.ok_or(Errno::KeyNotSupported)?;
        Ok(if is_exact { generated } else { generated.max(self.0.shortest_key) })
    }

    /// # Errors
    ///
    /// Those of [`Key::new`], and [`Errno::ProhibitedOperation`] for a key that is too short for the policy.
    pub(crate) fn key(self, raw: &[u8], budget: &Arc<Budget>) -> Result<Key> {
        let key = Key::new(self.0, raw, budget)?;
        if raw.len() < self.0.shortest_key { Err(Errno::ProhibitedOperation) } else { Ok(key) }
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
