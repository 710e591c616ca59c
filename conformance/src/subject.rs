//! The traits that a host implements to be judged.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize},
};

use hostcrypt::{
    Limits, LongWork, Policy, Revision,
    store::{KeyRules, KeyStore, MemoryStore, Quotas, StoreConfig},
};

use crate::Interface;

/// The setup of a host for a behaviour.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The limits of each guest.
    pub limits: Limits,
    /// The policy.
    pub policy: Policy,
    /// Whether work that may take seconds blocks the call.
    pub long_work: LongWork,
    /// Whether threads share the probe's memory.
    pub shared_memory: bool,
    /// The store of managed keys.
    pub keys: Keys,
    /// The namespace whose keys the guest uses; `None` for the host's default.
    pub namespace: Option<String>,
    /// The time of the host's clock, as a UNIX timestamp in seconds; `None` for the system's clock.
    pub clock: Option<Arc<AtomicU64>>,
    /// The log of completed changes, if there is one: namespace, kind, identifier, version, action and time of each.
    pub audit: Option<Arc<Mutex<Vec<String>>>>,
    /// The log that must take each change of keys before it is made, if there is one.
    pub audit_required: Option<Arc<RequiredLog>>,
    /// The log of refused calls, if there is one: namespace, function, errno, cause, and the detail if there is one.
    pub refusals: Option<Arc<Mutex<Vec<String>>>>,
}

/// A required audit log in memory.
#[derive(Debug)]
pub struct RequiredLog {
    /// The number of the change, and the rest: step, versions, kind, identifier, action.
    pub lines: Mutex<Vec<(u64, String)>>,
    /// The number of lines that it still takes; unlimited by default.
    pub room: AtomicUsize,
}

impl Default for RequiredLog {
    fn default() -> Self {
        Self { lines: Mutex::default(), room: AtomicUsize::new(usize::MAX) }
    }
}

/// The store of a host's managed keys.
#[derive(Clone, Default)]
pub enum Keys {
    /// A new store for the guest alone.
    #[default]
    Fresh,
    /// No store.
    Nowhere,
    /// This store.
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
    /// Returns whether this is the default setup, which every host has.
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

/// One host to judge: a runtime, a backend and a version of the interface.
pub trait Subject: Send + Sync {
    /// Returns the runtime, such as `wasmtime`; `native` is the core without a runtime.
    fn runtime(&self) -> &str;

    /// Returns the backend, such as `rustcrypto`.
    fn backend(&self) -> &str;

    /// Returns the revision that the guest uses.
    fn revision(&self) -> Revision;

    /// Returns the version of the interface that the guest uses, as reports show it; by default, the revision.
    ///
    /// The component form has versions of its own, and the names and the errnos of a revision.
    fn version(&self) -> String {
        self.revision().to_string()
    }

    /// Returns the algorithms that the host serves; any other must answer `unsupported_algorithm`.
    fn algorithms(&self) -> &[String];

    /// Returns whether the host serves an algorithm.
    fn serves(&self, algorithm: &str) -> bool {
        self.algorithms().iter().any(|served| served.eq_ignore_ascii_case(algorithm))
    }

    /// Makes an empty key store of the host's kind.
    ///
    /// # Errors
    ///
    /// Why there is no such store.
    fn key_store(&self, rules: KeyRules, quotas: Quotas) -> Result<Arc<dyn KeyStore>, String> {
        Ok(Arc::new(MemoryStore::new().with_config(StoreConfig::default().with_rules(rules).with_quotas(quotas))))
    }

    /// Returns whether the host has a capability; by default, it has every one but [`Capability::Batches`].
    ///
    /// A behaviour that needs a missing capability of the guest is skipped, and counted as skipped. If hosts may do one
    /// of two things, the capability says which one the behaviour expects of this host.
    fn has(&self, capability: Capability<'_>) -> bool {
        capability != Capability::Batches
    }

