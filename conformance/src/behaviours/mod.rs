//! What a host must do, one small file for each part of the interface.

mod algorithms;
mod array_output;
mod asymmetric;
mod audit;
mod batch;
mod der;
mod encodings;
mod forms;
mod handles;
mod hostile;
mod kx;
mod long_work;
mod managed;
mod memory;
mod options;
mod pem;
mod policy;
mod revisions;
mod signatures;
mod symmetric;
mod threads;

pub use hostile::{Attacker, Choices};

use crate::{Capability, Guest};

/// One thing that a host must do.
#[derive(Clone, Copy)]
pub struct Behaviour {
    /// The part of the interface.
    pub part: &'static str,
    /// What the host does, as a sentence.
    pub name: &'static str,
    /// What the revision and the host must have; without it there is nothing to judge.
    pub requirements: &'static [Requirement],
    /// Panics if the host does something else.
    pub run: fn(&mut Guest<'_>),
}

/// Something that a behaviour needs. One that reaches for what it does not declare fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// A function that not every revision has.
    Function(&'static str),
    /// Something that not every host has.
    Host(Capability<'static>),
}

/// A requirement by its name: a capability, or a function.
macro_rules! requirement {
    (Memory) => {
        crate::Requirement::Host(crate::Capability::Memory)
    };
    (Handles) => {
        crate::Requirement::Host(crate::Capability::Handles)
    };
    (Numbers) => {
        crate::Requirement::Host(crate::Capability::Numbers)
    };
    (Buffers) => {
        crate::Requirement::Host(crate::Capability::Buffers)
    };
    (Batches) => {
        crate::Requirement::Host(crate::Capability::Batches)
    };
    (NamedSecrets) => {
        crate::Requirement::Host(crate::Capability::NamedSecrets)
    };
    ($function:ident) => {
        crate::Requirement::Function(stringify!($function))
    };
}
pub(crate) use requirement;

/// Lists the behaviours of a file, each a function named by a sentence, with what it needs.
macro_rules! behaviours {
    ($part:literal: $($name:ident $([needs $($needs:ident),+])?),* $(,)?) => {
        pub(in crate::behaviours) const ALL: &[crate::Behaviour] = &[$(crate::Behaviour {
            part: $part,
            name: stringify!($name),
            requirements: &[$($(crate::behaviours::requirement!($needs)),+)?],
            run: $name,
        }),*];
    };
}
use behaviours;

/// Every behaviour of the suite.
pub(crate) fn all() -> impl Iterator<Item = Behaviour> {
    [
        options::ALL,
        array_output::ALL,
        handles::ALL,
        memory::ALL,
        symmetric::ALL,
        symmetric::hash::ALL,
        symmetric::mac::ALL,
        symmetric::hkdf::ALL,
        symmetric::aead::ALL,
        symmetric::cipher::ALL,
        symmetric::session::ALL,
        asymmetric::ALL,
        encodings::ALL,
        pem::ALL,
        der::ALL,
        forms::ALL,
        signatures::ALL,
        kx::ALL,
        batch::ALL,
        long_work::ALL,
        managed::ALL,
        policy::ALL,
        revisions::ALL,
        threads::ALL,
        hostile::ALL,
        audit::ALL,
        crate::vectors::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
