//! What a host must offer to be judged.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize},
};

use hostcrypt::{
    Limits, LongWork, Policy, Revision,
    store::{KeyRules, KeyStore, MemoryStore, Quotas, StoreConfig},
};

use crate::Interface;

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

    /// Whether the host has a capability: by default, every one.
    ///
    /// A behaviour that needs one of the guest is skipped without it, and counted as such. Where hosts may do one thing
    /// or another, the capability says to which the behaviour holds this one.
    fn has(&self, _capability: Capability<'_>) -> bool {
        true
    }

    /// Opens a guest that shares no object with others: the probe, [`module`](crate::module), or another kind of guest.
    ///
    /// # Errors
    ///
    /// Why the host cannot be set up so. The case is skipped, and the report gives the reason.
    fn open(&self, setup: &Setup) -> Result<Instance, String>;
}

/// What a host or its guests can do, where not all can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability<'a> {
    /// Guests have a linear memory and pass pointers into it. A component has none.
    Memory,
    /// Objects are handles: a guest may pass any number, one of another kind, or one that it closed. A component's
    /// resources have types and owners.
    Handles,
    /// Types of algorithms, encodings and errnos are bare integers, so that a guest may pass some without a meaning.
    Numbers,
    /// A million calls take a few seconds at most, also in a build that is not optimised.
    CheapCalls,
    /// The host signs with this algorithm of ECDSA as RFC 6979 says, so that a key signs a message the same each time.
    DeterministicEcdsa(&'a str),
    /// The host works with the expanded secret keys of this lattice-based algorithm, also where there is no seed.
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
    /// Any other kind of guest, such as a component. The host then lacks [`Capability::Memory`].
    Typed(Box<dyn Interface>),
}

impl Instance {
    /// The probe.
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

/// A probe guest that was opened: its functions and its memory.
pub trait ProbeInstance: Send {
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

    /// Another thread of the same guest: an instance on the same memory, which threads share, with the same objects.
    ///
    /// # Errors
    ///
    /// Why it cannot be.
    fn thread(&mut self) -> Result<Box<dyn ProbeInstance>, String> {
        Err("its guests have no threads".to_owned())
    }
}
