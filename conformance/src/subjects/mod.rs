//! The subjects that are built in.

mod native;
mod wasmtime;

use hostcrypt::{Host, Revision, backend::Backend};

use crate::{Setup, Subject};

/// Every runtime × backend × revision that this build has.
#[must_use]
pub fn all() -> Vec<Box<dyn Subject>> {
    let backends = [hostcrypt_rustcrypto::BACKEND];
    let mut subjects: Vec<Box<dyn Subject>> = Vec::new();
    for backend in backends {
        for revision in Revision::ALL {
            let algorithms: Vec<_> = Host::new(backend).algorithms().map(|info| info.name).collect();
            subjects.push(Box::new(native::Native(Under { backend, revision, algorithms: algorithms.clone() })));
            subjects.push(Box::new(wasmtime::Wasmtime::new(Under { backend, revision, algorithms })));
        }
    }
    subjects
}

/// What our own hosts run: a backend, under a revision.
struct Under {
    backend: Backend,
    revision: Revision,
    algorithms: Vec<String>,
}

impl Under {
    fn host(&self, setup: &Setup) -> Host {
        let Setup { limits, policy, long_work } = setup.clone();
        Host::builder(self.backend).limits(limits).policy(policy).long_work(long_work).build()
    }
}
