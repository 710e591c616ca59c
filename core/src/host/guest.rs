//! One guest, and the operations that it is admitted to.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
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
    refusal::Refusals,
    secret::Budget,
};

/// One guest: its host, its namespace, and how much of the host it uses.
///
/// The rules of the interface are operations on typed objects, such as a
/// [`symmetric::State`](crate::symmetric::State). Each takes an [`Operation`], which the guest hands out if the host's
/// policy allows the function. A Rust program uses them without a WebAssembly runtime:
///
/// ```
/// use hostcrypt::{FunctionId, Host, symmetric::State};
/// # fn digest(host: &Host) -> hostcrypt::Result<[u8; 32]> {
/// let guest = host.guest();
/// let open = guest.enter(FunctionId::symmetric_state_open)?;
/// let mut state = State::open(open, open.symmetric("SHA-256")?, None, None)?;
/// state.absorb(guest.enter(FunctionId::symmetric_state_absorb)?, b"abc")?;
/// let mut digest = [0; 32];
/// state.squeeze(guest.enter(FunctionId::symmetric_state_squeeze)?, &mut digest)?;
/// # Ok(digest)
/// # }
/// ```
///
/// The bytes that its objects hold count against [`Limits::bytes`](crate::Limits::bytes). Two guests share nothing but
/// their [`Host`].
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

    /// Admits one operation.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] where the host's policy forbids the function.
    #[inline]
    pub fn enter(&self, function: FunctionId) -> Result<Operation<'_>> {
        if self.host.shared.forbidden.contains(function) {
            return Err(Errno::ProhibitedOperation);
        }
        Ok(Operation { guest: self })
    }

    pub(crate) const fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.host.shared.refusals
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

/// The permit of a guest for one operation, which [`Guest::enter`] gives.
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
    pub fn symmetric(self, name: &str) -> Result<AllowedAlgorithm> {
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
    pub fn signature(self, name: &str) -> Result<SignatureAlgorithm> {
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
