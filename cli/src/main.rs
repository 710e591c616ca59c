//! The `hostcrypt` command: runs WebAssembly guests that use WASI-crypto.
//!
//! The exit code is the guest's; 1 if a guest cannot run or traps; 2 for wrong usage.

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
  hostcrypt run guest.wasm               # runs a guest; more examples: hostcrypt run --help
  hostcrypt algorithms                   # lists the algorithms that guests can use
  hostcrypt keys list --key-store keys   # lists the keys that guests have stored";

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

/// The result of a guest: an exit code, or the rest of a line that begins with its name.
type Outcome = Result<u8, String>;

/// Replaces an error text that may contain a PIN from an argument.
const PIN: &str = "do not put a PIN into an argument, which other users may see: put it into a file, and name the file \
                   with pin-source=file:/path in the token's URI";

fn main() -> ExitCode {
    // The message of a panic may quote the guest.
    panic::set_hook(Box::new(|panic| note(&panic.to_string().replace(":\n", ": "))));
    let has_pin = std::env::args_os().skip(1).any(|argument| store::has_pin(&argument.to_string_lossy()));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // The error quotes arguments. `has_pin` alone may be about an argument that it does not quote, such as a
        // variable of the guest.
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
