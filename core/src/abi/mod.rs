//! The interface as a guest sees it: integers in, an errno out.
//!
//! [`for_each_function!`](crate::for_each_function) lists every function once; entry points, adapters, the
//! conformance probe and the tests against the published facts all come from it.

mod entry;
mod function;
mod table;
mod value;

/// What the name of each of the interface's modules begins with.
pub const MODULE_PREFIX: &str = "wasi_ephemeral_crypto_";

pub use entry::*;
pub use function::{CoreType, Function, Output, Parameter, Type, functions};
pub(crate) use function::{FunctionSet, only_in, signature_import_parameters};
pub(crate) use value::{Number, Optional, Size};
