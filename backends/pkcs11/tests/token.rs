//! The store over tokens of SoftHSM.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod softhsm;

#[path = "token/away.rs"]
mod away;
#[path = "token/errors.rs"]
mod errors;
#[path = "token/faults.rs"]
mod faults;
#[path = "token/keys.rs"]
mod keys;
#[path = "token/model.rs"]
mod model;
#[path = "token/sharing.rs"]
mod sharing;
#[path = "token/versions.rs"]
mod versions;

use std::{process::ExitCode, sync::Arc};

use hostcrypt::{
    Errno,
    store::{Identifier, Kind, Name, Record, StoreError},
};
use libtest_mimic::{Arguments, Trial};

use crate::softhsm::SoftHsm;

type Test = (&'static str, fn(&SoftHsm));

/// Tests by the names of their functions.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        pub(super) const TESTS: &[crate::Test] = &[$((stringify!($test), $test)),*];
    };
}
use tests;

fn main() -> ExitCode {
    softhsm::with_softhsm(|hsm| {
        if std::env::args().nth(1).as_deref() == Some(sharing::ANOTHER) {
            return sharing::another_process(&hsm);
        }
        let hsm = Arc::new(hsm);
        let tests = [keys::TESTS, versions::TESTS, sharing::TESTS, errors::TESTS, away::TESTS, model::TESTS].concat();
        let trial = |(name, test): Test| {
            let hsm = Arc::clone(&hsm);
            Trial::test(name, move || {
                test(&hsm);
                Ok(())
            })
        };
        let mut trials: Vec<_> = tests.into_iter().map(trial).collect();
        // Those without a C compiler are shown as ignored.
        let ignored = !faults::can_be_made();
        trials.extend(faults::TESTS.iter().map(|test| trial(*test).with_ignored_flag(ignored)));
        trials.extend(faults::SLOW.iter().map(|test| trial(*test).with_ignored_flag(true)));
        libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
    })
}

/// A name by a number.
fn name(kind: Kind, number: u8) -> Name<'static> {
    Name { namespace: "tenant", kind, identifier: Identifier([number; 16]) }
}

fn record(content: &[u8]) -> Record<'_> {
    Record::new("", content)
}

/// Why the store failed, which it must have.
fn failure<T>(done: Result<T, StoreError>) -> String {
    match done {
        Err(error @ StoreError::Failed(_)) => error.report(),
        Err(error) => panic!("it answers {error:?}"),
        Ok(_) => panic!("it works"),
    }
}

/// What a guest is answered for what the store refused.
fn errno<T: std::fmt::Debug>(refused: Result<T, StoreError>) -> Errno {
    refused.unwrap_err().errno()
}
