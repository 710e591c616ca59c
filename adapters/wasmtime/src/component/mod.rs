//! WASI-crypto for components: the package `wasi:crypto` on Wasmtime.
//!
//! Keep a [`WasiCryptoCtx`] in the store, let [`add_to_linker`] define the interfaces, and a component can import them:
//!
//! ```
//! use hostcrypt_wasmtime::{component::{self, WasiCryptoCtx}, host};
//! use wasmtime::{Engine, Store, component::{Component, Linker}};
//!
//! # fn main() -> wasmtime::Result<()> {
//! let engine = Engine::default();
//! let component = Component::new(&engine, r#"(component
//!     (import "wasi:crypto/wasi-ephemeral-crypto-common@0.11.0" (instance
//!         (export "options" (type (sub resource))))))"#)?;
//!
//! let mut linker = Linker::new(&engine);
//! component::add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto)?;
//!
//! let host = host();
//! let mut store = Store::new(&engine, WasiCryptoCtx::new(&host));
//! component::raise_store_limits(&mut store, host.limits());
//! linker.instantiate(&mut store, &component)?;
//! # Ok(())
//! # }
//! ```
//!
//! Interfaces of WASI are added to the same linker, by `wasmtime_wasi::p2::add_to_linker_sync` or `…_async`. The functions
//! block, in asynchronous stores too: a call ends by itself, within some seconds at most. A batch begins no element that
//! may take long once it has taken two seconds: the remaining ones answer `overflow`, and the guest may pass them again.
//!
//! The linker has the `*-close` functions that the package had until September 2026, so it serves guests of both texts.
//!
//! A guest's mistake is an error code, never a trap, but for what the component model itself traps on: a list out of
//! memory, a resource that the guest does not have, a case that an enum does not have. A list that is longer than the
//! fuel for host calls, which [`raise_store_limits`] raises above the guest's limits, traps as well.

mod asymmetric;
mod batch;
mod call;
mod common;
mod external_secrets;
mod kx;
mod objects;
mod signatures;
mod signatures_batch;
mod symmetric;
mod symmetric_batch;
mod types;

use std::{fmt, sync::Arc};

use hostcrypt::{Guest, Host, Limits};
use wasmtime::{Result, Store, component::Linker};

use self::{call::Interface, objects::Objects};

/// What a store keeps for the components in it: their objects, and their use of the [`Limits`].
///
/// A value serves all instances of a store, which share its limits. Dropping it wipes what they left open.
///
/// A store has one value. With two, a resource that one component hands to another, past the embedder, would reach another
/// object in the other's value.
pub struct WasiCryptoCtx {
    /// `None` while a call is under way, which borrows the store to read the guest's lists.
    guest: Option<Box<GuestState>>,
}

struct GuestState {
    guest: Arc<Guest>,
    objects: Objects,
}

impl WasiCryptoCtx {
    /// For a guest of a host.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        let guest = Arc::new(host.guest());
        let objects = Objects::new(Arc::clone(&guest));
        Self { guest: Some(Box::new(GuestState { guest, objects })) }
    }

    /// How many bytes the guest's objects hold now, as counted against [`Limits::bytes`]. The outputs of the last call
    /// count until the next one.
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.guest.as_ref().map_or(0, |state| state.guest.bytes_held())
    }
}

impl fmt::Debug for WasiCryptoCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiCryptoCtx").field("bytes_held", &self.bytes_held()).finish_non_exhaustive()
    }
}

/// The version of the package `wasi:crypto`.
pub const VERSION: &str = "0.11.0";

/// How the functions find the context in what the embedder's store keeps.
type Get<T> = fn(&mut T) -> &mut WasiCryptoCtx;

/// Defines every interface of `wasi:crypto@0.11.0`.
///
/// # Errors
///
/// If the linker has one of the interfaces already.
pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, get: fn(&mut T) -> &mut WasiCryptoCtx) -> Result<()> {
    common::add(&mut Interface::new(linker, "common", get)?)?;
    asymmetric::add(&mut Interface::new(linker, "asymmetric-common", get)?)?;
    external_secrets::add(&mut Interface::new(linker, "external-secrets", get)?)?;
    kx::add(&mut Interface::new(linker, "kx", get)?)?;
    signatures::add(&mut Interface::new(linker, "signatures", get)?)?;
    signatures_batch::add(&mut Interface::new(linker, "signatures-batch", get)?)?;
    symmetric::add(&mut Interface::new(linker, "symmetric", get)?)?;
    symmetric_batch::add(&mut Interface::new(linker, "symmetric-batch", get)?)
}

/// More fuel than the runtime takes for an element of a batch.
const ELEMENT: usize = 128;

/// Raises Wasmtime's own limits of a store above a guest's [`Limits`], so that the host answers with an error code before
/// the runtime traps. Limits that are higher already stay.
///
/// | of Wasmtime | default | becomes at least |
/// | --- | --- | --- |
/// | [`Store::set_hostcall_fuel`], the bytes that a call hands over | 128 MiB | 2 × `call_bytes`, 128 × `handles` and 1 MiB |
/// | [`Store::set_max_component_handles`] | 100,000 | 6 × `handles` and 100,000: an open object takes one, an element of a batch up to four while the batch runs, and one that failed may keep one |
///
/// A list beyond the fuel traps: more data than that, a guest buffer, or a batch of more elements. Names in UTF-16 are decoded
/// before they are counted, so the fuel bounds their memory.
///
/// The guest's memory is the embedder's to limit, by [`Store::limiter`].
pub fn raise_store_limits<T>(store: &mut Store<T>, limits: Limits) {
    let handles = usize::try_from(limits.handles).unwrap_or(usize::MAX);
    let fuel =
        limits.call_bytes.saturating_mul(2).saturating_add(handles.saturating_mul(ELEMENT)).saturating_add(1 << 20);
    store.set_hostcall_fuel(store.hostcall_fuel().max(fuel));
    let handles = handles.saturating_mul(6).saturating_add(100_000);
    store.set_max_component_handles(store.max_component_handles().max(handles));
}
