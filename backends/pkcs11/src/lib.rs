//! A key store of [hostcrypt] over a PKCS #11 token: a hardware security module, a smart card, or SoftHSM.
//!
//! **Keys that the token generates never leave it. Keys that come as bytes stay bytes, in a private data object.** The
//! token generates the managed keys that guests ask for, for each algorithm whose mechanisms it has. These keys compute
//! inside the token; they are sensitive and not extractable. Everything else is stored as bytes in private data
//! objects: keys that guests made, external secrets, and keys of algorithms that the token does not generate.
//!
//! ```no_run
//! use std::sync::Arc;
//! use hostcrypt_pkcs11::{TokenStore, Uri};
//! # fn host(backend: hostcrypt::backend::Backend) -> Result<hostcrypt::Host, Box<dyn std::error::Error>> {
//! let uri: Uri =
//!     "pkcs11:token=guests?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin".parse()?;
//! let store = TokenStore::open(&uri, None)?;
//! let host = hostcrypt::Host::builder(backend).key_store(Arc::new(store)).on_refusal(|call| eprintln!("{call:?}")).build();
//! # Ok(host)
//! # }
//! ```
//!
//! # What is in the token
//!
//! Each version is one private object, whose label is its name: `hostcrypt:`, the kind, the identifier and the
//! namespace. The number of the version, its expiry, its algorithm, and the public half of a pair are in `CKA_ID` of a
//! key and in `CKA_OBJECT_ID` of a data object. There is no object for a public half. If a name's highest version is
//! invalidated and others remain, a small data object keeps the number, so that it is not issued again.
//!
//! A change takes effect with one call of the token, with one exception, because data objects of a token cannot be
//! changed: bytes that move to another name, or get another expiry, become a new object before the old one is
//! destroyed. If that is interrupted, the next opening of the token completes it or cleans up.
//!
//! # Several stores at one token
//!
//! A store makes its changes one at a time. Other stores and processes may use the token at the same time: if two
//! choose the same version number, one of them takes another number, so numbers may be skipped. Quotas are counted when
//! a store is opened, and by its own changes afterwards: versions that others add count at the next opening.
//!
//! An invalidated version is destroyed at once, unless this process has it open: then its object loses its name, and is
//! destroyed when it is closed, or when another process opens a store of the token. If another process has it open, the
//! key fails there.
//!
//! # A token that goes away
//!
//! A call that loses the token, its session or its login (`CKR_DEVICE_REMOVED`, `CKR_TOKEN_NOT_PRESENT`,
//! `CKR_DEVICE_ERROR`, `CKR_SESSION_CLOSED`, …) reconnects and tries again, at most twice. If the token is not back
//! yet, the store returns [`StoreError::Failed`](hostcrypt::store::StoreError::Failed) with an [`Error`] that says why,
//! and never `NotFound`; the next call tries again. The guest gets `internal_error`, and
//! [`HostBuilder::on_refusal`](hostcrypt::HostBuilder::on_refusal) gets the reason, also if an open key fails. Such
//! keys work again when the token is back. The store accepts only the same token, by its manufacturer, model and serial
//! number: another token in its place never gets the PIN.
//!
//! A change that may have taken effect is not retried: the store returns `Failed`, and the [`Error`] says that the
//! change may have been made.
//!
//! Some modules, such as SoftHSM, detect a returned token only when they are started again. So if the token is not
//! found otherwise, a store restarts the module (`C_Finalize`, `C_Initialize`) while no call of any store is running;
//! other stores reconnect by themselves. It does so only with a module that it started itself. If other code in your
//! process uses the module, let that code call `C_Initialize` before the first store is opened: then no store stops the
//! module.
//!
//! # Calls that take long
//!
//! A call of a module cannot be interrupted. If it does not return, for example because the token's network is down,
//! its thread and the guest's call hang until the process ends. Configure the module's timeouts. Other threads wait at
//! most two minutes for a session, or for their turn, and then return [`Error::Busy`].

mod access;
mod admin;
mod algorithm;
mod changes;
mod error;
mod held;
mod keys;
mod label;
mod mechanisms;
mod meta;
mod module;
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
