//! What a host must offer to be judged.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize},
};

use hostcrypt::{
    Limits, LongWork, Policy, Revision,
    store::{KeyRules, KeyStore, MemoryStore, Quotas, StoreConfig},
};

/// How the embedder of a host set it up.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// How much of the host one guest may use.
    pub limits: Limits,
    /// What guests may not do.
    pub policy: Policy,
    /// How calls do work that may take seconds.
    pub long_work: LongWork,
    /// Whether the probe's memory is one that threads share.
    pub shared_memory: bool,
    /// Where managed keys are kept.
    pub keys: Keys,
    /// Whose keys the guest reaches; without one, the host's default.
    pub namespace: Option<String>,
    /// The time that the host goes by, as a UNIX timestamp in seconds; without one, the system's.
    pub clock: Option<Arc<AtomicU64>>,
    /// Where changes of keys are noted, if anywhere: namespace, kind, identifier, version, action and time of each.
    pub audit: Option<Arc<Mutex<Vec<String>>>>,
    /// The log that must take each change of keys before it is made, if there is one.
    pub audit_required: Option<Arc<RequiredLog>>,
    /// Where refused calls are noted, if anywhere: namespace, function, errno, cause, and the detail if there is one.
    pub refusals: Option<Arc<Mutex<Vec<String>>>>,
}

/// A required audit log in memory.
#[derive(Debug)]
pub struct RequiredLog {
    /// The number of the change, and the rest: step, versions, kind, identifier, action.
    pub lines: Mutex<Vec<(u64, String)>>,
    /// How many more lines it takes. Any number, by default.
    pub room: AtomicUsize,
}

impl Default for RequiredLog {
    fn default() -> Self {
        Self { lines: Mutex::default(), room: AtomicUsize::new(usize::MAX) }
    }
}

/// Where a host keeps managed keys.
#[derive(Clone, Default)]
pub enum Keys {
    /// In a store of the guest's own, of which nothing else is known.
    #[default]
    Fresh,
    /// Nowhere: the host has no store.
    Nowhere,
    /// In this one.
    In(Arc<dyn KeyStore>),
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fresh => "Fresh",
            Self::Nowhere => "Nowhere",
            Self::In(_) => "In(…)",
        })
    }
}

impl Setup {
    /// Whether a host that cannot be set up serves.
    #[must_use]
    pub fn is_default(&self) -> bool {
        let Self { limits, policy, long_work, shared_memory, keys, namespace, clock, .. } = self;
        let told = self.audit.is_some() || self.audit_required.is_some() || self.refusals.is_some();
        let limited = *limits != Limits::default() || *policy != Policy::default() || *long_work != LongWork::default();
        let keeps = !matches!(keys, Keys::Fresh) || namespace.is_some() || clock.is_some() || told;
        !(limited || keeps || *shared_memory)
    }
}

impl From<Limits> for Setup {
    fn from(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }
}

impl From<Policy> for Setup {
    fn from(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }
}

impl From<Keys> for Setup {
    fn from(keys: Keys) -> Self {
        Self { keys, ..Self::default() }
    }
}

impl From<LongWork> for Setup {
    fn from(long_work: LongWork) -> Self {
        Self { long_work, ..Self::default() }
    }
}

/// One host to judge: a runtime, a backend and a revision.
pub trait Subject: Send + Sync {
    /// The runtime, such as `wasmtime`; `native` is the core without one.
    fn runtime(&self) -> &str;

    /// The backend, such as `rustcrypto`.
    fn backend(&self) -> &str;

    /// The revision that the probe speaks.
    fn revision(&self) -> Revision;

    /// The algorithms that the host serves; what is not among them must answer `unsupported_algorithm`.
    fn algorithms(&self) -> &[String];

    /// The backend that serves an algorithm: another one for each where backends are composed.
    fn served_by(&self, _algorithm: &str) -> &str {
        self.backend()
    }

    /// Whether the host serves an algorithm.
    fn serves(&self, algorithm: &str) -> bool {
        self.algorithms().iter().any(|served| served.eq_ignore_ascii_case(algorithm))
    }

    /// An empty store of the kind that the host keeps managed keys in.
    ///
    /// # Errors
    ///
    /// Why there is none such.
    fn key_store(&self, rules: KeyRules, quotas: Quotas) -> Result<Arc<dyn KeyStore>, String> {
        Ok(Arc::new(MemoryStore::new().with_config(StoreConfig::default().with_rules(rules).with_quotas(quotas))))
    }

    /// Opens a probe, [`module`](crate::module), in a world of its own.
    ///
    /// # Errors
    ///
    /// Why the host cannot be set up so. The case is skipped, and the report gives the reason.
    fn open(&self, setup: &Setup) -> Result<Box<dyn Door>, String>;
}

/// A probe guest that was opened: its functions and its memory.
pub trait Door: Send {
    /// Calls an exported function with the integers of its core parameters and returns the errno's number.
    ///
    /// A host that traps or panics has failed: panic.
    fn call(&mut self, function: &str, integers: &[i64]) -> i32;

    /// The length of the guest's memory in bytes.
    fn memory_len(&self) -> usize;

    /// Copies guest memory out.
    fn read(&self, ptr: usize, bytes: &mut [u8]);

    /// Copies into guest memory.
    fn write(&mut self, ptr: usize, bytes: &[u8]);

    /// How many bytes the host counts the guest's objects for, where it tells.
    fn bytes_held(&self) -> Option<usize> {
        None
    }

    /// Another thread of the same guest: an instance on the same memory, which threads share, in the same world.
    ///
    /// # Errors
    ///
    /// Why it cannot be.
    fn thread(&mut self) -> Result<Box<dyn Door>, String> {
        Err("its guests have no threads".to_owned())
    }
}
