//! WASI-crypto for every WebAssembly runtime, over any cryptography library: the runtime-independent core.
//!
//! A guest calls functions of the `wasi_ephemeral_crypto_*` modules; an adapter passes the integers of each call to
//! an entry point of [`abi`]; the core applies the rules of the interface, asks a [`backend`] for the cryptography
//! and a [`store`] for keys that last. An embedder makes one [`Host`] of a backend and one [`Context`] for each guest.
//!
//! ```text
//! guest ─ integers ─► adapter ─► abi ─► rules of the interface ─► backend
//! ```
//!
//! Nothing that a guest passes is trusted: see [`Memory`], [`Limits`] and [`Errno`].

#![forbid(unsafe_code)]

// The edge: what guests see.
pub mod abi;
mod errno;
mod memory;
mod revision;

// What an embedder sets up, and what a guest's objects live in.
mod catalogue;
mod handles;
mod host;
mod jobs;
mod policy;
mod printable;
mod refusal;
mod secret;
mod stack;

// The rules of the interface, by module.
mod array_output;
mod asymmetric;
mod kx;
mod managed;
mod options;
mod signatures;
mod symmetric;

// What a cryptography library provides, and what keeps keys.
pub mod backend;
pub mod store;

pub use catalogue::AlgorithmInfo;
pub use errno::{Errno, Result};
pub use host::{Call, Context, Host, HostBuilder, Limits};
pub use jobs::LongWork;
pub use memory::{InOut, Memory, SharedMemory};
pub use options::AlgorithmType;
pub use policy::{InvalidPolicy, Policy, UnknownFunction};
pub use printable::Printable;
pub use refusal::{Refusal, RefusalCause};
pub use revision::{Revision, UnknownRevision};
pub use stack::CALL_STACK;
