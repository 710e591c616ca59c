//! WASI-crypto for every WebAssembly runtime, over any cryptography library: the runtime-independent core.
//!
//! The rules of the interface are in the middle, on typed objects. Doors above them translate a calling convention;
//! providers below them do the cryptography and store keys. Each layer names only the layers below it, which a test
//! checks.
//!
//! ```text
//! doors      abi: integers and pointers
//!              │
//! rules      symmetric, asymmetric, signatures, kx, managed, options: typed objects and their operations
//!              │
//!            Guest and Host: limits, policy, the embedder's setup
//!              │
//!            algorithm: names, families, encodings of keys
//!              │
//! providers  backend: traits of a cryptography library      store: traits of a key store
//! ```
//!
//! An embedder makes one [`Host`] from a backend. From the host it makes one [`Context`] for each guest of a runtime,
//! whose calls an adapter passes to [`abi`], or one [`Guest`] for each user of the typed objects. No input of a guest
//! is trusted: see [`Memory`], [`Limits`] and [`Errno`].

#![forbid(unsafe_code)]

// Basics, which all other modules use.
mod errno;
mod in_out;
mod printable;
mod refusal;
mod secret;
mod stack;

// The table of the interface's functions.
mod function;

// Providers: a cryptography library, a store of keys.
pub mod backend;
pub mod store;

// Names of algorithms, and their families.
mod algorithm;
mod managed_state;
mod policy;

// An embedder's host, and its guests.
mod host;

// The rules of the interface.
mod objects;

// The pointer door.
pub mod abi;

pub use abi::{Call, Context, Memory, Revision, SharedMemory, UnknownRevision};
pub use algorithm::{AlgorithmInfo, AlgorithmType};
pub use errno::{Errno, Result};
pub use function::FunctionId;
pub use host::{
    BatchThread, BatchTime, CallBytes, Guest, HandleReservation, Host, HostBuilder, Limits, LongWork, Operation,
};
pub use in_out::InOut;
pub use objects::{array_output, asymmetric, kx, managed, options, signatures, symmetric};
pub use policy::{InvalidPolicy, Policy, UnknownFunction};
pub use printable::Printable;
pub use refusal::{Refusal, RefusalCause};
pub use secret::{BytesReservation, SecretBytes};
pub use stack::CALL_STACK;

/// The component form of the interface, the package `wasi:crypto@0.11.0` in WIT: the name and the text of each file.
pub const WIT: &[(&str, &str)] = &[
    ("asymmetric-common.wit", include_str!("../wit/asymmetric-common.wit")),
    ("common.wit", include_str!("../wit/common.wit")),
    ("external-secrets.wit", include_str!("../wit/external-secrets.wit")),
    ("kx.wit", include_str!("../wit/kx.wit")),
    ("signatures-batch.wit", include_str!("../wit/signatures-batch.wit")),
    ("signatures.wit", include_str!("../wit/signatures.wit")),
    ("symmetric-batch.wit", include_str!("../wit/symmetric-batch.wit")),
    ("symmetric.wit", include_str!("../wit/symmetric.wit")),
    ("world.wit", include_str!("../wit/world.wit")),
];
