//! What a key's handle knows of where the key is kept.

use std::sync::OnceLock;

use parking_lot::Mutex;

use crate::{Errno, Result, store::Identifier};

/// The version that a key is, as a guest's handle has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) identifier: Identifier,
    pub(crate) version: u64,
    pub(crate) expires: Option<u64>,
    /// Whether the store's rules let the key be exported.
    pub(crate) exportable: bool,
}

/// Whether a key is managed, and as which version. A key becomes managed when it is stored, and another version when it
/// replaces one; what was opened from it before stays what it was.
///
/// A key that is not managed costs no lock.
#[derive(Default)]
pub(crate) struct Custody(OnceLock<Mutex<Held>>);

impl Custody {
    pub(crate) fn of(held: Held) -> Self {
        Self(Mutex::new(held).into())
    }

    pub(crate) fn get(&self) -> Option<Held> {
        self.0.get().map(|held| *held.lock())
    }

    /// Makes the key the version that it was stored as.
    pub(super) fn set(&self, held: Held) {
        *self.0.get_or_init(|| Mutex::new(held)).lock() = held;
    }

    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] for a managed key that the store does not let out.
    pub(crate) fn check_export(&self) -> Result<()> {
        match self.get() {
            Some(held) if !held.exportable => Err(Errno::ProhibitedOperation),
            _ => Ok(()),
        }
    }
}

/// A custody of its own: what becomes of one does not reach the other.
impl Clone for Custody {
    fn clone(&self) -> Self {
        self.get().map(Self::of).unwrap_or_default()
    }
}
