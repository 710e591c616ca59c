//! The WebAssembly runtimes that are compiled in.

#[cfg(any(feature = "wasmedge", feature = "wasmer"))]
mod bounded;
#[cfg(feature = "wasmedge")]
mod wasmedge;
#[cfg(feature = "wasmer")]
mod wasmer;
#[cfg(feature = "wasmtime")]
mod wasmtime;

use std::{fmt, path::PathBuf};

use clap::{ValueEnum, builder::PossibleValue};
use hostcrypt::{Host, Revision};

use crate::Outcome;

#[cfg(not(any(feature = "wasmtime", feature = "wasmer", feature = "wasmedge")))]
compile_error!("`hostcrypt` needs a runtime: enable the feature `wasmtime`, `wasmer` or `wasmedge`");

/// A guest to run: a WASI preview 1 command, or a component that is a WASI 0.2 command.
pub(crate) struct Guest {
    /// A core module or a component, in the binary format.
    pub(crate) wasm: Vec<u8>,
    /// The guest's own name first.
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    /// Directories of the host, and their names in the guest.
    pub(crate) dirs: Vec<(PathBuf, String)>,
    /// `None` to detect it from the imports.
    pub(crate) revision: Option<Revision>,
}

/// Returns whether a guest is a component. After the magic number come the version and the layer; modules have layer 0.
pub(crate) fn is_component(wasm: &[u8]) -> bool {
    wasm.get(6) == Some(&1)
}

/// The maximal number of elements of a guest's table, as in browsers; beyond it, `table.grow` fails.
const MOST_ELEMENTS: u64 = 10_000_000;

/// A runtime that the user can choose.
#[derive(Clone, Copy)]
pub(crate) struct Runtime {
    name: &'static str,
    pub(crate) runs_components: bool,
    /// Runs a guest to its end. An error text follows the guest's name: "traps: …".
    pub(crate) run: fn(&Guest, &Host) -> Outcome,
}

impl Runtime {
    /// All of them, the default first. A further runtime is a feature, a module and an entry here.
    const ALL: &'static [Self] = &[
        #[cfg(feature = "wasmtime")]
        Self { name: "wasmtime", runs_components: true, run: wasmtime::run },
        #[cfg(feature = "wasmer")]
        Self { name: "wasmer", runs_components: false, run: wasmer::run },
        #[cfg(feature = "wasmedge")]
        Self { name: "wasmedge", runs_components: false, run: wasmedge::run },
    ];

    /// The name of the default.
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

// All runtimes use these error texts. Each follows the guest's name.

/// For a module that does not validate; the runtime's own reason follows.
const INVALID: &str = "is damaged, or needs a WebAssembly feature that this runtime does not enable";
/// Of an import that is known and has another type; the runtime's own reason follows.
const UNFIT: &str = "does not fit hostcrypt's functions: check the binding that it was built with";
/// Of a guest that ended otherwise than by an exit or a trap; the runtime's own reason follows.
const STOPPED: &str = "was stopped";

/// Of an import that is unknown.
fn unlinked(module: &str, name: &str) -> String {
    let why = if module.starts_with(hostcrypt::abi::MODULE_PREFIX) {
        "which WASI-crypto does not have: check the binding that the guest was built with"
    } else {
        "which hostcrypt does not have: it offers only WASI preview 1 and WASI-crypto"
    };
    format!("imports `{name}` from `{module}`, {why}")
}

/// The properties of a module that make it a command.
struct Command {
    /// Whether `_start` is a function without parameters and results; `None` if there is no such export.
    start: Option<bool>,
    /// Whether the memory that it exports as `memory` is shared between threads; `None` if there is no such export.
    shares_memory: Option<bool>,
    /// Whether it imports a function.
    calls_host: bool,
}

impl Command {
    fn check(&self) -> Result<(), String> {
        let lacks = match self {
            Self { start: None, .. } => "exports no `_start`: build it as a command, not as a library or reactor",
            Self { start: Some(false), .. } => {
                "exports a `_start` that is not a function without parameters and results"
            }
            Self { shares_memory: Some(true), .. } => {
                "has a memory that threads share, but `hostcrypt run` has no threads: build it without threads"
            }
            Self { shares_memory: None, calls_host: true, .. } => {
                "exports no memory named `memory`, which the host's functions read and write: export it"
            }
            _ => return Ok(()),
        };
        Err(lacks.to_owned())
    }
}

/// The outcome of a guest's call of `proc_exit`.
fn exited(code: i32) -> Outcome {
    // An exit code of a process has 8 bits, to which 256 would be cut: success.
    u8::try_from(code).map_err(|_| format!("exits with {code}, which is not an exit code: use 0 to 255"))
}

/// Why a guest trapped.
enum Trap {
    Unreachable,
    StackOverflow,
    /// The text of the WebAssembly specification, which all runtimes use.
    Other(String),
}

/// The outcome of a trap, in the function of that name if the runtime knows it.
fn trapped(trap: &Trap, function: Option<&str>) -> Outcome {
    let (what, hint) = match trap {
        Trap::Unreachable => {
            let hint = "the guest panicked or aborted; its output says why";
            ("wasm `unreachable` instruction executed", hint)
        }
        Trap::StackOverflow => ("call stack exhausted", "the guest recursed too deeply"),
        Trap::Other(what) => (what.as_str(), "a mistake in the guest or its compiler"),
    };
    let function = function.map(|name| format!(" in `{name}`")).unwrap_or_default();
    Err(format!("traps{function}: {what} ({hint})"))
}

/// An error with its causes (from its alternate form), on one line.
fn one_line(what: &str, error: &dyn fmt::Display) -> String {
    let causes = format!("{error:#}");
    format!("{what}: {}", causes.split_whitespace().collect::<Vec<_>>().join(" "))
}
