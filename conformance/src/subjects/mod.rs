//! The subjects that are built in: our adapters, each over every backend and in every revision.

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

use crate::{Door, Keys, RequiredLog, Setup, Subject};

/// A runtime with an adapter of ours.
trait Runtime: Send + Sync {
    /// Opens a probe in a world of its own.
    fn open(&self, host: &Host, revision: Revision, shared_memory: bool) -> Result<Box<dyn Door>, String>;
}

/// A runtime that starts when its first guest does: compiling its probes takes longer than many a test.
struct Late {
    name: &'static str,
    started: LazyLock<Box<dyn Runtime>>,
}

impl Late {
    fn new(name: &'static str, start: fn() -> Box<dyn Runtime>) -> Arc<Self> {
        Arc::new(Self { name, started: LazyLock::new(start) })
    }
}

/// The runtimes that are built in.
fn runtimes() -> Vec<Arc<Late>> {
    vec![
        Late::new("native", || Box::new(native::Native::new())),
        #[cfg(feature = "wasmtime")]
        Late::new("wasmtime", || Box::new(wasmtime::Wasmtime::new())),
        #[cfg(feature = "wasmer")]
        Late::new("wasmer", || Box::new(wasmer::Wasmer::new())),
        #[cfg(feature = "wasmedge")]
        Late::new("wasmedge", || Box::new(wasmedge::WasmEdge::new())),
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

/// Every runtime × backend × revision that this build has.
#[must_use]
pub fn all() -> Vec<Box<dyn Subject>> {
    let runtimes = runtimes();
    let mut subjects: Vec<Box<dyn Subject>> = Vec::new();
    for backend in BACKENDS {
        for revision in Revision::ALL {
            for runtime in &runtimes {
                subjects.push(Box::new(Ours::new(Arc::clone(runtime), *backend, revision)));
            }
        }
    }
    subjects
}

/// The core without a runtime over any backend, such as one that is under development.
#[must_use]
pub fn native(backend: Backend, revision: Revision) -> Box<dyn Subject> {
    Box::new(Ours::new(Late::new("native", || Box::new(native::Native::new())), backend, revision))
}

/// A change of a key as one line.
fn line(change: &Change<'_>) -> String {
    let Change { namespace, kind, identifier, version, action, when } = change;
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
struct Ours {
    runtime: Arc<Late>,
    backend: Backend,
    /// The backend's name.
    name: String,
    revision: Revision,
    algorithms: Vec<String>,
    /// The part of the backend that serves each of them.
    parts: Vec<&'static str>,
}

impl Ours {
    fn new(runtime: Arc<Late>, backend: Backend, revision: Revision) -> Self {
        let (algorithms, parts) = Host::new(backend).algorithms().map(|info| (info.name, info.backend)).unzip();
        Self { runtime, backend, name: backend.to_string(), revision, algorithms, parts }
    }
}

impl Subject for Ours {
    fn runtime(&self) -> &str {
        self.runtime.name
    }

    fn backend(&self) -> &str {
        &self.name
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn algorithms(&self) -> &[String] {
        &self.algorithms
    }

    fn served_by(&self, algorithm: &str) -> &str {
        let served = self.algorithms.iter().position(|served| served.eq_ignore_ascii_case(algorithm));
        served.map_or(&self.name, |served| self.parts[served])
    }

    fn open(&self, setup: &Setup) -> Result<Box<dyn Door>, String> {
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
