//! What keeps managed keys: a store of versions under names.
//!
//! The core decides what may be stored, opened and exported, when a version has expired, and who may reach what. A
//! store keeps what it is given, gives versions their numbers, and holds each namespace to its quotas. It never sees a
//! handle, a guest pointer or a clock.
//!
//! ```
//! use std::sync::Arc;
//! use hostcrypt::store::MemoryStore;
//! # use hostcrypt::{Host, Revision, backend::*};
//! # fn host(backend: Backend) {
//! let host = Host::builder(backend).key_store(Arc::new(MemoryStore::new())).build();
//! // Each guest reaches the keys of its own namespace alone.
//! let context = host.in_namespace("tenant-7").context(Revision::V0_10);
//! # }
//! ```

mod audit;
mod inventory;
mod memory;
mod name;
mod quotas;
mod record;

pub use audit::{Action, AuditEntry, AuditStep, Change};
pub use inventory::{Entry, Inventory};
pub use memory::MemoryStore;
pub use name::{Identifier, Kind, MalformedIdentifier, Name, Versions};
pub use quotas::{KeyRules, Quotas};
pub use record::{Content, KeptKey, KeptMac, NewKey, Record, Replacement, Stored};

use crate::{Errno, Result};

/// A store of managed keys, external secrets, and the keys that seal secrets.
///
/// Whatever it answers is durable: a method returns when its change can no longer be lost, and each change is done
/// whole or not at all, whatever calls other threads and, where it is shared, other processes make meanwhile.
///
/// A name that is unknown, a namespace that is another guest's and a version that was invalidated are all one to a
/// store: [`Errno::NotFound`]. [`Errno::InternalError`] stands for whatever is wrong with its medium; a store reports
/// the reason to its operator itself.
///
/// # Versions
///
/// A name's first version is [`FIRST_VERSION`], and each is one more than the last that the name ever had, invalidated
/// ones included. All versions of a name share one algorithm, which the core sees to. What has no version left may be
/// forgotten, for no identifier is drawn twice, but for a [`Kind::Seal`]: its numbers go on.
pub trait KeyStore: Send + Sync {
    /// What guests may do with the keys that it keeps.
    fn rules(&self) -> KeyRules {
        KeyRules::default()
    }

    /// Makes a key in the store itself, where it stays, as a version of a name, the first of one that is new.
    ///
    /// `None`, which is the default, if the store makes no keys of that algorithm: the core makes one and stores its
    /// bytes. A call of a guest waits for it, also where others answer `in_progress`. It is called only where
    /// [`generates`](Self::generates) allows.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] at a quota, [`Errno::RngError`] where no key can be made, [`Errno::InternalError`].
    fn generate(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>> {
        let _ = (name, key);
        Ok(None)
    }

    /// Whether [`generate`](Self::generate) may make a key of an algorithm. `true`, which is the default, is always
    /// right; but then an audit log that is required is told of each attempt.
    fn generates(&self, algorithm: &str) -> bool {
        let _ = algorithm;
        true
    }

    /// Stores bytes as a version of a name, the first of one that is new, and returns its number.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] at a quota, [`Errno::ProhibitedOperation`] if the store takes no keys that were made
    /// elsewhere, [`Errno::InternalError`].
    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64>;

    /// Adds a version to a name that has one, and returns its number. Other versions stay as they are.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if the name has no version left, or if the version that is to take the name is not there;
    /// and as for [`store`](Self::store).
    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64>;

    /// A version of a name; without a number, the latest that was not invalidated.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`], [`Errno::InternalError`].
    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored>;

    /// Invalidates versions for ever, and returns their numbers. What they held is erased as far as the medium lets it.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if there is none such, [`Errno::InternalError`].
    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>>;
}

/// The number of a name's first version.
pub const FIRST_VERSION: u64 = 1;

/// The highest number that a version can have; those above are reserved.
pub const LAST_VERSION: u64 = 0xfeff_ffff_ffff_ffff;

/// The number of the version after one.
///
/// # Errors
///
/// [`Errno::Overflow`] where there is none left.
pub fn next_version(last: u64) -> Result<u64> {
    if last < LAST_VERSION { Ok(last + 1) } else { Err(Errno::Overflow) }
}
