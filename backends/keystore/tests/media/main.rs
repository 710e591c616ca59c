//! Media that fill up, processes that are stopped, files that are moved: with real processes, limits and disks.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

mod full;
mod host;
mod moved;
mod stopped;

use hostcrypt::store::{Identifier, Kind, Name, Record, StoreError};
use hostcrypt_keystore::Kek;

fn kek() -> Kek {
    Kek::from_bytes([7; 32])
}

fn new_kek() -> Kek {
    Kek::from_bytes([8; 32])
}

fn name(identifier: u128) -> Name<'static> {
    let identifier = Identifier(identifier.to_be_bytes());
    Name { namespace: "tenant", kind: Kind::SymmetricKey, identifier }
}

fn record(content: &[u8]) -> Record<'_> {
    Record::new("AES-256-GCM", content)
}

/// Why the store failed, which it must have.
fn failure<T>(done: Result<T, StoreError>) -> String {
    match done {
        Err(error @ StoreError::Failed(_)) => error.report(),
        Err(error) => panic!("it answers {error:?}"),
        Ok(_) => panic!("it works"),
    }
}
