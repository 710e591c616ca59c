//! The embedder's host, and its guests.

mod guest;
mod jobs;
mod limits;
mod reserve;
mod store_setup;
mod threads;

use std::sync::Arc;

pub(crate) use self::store_setup::{RequiredLog, StoreSetup};
pub use self::{
    guest::{Guest, Operation},
    jobs::LongWork,
    limits::Limits,
    reserve::{BatchTime, CallBytes, HandleReservation},
    threads::BatchThread,
};
use self::{jobs::Jobs, store_setup::Clock, threads::Threads};
use crate::{
    algorithm::{AlgorithmInfo, catalogue::Catalogue},
    backend::Backend,
    function::FunctionSet,
    policy::{InvalidPolicy, Policy},
    refusal::{Refusal, Refusals},
    store::{AuditEntry, Change, KeyStore},
};

/// A host: a backend, limits, a policy and a key store, set up once for all guests.
///
/// Clones share one host.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
    /// The namespace whose keys its guests use.
    namespace: Arc<str>,
}

pub(crate) struct Shared {
    pub(crate) backend: Backend,
    pub(crate) catalogue: Catalogue,
    pub(crate) forbidden: FunctionSet,
    pub(crate) long_work: LongWork,
    pub(crate) threads: Threads,
    batch_threads: usize,
    /// The threads of batches, beside those of their calls.
    free_batch_threads: Threads,
    pub(crate) store: StoreSetup,
    pub(crate) refusals: Refusals,
    limits: Limits,
}

/// A [`Host`] that is being set up.
#[derive(Clone, Debug)]
#[must_use]
pub struct HostBuilder {
    backend: Backend,
    limits: Limits,
    policy: Policy,
    long_work: LongWork,
    batch_threads: usize,
    store: StoreSetup,
    refusals: Refusals,
}

impl HostBuilder {
    /// Sets the limits of each guest.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the policy: the algorithms, key sizes and functions that guests may not use.
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`] for a pattern that matches no algorithm of the interface or the backend: a misspelt pattern
    /// would forbid nothing.
    pub fn policy(mut self, policy: Policy) -> Result<Self, InvalidPolicy> {
        let catalogue = Catalogue::new(&self.backend, &Policy::new());
        let served: Vec<_> = catalogue.infos().map(|info| (info.name, info.key_bits.is_some())).collect();
        policy.check(&served)?;
        self.policy = policy;
        Ok(self)
    }

    /// Sets whether work that may take seconds blocks the call.
    pub fn long_work(mut self, long_work: LongWork) -> Self {
        self.long_work = long_work;
        self
    }

    /// Sets how many threads one batch of a component may use, including the thread of the call; at least one. The
    /// default is 1: the elements of a batch run one after the other. With more threads, elements on different states run
    /// at the same time, with the same results. Elements on one state keep their order.
    ///
    /// All guests of the host share the `threads` − 1 other threads, each with a stack of 4 MiB. A batch that finds none
    /// free runs in the thread of its call, and so does a batch that is short or could reach a limit of its guest.
    /// Callbacks such as [`on_refusal`](Self::on_refusal), and the key store, are called in the thread of the element.
    pub fn batch_threads(mut self, threads: usize) -> Self {
        self.batch_threads = threads.max(1);
        self
    }

    /// Sets the store of managed keys and external secrets. Without a store, the functions for them answer
    /// `unsupported_feature`.
    pub fn key_store(mut self, store: Arc<dyn KeyStore>) -> Self {
        self.store.keys = Some(store);
        self
    }

    /// Sets a callback that runs after each change that a guest makes in the store: an audit log that may have gaps. If
    /// the process is killed between the change and the callback, the log misses the change;
    /// [`audit_required`](Self::audit_required) has no such gap. The callback runs in the thread of the guest's call,
    /// which waits for it.
    pub fn audit(mut self, audit: impl Fn(&Change<'_>) + Send + Sync + 'static) -> Self {
        self.store.audit.done = Some(Arc::new(audit));
        self
    }

    /// Sets an audit log without gaps: a change that it does not take is not made.
    ///
    /// The callback gets the intent of each change before the change, and its outcome after. If it fails on an intent,
    /// the call answers `internal_error`, nothing is changed, and the error goes to [`on_refusal`](Self::on_refusal).
    /// If it fails on an outcome, the change stands, the call succeeds, and nothing else reports the failure: an
    /// operator compares the intent in the log with the store. Each entry must be durable when the callback returns.
    /// The callback runs in the thread of the guest's call, which waits for it.
    ///
    /// ```
    /// use std::{fs::OpenOptions, io::{self, Write}, sync::{Arc, Mutex}};
    /// use hostcrypt::store::{AuditEntry, MemoryStore};
    /// # use hostcrypt::{Host, backend::*};
    /// # fn host(backend: Backend) -> io::Result<Host> {
    /// let file = Mutex::new(OpenOptions::new().append(true).create(true).open("audit.log")?);
    /// let log = move |entry: &AuditEntry<'_>| -> io::Result<()> {
    ///     let AuditEntry { change, step, kind, identifier, action, when, .. } = entry;
    ///     let line = format!("{when} {change:016x} {step} {kind} {identifier} {action}\n");
    ///     let mut file = file.lock().map_err(|_| io::Error::other("another call panicked"))?;
    ///     file.write_all(line.as_bytes())?;
    ///     file.sync_data()
    /// };
    /// let host = Host::builder(backend).key_store(Arc::new(MemoryStore::new())).audit_required(log).build();
    /// # Ok(host)
    /// # }
    /// ```
    pub fn audit_required<E>(mut self, log: impl Fn(&AuditEntry<'_>) -> Result<(), E> + Send + Sync + 'static) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let log = move |entry: &AuditEntry<'_>| log(entry).map_err(|error| error.into().to_string());
        self.store.audit.required = Some(Arc::new(log));
        self
    }

