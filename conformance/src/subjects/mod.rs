//! The subjects that are built in.

mod native;
mod wasmtime;

use hostcrypt::{Host, Revision, backend::Backend};

use crate::{Setup, Subject};

/// Every runtime × backend × revision that this build has.
#[must_use]
pub fn all() -> Vec<Box<dyn Subject>> {
    let mut subjects: Vec<Box<dyn Subject>> = Vec::new();
    for backend in BACKENDS {
        for revision in Revision::ALL {
            subjects.push(Box::new(native::Native(Under::new(*backend, revision))));
            subjects.push(Box::new(wasmtime::Wasmtime::new(Under::new(*backend, revision))));
        }
    }
    subjects
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

/// What our own hosts run: a backend, under a revision.
struct Under {
    backend: Backend,
    /// The backend's name.
    name: String,
    revision: Revision,
    algorithms: Vec<String>,
    /// The part of the backend that serves each of them.
    parts: Vec<&'static str>,
}

impl Under {
    fn new(backend: Backend, revision: Revision) -> Self {
        let (algorithms, parts) = Host::new(backend).algorithms().map(|info| (info.name, info.backend)).unzip();
        Self { backend, name: backend.to_string(), revision, algorithms, parts }
    }

    fn part(&self, algorithm: &str) -> &str {
        let served = self.algorithms.iter().position(|served| served.eq_ignore_ascii_case(algorithm));
        served.map_or(&self.name, |served| self.parts[served])
    }

    fn host(&self, setup: &Setup) -> Host {
        let Setup { limits, policy, long_work } = setup.clone();
        Host::builder(self.backend).limits(limits).policy(policy).long_work(long_work).build()
    }
}
