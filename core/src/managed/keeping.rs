//! What the embedder sets up for managed keys.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{Custody, audit::Audit};
use crate::{Errno, Result, store::KeyStore};

/// A store, and what goes with it.
#[derive(Clone, Default)]
pub(crate) struct Keeping {
    pub(crate) store: Option<Arc<dyn KeyStore>>,
    pub(crate) audit: Audit,
    pub(crate) clock: Clock,
}

impl Keeping {
    /// Refuses to use a managed key that has expired since it was opened.
    ///
    /// # Errors
    ///
    /// [`Errno::Expired`].
    pub(crate) fn check(&self, custody: &Custody) -> Result<()> {
        self.clock.check(custody.get().and_then(|held| held.expires))
    }
}

impl std::fmt::Debug for Keeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (store, audit) = (self.store.is_some(), self.audit.done.is_some() || self.audit.required.is_some());
        f.debug_struct("Keeping").field("store", &store).field("audit", &audit).finish_non_exhaustive()
    }
}

/// What tells the time in seconds since 1970.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    pub(crate) fn new(clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(clock))
    }

    pub(super) fn now(&self) -> u64 {
        (self.0)()
    }

    /// Whether the last second in which something is of use has not passed.
    ///
    /// # Errors
    ///
    /// [`Errno::Expired`] if it has.
    pub(super) fn check(&self, expires: Option<u64>) -> Result<()> {
        if expires.is_some_and(|last| self.now() > last) { Err(Errno::Expired) } else { Ok(()) }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}
