//! `wasi-ephemeral-crypto-common`: options, outputs, managers, and the resources of all interfaces.

use hostcrypt::{FunctionId as F, options::GuestBuffer};
use wasmtime::{
    Result,
    component::{Resource, WasmList, WasmStr},
};

use super::{
    call::{Call, Interface},
    types::{
        AlgorithmType, ArrayOutput, Key, KeyPair, Options, PublicKey, SecretKey, SecretsManager, Signature,
        SigningState, State, Tag, VerificationState, Version,
    },
};

impl<T: 'static> Call<'_, T> {
    /// A copy of an option set, for an algorithm of a type.
    ///
    /// # Errors
    ///
    /// [`InvalidHandle`](hostcrypt::Errno::InvalidHandle) for a set that was opened for another type.
    pub(super) fn options(
        &self,
        options: Option<&Resource<Options>>,
        algorithm_type: hostcrypt::AlgorithmType,
    ) -> hostcrypt::Result<Option<Options>> {
        let Some(options) = options else { return Ok(None) };
        let options = self.objects.get(options)?;
        options.check_type(algorithm_type)?;
        Ok(Some(options.clone()))
    }
}

/// A length that the guest is told.
pub(super) fn size(len: usize) -> hostcrypt::Result<u32> {
    u32::try_from(len).map_err(|_| hostcrypt::Errno::InternalError)
}

pub(super) fn add<T: 'static>(common: &mut Interface<'_, T>) -> Result<()> {
    common.resource::<ArrayOutput>("array-output")?;
    common.resource::<Options>("options")?;
    common.resource::<SecretsManager>("secrets-manager")?;
    common.resource::<KeyPair>("keypair")?;
    common.resource::<SigningState>("signature-state")?;
    common.resource::<Signature>("signature")?;
    common.resource::<PublicKey>("publickey")?;
    common.resource::<SecretKey>("secretkey")?;
    common.resource::<VerificationState>("signature-verification-state")?;
    common.resource::<State>("symmetric-state")?;
    common.resource::<Key>("symmetric-key")?;
    common.resource::<Tag>("symmetric-tag")?;

    common.bind(F::options_open, |call, op, (algorithm_type,): (AlgorithmType,)| {
        call.objects.open(|_| Ok(Options::open(op, algorithm_type.into())))
    })?;
    common.close::<Options>(F::options_close)?;
    common.bind(F::options_set, |call, op, (set, name, value): (Resource<Options>, WasmStr, WasmList<u8>)| {
        let (name, value) = (call.str(&name)?, call.bytes(&value)?);
        call.objects.get_mut(&set)?.set(op, &name, value)
    })?;
    common.bind(F::options_set_u64, |call, op, (set, name, value): (Resource<Options>, WasmStr, u64)| {
        let name = call.str(&name)?;
        call.objects.get_mut(&set)?.set_u64(op, &name, value)
    })?;
    // What lies in the list is not looked at, so it does not count.
    common.bind(
        F::options_set_guest_buffer,
        |call, op, (set, name, buffer): (Resource<Options>, WasmStr, WasmList<u8>)| {
            let name = call.str(&name)?;
            let buffer = GuestBuffer { offset: 0, len: buffer.len() as u64 };
            call.objects.get_mut(&set)?.set_guest_buffer(op, &name, buffer)
        },
    )?;

    common.bind(F::array_output_len, |call, _, (array,): (Resource<ArrayOutput>,)| {
        size(call.objects.get(&array)?.len()?)
    })?;
    common.bind_own(
        F::array_output_pull,
        |objects, (array,): (Resource<ArrayOutput>,)| objects.take(&array),
        |call, _, array: hostcrypt::Result<ArrayOutput>| {
            let pulled = array?.into_bytes()?;
            Ok(call.objects.give(pulled))
        },
    )?;

    common.bind(F::secrets_manager_open, |call, op, (options,): (Option<Resource<Options>>,)| {
        let manager = SecretsManager::open(op)?;
        call.objects.open(|objects| {
            if let Some(options) = options {
                objects.get(&options)?;
            }
            Ok(manager)
        })
    })?;
    common.close::<SecretsManager>(F::secrets_manager_close)?;
    common.bind(
        F::secrets_manager_invalidate,
        |call, op, (manager, id, version): (Resource<SecretsManager>, WasmList<u8>, Version)| {
            let id = call.bytes(&id)?;
            call.objects.get(&manager)?.invalidate(op, id, version.versions()?)
        },
    )
}
