//! One guest, and the permits for its operations.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use super::{Host, Jobs, Shared, StoreSetup};
use crate::{
    Errno, Result,
    algorithm::{
        AlgorithmType, AllowedAlgorithm,
        asymmetric::{AsymmetricAlgorithm, KeyPairAlgorithm, SecretHalf, SignatureAlgorithm},
    },
    backend::Random,
    function::FunctionId,
    secret::Budget,
};

/// One guest: its host, its namespace, and its use of the limits.
///
/// The rules of the interface are operations on typed objects, such as a
/// [`symmetric::State`](crate::symmetric::State). Each takes an [`Operation`], which [`call`](Self::call) hands out if
/// the host's policy allows the function. A Rust program uses them without a WebAssembly runtime:
///
/// ```
/// use hostcrypt::{FunctionId as Function, Host, symmetric::State};
/// # fn digest(host: &Host) -> hostcrypt::Result<[u8; 32]> {
/// let guest = host.guest();
/// let open = |op: hostcrypt::Operation<'_>| State::open(op, op.symmetric("SHA-256")?, None, None);
/// let mut state = guest.call(Function::symmetric_state_open, open)?;
/// guest.call(Function::symmetric_state_absorb, |op| state.absorb(op, b"abc"))?;
/// let mut digest = [0; 32];
/// guest.call(Function::symmetric_state_squeeze, |op| state.squeeze(op, &mut digest))?;
/// # Ok(digest)
/// # }
/// ```
///
/// The memory of its objects counts against [`Limits::bytes`](crate::Limits::bytes). A door applies the other limits:
/// it counts open handles and the bytes of guest memory that a call processes. Two guests share only their [`Host`];
/// use an object only in operations of its own guest.
pub struct Guest {
    host: Host,
    budget: Arc<Budget>,
    /// The number of open handles.
    handles: AtomicU32,
    jobs: Jobs,
}

impl Guest {
    pub(super) fn new(host: Host) -> Self {
        let budget = Budget::new(host.shared.limits.bytes);
        Self { host, budget, handles: AtomicU32::new(0), jobs: Jobs::default() }
    }

    /// Returns the guest's host.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// Returns the bytes that its objects occupy now, as counted against [`Limits::bytes`](crate::Limits::bytes).
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.budget.held()
    }

    /// Admits one operation and runs it. If it is refused for a reason of the host,
    /// [`on_refusal`](crate::HostBuilder::on_refusal) is called. `run` must do only the work of `function`, because the
    /// policy admits the call by that name.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] if the host's policy forbids the function; [`Errno::InternalError`] if `run`
    /// panics, which no input should cause; and the errno of `run`.
    #[inline]
    pub fn call<T>(&self, function: FunctionId, run: impl FnOnce(Operation<'_>) -> Result<T>) -> Result<T> {
        let guarded = AssertUnwindSafe(|| {
            if self.host.shared.forbidden.contains(function) {
                return Err(Errno::ProhibitedOperation);
            }
            run(Operation { guest: self })
        });
        match catch_unwind(guarded) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(errno)) => Err(self.refused(function, errno, None)),
            Err(panic) => Err(self.refused(function, Errno::InternalError, Some(&*panic))),
        }
    }

    /// Reports a refused call to the operator, if a callback is set.
    #[cold]
    fn refused(&self, function: FunctionId, errno: Errno, panic: Option<&(dyn Any + Send)>) -> Errno {
        self.host.shared.refusals.tell(&self.host.namespace, function.name(), errno, panic);
        errno
    }

    pub(crate) const fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Returns how many more handles may be opened.
    pub(super) fn handles_left(&self) -> usize {
        let left = self.host.shared.limits.handles.saturating_sub(self.handles.load(Relaxed));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Reserves one handle. `alone` says that no other thread uses this guest at the same time, which saves a locked
    /// instruction.
    ///
    /// # Errors
    ///
    /// [`Errno::TooManyHandles`] at the limit.
    #[inline]
    pub(crate) fn reserve_handle(&self, alone: bool) -> Result<()> {
        let limit = self.host.shared.limits.handles;
        let one_more = |open: u32| (open < limit).then_some(open + 1);
        if alone {
            let open = one_more(self.handles.load(Relaxed)).ok_or(Errno::TooManyHandles)?;
            self.handles.store(open, Relaxed);
            Ok(())
        } else {
            self.handles.fetch_update(Relaxed, Relaxed, one_more).map(drop).map_err(|_| Errno::TooManyHandles)
        }
    }

    /// Releases a handle that [`reserve_handle`](Self::reserve_handle) reserved.
    #[inline]
    pub(crate) fn release_handle(&self, alone: bool) {
        if alone {
            self.handles.store(self.handles.load(Relaxed).saturating_sub(1), Relaxed);
        } else {
            self.handles.fetch_sub(1, Relaxed);
        }
    }
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest")
            .field("host", &self.host)
            .field("bytes_held", &self.bytes_held())
            .finish_non_exhaustive()
    }
}

/// A guest's permit for one operation, handed out by [`Guest::call`].
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    guest: &'a Guest,
}

impl<'a> Operation<'a> {
    /// Looks up a symmetric algorithm by its name, case-insensitively.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] if the host has no algorithm of that name, [`Errno::ProhibitedOperation`] if its
    /// policy forbids the algorithm.
    pub fn symmetric(self, name: &str) -> Result<AllowedAlgorithm<'a>> {
        self.symmetric_of(name.as_bytes())
    }

    /// The same for a name that need not be text.
    pub(crate) fn symmetric_of(self, name: &[u8]) -> Result<AllowedAlgorithm<'a>> {
        self.shared().catalogue.symmetric(name)
    }

    /// Looks up an algorithm of key pairs by its type and its name.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub fn key_pair(self, algorithm_type: AlgorithmType, name: &str) -> Result<KeyPairAlgorithm<'a>> {
        self.shared().catalogue.asymmetric(algorithm_type, name)
    }

    /// Looks up a signature scheme by its name.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub fn signature(self, name: &str) -> Result<SignatureAlgorithm<'a>> {
        self.shared().catalogue.signature(name)
    }

    pub(crate) fn shared(self) -> &'a Shared {
        &self.guest.host.shared
    }

    pub(crate) fn namespace(self) -> &'a str {
        &self.guest.host.namespace
    }

    pub(crate) const fn budget(self) -> &'a Arc<Budget> {
        &self.guest.budget
    }

    pub(crate) fn random(self) -> &'static dyn Random {
        self.shared().backend.random
    }

    pub(crate) fn store(self) -> &'a StoreSetup {
        &self.shared().store
    }

    /// Generates a secret key, within this call or in a thread.
    ///
    /// # Errors
    ///
    /// [`Errno::InProgress`] while the key is being generated, or if too many keys are; otherwise those of the
    /// algorithm.
    pub(crate) fn generate(self, algorithm: AsymmetricAlgorithm) -> Result<SecretHalf> {
        let Shared { long_work, threads, .. } = self.shared();
        self.guest.jobs.generate(*long_work, threads, algorithm)
    }
}
