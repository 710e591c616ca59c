//! The subjects that are built in.

mod native;
mod wasmtime;

use hostcrypt::{Host, Limits, Revision, backend::Backend};

use crate::Subject;

/// Every runtime × backend × revision that this build has.
#[must_use]
pub fn all() -> Vec<Box<dyn Subject>> {
    let backends = [hostcrypt_rustcrypto::BACKEND];
    let mut subjects: Vec<Box<dyn Subject>> = Vec::new();
    for backend in backends {
        for revision in Revision::ALL {
            subjects.push(Box::new(native::Native(Under { backend, revision })));
            subjects.push(Box::new(wasmtime::Wasmtime::new(Under { backend, revision })));
        }
    }
    subjects
}

/// What our own hosts run: a backend, under a revision.
#[derive(Clone, Copy)]
struct Under {
    backend: Backend,
    revision: Revision,
}

impl Under {
    fn host(&self, limits: Limits) -> Host {
        Host::with_limits(self.backend, limits)
    }

    fn serves(&self, algorithm: &str) -> bool {
        Host::new(self.backend).algorithms().any(|info| info.name.eq_ignore_ascii_case(algorithm))
    }
}
