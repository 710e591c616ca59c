//! The embedder's setup for managed keys.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    Errno, Result,
    managed_state::ManagedState,
    store::{AuditEntry, Change, KeyStore, has_passed},
};

/// A store, its audit callbacks and its clock.
#[derive(Clone, Default)]
pub(crate) struct StoreSetup {
    pub(crate) keys: Option<Arc<dyn KeyStore>>,
    pub(crate) audit: Audit,
    pub(crate) clock: Clock,
}

impl StoreSetup {
    /// Checks that a managed key has not expired since it was opened.
    ///
    /// # Errors
    ///
    /// [`Errno::Expired`].
    pub(crate) fn check(&self, managed: &ManagedState) -> Result<()> {
        self.clock.check(managed.get().and_then(|version| version.expires))
    }
}

impl std::fmt::Debug for StoreSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (store, audit) = (self.keys.is_some(), self.audit.done.is_some() || self.audit.required.is_some());
        f.debug_struct("StoreSetup").field("store", &store).field("audit", &audit).finish_non_exhaustive()
    }
}

/// The audit callbacks.
#[derive(Clone, Default)]
pub(crate) struct Audit {
    /// Runs after each completed change.
    pub(crate) done: Option<Arc<DoneLog>>,
    /// Runs before each change, and after it with the outcome. An error is the reason in words.
    pub(crate) required: Option<Arc<RequiredLog>>,
}

pub(crate) type DoneLog = dyn Fn(&Change<'_>) + Send + Sync;

pub(crate) type RequiredLog = dyn Fn(&AuditEntry<'_>) -> Result<(), String> + Send + Sync;

/// A clock, in seconds since 1970.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    pub(crate) fn new(clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(clock))
    }

    pub(crate) fn now(&self) -> u64 {
        (self.0)()
    }

    /// Checks that an expiry has not passed.
    ///
    /// # Errors
    ///
    /// [`Errno::Expired`] if it has.
    pub(crate) fn check(&self, expires: Option<u64>) -> Result<()> {
        if expires.is_some_and(|last| has_passed(last, self.now())) { Err(Errno::Expired) } else { Ok(()) }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}
