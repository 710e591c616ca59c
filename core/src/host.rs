//! What the embedder sets up once, a guest's world, and a call under way.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::{
    Errno, Result, Revision,
    abi::{FunctionSet, Optional},
    backend::Backend,
    catalogue::{AlgorithmInfo, Catalogue},
    handles::{Handle, MOST_HANDLES, Objects, Table},
    jobs::{Jobs, LongWork, Threads},
    managed::{Clock, Keeping},
    memory::{Memory, SharedMemory},
    policy::{InvalidPolicy, Policy},
    refusal::{Refusal, Refusals},
    secret::Budget,
    store::{AuditEntry, Change, KeyStore},
};

/// How much of the host one guest may use.
///
/// All of a guest's objects hold at most [`bytes`](Self::bytes), and [`UNCOUNTED`](Self::UNCOUNTED) for each handle: by
/// default 64 MiB + 16,384 × 2 KiB = 96 MiB. While calls run, they may hold as much as `bytes` once more: what grows is
/// held twice while it is moved, and a key in a store is handed a copy of its message. A call that needs much stack takes
/// one of 4 MiB of its own, of which it touches half a MiB at most. Besides come keys in the making
/// ([`LongWork`]), and what a [store](crate::store) keeps, which has quotas of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Handles open at once; at most 1,048,319. At the limit, calls answer `too_many_handles`.
    pub handles: u32,
    /// Bytes that all of a guest's objects hold together, but for what each may hold
    /// [uncounted](Self::UNCOUNTED): messages to be signed, additional data, options, outputs not yet pulled, long
    /// signatures, and RSA and lattice keys (1 to 103 KiB for each half, as its backend
    /// [states](crate::backend::Held)). So do, while a call runs, the copies that it works on where threads share the
    /// memory. At the limit, calls answer `overflow`.
    pub bytes: usize,
    /// Bytes of guest memory that one call goes over: what it reads, and what it squeezes; a text that it encrypts or
    /// decrypts counts once. No call can be interrupted, so this bounds the time that one takes. A call that would go
    /// over more answers `overflow` and does nothing; guests pass long texts in parts.
    ///
    /// A call may go over what its objects hold besides, at most [`bytes`](Self::bytes): a message that is signed, data
    /// that is authenticated with each text. The slowest algorithms take some ten nanoseconds for a byte.
    pub call_bytes: usize,
}

impl Limits {
    /// What one handle keeps alive at most without being counted, in bytes: an object, the key and the options that it
    /// was opened with, and their places in tables.
    pub const UNCOUNTED: usize = 2048;
}

impl Default for Limits {
    /// 16,384 handles, 64 MiB held, and 128 MiB in a call.
    fn default() -> Self {
        Self { handles: 1 << 14, bytes: 64 << 20, call_bytes: 128 << 20 }
    }
}

/// What the embedder sets up once for all guests: a backend, limits, a policy, a store of keys.
///
/// Cloning shares it.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
    /// Whose keys its guests reach.
    namespace: Arc<str>,
}

pub(crate) struct Shared {
    pub(crate) backend: Backend,
    pub(crate) catalogue: Catalogue,
    pub(crate) forbidden: FunctionSet,
    pub(crate) long_work: LongWork,
    pub(crate) threads: Threads,
    pub(crate) keeping: Keeping,
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
    keeping: Keeping,
    refusals: Refusals,
}

