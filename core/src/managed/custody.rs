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
pub(crate) struct Custody {
    held: OnceLock<Mutex<Held>>,
    /// Who stores the key or makes it another version: one at a time.
    changing: Mutex<()>,
}

impl Custody {
    pub(crate) fn of(held: Held) -> Self {
        Self { held: Mutex::new(held).into(), changing: Mutex::default() }
    }

    pub(crate) fn get(&self) -> Option<Held> {
        self.held.get().map(|held| *held.lock())
    }

    /// Stores the key: `store` is told what it is so far, and says as which version it was stored.
    ///
    /// Of threads that do this with one key, each finds what the one before it left.
    pub(super) fn change<T>(&self, store: impl FnOnce(Option<Held>) -> Result<(Held, T)>) -> Result<T> {
        let _alone = self.changing.lock();
        let (held, stored) = store(self.get())?;
        *self.held.get_or_init(|| Mutex::new(held)).lock() = held;
        Ok(stored)
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
