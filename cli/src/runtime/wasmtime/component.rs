//! Runs a component in Wasmtime.

use hostcrypt::Host;
use hostcrypt_wasmtime::component::{self, VERSION, WasiCryptoCtx, raise_store_limits};
use wasmtime::{
    Engine, Store, StoreLimits,
    component::{Component, Linker, ResourceTable, types::Component as Type},
};
use wasmtime_wasi::{
    WasiCtx, WasiCtxView, WasiView,
    p2::{add_to_linker_sync, bindings::sync::CommandPre},
};

use super::{ended, limits, wasi};
use crate::{
    Outcome,
    runtime::{Guest, INVALID, UNFIT, one_line},
};

/// What the guest's store keeps.
struct State {
    wasi: WasiCtx,
    /// The resources of WASI; those of WASI-crypto are in `crypto`.
    table: ResourceTable,
    crypto: WasiCryptoCtx,
    limits: StoreLimits,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Runs a component that exports `wasi:cli/run`.
pub(super) fn run(engine: &Engine, guest: &Guest, host: &Host) -> Outcome {
    if guest.revision.is_some() {
        return Err("is a component, and `--revision` is for core modules: leave it out".into());
    }
    let component = Component::from_binary(engine, &guest.wasm).map_err(|error| one_line(INVALID, &error))?;
    let linker = linker(engine).map_err(|error| one_line("cannot be linked", &error))?;
    let linked = linker.instantiate_pre(&component);
    let linked = linked.map_err(|error| why_unlinked(engine, &component.component_type(), &error))?;
    let command = CommandPre::new(linked)
        .map_err(|_| "exports no `wasi:cli/run` of WASI 0.2: build it as a command, not as a library")?;

    let mut wasi = wasi(guest)?;
    let (wasi, crypto) = (wasi.build(), WasiCryptoCtx::new(host));
    let mut store = Store::new(engine, State { wasi, table: ResourceTable::new(), crypto, limits: limits() });
    store.limiter(|state| &mut state.limits);
    raise_store_limits(&mut store, host.limits());
    let ran = command.instantiate(&mut store).and_then(|command| command.wasi_cli_run().call_run(&mut store));
    match ran {
        Ok(Ok(())) => Ok(0),
        Ok(Err(())) => Ok(1),
        Err(error) => ended(&error),
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    add_to_linker_sync(&mut linker)?;
    component::add_to_linker(&mut linker, |state: &mut State| &mut state.crypto)?;
    Ok(linker)
}

/// Why a component does not link: an import that is unknown, or of another type.
fn why_unlinked(engine: &Engine, component: &Type, error: &wasmtime::Error) -> String {
    let refused = error.to_string();
    let import = component.imports(engine).map(|(name, _)| name).find(|name| refused.contains(&format!("`{name}`")));
    let Some(name) = import else { return one_line(UNFIT, error) };
    let has = match name.strip_prefix("wasi:crypto/") {
        Some(interface) if interface.ends_with(VERSION) => return one_line(UNFIT, error),
        Some(_) => format!("its `wasi:crypto` is {VERSION}, so build the component with the WIT of that version"),
        None => "it has what commands of WASI 0.2 import, and WASI-crypto, only".to_owned(),
    };
    one_line(&format!("imports `{name}`, which hostcrypt does not have: {has}"), error)
}