    /// Opens a guest that shares no object with others: the probe, [`module`](crate::module), or another kind of guest.
    ///
    /// # Errors
    ///
    /// Why the host cannot have this setup. The case is skipped, with this reason in the report.
    fn open(&self, setup: &Setup) -> Result<Instance, String>;
}

/// An ability that not all hosts or their guests have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability<'a> {
    /// Guests have a linear memory and pass pointers into it. A component has none.
    Memory,
    /// Objects are handles: a guest may pass any number, a handle of another kind, or a closed one. A component's
    /// resources have types and owners instead.
    Handles,
    /// Types of algorithms, encodings and errnos are bare integers, so a guest may pass invalid ones.
    Numbers,
    /// Calls write outputs to buffers of the guest, which may be of any length. A component is returned lists: they count
    /// as bytes of the guest until its next call, and `output_len` says how long a squeezed one is.
    Buffers,
    /// A call that is refused leaves the guest all its objects. A component loses the old key of a replacement.
    KeptObjects,
    /// `external_secret_replace` names the secret to replace. That of a component does not, and is an
    /// `unsupported_feature`.
    NamedSecrets,
    /// One call may serve many elements: the batch interfaces, which only the component form has.
    Batches,
    /// A million calls take a few seconds at most, even in an unoptimised build.
    CheapCalls,
    /// The host's signatures with this ECDSA algorithm are deterministic (RFC 6979).
    DeterministicEcdsa(&'a str),
    /// The host supports expanded secret keys of this lattice-based algorithm without their seed.
    ExpandedKeys(&'a str),
    /// The host wipes every copy of a secret key of this algorithm.
    WipedKeys(&'a str),
}

impl Capability<'_> {
    /// The reason to skip a behaviour that needs it.
    pub(crate) const fn lacking(self) -> &'static str {
        match self {
            Self::Memory => "its guests have no memory and pass no pointers",
            Self::Handles => "its guests cannot pass a number for an object",
            Self::Numbers => "its guests cannot pass a number without a meaning",
            Self::Buffers => "its guests have no buffers for outputs",
            Self::KeptObjects => "its refused calls close objects",
            Self::NamedSecrets => "its guests cannot name the secret to replace",
            Self::Batches => "its guests have no batches",
            Self::CheapCalls => "its calls take too long",
            Self::DeterministicEcdsa(_) => "its ECDSA signatures are random",
            Self::ExpandedKeys(_) => "it works with seeds alone",
            Self::WipedKeys(_) => "it leaves copies of secret keys",
        }
    }
}

/// A guest that a host opened.
pub enum Instance {
    /// The probe: a core module.
    Probe(Box<dyn ProbeInstance>),
    /// Another kind of guest, such as a component. The host then lacks [`Capability::Memory`].
    Typed(Box<dyn Interface>),
}

impl Instance {
    /// Returns the probe.
    ///
    /// # Errors
    ///
    /// The guest is of another kind.
    pub fn probe(self) -> Result<Box<dyn ProbeInstance>, String> {
        match self {
            Self::Probe(probe) => Ok(probe),
            Self::Typed(_) => Err(Capability::Memory.lacking().to_owned()),
        }
    }
}

impl<P: ProbeInstance + 'static> From<P> for Instance {
    fn from(probe: P) -> Self {
        Self::Probe(Box::new(probe))
    }
}

/// An open probe: its functions and its memory.
pub trait ProbeInstance: Send {
    /// Calls an exported function with the integers of its core parameters and returns the errno's number.
    ///
    /// Panic if the host traps or panics: it has then failed.
    fn call(&mut self, function: &str, integers: &[i64]) -> i32;

    /// Returns the length of the guest's memory in bytes.
    fn memory_len(&self) -> usize;

    /// Copies bytes from guest memory.
    fn read(&self, ptr: usize, bytes: &mut [u8]);

    /// Copies bytes to guest memory.
    fn write(&mut self, ptr: usize, bytes: &[u8]);

    /// Returns the bytes that the host counts for the guest's objects, if the host reports them.
    fn bytes_held(&self) -> Option<usize> {
        None
    }

    /// Makes another thread of the same guest: an instance on the same shared memory, with the same objects.
    ///
    /// # Errors
    ///
    /// Why the guest cannot have threads.
    fn thread(&mut self) -> Result<Box<dyn ProbeInstance>, String> {
        Err("its guests have no threads".to_owned())
    }
}
