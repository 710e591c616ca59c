//! How a door counts against a guest's limits: open handles, bytes, and the bytes that one call processes.
//!
//! The pointer door counts its handles itself, without an atomic instruction for a guest without threads.

use std::{cell::Cell, sync::Arc};

use super::{Guest, Operation};
use crate::{RefusalCause, Result, refusal, secret::Reservation};

/// One handle of a guest's limit, given back when this is dropped.
#[derive(Debug)]
#[must_use]
pub struct HandleReservation(Arc<Guest>);

impl Drop for HandleReservation {
    fn drop(&mut self) {
        self.0.release_handle(false);
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

impl Operation<'_> {
    /// Reserves bytes that a door holds for the guest, such as an output that the runtime has yet to copy.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`](crate::Errno::Overflow) if fewer bytes are left of [`Limits::bytes`](crate::Limits::bytes).
    pub fn take_bytes(self, bytes: usize) -> Result<BytesReservation> {
        Reservation::take_any(bytes, self.budget()).map(BytesReservation)
    }
}
