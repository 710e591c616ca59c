//! Judges published WASI-crypto hosts, each behind a feature of its own.
//!
//! What they are known to fail is in `known.md`: a run fails if anything else does, and if one of these does not.

use std::process::ExitCode;

use hostcrypt_conformance::{Known, Subject, command};

#[cfg(feature = "wasi-crypto")]
mod wasi_crypto;

fn main() -> ExitCode {
    let subjects: Vec<Box<dyn Subject>> = vec![
        #[cfg(feature = "wasi-crypto")]
        Box::new(wasi_crypto::WasiCrypto::new()),
    ];
    match Known::parse(include_str!("../known.md")) {
        Ok(known) => command::main(subjects, &known),
        Err(error) => {
            eprintln!("known.md: {error}");
            ExitCode::FAILURE
        }
    }
}
