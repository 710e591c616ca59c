//! Managed keys in one file: a [`KeyStore`](hostcrypt::store::KeyStore) of [hostcrypt] that outlives its
//! process.
//!
//! ```no_run
//! use std::sync::Arc;
//! use hostcrypt_keystore::{FileStore, Kek};
//!
//! # fn main() -> Result<(), hostcrypt_keystore::Error> {
//! let kek = Kek::from_file("/etc/hostcrypt/kek")?;
//! let store = FileStore::open_or_create("/var/lib/hostcrypt/keys", &kek)?;
//! // Then: Host::builder(backend).key_store(Arc::new(store))
//! # let _: Arc<dyn hostcrypt::store::KeyStore> = Arc::new(store);
//! # Ok(())
//! # }
//! ```
//!
//! # What is in the file
//!
//! A [redb](https://docs.rs/redb) database. A call returns when its transaction is on the disk; whatever kills the
//! process, the file opens again with all that was acknowledged. Any number of processes may have it open; none waits
//! for another for ever. What happens on a full disk, and when the file is moved, is told in the crate's README.
//!
//! Keys and secrets are sealed one by one with XChaCha20-Poly1305 under the key-encryption key, and so is what says
//! which versions there are and have been: what was changed, swapped or copied from another file is found when the file
//! is opened, and [nothing is changed](Error::Damaged) then. What is not hidden: namespaces, identifiers, algorithms,
//! expiries, lengths. Whoever can write the file can put back an older state of it; keep it where nobody else can.
//!
//! What was invalidated may stay in unused parts of the file, sealed, until these are used again;
//! [`FileStore::rotate`] makes it unreadable for ever, once the old key-encryption key is destroyed.

mod change;
mod check;
mod create;
mod error;
mod file;
mod kek;
mod medium;
mod overlay;
mod read;
mod rotate;
mod seal;
mod session;
mod store;
mod tables;

pub use error::Error;
pub use file::FileStore;
pub use kek::{Cost, Kek};
pub use read::read_whole;
