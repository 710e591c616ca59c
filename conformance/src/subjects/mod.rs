//! The subjects that are built in: our adapters, each over every backend and in every revision.

#[cfg(feature = "wasmtime")]
mod component;
mod native;
#[cfg(feature = "wasmedge")]
mod wasmedge;
#[cfg(feature = "wasmer")]
mod wasmer;
#[cfg(feature = "wasmtime")]
mod wasmtime;

use std::sync::{Arc, LazyLock, PoisonError, atomic::Ordering::Relaxed};

use hostcrypt::{
    Host, Refusal, RefusalCause, Revision,
    backend::Backend,
    store::{AuditEntry, AuditStep, Change, KeyRules, Quotas},
};

use crate::{Capability, Instance, Keys, RequiredLog, Setup, Subject};

/// A runtime with an adapter of ours.
trait Runtime: Send + Sync {
    /// Opens a guest with objects of its own.
    fn open(&self, host: &Host, revision: Revision, shared_memory: bool) -> Result<Instance, String>;

    /// Whether a million calls take seconds at most.
    fn has_cheap_calls(&self) -> bool {
        false
    }
}

/// A runtime that starts when its first guest does: compiling its probes takes longer than many a test.
struct LazyRuntime {
    name: &'static str,
    form: Form,
    started: LazyLock<Box<dyn Runtime>>,
}

/// What a runtime's guests are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Core modules, of both revisions.
    Module,
    /// Components, of the package `wasi:crypto`.
    #[cfg(feature = "wasmtime")]
    Component,
}

impl Form {
    const ALL: &[Self] = &[
        Self::Module,
        #[cfg(feature = "wasmtime")]
        Self::Component,
    ];

    /// The revisions of the guests.
    const fn revisions(self) -> &'static [Revision] {
        match self {
            Self::Module => &Revision::ALL,
            #[cfg(feature = "wasmtime")]
            Self::Component => &[component::REVISION],
        }
    }
}

impl LazyRuntime {
    fn new(name: &'static str, start: fn() -> Box<dyn Runtime>) -> Arc<Self> {
        Arc::new(Self { name, form: Form::Module, started: LazyLock::new(start) })
    }

    #[cfg(feature = "wasmtime")]
    fn of_components(name: &'static str, start: fn() -> Box<dyn Runtime>) -> Arc<Self> {
        Arc::new(Self { name, form: Form::Component, started: LazyLock::new(start) })
    }
}

/// The runtimes that are built in.
fn runtimes() -> Vec<Arc<LazyRuntime>> {
    vec![
        LazyRuntime::new("native", || Box::new(native::Native::new())),
        #[cfg(feature = "wasmtime")]
        LazyRuntime::new("wasmtime", || Box::new(wasmtime::Wasmtime::new())),
        #[cfg(feature = "wasmtime")]
        LazyRuntime::of_components("wasmtime-component", || Box::new(component::Components::new())),
        #[cfg(feature = "wasmer")]
        LazyRuntime::new("wasmer", || Box::new(wasmer::Wasmer::new())),
        #[cfg(feature = "wasmedge")]
        LazyRuntime::new("wasmedge", || Box::new(wasmedge::WasmEdge::new())),
    ]
}

/// The backends that are built in, and their composition.
const BACKENDS: &[Backend] = &[
    #[cfg(feature = "rustcrypto")]
    hostcrypt_rustcrypto::BACKEND,
    #[cfg(feature = "boringssl")]
    hostcrypt_boringssl::BACKEND,
    #[cfg(all(feature = "boringssl", feature = "rustcrypto"))]
    hostcrypt_boringssl::BACKEND.or(&hostcrypt_rustcrypto::BACKEND),
];

