//! The `hostcrypt` command: runs WebAssembly guests that use WASI-crypto.
//!
//! The exit code is the guest's own; 1 where a guest cannot be run, or traps; 2 for wrong usage.

mod algorithms;
mod backend;
mod host;
mod keys;
mod output;
mod run;
mod runtime;
mod store;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  hostcrypt run guest.wasm        # more of them: hostcrypt run --help
  hostcrypt algorithms            # what guests can use
  hostcrypt keys list --key-store keys   # what guests have stored";

/// Runs WebAssembly guests that use WASI-crypto
#[derive(Parser)]
#[command(version, name = "hostcrypt", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Run),
    Algorithms(algorithms::Algorithms),
    Keys(keys::Keys),
    #[cfg(feature = "conformance")]
    Conformance(hostcrypt_conformance::command::Conformance),
}

/// What a command came to: an exit code, or one line for the user.
type Outcome = Result<u8, String>;

/// Tells the user something on a line of its own.
fn note(line: &str) {
    // With standard error closed, the exit code alone has to tell.
    let _ = writeln!(std::io::stderr(), "hostcrypt: {line}");
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(run) => run.execute(),
        Command::Algorithms(algorithms) => algorithms.execute(),
        Command::Keys(keys) => keys.execute(),
        #[cfg(feature = "conformance")]
        Command::Conformance(conformance) => conformance.run(hostcrypt_conformance::Suite::new()),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(line) => {
            note(&line);
            ExitCode::FAILURE
        }
    }
}
