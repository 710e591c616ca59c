//! Whether a key is managed, and as which version.

use std::sync::OnceLock;

use parking_lot::Mutex;

use crate::{Errno, Result, store::Identifier};

/// The version of a managed key, in the guest's object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ManagedVersion {
    pub(crate) identifier: Identifier,
    pub(crate) version: u64,
    pub(crate) expires: Option<u64>,
    /// Whether the store's rules let the key be exported.
    pub(crate) exportable: bool,
}

/// Whether a key is managed, and as which version. A key becomes managed when it is stored, and another version when it
/// replaces one; states that were opened from it before do not change.
///
/// A key that is not managed needs no lock.
#[derive(Default)]
pub(crate) struct ManagedState {
    /// Boxed, since most keys are not managed.
    version: OnceLock<Box<Mutex<ManagedVersion>>>,
    /// Locked while the key is stored or becomes another version.
    changing: Mutex<()>,
}

impl ManagedState {
    pub(crate) fn of(version: ManagedVersion) -> Self {
        Self { version: Box::new(Mutex::new(version)).into(), changing: Mutex::default() }
    }

    pub(crate) fn get(&self) -> Option<ManagedVersion> {
        self.version.get().map(|version| *version.lock())
    }

    /// The identifier and the version of a managed key.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] for a key that is not managed.
    pub(crate) fn id(&self) -> Result<(Identifier, u64)> {
        let version = self.get().ok_or(Errno::UnsupportedFeature)?;
        Ok((version.identifier, version.version))
    }

    /// Stores the key: `store` gets the key's version so far, and returns the version as which it was stored.
    ///
    /// If several threads do this with one key, each sees the result of the one before.
    pub(crate) fn change<T>(
        &self,
        store: impl FnOnce(Option<ManagedVersion>) -> Result<(ManagedVersion, T)>,
    ) -> Result<T> {
        let _alone = self.changing.lock();
        let (version, stored) = store(self.get())?;
        *self.version.get_or_init(|| Box::new(Mutex::new(version))).lock() = version;
        Ok(stored)
    }

    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] for a managed key that the store does not let out.
    pub(crate) fn check_export(&self) -> Result<()> {
        match self.get() {
            Some(version) if !version.exportable => Err(Errno::ProhibitedOperation),
            _ => Ok(()),
        }
    }
}

/// The copy is independent: what becomes of one does not reach the other.
impl Clone for ManagedState {
    fn clone(&self) -> Self {
        self.get().map(Self::of).unwrap_or_default()
    }
}
