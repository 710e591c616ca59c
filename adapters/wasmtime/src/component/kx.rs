//! `wasi-ephemeral-crypto-kx`.

use hostcrypt::{FunctionId as F, kx};
use wasmtime::{
    Result,
    component::{Resource, WasmList},
};

use super::{
    call::Interface,
    types::{ArrayOutput, PublicKey, SecretKey},
};

pub(super) fn add<T: 'static>(exchange: &mut Interface<'_, T>) -> Result<()> {
    exchange.bind(F::kx_dh, |call, op, (public, secret): (Resource<PublicKey>, Resource<SecretKey>)| {
        call.objects.open(|objects| kx::agree(op, objects.get(&public)?, objects.get(&secret)?).map(ArrayOutput::new))
    })?;
    exchange.bind(F::kx_encapsulate, |call, op, (public,): (Resource<PublicKey>,)| {
        kx::check_encapsulates(call.objects.get(&public)?)?;
        // Room for both outputs is taken before anything is made.
        let (for_secret, for_encapsulation) = (call.objects.room()?, call.objects.room()?);
        let made = kx::encapsulate(op, call.objects.get(&public)?)?;
        let secret = call.objects.put(for_secret, ArrayOutput::new(made.secret))?;
        Ok((secret, call.objects.put(for_encapsulation, ArrayOutput::new(made.encapsulation))?))
    })?;
    exchange.bind(F::kx_decapsulate, |call, op, (secret, encapsulation): (Resource<SecretKey>, WasmList<u8>)| {
        let encapsulation = call.bytes(&encapsulation)?;
        call.objects.open(|objects| kx::decapsulate(op, objects.get(&secret)?, encapsulation).map(ArrayOutput::new))
    })
}
