//! Components that use `wasi:crypto`, through the canonical ABI and the published WIT.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod batches;
mod guest;
mod limits;
mod operations;
mod probe;
mod stores;
mod threads;
