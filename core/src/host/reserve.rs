//! How a door counts against a guest's limits: open handles, bytes, and the bytes that one call processes.
//!
//! The pointer door counts its handles itself, without an atomic instruction for a guest without threads.

use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Guest, Operation};
use crate::{RefusalCause, Result, refusal, secret::SecretBytes};

/// One handle of a guest's limit, given back when this is dropped.
#[derive(Debug)]
#[must_use]
pub struct HandleReservation(Arc<Guest>);

impl Drop for HandleReservation {
    fn drop(&mut self) {
        self.0.release_handle(false);
    }
}

/// The bytes that one call may still process, of [`Limits::call_bytes`](crate::Limits::call_bytes).
#[derive(Debug)]
pub struct CallBytes(Cell<usize>);

impl CallBytes {
    /// No limit.
    pub(crate) const fn unlimited() -> Self {
        Self(Cell::new(usize::MAX))
    }

    /// Counts bytes that the call reads or squeezes. A text that it encrypts or decrypts counts once.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`](crate::Errno::Overflow) if these are more bytes than the call may still process.
    pub fn charge(&self, bytes: usize) -> Result<()> {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.ok_or_else(|| refusal::limit(RefusalCause::Length))?);
        Ok(())
    }
}

impl Guest {
    /// Reserves one handle, before its object is made.
    ///
    /// # Errors
    ///
    /// [`Errno::TooManyHandles`](crate::Errno::TooManyHandles) if [`Limits::handles`](crate::Limits::handles) are open.
    pub fn take_handle(self: &Arc<Self>) -> Result<HandleReservation> {
        self.reserve_handle(false)?;
        Ok(HandleReservation(Arc::clone(self)))
    }

    /// Returns the bytes that one call may process, for a call that begins.
    #[must_use]
    pub fn call_bytes(&self) -> CallBytes {
        CallBytes(Cell::new(self.host().limits().call_bytes))
    }
}

/// The time that one batch of calls may take, since no call can be interrupted.
#[derive(Clone, Copy, Debug)]
pub struct BatchTime {
    began: Instant,
    most: Duration,
}

impl BatchTime {
    /// About as long as the longest single call.
    const MOST: Duration = Duration::from_secs(2);

    /// Begins with the batch.
    #[must_use]
    pub fn begin() -> Self {
        Self { began: Instant::now(), most: Self::MOST }
    }

    /// Checks that another element may begin.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`](crate::Errno::Overflow) once the batch has taken two seconds.
    pub fn check(self) -> Result<()> {
        if self.began.elapsed() < self.most { Ok(()) } else { Err(refusal::limit(RefusalCause::Length)) }
    }
}

impl Operation<'_> {
    /// Makes a door's output of `len` zero bytes. Beyond 64 bytes they count against [`Limits::bytes`](crate::Limits::bytes).
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`](crate::Errno::Overflow) if fewer bytes are left of the limit, or of the host's memory.
    pub fn zeroed(self, len: usize) -> Result<SecretBytes> {
        SecretBytes::zeroed(len, self.budget())
    }

    /// Makes a door's output that is a copy. Beyond 64 bytes it counts against [`Limits::bytes`](crate::Limits::bytes).
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`](crate::Errno::Overflow) if fewer bytes are left of the limit, or of the host's memory.
    pub fn copy(self, bytes: &[u8]) -> Result<SecretBytes> {
        SecretBytes::copy_of(bytes, self.budget())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Errno;

    #[test]
    fn once_its_time_is_over_a_batch_begins_no_element() {
        assert_eq!(BatchTime::begin().check(), Ok(()));
        assert_eq!(BatchTime { most: Duration::ZERO, ..BatchTime::begin() }.check(), Err(Errno::Overflow));
    }
}
