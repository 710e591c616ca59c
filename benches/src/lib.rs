//! The subjects that the benchmarks measure, and the workloads that each of them runs.
//!
//! ```text
//! library    the cryptography library alone
//! native     + the core: entry points called straight from Rust
//! wasmtime   + the adapter: the same calls from a guest on Wasmtime
//! published  the published host, called by the same guest on the Wasmtime that it is made for
//! ```
//!
//! The three subjects with a guest memory have the same bytes at the same addresses (see [`layout`]) and make the
//! same calls in the same order.

pub mod guest;
pub mod layout;
pub mod library;
pub mod native;
mod runtime;

#[cfg(feature = "published")]
pub use runtime::published;
pub use runtime::wasmtime;

/// A workload, made ready: does it as many times as it is told.
pub type Run<'a> = Box<dyn FnMut(u64) + 'a>;

/// What is measured.
pub trait Subject {
    /// The subject's name in reports.
    fn name(&self) -> &'static str;

    /// A workload of [`WORKLOADS`], or `None` where it has no meaning for the subject.
    fn workload(&mut self, name: &str) -> Option<Run<'_>>;

    /// What the last workload computed, as far as outputs go to [`layout::OUT`].
    fn output(&mut self) -> Vec<u8>;
}

/// Every workload, in the order of reports.
pub const WORKLOADS: [&str; 9] = [
    "call/empty",
    "call/absorb-0",
    "call/options",
    "life/sha-256-64",
    "life/aes-256-gcm-64",
    "life/aes-256-gcm-64-import",
    "handles/1",
    "handles/1000",
    "handles/1000000",
];

/// Every subject, the lowest layer first.
#[must_use]
pub fn subjects() -> Vec<Box<dyn Subject>> {
    vec![
        Box::new(library::Library::default()),
        Box::new(native::Native::new()),
        Box::new(wasmtime::Guest::new()),
        #[cfg(feature = "published")]
        Box::new(published::Guest::new()),
    ]
}