/// Whether a backend lacks a capability.
type Lacks = fn(Capability<'_>) -> bool;

/// The capabilities that backends lack, by the backends' names. One that is not listed lacks none.
const LACKING: &[(&str, Lacks)] = &[
    // BoringSSL mixes random numbers into the nonce of an ECDSA signature, and reads lattice keys as seeds alone.
    #[cfg(feature = "boringssl")]
    (hostcrypt_boringssl::BACKEND.name, |capability| {
        matches!(capability, Capability::DeterministicEcdsa(_) | Capability::ExpandedKeys(_))
    }),
    // The crate `rsa` leaves copies of d, p and q on the heap where it resizes them, and does not wipe qInv.
    #[cfg(feature = "rustcrypto")]
    (
        hostcrypt_rustcrypto::BACKEND.name,
        |capability| matches!(capability, Capability::WipedKeys(name) if name.starts_with("RSA_")),
    ),
];

fn lacks(backend: &str, capability: Capability<'_>) -> bool {
    LACKING.iter().any(|(name, lacks)| *name == backend && lacks(capability))
}

/// Every runtime × backend × version of the interface that this build has.
#[must_use]
pub fn all() -> Vec<Box<dyn Subject>> {
    let runtimes = runtimes();
    let mut subjects: Vec<Box<dyn Subject>> = Vec::new();
    for backend in BACKENDS {
        // Of one version of the interface, one behind the other: the report has a column for each.
        for (form, revision) in Form::ALL.iter().flat_map(|form| form.revisions().iter().map(move |of| (form, of))) {
            for runtime in runtimes.iter().filter(|runtime| runtime.form == *form) {
                subjects.push(Box::new(BuiltinSubject::new(Arc::clone(runtime), *backend, *revision)));
            }
        }
    }
    subjects
}

/// The core without a runtime over any backend, such as one that is under development.
#[must_use]
pub fn native(backend: Backend, revision: Revision) -> Box<dyn Subject> {
    Box::new(BuiltinSubject::new(LazyRuntime::new("native", || Box::new(native::Native::new())), backend, revision))
}

/// A change of a key as one line.
fn line(change: &Change<'_>) -> String {
    let Change { namespace, kind, identifier, version, action, when, .. } = change;
    format!("{namespace} {kind:?} {identifier} {version} {action} {when}")
}

impl RequiredLog {
    /// Takes a line while there is room.
    fn take(&self, entry: &AuditEntry<'_>) -> Result<(), &'static str> {
        let left = |room: usize| room.checked_sub(1);
        self.room.fetch_update(Relaxed, Relaxed, left).map_err(|_| "the log is full")?;
        let AuditEntry { change, kind, identifier, action, .. } = entry;
        let (step, made) = match entry.step {
            AuditStep::Done(numbers) => ("done".to_owned(), Some(format!("{numbers:?}"))),
            AuditStep::Refused(errno) => (format!("refused:{errno}"), None),
            step => (step.to_string(), None),
        };
        let meant = entry.versions.map(|versions| format!("{versions:?}"));
        let versions = made.or(meant).unwrap_or_else(|| "new".to_owned());
        let line = format!("{step} {versions} {kind:?} {identifier} {action}");
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push((*change, line));
        Ok(())
    }
}

/// A host of ours: a runtime and a backend, under a revision.
struct BuiltinSubject {
    runtime: Arc<LazyRuntime>,
    backend: Backend,
    /// The backend's name.
    name: String,
    revision: Revision,
    algorithms: Vec<String>,
    /// The part of the backend that serves each of them.
    parts: Vec<&'static str>,
}

impl BuiltinSubject {
    fn new(runtime: Arc<LazyRuntime>, backend: Backend, revision: Revision) -> Self {
        let (algorithms, parts) = Host::new(backend).algorithms().map(|info| (info.name, info.backend)).unzip();
        Self { runtime, backend, name: backend.to_string(), revision, algorithms, parts }
    }
}

impl Subject for BuiltinSubject {
    fn runtime(&self) -> &str {
        self.runtime.name
    }

    fn backend(&self) -> &str {
        &self.name
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn version(&self) -> String {
        match self.runtime.form {
            Form::Module => self.revision.to_string(),
            #[cfg(feature = "wasmtime")]
            Form::Component => component::VERSION.to_owned(),
        }
    }

    fn algorithms(&self) -> &[String] {
        &self.algorithms
    }

    fn has(&self, capability: Capability<'_>) -> bool {
        match capability {
            Capability::CheapCalls => self.runtime.started.has_cheap_calls(),
            // One part serves each algorithm.
            Capability::DeterministicEcdsa(name) | Capability::WipedKeys(name) => {
                let served = self.algorithms.iter().position(|served| served.eq_ignore_ascii_case(name));
                served.is_none_or(|served| !lacks(self.parts[served], capability))
            }
            // A key that one part does not read goes to the next.
            Capability::ExpandedKeys(_) => self.parts.iter().any(|part| !lacks(part, capability)),
            // Of the guests, and not of the host.
            Capability::Memory
            | Capability::Handles
            | Capability::Numbers
            | Capability::Buffers
            | Capability::KeptObjects
            | Capability::NamedSecrets => self.runtime.form == Form::Module,
            Capability::Batches => self.runtime.form != Form::Module,
        }
    }

    fn open(&self, setup: &Setup) -> Result<Instance, String> {
        let Setup { limits, policy, long_work, shared_memory, keys, namespace, clock, .. } = setup.clone();
        let host = Host::builder(self.backend).limits(limits).policy(policy).expect("a policy of known names");
        let mut host = host.long_work(long_work);
        match keys {
            Keys::Fresh => host = host.key_store(self.key_store(KeyRules::default(), Quotas::default())?),
            Keys::Nowhere => {}
            Keys::In(store) => host = host.key_store(store),
        }
        if let Some(clock) = clock {
            host = host.clock(move || clock.load(Relaxed));
        }
        if let Some(audit) = setup.audit.clone() {
            host = host.audit(move |change| audit.lock().unwrap_or_else(PoisonError::into_inner).push(line(change)));
        }
        if let Some(log) = setup.audit_required.clone() {
            host = host.audit_required(move |entry| log.take(entry));
        }
        if let Some(refusals) = setup.refusals.clone() {
            host = host.on_refusal(move |refusal| {
                let Refusal { namespace, function, errno, cause, detail, .. } = refusal;
                let detail = detail.map(|detail| format!(" {detail}")).unwrap_or_default();
                let line = format!("{namespace} {function} {errno} {cause:?}{detail}");
                refusals.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            });
        } else {
            // A store that fails unasked is to be seen, and not only what a guest is answered.
            host = host.on_refusal(|refusal| {
                if let Refusal { cause: RefusalCause::Store, detail: Some(reason), .. } = refusal {
                    eprintln!("{reason}");
                }
            });
        }
        let host = host.build();
        let host = namespace.map_or_else(|| host.clone(), |namespace| host.in_namespace(&namespace));
        self.runtime.started.open(&host, self.revision, shared_memory)
    }
}
