//! The interface as a guest sees it: integers in, an errno out.
//!
//! [`for_each_function!`](crate::for_each_function) lists every function once; entry points, adapters, the
//! conformance probe and the tests against the published facts all come from it.

mod entry;
mod function;
mod table;
mod value;

pub use entry::*;
pub(crate) use function::only_in;
pub use function::{Function, Output, Parameter, Type, functions};
pub(crate) use value::{Number, Optional, Size};
