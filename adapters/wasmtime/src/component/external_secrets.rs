//! `wasi-ephemeral-crypto-external-secrets`.

use hostcrypt::{Errno, FunctionId as F, managed::check_secret_len};
use wasmtime::{
    Result,
    component::{Resource, WasmList},
};

use super::{
    call::Interface,
    types::{ArrayOutput, SecretsManager, Version},
};

/// A manager, a secret, and when that expires.
type Secret = (Resource<SecretsManager>, WasmList<u8>, u64);
/// A manager, and a version of a secret.
type Named = (Resource<SecretsManager>, WasmList<u8>, Version);

pub(super) fn add<T: 'static>(secrets: &mut Interface<'_, T>) -> Result<()> {
    secrets.bind(F::external_secret_store, |call, op, (manager, secret, expiration): Secret| {
        let secret = call.bytes(&secret)?;
        let identifier = call.objects.get(&manager)?.store_secret(op, secret, expiration)?;
        Ok(identifier.0.to_vec())
    })?;
    // The function names no secret that could be replaced.
    secrets.bind(F::external_secret_replace, |call, _, (manager, _, _): Secret| {
        call.objects.get(&manager)?;
        Err::<(Vec<u8>, Version), _>(Errno::UnsupportedFeature)
    })?;
    secrets.bind(F::external_secret_from_id, |call, op, (manager, id, version): Named| {
        let id = call.bytes(&id)?;
        call.objects.open(|objects| objects.get(&manager)?.secret(op, id, version.versions()?).map(ArrayOutput::new))
    })?;
    secrets.bind(F::external_secret_invalidate, |call, op, (manager, id, version): Named| {
        let id = call.bytes(&id)?;
        call.objects.get(&manager)?.invalidate_secret(op, id, version.versions()?)
    })?;
    secrets.bind(F::external_secret_encapsulate, |call, op, (manager, secret, expiration): Secret| {
        let secret = call.bytes(&secret)?;
        check_secret_len(secret)?;
        call.objects
            .open(|objects| objects.get(&manager)?.encapsulate_secret(op, secret, expiration).map(ArrayOutput::new))
    })?;
    secrets.bind(
        F::external_secret_decapsulate,
        |call, op, (manager, sealed): (Resource<SecretsManager>, WasmList<u8>)| {
            let sealed = call.bytes(&sealed)?;
            call.objects.open(|objects| objects.get(&manager)?.decapsulate_secret(op, sealed).map(ArrayOutput::new))
        },
    )
}
