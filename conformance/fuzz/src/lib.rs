//! Fuzz targets. Each is a function of an arbitrary input that panics where the host does something wrong; a program in
//! `fuzz_targets` hands it what libFuzzer makes up.
//!
//! Every panic counts, also one that the host catches and answers as `internal_error`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

pub mod calls;
pub mod change;
pub mod keys;
pub mod options;
pub mod signatures;
pub mod store;
mod subjects;
mod twin;
