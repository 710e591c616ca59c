//! Refused calls and their causes, for the operator of a host.
//!
//! An [`Errno`] says only what a guest may know. Code that refuses a call for a limit or a failure records the cause
//! for the thread, and [`Guest::call`](crate::Guest::call) reads it when it answers. So a successful call pays nothing.

use std::{
    any::Any,
    cell::Cell,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::Errno;

/// A call that a host refused for a reason of its own, and not for a mistake of the guest.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Refusal<'a> {
    /// The guest's namespace.
    pub namespace: &'a str,
    /// The function that the guest called, such as `keypair_export`.
    pub function: &'static str,
    /// The errno that the guest gets.
    pub errno: Errno,
    /// Why the call was refused.
    pub cause: RefusalCause,
    /// The reason in words, if one is known: the error of an audit log, the [report] of a key store, the message of a
    /// panic. It may contain text that guests or tenants chose: escape it before you show it.
    ///
    /// [report]: crate::store::StoreError::report
    pub detail: Option<&'a str>,
}

/// Why a host refused a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RefusalCause {
    /// The policy, or the rules of the key store, forbid the call, or the store takes no keys that were made elsewhere:
    /// `prohibited_operation`.
    Prohibited,
    /// The guest has as many open handles as [`Limits::handles`](crate::Limits::handles) allows: `too_many_handles`.
    Handles,
    /// The guest's objects would occupy more than [`Limits::bytes`](crate::Limits::bytes), or more than the host's free
    /// memory: `overflow`.
    Bytes,
    /// One input is longer than the host accepts, or the call would process more of the guest's memory than
    /// [`Limits::call_bytes`](crate::Limits::call_bytes) allows: `overflow`.
    Length,
    /// The namespace has reached its quotas in the key store: `overflow`.
    Quota,
    /// The required audit log did not take a change, so the change was not made: `internal_error`.
    Audit,
    /// The key store, or a key that computes inside the store, failed: `internal_error`. Or the store gets no random
    /// numbers: `rng_error`. [`Refusal::detail`] has the reason.
    Store,
    /// The host's random generator failed: `rng_error`.
    Random,
    /// The host or a library panicked: `internal_error`.
    Panic,
    /// The host has a bug, or a symmetric key that computes inside its store failed without a call of
    /// [`StoreError::refuse`](crate::store::StoreError::refuse): `internal_error`.
    Internal,
}

/// In words, such as `limit on handles`.
impl fmt::Display for RefusalCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prohibited => "forbidden",
            Self::Handles => "limit on handles",
            Self::Bytes => "limit on bytes",
            Self::Length => "limit on the length of an input",
            Self::Quota => "quota of the key store",
            Self::Audit => "audit log failed",
            Self::Store => "key store failed",
            Self::Random => "random generator failed",
            Self::Panic => "panic",
            Self::Internal => "internal error",
        })
    }
}

/// The recorded cause of a refusal, until the running call of the thread answers.
pub(crate) struct PendingRefusal {
    errno: Errno,
    cause: RefusalCause,
    pub(crate) detail: Option<String>,
}

thread_local! {
    static PENDING: Cell<Option<PendingRefusal>> = const { Cell::new(None) };
}

/// Records the cause of a refusal for this thread, and returns the errno.
#[cold]
pub(crate) fn note(errno: Errno, cause: RefusalCause, detail: Option<String>) -> Errno {
    // A thread that is ending has nothing to record.
    let _ = PENDING.try_with(|pending| pending.set(Some(PendingRefusal { errno, cause, detail })));
    errno
}

/// Takes the cause that was last recorded in this thread.
pub(crate) fn take() -> Option<PendingRefusal> {
    PENDING.try_with(Cell::take).ok().flatten()
}

/// Records the cause of a refusal, unless a more specific one was recorded with this errno.
#[cold]
pub(crate) fn note_unless_pending(errno: Errno, cause: RefusalCause) -> Errno {
    let pending = take().filter(|pending| pending.errno == errno);
    let PendingRefusal { cause, detail, .. } = pending.unwrap_or(PendingRefusal { errno, cause, detail: None });
    note(errno, cause, detail)
}

/// The errno of a limit of the host. Without a recorded cause, [`Errno::Overflow`] means that a buffer of the guest is
/// too small.
#[cold]
pub(crate) fn limit(cause: RefusalCause) -> Errno {
    note(Errno::Overflow, cause, None)
}

type Callback = dyn Fn(&Refusal<'_>) + Send + Sync;

/// The embedder's callback for refusals, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Refusals(Option<Arc<Callback>>);

impl Refusals {
    pub(crate) fn new(callback: impl Fn(&Refusal<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(callback)))
    }

    /// Reports a refused call to the callback, unless the refusal is the guest's own mistake.
    #[cold]
    pub(crate) fn tell(&self, namespace: &str, function: &'static str, errno: Errno, panic: Option<&(dyn Any + Send)>) {
        // Also without a callback: the thread may serve another host next, which must not find it.
        let pending = take().filter(|pending| pending.errno == errno);
        let Some(callback) = &self.0 else { return };
        let message = panic.and_then(|payload| {
            payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        });
        let (cause, detail) = match (panic, &pending, errno) {
            (Some(_), ..) => (RefusalCause::Panic, message),
            (None, Some(pending), _) => (pending.cause, pending.detail.as_deref()),
            (None, None, Errno::ProhibitedOperation) => (RefusalCause::Prohibited, None),
            (None, None, Errno::TooManyHandles) => (RefusalCause::Handles, None),
            (None, None, Errno::RngError) => (RefusalCause::Random, None),
            (None, None, Errno::InternalError) => (RefusalCause::Internal, None),
            _ => return,
        };
        let refusal = Refusal { namespace, function, errno, cause, detail };
        // A panic of the embedder's callback must not unwind into a runtime.
        let _ = catch_unwind(AssertUnwindSafe(|| callback(&refusal)));
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refusals").field(&self.0.is_some()).finish()
    }
}
