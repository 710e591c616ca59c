//! One guest, and the operations that it is admitted to.

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
/// [`symmetric::State`](crate::symmetric::State). Each takes an [`Operation`], which [`call`](Self::call) hands out where
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
/// The bytes that its objects hold count against [`Limits::bytes`](crate::Limits::bytes). The other limits are a door's,
/// which counts the handles that it gives out and the memory that a call goes over. Two guests share nothing but their
/// [`Host`]; an object is for operations of its own guest.
pub struct Guest {
    host: Host,
    budget: Arc<Budget>,
    /// How many handles are open.
    handles: AtomicU32,
    jobs: Jobs,
}

impl Guest {
    pub(super) fn new(host: Host) -> Self {
        let budget = Budget::new(host.shared.limits.bytes);
        Self { host, budget, handles: AtomicU32::new(0), jobs: Jobs::default() }
    }

    /// The host that serves it.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// How many bytes its objects hold now, as counted against [`Limits::bytes`](crate::Limits::bytes).
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.budget.held()
    }

    /// Admits one operation, runs it, and tells [`on_refusal`](crate::HostBuilder::on_refusal) where it is refused for a
    /// reason of the host. `run` does what the function stands for and nothing else: the policy admits by that name.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] where the host's policy forbids the function, [`Errno::InternalError`] where `run`
    /// panics, which no input should cause, and the errno of `run`.
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

    /// Tells the operator of a refused call, if that is wanted.
    #[cold]
    fn refused(&self, function: FunctionId, errno: Errno, panic: Option<&(dyn Any + Send)>) -> Errno {
        self.host.shared.refusals.tell(&self.host.namespace, function.name(), errno, panic);
        errno
    }

    pub(crate) const fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Takes room for one handle. `alone` says that no other thread uses this guest meanwhile, which saves a locked
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

    /// Gives back the room of a handle; see [`reserve_handle`](Self::reserve_handle).
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

/// The permit of a guest for one operation, which [`Guest::call`] gives.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    guest: &'a Guest,
}

impl<'a> Operation<'a> {
    /// The symmetric algorithm of a name.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] where the host has none of that name, [`Errno::ProhibitedOperation`] where its
    /// policy forbids the algorithm.
    pub fn symmetric(self, name: &str) -> Result<AllowedAlgorithm<'a>> {
        self.symmetric_of(name.as_bytes())
    }

    /// The same for a name that need not be text.
    pub(crate) fn symmetric_of(self, name: &[u8]) -> Result<AllowedAlgorithm<'a>> {
        self.shared().catalogue.symmetric(name)
    }

    /// The algorithm of key pairs of a type and a name.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub fn key_pair(self, algorithm_type: AlgorithmType, name: &str) -> Result<KeyPairAlgorithm<'a>> {
        self.shared().catalogue.asymmetric(algorithm_type, name)
    }

    /// The signature scheme of a name.
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

    /// Makes a secret key, within this call or beside it.
    ///
    /// # Errors
    ///
    /// [`Errno::InProgress`] while it is being made, or where too much is under way; else those of the algorithm.
    pub(crate) fn generate(self, algorithm: AsymmetricAlgorithm) -> Result<SecretHalf> {
        let Shared { long_work, threads, .. } = self.shared();
        self.guest.jobs.generate(*long_work, threads, algorithm)
    }
}
