//! Bytes that wipe themselves, and the account of how many of them a guest makes the host hold.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use smallvec::SmallVec;
use zeroize::Zeroize;

use crate::{Errno, Result};

/// What an object holds without a heap allocation and without being counted: the limit on handles bounds it.
const INLINE: usize = 64;

/// How many bytes one guest may make the host hold, and how many it does.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    held: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, held: AtomicUsize::new(0) })
    }

    fn take(&self, bytes: usize) -> Result<()> {
        let fits = |held: usize| held.checked_add(bytes).filter(|sum| *sum <= self.limit);
        match self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => Ok(()),
            Err(_) => Err(Errno::Overflow),
        }
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How many bytes are held now.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

/// Bytes that are wiped when they are dropped or moved to a larger place.
///
/// What goes beyond a few dozen bytes is taken from a [`Budget`] and given back at the end.
pub(crate) struct SecretBytes {
    bytes: SmallVec<[u8; INLINE]>,
    counted: Option<(Arc<Budget>, usize)>,
}

impl SecretBytes {
    pub(crate) fn new() -> Self {
        Self { bytes: SmallVec::new(), counted: None }
    }

    /// A copy of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] where the budget or the host's memory does not allow it.
    pub(crate) fn copy_of(bytes: &[u8], budget: &Arc<Budget>) -> Result<Self> {
        let mut copy = Self::new();
        copy.push(bytes, budget)?;
        Ok(copy)
    }

    /// `len` zero bytes.
    pub(crate) fn zeroed(len: usize, budget: &Arc<Budget>) -> Result<Self> {
        let mut zeroed = Self::new();
        zeroed.grow_to(len, budget)?;
        zeroed.bytes.resize(len, 0);
        Ok(zeroed)
    }

    /// Appends, or changes nothing.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] where the budget or the host's memory does not allow it.
    pub(crate) fn push(&mut self, more: &[u8], budget: &Arc<Budget>) -> Result<()> {
        let len = self.bytes.len().checked_add(more.len()).ok_or(Errno::Overflow)?;
        self.grow_to(len, budget)?;
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// Makes room for `len` bytes in all, wiping the place that is left. While they are moved, both places exist, and
    /// only the new one is counted.
    fn grow_to(&mut self, len: usize, budget: &Arc<Budget>) -> Result<()> {
        if len <= self.bytes.capacity() {
            return Ok(());
        }
        let before = self.counted.as_ref().map_or(0, |(_, held)| *held);
        let doubled = len.max(self.bytes.capacity().saturating_mul(2));
        let capacity = if budget.take(doubled.saturating_sub(before)).is_ok() {
            doubled
        } else {
            budget.take(len.saturating_sub(before))?;
            len
        };
        let more = capacity.saturating_sub(before);
        let mut larger = SmallVec::new();
        if larger.try_reserve_exact(capacity).is_err() {
            budget.give_back(more);
            return Err(Errno::Overflow);
        }
        larger.extend_from_slice(&self.bytes);
        self.bytes.as_mut_slice().zeroize();
        self.bytes = larger;
        self.counted = Some((Arc::clone(budget), capacity));
        Ok(())
    }
}

impl std::ops::Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl std::ops::DerefMut for SecretBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.bytes.as_mut_slice().zeroize();
        if let Some((budget, held)) = self.counted.take() {
            budget.give_back(held);
        }
    }
}

/// Never shows what it holds.
impl std::fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} bytes]", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_bytes_are_free_and_large_ones_are_counted_until_dropped() {
        let budget = Budget::new(1000);
        let small = SecretBytes::copy_of(&[1; INLINE], &budget).unwrap();
        assert_eq!(budget.held(), 0);
        let large = SecretBytes::copy_of(&[2; 600], &budget).unwrap();
        assert_eq!(budget.held(), 600);
        assert_eq!(SecretBytes::copy_of(&[3; 600], &budget).unwrap_err(), Errno::Overflow);
        drop((small, large));
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn a_refused_push_changes_nothing() {
        let budget = Budget::new(200);
        let mut bytes = SecretBytes::copy_of(&[7; 150], &budget).unwrap();
        assert_eq!(bytes.push(&[8; 100], &budget), Err(Errno::Overflow));
        assert_eq!(&*bytes, &[7; 150]);
        assert_eq!(budget.held(), 150);
    }

    #[test]
    fn bytes_are_never_shown() {
        let budget = Budget::new(10);
        assert_eq!(format!("{:?}", SecretBytes::copy_of(b"secret", &budget).unwrap()), "[6 bytes]");
    }
}
