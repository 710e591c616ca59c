//! WASI-crypto for every WebAssembly runtime, over any cryptography library: the runtime-independent core.
//!
//! The rules of the interface stand in the middle, on typed objects. Doors above them translate a calling convention;
//! providers below them do the cryptography and keep keys. Each layer names only those below it, which a test holds.
//!
//! ```text
//! doors      abi: integers and pointers
//!              │
//! rules      symmetric, asymmetric, signatures, kx, managed, options: typed objects and their operations
//!              │
//!            Guest and Host: limits, policy, what the embedder set up
//!              │
//!            algorithm: names, families, encodings of keys
//!              │
//! providers  backend: traits of a cryptography library      store: traits of a store of keys
//! ```
//!
//! An embedder makes one [`Host`] of a backend, and of it one [`Context`] for each guest of a runtime, whose calls an
//! adapter passes to [`abi`]; or one [`Guest`] for each user of the typed objects. Nothing that a guest passes is trusted:
//! see [`Memory`], [`Limits`] and [`Errno`].

#![forbid(unsafe_code)]

// What everything uses.
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

// Names of algorithms, and what they stand for.
mod algorithm;
mod managed_state;
mod policy;

// What an embedder sets up, and one guest of it.
mod host;

// The rules of the interface.
mod objects;

// The pointer door.
pub mod abi;

pub use abi::{Call, Context, Memory, Revision, SharedMemory, UnknownRevision};
pub use algorithm::{AlgorithmInfo, AlgorithmType};
pub use errno::{Errno, Result};
pub use function::FunctionId;
pub use host::{BytesReservation, CallBytes, Guest, HandleReservation, Host, HostBuilder, Limits, LongWork, Operation};
pub use in_out::InOut;
pub use objects::{array_output, asymmetric, kx, managed, options, signatures, symmetric};
pub use policy::{InvalidPolicy, Policy, UnknownFunction};
pub use printable::Printable;
pub use refusal::{Refusal, RefusalCause};
pub use secret::SecretBytes;
pub use stack::CALL_STACK;
