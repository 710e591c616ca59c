//! The WebAssembly runtimes that are compiled in.

#[cfg(feature = "wasmtime")]
mod wasmtime;

use std::path::PathBuf;

use clap::{ValueEnum, builder::PossibleValue};
use hostcrypt::{Host, Revision};

use crate::Outcome;

#[cfg(not(feature = "wasmtime"))]
compile_error!("`hostcrypt` needs a runtime: enable the feature `wasmtime`");

/// What a runtime is asked to run: a WASI preview 1 command.
pub(crate) struct Guest {
    /// A core module in the binary format.
    pub(crate) wasm: Vec<u8>,
    /// The guest's own name first.
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    /// Directories of the host, and the names that the guest knows them by.
    pub(crate) dirs: Vec<(PathBuf, String)>,
    /// `None` to tell it from the imports.
    pub(crate) revision: Option<Revision>,
}

/// A runtime that the user can choose.
#[derive(Clone, Copy)]
pub(crate) struct Runtime {
    name: &'static str,
    /// Runs a guest to its end. An error goes on after the guest's name: "traps: …".
    pub(crate) run: fn(&Guest, &Host) -> Outcome,
}

impl Runtime {
    /// All of them, the default first. A further runtime is a feature, a module and an entry here.
    const ALL: &'static [Self] = &[
        #[cfg(feature = "wasmtime")]
        Self { name: "wasmtime", run: wasmtime::run },
    ];

    /// The name of the one that is used where the user names none.
    pub(crate) fn default_name() -> Option<&'static str> {
        Self::ALL.first().map(|runtime| runtime.name)
    }
}

impl ValueEnum for Runtime {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name))
    }
}
