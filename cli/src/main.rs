//! The `hostcrypt` command: runs WebAssembly guests that use WASI-crypto.
//!
//! The exit code is the guest's own; 1 where a guest cannot be run, or traps; 2 for wrong usage.

mod algorithms;
mod backend;
mod host;
mod keys;
mod output;
mod policy;
mod run;
mod runtime;
mod store;
mod table;
mod time;
mod usage;

use std::{panic, process::ExitCode};

use clap::{Parser, Subcommand};

use self::output::{note, said};

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

/// What a guest comes to: an exit code, or the rest of a line that begins with its name.
type Outcome = Result<u8, String>;

/// What is said instead of a text that may have a PIN in it, which an argument has.
const PIN: &str = "a PIN never goes into an argument, which others may see: name a file that holds it with \
                   pin-source=file:/path in the token's URI";

fn main() -> ExitCode {
    // What panics may quote the guest.
    panic::set_hook(Box::new(|panic| note(&panic.to_string().replace(":\n", ": "))));
    let has_pin = std::env::args_os().skip(1).any(|argument| store::has_pin(&argument.to_string_lossy()));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // It shows arguments. One that it does not show may be of another kind, such as a variable of the guest's.
        Err(error) if has_pin && error.use_stderr() && store::has_pin(&error.render().to_string()) => {
            note(PIN);
            return ExitCode::from(2);
        }
        Err(error) => usage::printable(error).exit(),
    };
    let outcome = match cli.command {
        Command::Run(run) => run.execute(),
        Command::Algorithms(algorithms) => algorithms.execute(),
        Command::Keys(keys) => keys.execute(),
        #[cfg(feature = "conformance")]
        Command::Conformance(conformance) => {
            conformance.run(hostcrypt_conformance::Suite::new()).map_err(anyhow::Error::msg)
        }
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let line = said(&error);
            note(if has_pin && store::has_pin(&line) { PIN } else { &line });
            ExitCode::FAILURE
        }
    }
}
