//! The subjects that the benchmarks measure, and the workloads that each of them runs.
//!
//! ```text
//! library/…   a cryptography library alone
//! native/…    + the core: entry points called straight from Rust
//! wasmtime/…  + the adapter: the same calls from a guest on Wasmtime
//! component/… the core and the adapter's door for components: the same from a component on Wasmtime
//! published   the published host, called by the same guest on the Wasmtime that it is made for
//! ```
//!
//! All subjects have the same bytes at the same addresses of a memory (see [`layout`]); those that are hosts get the
//! same calls in the same order (see [`workload`]).
//!
//! Of managed keys, [`stores`] says what is measured.

pub mod component;
pub mod guest;
pub mod layout;
pub mod library;
pub mod native;
mod runtime;
pub mod stores;
pub mod table;
pub mod workload;

#[cfg(feature = "published")]
pub use runtime::published;
pub use runtime::wasmtime;
pub use workload::{Workload, workloads};

/// A workload, made ready: does it as many times as it is told.
pub type Run<'a> = Box<dyn FnMut(u64) + 'a>;

/// What is measured.
pub trait Subject {
    /// The subject's name in reports.
    fn name(&self) -> &'static str;

    /// Whether it makes key pairs of its own, and so computes something else with them than the others.
    fn makes_its_keys(&self) -> bool {
        false
    }

    /// A workload, or `None` where the subject has no such thing.
    fn workload(&mut self, workload: Workload) -> Option<Run<'_>>;

    /// The bytes at [`layout::OUT`], where the last workload left what it computed.
    fn output(&mut self) -> &[u8];
}

/// The names of all subjects, whatever features there are.
pub const SUBJECTS: [&str; 9] = [
    "library/rustcrypto",
    "native/rustcrypto",
    "wasmtime/rustcrypto",
    "component/rustcrypto",
    "library/boringssl",
    "native/boringssl",
    "wasmtime/boringssl",
    "component/boringssl",
    "published",
];

/// Every subject, in the order of [`SUBJECTS`].
#[must_use]
pub fn subjects() -> Vec<Box<dyn Subject>> {
    vec![
        Box::new(library::rustcrypto::Library::default()),
        Box::new(native::Native::new("native/rustcrypto", hostcrypt_rustcrypto::BACKEND)),
        Box::new(wasmtime::Guest::new("wasmtime/rustcrypto", hostcrypt_rustcrypto::BACKEND)),
        Box::new(component::Guest::new("component/rustcrypto", hostcrypt_rustcrypto::BACKEND)),
        #[cfg(feature = "boringssl")]
        Box::new(library::boringssl::Library::default()),
        #[cfg(feature = "boringssl")]
        Box::new(native::Native::new("native/boringssl", hostcrypt_boringssl::BACKEND)),
        #[cfg(feature = "boringssl")]
        Box::new(wasmtime::Guest::new("wasmtime/boringssl", hostcrypt_boringssl::BACKEND)),
        #[cfg(feature = "boringssl")]
        Box::new(component::Guest::new("component/boringssl", hostcrypt_boringssl::BACKEND)),
        #[cfg(feature = "published")]
        Box::new(published::Guest::default()),
    ]
}

/// Does a workload once on each subject that has it, and holds them to one output.
///
/// # Panics
///
/// If a subject fails, or computes something else than the first one.
pub fn check(workload: Workload, subjects: &mut [Box<dyn Subject>]) {
    let mut expected: Option<Vec<u8>> = None;
    for subject in subjects {
        let name = subject.name();
        let Some(mut run) = subject.workload(workload) else { continue };
        run(1);
        drop(run);
        if workload.is_asymmetric() && subject.makes_its_keys() {
            continue;
        }
        let output = &subject.output()[..workload.output_len() as usize];
        let expected = expected.get_or_insert_with(|| output.to_vec());
        assert!(output == expected, "{workload:?} on {name} computes something else");
        assert!(output.is_empty() || output.iter().any(|&byte| byte != 0), "{workload:?} on {name} computes nothing");
    }
}
