//! A key store of [hostcrypt] over a PKCS #11 token: a hardware security module, a smart card, or SoftHSM.
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
//! key and in `CKA_OBJECT_ID` of a data object. There is no object for a public half. Where a name's highest version is
//! invalidated and others live, a small data object keeps the number, so that it is not given out again.
//!
//! A change takes effect with one call of the token. There is one exception, since tokens do not let data objects be
//! changed: bytes that move to another name, or get another expiry, become another object before the former one is
//! destroyed. Whatever is cut off, the next opening clears away or finishes.
//!
//! # Several at one token
//!
//! Changes of one store are done one at a time. Other stores and other processes may use the token meanwhile: where two
//! give out one number, one of them takes another one, so that numbers may be left out. Quotas are counted when a store
//! is opened and by its own changes since: what others add meanwhile counts at the next opening.
//!
//! A version that is invalidated is destroyed at once, unless this process has it open: then its object loses its name,
//! and is destroyed when it is closed, or when another process opens a store of the token. Where another process has it
//! open, that one's work with it fails.
//!
//! # A token that goes away
//!
//! A call that loses the token, its session or its login (`CKR_DEVICE_REMOVED`, `CKR_TOKEN_NOT_PRESENT`,
//! `CKR_DEVICE_ERROR`, `CKR_SESSION_CLOSED`, …) reconnects and tries again, at most twice. Where the token is not back
//! yet, the store answers [`StoreError::Failed`](hostcrypt::store::StoreError::Failed) with an [`Error`] that says why,
//! never that a key is not there, and the next call tries again. A guest is answered `internal_error`, and
//! [`HostBuilder::on_refusal`](hostcrypt::HostBuilder::on_refusal) is told the reason: also where a key that a guest
//! has open fails at its work. Such keys go on when the token is back. Only the same token is taken, by its
//! manufacturer, model and serial number: another one in its place never gets the PIN.
//!
//! A change that may have taken effect is not made again: it answers `Failed`, and the [`Error`] says that it may have.
//!
//! Some modules, SoftHSM among them, see a token that was away only when they are started again. So a store ends and
//! starts the module (`C_Finalize`, `C_Initialize`) where the token is not found otherwise, while no call of any store is
//! at work; other stores connect again by themselves. It does so only with a module that it started itself. Code of the
//! process that uses the same module calls `C_Initialize` before the first store is opened: then no store ends it.
//!
//! # What takes long
//!
//! A module's call cannot be interrupted: one that does not return, as of a token behind a network that is gone, holds
//! its thread, and the guest's call, until the process ends. Give the module timeouts of its own. Other threads wait two
//! minutes at most for a session, or for their turn, and then answer [`Error::Busy`].

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
