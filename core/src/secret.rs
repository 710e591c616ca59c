//! Bytes that wipe themselves, and the budget of bytes that a guest's objects may occupy.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use smallvec::{Array, SmallVec};
use zeroize::Zeroize;

use crate::{Errno, RefusalCause, Result, refusal};

/// The longest byte string that is not counted.
const SMALL: usize = 64;

/// The bytes that one guest's objects may occupy, and the bytes that they do.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    held: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, held: AtomicUsize::new(0) })
    }

    /// Takes the needed bytes and up to `wanted` more, but no more than half of the rest, so that a buffer near the
    /// limit still grows in few steps. Returns the number of bytes taken.
    fn take_generously(&self, needed: usize, wanted: usize) -> Result<usize> {
        let take = |held: usize| {
            let spare = self.limit.saturating_sub(held).checked_sub(needed)?;
            Some(wanted.clamp(needed, needed + spare / 2))
        };
        let update = |held| take(held).map(|taken| held + taken);
        match self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update) {
            Ok(held) => take(held).ok_or(Errno::InternalError),
            Err(_) => Err(refusal::limit(RefusalCause::Bytes)),
        }
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Returns the bytes in use now.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Returns the bytes that are free now.
    pub(crate) fn left(&self) -> usize {
        self.limit.saturating_sub(self.held())
    }
}

/// Bytes reserved, taken from the budget until this is dropped.
pub(crate) struct Reservation {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

impl Reservation {
    /// # Errors
    ///
    /// [`Errno::Overflow`] if the budget does not allow it.
    pub(crate) fn take(bytes: usize, budget: &Arc<Budget>) -> Result<Self> {
        budget.take_generously(bytes, bytes)?;
        Ok(Self { budget: Arc::clone(budget), bytes })
    }

    /// Reserves bytes, or nothing for 0.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if the budget does not allow it.
    pub(crate) fn take_any(bytes: usize, budget: &Arc<Budget>) -> Result<Option<Self>> {
        if bytes == 0 { Ok(None) } else { Self::take(bytes, budget).map(Some) }
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Attaches the reservation to an object until the object is dropped.
    pub(crate) fn charge<T>(self, object: T) -> Charged<T> {
        Charged { object, _reservation: self }
    }
}

/// Bytes of a guest's limit, given back when this is dropped.
#[must_use]
pub struct BytesReservation(#[allow(dead_code, reason = "held")] Option<Reservation>);

impl std::fmt::Debug for BytesReservation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BytesReservation").finish_non_exhaustive()
    }
}

/// An object with the reservation that was made for it.
pub(crate) struct Charged<T> {
    object: T,
    _reservation: Reservation,
}

impl<T> std::ops::Deref for Charged<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

/// Bytes on the heap that are wiped when they are dropped or moved to a larger place.
///
/// Beyond 64 bytes they count against the [limit](crate::Limits::bytes) of the guest that they belong to.
#[derive(Debug)]
pub struct SecretBytes(WipedBytes<0>);

impl SecretBytes {
    pub(crate) fn new() -> Self {
        Self(WipedBytes::new())
    }

    /// Makes a copy of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if the budget or the host's memory does not allow it.
    pub(crate) fn copy_of(bytes: &[u8], budget: &Arc<Budget>) -> Result<Self> {
        WipedBytes::copy_of(bytes, budget).map(Self)
    }

    /// Makes `len` zero bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if the budget or the host's memory does not allow it.
    pub(crate) fn zeroed(len: usize, budget: &Arc<Budget>) -> Result<Self> {
        let mut zeroed = Self::new();
        zeroed.0.grow_to(len, budget)?;
        zeroed.0.bytes.resize(len, 0);
        Ok(zeroed)
    }

    /// Appends, or changes nothing.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if the budget or the host's memory does not allow it.
    pub(crate) fn push(&mut self, more: &[u8], budget: &Arc<Budget>) -> Result<()> {
        self.0.push(more, budget)
    }

    /// Takes the bytes out without a copy, and the reservation that counts them. The caller wipes the bytes.
    pub fn into_parts(mut self) -> (Vec<u8>, BytesReservation) {
        (std::mem::take(&mut self.0.bytes).into_vec(), BytesReservation(self.0.counted.take()))
    }

    /// Shortens to `len` bytes, wiping the rest.
    ///
    /// # Errors
    ///
    /// [`Errno::InternalError`] for more bytes than there are.
    pub(crate) fn truncate(&mut self, len: usize) -> Result<()> {
        self.0.bytes.get_mut(len..).ok_or(Errno::InternalError)?.zeroize();
        self.0.bytes.truncate(len);
        Ok(())
    }
}

impl std::ops::Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::ops::DerefMut for SecretBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0.bytes
    }
}

