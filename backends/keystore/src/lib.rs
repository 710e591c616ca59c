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
//! The file is a [redb](https://docs.rs/redb) database. A call returns when its transaction is on the disk; if the
//! process is killed, the file opens again with every acknowledged change. Any number of processes may have it open;
//! none waits for another without limit. The crate's README describes what happens if the disk is full or the file is
//! moved.
//!
//! Each key and secret is sealed with XChaCha20-Poly1305 under the key-encryption key, and so are the records of the
//! versions that exist and existed. Opening the file detects records that were altered, swapped or copied from another
//! file, and then [changes nothing](Error::Damaged). Namespaces, identifiers, algorithms, expiries and lengths are
//! readable. Whoever can write the file can restore an older state of it; keep it where only the host can write.
//!
//! Invalidated keys may stay, sealed, in unused parts of the file until these are reused. After [`FileStore::rotate`],
//! they are unreadable once the old key-encryption key is destroyed.

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
