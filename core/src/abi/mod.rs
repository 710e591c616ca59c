//! The pointer door: the interface for core modules, with integers as arguments and an errno as the result.
//!
//! One table lists every function; entry points, adapters, the conformance probe and the tests against the specifications
//! are generated from it. Everything that only pointers need is here: handles, guest memory, the numbers of both
//! revisions. The rules are in the typed objects, such as
//! [`symmetric::State`](crate::symmetric::State).

mod calls;
mod context;
mod entry;
mod function;
mod handles;
mod memory;
mod revision;
mod value;

/// The prefix of the name of each module of the interface.
pub const MODULE_PREFIX: &str = "wasi_ephemeral_crypto_";

pub use context::{Call, Context};
pub use entry::*;
pub use function::{CoreType, Function, Output, Parameter, Type, functions};
pub use memory::{Memory, SharedMemory};
pub use revision::{Revision, UnknownRevision};
