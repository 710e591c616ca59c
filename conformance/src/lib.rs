//! One conformance suite for WASI-crypto hosts.
//!
//! A [`Behaviour`] is written once and runs for every [`Subject`]: a runtime, a backend and a version of the
//! interface. It calls the interface by the typed methods of a [`Guest`]. Behind a guest is the probe, a module that is
//! generated from the table of functions, so that real calls go through a real runtime without a WebAssembly toolchain;
//! or any other [`Interface`], such as the component that is generated from the WIT. The subject `native` makes the same calls directly to the core.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a behaviour fails by panicking"
)]

// What is judged: a host, and its guests by the functions of the interface.
mod guest;
mod probe;
mod stores;
mod subject;
mod subjects;

// What it is judged by.
mod behaviours;
mod vectors;

// The run and what it reports.
#[cfg(feature = "command")]
pub mod command;
mod functions;
mod known;
mod report;
mod suite;

pub use behaviours::{Attacker, Behaviour, Choices, Requirement};
pub use guest::{AlgorithmType, Answer, Argument, Element, Encoding, Guest, Interface, Object, Probe, Refusal, Value};
pub use known::Known;
pub use probe::{PAGES, module};
pub use stores::WithStore;
pub use subject::{Capability, Instance, Keys, ProbeInstance, RequiredLog, Setup, Subject};
pub use subjects::{all as subjects, native};
pub use suite::{Case, Outcome, Suite};

/// The README's host, which compiles.
#[cfg(all(doctest, feature = "command"))]
#[doc = include_str!("../README.md")]
mod readme {}
