//! A key store of [hostcrypt](hostcrypt) over a PKCS #11 token: a hardware security module, a smart card, or SoftHSM.
//!
//! **What the token makes never leaves it; what comes as bytes stays bytes, in a private data object.** Keys that a
//! guest has generated as managed ones are made by the token, for each algorithm that it has the mechanisms of, and do
//! their work there: they are sensitive and not extractable. All else is kept as private data objects, and given out
//! as bytes: keys that guests made, external secrets, and keys of algorithms that the token does not make.
//!
//! ```no_run
//! use std::sync::Arc;
//! use hostcrypt_pkcs11::{TokenStore, Uri};
//! # fn host(backend: hostcrypt::backend::Backend) -> Result<hostcrypt::Host, Box<dyn std::error::Error>> {
//! let uri: Uri =
//!     "pkcs11:token=guests?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin".parse()?;
//! let store = TokenStore::open(&uri, None)?.with_report(|error| eprintln!("{error}"));
//! let host = hostcrypt::Host::builder(backend).key_store(Arc::new(store)).build();
//! # Ok(host)
//! # }
//! ```
//!
//! # What is in the token
//!
//! Each version is one object, whose label is the name: `hostcrypt:`, the kind, the identifier and the namespace. The
//! number of the version, its expiry, its algorithm, and the public half of a pair are in `CKA_ID` of a key and in
//! `CKA_OBJECT_ID` of a data object, so that each change is one call of the token. There is no object for a public
//! half. Where a name's highest version is invalidated and others live, a small data object keeps the number, so that
//! it is not given out again.
//!
//! # Several at one token
//!
//! Changes of one store are done one at a time. Other stores and other processes may use the token meanwhile: where
//! two give out one number, one of them takes the next. Quotas are counted when a store is opened and by its own
//! changes since: what others add meanwhile counts at the next opening. A version that was invalidated is destroyed at
//! once, but for one that this process has open: its object loses its name, and is destroyed when it is closed. Where
//! another process has it open, its work ends.

mod algorithm;
mod error;
mod held;
mod inventory;
mod keys;
mod label;
mod mechanisms;
mod meta;
mod objects;
mod pin;
mod session;
mod store;
mod token;
mod uri;

pub use error::Error;
pub use pin::Pin;
pub use store::TokenStore;
pub use uri::{MalformedUri, Uri};