impl HostBuilder {
    /// How much of the host one guest may use.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What guests may not do.
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`] for a pattern that names no algorithm, of the interface's or of the backend's: misspelt, it
    /// would forbid nothing.
    pub fn policy(mut self, policy: Policy) -> Result<Self, InvalidPolicy> {
        let served: Vec<_> = Catalogue::new(&self.backend, &Policy::new()).infos().collect();
        policy.check(&served)?;
        self.policy = policy;
        Ok(self)
    }

    /// How calls do work that may take seconds.
    pub fn long_work(mut self, long_work: LongWork) -> Self {
        self.long_work = long_work;
        self
    }

    /// Where managed keys and external secrets are kept. Without a store, the functions about them answer
    /// `unsupported_feature`.
    pub fn key_store(mut self, store: Arc<dyn KeyStore>) -> Self {
        self.keeping.store = Some(store);
        self
    }

    /// Sets a callback that runs after each change that a guest makes in the store: an audit log that may have gaps. A
    /// process that is killed between the two leaves a change that the callback was not told of; see
    /// [`audit_required`](Self::audit_required). It runs in the thread of the guest's call, which waits for it.
    pub fn audit(mut self, audit: impl Fn(&Change<'_>) + Send + Sync + 'static) -> Self {
        self.keeping.audit.done = Some(Arc::new(audit));
        self
    }

    /// Sets an audit log without gaps: a change that it does not take is not made.
    ///
    /// The callback is given the intent of each change before the store is asked, and its outcome after. Where it fails
    /// on an intent, the call answers `internal_error`, nothing is changed, and the error goes to
    /// [`on_refusal`](Self::on_refusal). Where it fails on an outcome, the change stands, the call still
    /// answers success, and nobody is told: the log has the intent, which an operator checks against the store. What the
    /// callback was given must be durable when it returns. It runs in the thread of the guest's call, which waits for it.
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
        self.keeping.audit.required = Some(Arc::new(log));
        self
    }

    /// Sets a callback that runs when a call is refused for a reason of the host's: a prohibition, a limit, a failure.
    /// Mistakes of the guest's own are not told. It runs in the thread of the guest's call, which waits for it.
    ///
    /// A guest can make such calls in a loop: bound what is logged of them.
    pub fn on_refusal(mut self, callback: impl Fn(&Refusal<'_>) + Send + Sync + 'static) -> Self {
        self.refusals = Refusals::new(callback);
        self
    }

    /// What tells the time, as a UNIX timestamp in seconds, to see what has expired; the system's clock by default.
    pub fn clock(mut self, clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.keeping.clock = Clock::new(clock);
        self
    }

    /// The host.
    #[must_use]
    pub fn build(self) -> Host {
        let Self { backend, mut limits, policy, long_work, keeping, refusals } = self;
        limits.handles = limits.handles.min(MOST_HANDLES);
        let shared = Shared {
            backend,
            catalogue: Catalogue::new(&backend, &policy),
            forbidden: policy.functions(),
            long_work,
            threads: Threads::new(long_work),
            keeping,
            refusals,
            limits,
        };
        Host { shared: Arc::new(shared), namespace: Host::DEFAULT_NAMESPACE.into() }
    }
}

impl Host {
    /// A host over a backend, with the default limits, that forbids nothing.
    #[must_use]
    pub fn new(backend: Backend) -> Self {
        Self::builder(backend).build()
    }

    /// A host over a backend, to be set up.
    pub fn builder(backend: Backend) -> HostBuilder {
        HostBuilder {
            backend,
            limits: Limits::default(),
            policy: Policy::default(),
            long_work: LongWork::default(),
            keeping: Keeping::default(),
            refusals: Refusals::default(),
        }
    }

    /// The namespace of guests for which the embedder names none.
    pub const DEFAULT_NAMESPACE: &str = "default";

    /// The same host for guests of another namespace, any text: they reach the managed keys and the external secrets of
    /// that one alone. Guests that belong together share one.
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self { shared: Arc::clone(&self.shared), namespace: namespace.into() }
    }

    /// Whose keys its guests reach.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The limits of each guest.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.shared.limits
    }

    /// Every algorithm that the host serves.
    pub fn algorithms(&self) -> impl Iterator<Item = AlgorithmInfo> {
        self.shared.catalogue.infos()
    }

    /// A world of its own for a guest that speaks `revision`.
    #[must_use]
    pub fn context(&self, revision: Revision) -> Context {
        Context(Kept::Alone(World {
            table: RwLock::new(Table::new(self.shared.limits.handles)),
            budget: Budget::new(self.shared.limits.bytes),
            jobs: Jobs::default(),
            host: self.clone(),
            revision,
        }))
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { shared, namespace } = self;
        let mut host = f.debug_struct("Host");
        host.field("backend", &shared.backend).field("limits", &shared.limits).field("namespace", namespace).finish()
    }
}

/// One guest's world as one thread has it: its handles and its revision.
///
/// Two guests share nothing but the [`Host`].
pub struct Context(Kept);

enum Kept {
    /// A guest of one thread: its calls take no lock.
    Alone(World),
    Threads(Arc<World>),
}

struct World {
    host: Host,
    revision: Revision,
    table: RwLock<Table>,
    budget: Arc<Budget>,
    jobs: Jobs,
}

impl Context {
    fn world(&self) -> &World {
        match &self.0 {
            Kept::Alone(world) => world,
            Kept::Threads(world) => world,
        }
    }

    /// How many bytes the guest's objects hold now, as counted against [`Limits::bytes`].
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.world().budget.held()
    }

    /// The revision that the guest speaks.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.world().revision
    }

    /// The same world for another thread of the guest.
    #[must_use]
    pub fn thread(&mut self) -> Self {
        if let Kept::Threads(world) = &self.0 {
            return Self(Kept::Threads(Arc::clone(world)));
        }
        // The place of the world that moves, for a moment.
        let empty = self.world().host.context(self.revision());
        if let Kept::Alone(world) = std::mem::replace(self, empty).0 {
            self.0 = Kept::Threads(Arc::new(world));
        }
        self.thread()
    }

    /// Begins a call over a memory that nobody else touches meanwhile.
    pub fn call<'a>(&'a mut self, memory: Memory<'a>) -> Call<'a> {
        self.begin(|_| memory)
    }

    /// Begins a call over a memory that threads share.
    ///
    /// What the call reads and writes is copied, and counts against [`Limits::bytes`] meanwhile.
    pub fn copying_call<'a>(&'a mut self, memory: &'a dyn SharedMemory) -> Call<'a> {
        self.begin(|budget| Memory::shared(memory, budget))
    }

    #[inline]
    fn begin<'a>(&'a mut self, memory: impl FnOnce(&'a Arc<Budget>) -> Memory<'a>) -> Call<'a> {
        let (World { host, revision, budget, jobs, .. }, objects) = match &mut self.0 {
            // Field by field, for the table alone is borrowed to be changed.
            Kept::Alone(World { host, revision, table, budget, jobs }) => {
                let (host, revision) = (&*host, *revision);
                return Call::new(host, revision, (budget, jobs), Objects::Alone(table.get_mut()), memory(budget));
            }
            Kept::Threads(world) => (&**world, Objects::Shared(&world.table)),
        };
        Call::new(host, *revision, (budget, jobs), objects, memory(budget))
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let World { host, revision, .. } = self.world();
        f.debug_struct("Context").field("host", host).field("revision", revision).finish_non_exhaustive()
    }
}

/// One call of a guest under way: its world and its memory.
///
/// The entry points of [`abi`](crate::abi) take it.
pub struct Call<'a> {
    pub(crate) host: &'a Shared,
    pub(crate) namespace: &'a str,
    pub(crate) revision: Revision,
    pub(crate) budget: &'a Arc<Budget>,
    pub(crate) jobs: &'a Jobs,
    pub(crate) objects: Objects<'a>,
    pub(crate) memory: Memory<'a>,
}

impl<'a> Call<'a> {
    fn new(
        host: &'a Host,
        revision: Revision,
        (budget, jobs): (&'a Arc<Budget>, &'a Jobs),
        objects: Objects<'a>,
        mut memory: Memory<'a>,
    ) -> Self {
        memory.limit(host.shared.limits.call_bytes);
        Self { host: &host.shared, namespace: &host.namespace, revision, budget, jobs, objects, memory }
    }
}

impl Call<'_> {
    /// The handle in an optional parameter, if there is one.
    ///
    /// # Errors
    ///
    /// [`Errno::GuestError`] for a pointer out of memory or a tag that is neither some nor none.
    pub(crate) fn optional<T>(&self, optional: Optional<T>) -> Result<Option<Handle<T>>, Errno> {
        Ok(self.memory.optional(optional.ptr)?.map(Handle::new))
    }
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("revision", &self.revision).finish_non_exhaustive()
    }
}
