//! `wasi-ephemeral-crypto-signatures`.

use std::sync::Arc;

use hostcrypt::FunctionId as F;
use wasmtime::{
    Result,
    component::{Resource, WasmList, WasmStr},
};

use super::{
    call::Interface,
    types::{ArrayOutput, KeyPair, PublicKey, Signature, SignatureEncoding, SigningState, VerificationState},
};

pub(super) fn add<T: 'static>(signatures: &mut Interface<'_, T>) -> Result<()> {
    signatures.bind(
        F::signature_export,
        |call, op, (signature, encoding): (Resource<Signature>, SignatureEncoding)| {
            call.objects.open(|objects| objects.get(&signature)?.export(op, encoding.into()).map(ArrayOutput::new))
        },
    )?;
    signatures.bind(
        F::signature_import,
        |call, op, (algorithm, encoded, encoding): (WasmStr, WasmList<u8>, SignatureEncoding)| {
            let algorithm = op.signature(&call.str(&algorithm)?)?;
            let encoded = call.bytes(&encoded)?;
            call.objects.open(|_| {
                hostcrypt::signatures::Signature::import(op, algorithm, encoded, encoding.into()).map(Arc::new)
            })
        },
    )?;
    signatures.close::<Signature>(F::signature_close)?;

    signatures.bind(F::signature_state_open, |call, op, (pair,): (Resource<KeyPair>,)| {
        call.objects.open(|objects| SigningState::open(op, objects.get(&pair)?))
    })?;
    signatures.bind(
        F::signature_state_update,
        |call, op, (state, input): (Resource<SigningState>, WasmList<u8>)| {
            let input = call.bytes(&input)?;
            call.objects.get_mut(&state)?.update(op, input)
        },
    )?;
    signatures.bind(F::signature_state_sign, |call, op, (state,): (Resource<SigningState>,)| {
        call.objects.open(|objects| objects.get(&state)?.sign(op).map(Arc::new))
    })?;
    signatures.close::<SigningState>(F::signature_state_close)?;

    signatures.bind(F::signature_verification_state_open, |call, op, (key,): (Resource<PublicKey>,)| {
        call.objects.open(|objects| VerificationState::open(op, objects.get(&key)?))
    })?;
    signatures.bind(
        F::signature_verification_state_update,
        |call, op, (state, input): (Resource<VerificationState>, WasmList<u8>)| {
            let input = call.bytes(&input)?;
            call.objects.get_mut(&state)?.update(op, input)
        },
    )?;
    signatures.bind(
        F::signature_verification_state_verify,
        |call, op, (state, signature): (Resource<VerificationState>, Resource<Signature>)| {
            let signature = call.objects.get(&signature)?;
            call.objects.get(&state)?.verify(op, signature)
        },
    )?;
    signatures.close::<VerificationState>(F::signature_verification_state_close)
}
