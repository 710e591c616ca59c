//! Fuzz targets. Each is a function of an arbitrary input that panics where the host does something wrong; a program in
//! `fuzz_targets` hands it what libFuzzer makes up.
//!
//! Every panic counts, also one that the host catches and answers as `internal_error`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

pub mod calls;
pub mod change;
/// The command's own reading of a policy, which is a program and no library.
#[path = "../../../cli/src/policy.rs"]
mod file;
pub mod keys;
pub mod options;
pub mod policy;
pub mod signatures;
pub mod store;
mod subjects;
mod twin;
