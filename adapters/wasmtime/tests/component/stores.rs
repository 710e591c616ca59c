//! The linker in stores of all kinds.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use hostcrypt_wasmtime::{
    component::{WasiCryptoCtx, raise_store_limits},
    host,
};
use wasmtime::{
    Engine, Store,
    component::{Linker, ResourceTable},
};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::{guest::Setup, probe::Probe};

/// Nothing here waits for anything.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a call waits"),
    }
}

/// What an embedder keeps beside.
struct State {
    crypto: WasiCryptoCtx,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl State {
    fn new() -> Self {
        let wasi = WasiCtxBuilder::new().build();
        Self { crypto: WasiCryptoCtx::new(&host()), wasi, table: ResourceTable::new() }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

#[test]
fn in_an_asynchronous_store_beside_wasi_calls_are_made_on_a_fiber() {
    let mut setup = Setup::<State>::new(&Engine::default(), Probe::new(|_| true), |state| &mut state.crypto);
    wasmtime_wasi::p2::add_to_linker_async(&mut setup.linker).unwrap();
    let mut store = Store::new(setup.linker.engine(), State::new());
    raise_store_limits(&mut store, host().limits());
    let instance = now(setup.linker.instantiate_pre(&setup.component).unwrap().instantiate_async(&mut store)).unwrap();
    let invoke = instance.get_typed_func::<(u32, Vec<u64>), ()>(&mut store, "invoke").unwrap();
    let read = instance.get_typed_func::<(u32, u32), (Vec<u8>,)>(&mut store, "read").unwrap();
    let open = setup.index("options-open");
    // The result at 64: no error, and a handle.
    now(invoke.call_async(&mut store, (open, vec![1, 64]))).unwrap();
    let (result,) = now(read.call_async(&mut store, (64, 8))).unwrap();
    assert_eq!((result[0], u32::from_le_bytes(result[4..].try_into().unwrap()) > 0), (0, true));
}

#[test]
fn it_links_beside_wasi_in_a_synchronous_store() {
    let mut setup = Setup::<State>::new(&Engine::default(), Probe::new(|_| true), |state| &mut state.crypto);
    wasmtime_wasi::p2::add_to_linker_sync(&mut setup.linker).unwrap();
    let mut store = Store::new(setup.linker.engine(), State::new());
    setup.linker.instantiate(&mut store, &setup.component).unwrap();
}

#[test]
fn a_linker_that_has_the_interfaces_already_is_an_error() {
    let mut linker = Linker::<WasiCryptoCtx>::new(&Engine::default());
    hostcrypt_wasmtime::component::add_to_linker(&mut linker, |crypto| crypto).unwrap();
    assert!(hostcrypt_wasmtime::component::add_to_linker(&mut linker, |crypto| crypto).is_err());
}
