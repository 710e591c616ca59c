//! The `hostcrypt` command: runs WebAssembly guests that use WASI-crypto.
//!
//! The exit code is the guest's own; 1 where a guest cannot be run, or traps; 2 for wrong usage.

mod algorithms;
mod backend;
mod host;
mod run;
mod runtime;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  hostcrypt run guest.wasm        # more of them: hostcrypt run --help
  hostcrypt algorithms            # what guests can use";

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
    #[cfg(feature = "conformance")]
    Conformance(hostcrypt_conformance::command::Conformance),
}

/// What a command came to: an exit code, or one line for the user.
type Outcome = Result<u8, String>;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(run) => run.execute(),
        Command::Algorithms(algorithms) => algorithms.execute(),
        #[cfg(feature = "conformance")]
        Command::Conformance(conformance) => conformance.run(&hostcrypt_conformance::Suite::new()),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(line) => {
            // With standard error closed, the exit code alone has to tell.
            let _ = writeln!(std::io::stderr(), "hostcrypt: {line}");
            ExitCode::FAILURE
        }
    }
}