/// The same for public data: the first few dozen bytes are in the object itself, because an allocation costs more than
/// copies on the stack.
pub(crate) type InlineBytes = WipedBytes<SMALL>;

pub(crate) struct WipedBytes<const INLINE: usize>
where
    [u8; INLINE]: Array<Item = u8>,
{
    bytes: SmallVec<[u8; INLINE]>,
    counted: Option<Reservation>,
}

impl<const INLINE: usize> WipedBytes<INLINE>
where
    [u8; INLINE]: Array<Item = u8>,
{
    pub(crate) fn new() -> Self {
        Self { bytes: Self::empty(), counted: None }
    }

    /// No bytes. Those inside are zeros: left as they are, they would carry a piece of the stack along to the heap.
    fn empty() -> SmallVec<[u8; INLINE]> {
        SmallVec::from_buf_and_len([0; INLINE], 0)
    }

    /// Makes a copy of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if the budget or the host's memory does not allow it.
    pub(crate) fn copy_of(bytes: &[u8], budget: &Arc<Budget>) -> Result<Self> {
        let mut copy = Self::new();
        copy.push(bytes, budget)?;
        Ok(copy)
    }

    /// Appends, or changes nothing.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if the budget or the host's memory does not allow it.
    pub(crate) fn push(&mut self, more: &[u8], budget: &Arc<Budget>) -> Result<()> {
        let len = self.bytes.len().checked_add(more.len()).ok_or(Errno::Overflow)?;
        self.grow_to(len, budget)?;
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// Makes room for `len` bytes in all, and wipes the old buffer. While the bytes are moved, both buffers exist, and
    /// only the new one is counted.
    fn grow_to(&mut self, len: usize, budget: &Arc<Budget>) -> Result<()> {
        if len <= self.bytes.capacity() {
            return Ok(());
        }
        if len <= SMALL {
            return self.move_to(len);
        }
        let before = self.counted.as_ref().map_or(0, |counted| counted.bytes);
        // Bytes that are counted already stay counted.
        let budget = self.counted.as_ref().map_or(budget, |counted| &counted.budget);
        let wanted = len.max(self.bytes.capacity().saturating_mul(2));
        let taken = budget.take_generously(len.saturating_sub(before), wanted.saturating_sub(before))?;
        // Given back if there is no memory for it.
        let mut reservation = Reservation { budget: Arc::clone(budget), bytes: taken };
        self.move_to(before + taken)?;
        if let Some(counted) = &mut self.counted {
            counted.bytes += std::mem::take(&mut reservation.bytes);
        } else {
            self.counted = Some(reservation);
        }
        Ok(())
    }

    /// Moves to a place of so many bytes, and wipes the one that is left.
    fn move_to(&mut self, capacity: usize) -> Result<()> {
        let mut larger = Self::empty();
        larger.try_reserve_exact(capacity).map_err(|_| refusal::limit(RefusalCause::Bytes))?;
        larger.extend_from_slice(&self.bytes);
        self.bytes.as_mut_slice().zeroize();
        self.bytes = larger;
        Ok(())
    }
}

impl<const INLINE: usize> std::ops::Deref for WipedBytes<INLINE>
where
    [u8; INLINE]: Array<Item = u8>,
{
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<const INLINE: usize> Drop for WipedBytes<INLINE>
where
    [u8; INLINE]: Array<Item = u8>,
{
    fn drop(&mut self) {
        self.bytes.as_mut_slice().zeroize();
    }
}

/// Never shows the bytes.
impl<const INLINE: usize> std::fmt::Debug for WipedBytes<INLINE>
where
    [u8; INLINE]: Array<Item = u8>,
{
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
        let small = SecretBytes::copy_of(&[1; SMALL], &budget).unwrap();
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
    fn near_the_limit_bytes_still_grow_in_few_steps() {
        let budget = Budget::new(1 << 20);
        let mut bytes = SecretBytes::copy_of(&[1; 600_000], &budget).unwrap();
        let mut moves = 0;
        while bytes.len() < 1 << 20 {
            let capacity = bytes.0.bytes.capacity();
            bytes.push(&[2], &budget).unwrap();
            moves += usize::from(bytes.0.bytes.capacity() != capacity);
        }
        assert!(moves < 64, "{moves}");
        assert_eq!(bytes.push(&[2], &budget), Err(Errno::Overflow));
    }

    #[test]
    fn bytes_are_never_shown() {
        let budget = Budget::new(10);
        assert_eq!(format!("{:?}", SecretBytes::copy_of(b"secret", &budget).unwrap()), "SecretBytes([6 bytes])");
    }
}