    /// Sets a callback that runs when a call is refused for a reason of the host: a prohibition, a limit, a failure. It
    /// does not run for mistakes of the guest. It runs in the thread of the guest's call, which waits for it.
    ///
    /// A guest can make such calls in a loop, so bound the number that you log.
    pub fn on_refusal(mut self, callback: impl Fn(&Refusal<'_>) + Send + Sync + 'static) -> Self {
        self.refusals = Refusals::new(callback);
        self
    }

    /// Sets the clock for expiry, in seconds since 1970. The default is the system's clock.
    pub fn clock(mut self, clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.store.clock = Clock::new(clock);
        self
    }

    /// Builds the host.
    #[must_use]
    pub fn build(self) -> Host {
        let Self { backend, mut limits, policy, long_work, batch_threads, store, refusals } = self;
        limits.handles = limits.handles.min(Limits::MOST_HANDLES);
        let shared = Shared {
            backend,
            catalogue: Catalogue::new(&backend, &policy),
            forbidden: policy.functions(),
            long_work,
            threads: Threads::new(long_work.threads()),
            batch_threads,
            free_batch_threads: Threads::new(batch_threads - 1),
            store,
            refusals,
            limits,
        };
        Host { shared: Arc::new(shared), namespace: Host::DEFAULT_NAMESPACE.into() }
    }
}

impl Host {
    /// Makes a host over a backend, with the default limits and an empty policy.
    #[must_use]
    pub fn new(backend: Backend) -> Self {
        Self::builder(backend).build()
    }

    /// Starts to set up a host over a backend.
    pub fn builder(backend: Backend) -> HostBuilder {
        HostBuilder {
            backend,
            limits: Limits::default(),
            policy: Policy::default(),
            long_work: LongWork::default(),
            batch_threads: 1,
            store: StoreSetup::default(),
            refusals: Refusals::default(),
        }
    }

    /// The namespace of guests if the embedder sets none.
    pub const DEFAULT_NAMESPACE: &str = "default";

    /// Returns the same host for guests of another namespace, which may be any text. These guests can use only the
    /// managed keys and external secrets of that namespace. Guests that belong together share a namespace.
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self { shared: Arc::clone(&self.shared), namespace: namespace.into() }
    }

    /// Returns the namespace of its guests.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Returns the limits of each guest.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.shared.limits
    }

    /// Returns every algorithm that the host serves.
    pub fn algorithms(&self) -> impl Iterator<Item = AlgorithmInfo> {
        self.shared.catalogue.infos()
    }

    /// Makes a guest of this host, in its namespace.
    #[must_use]
    pub fn guest(&self) -> Guest {
        Guest::new(self.clone())
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { shared, namespace } = self;
        let mut host = f.debug_struct("Host");
        host.field("backend", &shared.backend).field("limits", &shared.limits).field("namespace", namespace).finish()
    }
}
