//! `wasi-ephemeral-crypto-signatures-batch`: each element is a call of its own.

use hostcrypt::{FunctionId as F, signatures::SignatureEncoding};
use wasmtime::{Result, component::Resource};

use super::{
    batch::{Element, Need, SIGNATURE_BYTES},
    call::Interface,
    objects::Objects,
    types::{ArrayOutput, ErrorCode, Signature, SigningState, VerificationState},
};

/// More bytes than a signature has in two copies.
const SIGNATURE: usize = 16 << 10;

pub(super) fn add<T: 'static>(signatures: &mut Interface<'_, T>) -> Result<()> {
    signatures.bind_batch(
        "batch-signature-state-sign",
        F::signature_state_sign,
        true,
        |call, states: Vec<Resource<SigningState>>| {
            let need = |_: &Objects| Need {
                work: states.len().saturating_mul(SIGNATURE_BYTES),
                handles: states.len(),
                outputs: states.len().saturating_mul(SIGNATURE),
                ..Need::default()
            };
            let sign = |Element { guest, op, state, .. }: Element<'_, SigningState>, (): &()| {
                let room = guest.take_handle()?;
                let signature = state?.sign(op)?;
                // The policy may allow to sign, and forbid to see signatures.
                let raw = guest.call(F::signature_export, |op| signature.export(op, SignatureEncoding::Raw))?;
                Ok((room, ArrayOutput::new(raw)))
            };
            let elements = states.iter().map(|state| (state, ()));
            Ok(call.each(F::signature_state_sign, elements, need, sign, Objects::element))
        },
    )?;
    signatures.bind_batch(
        "batch-signature-state-verify",
        F::signature_verification_state_verify,
        false,
        |call, elements: Vec<(Resource<VerificationState>, Resource<Signature>)>| {
            let work = elements.len().saturating_mul(SIGNATURE_BYTES);
            let need = |_: &Objects| Need { work, ..Need::default() };
            let verify = |element: Element<'_, VerificationState>, signature: &hostcrypt::Result<Signature>| {
                let signature = signature.as_ref().map_err(|errno| *errno)?;
                element.state?.verify(element.op, signature)
            };
            let finish = |_: &mut Objects, verified: hostcrypt::Result<()>| {
                verified.map_or_else(ErrorCode::from, |()| ErrorCode::Success)
            };
            // Found first, since threads share them.
            let found: Vec<_> = elements.iter().map(|(_, signature)| call.objects.get(signature).cloned()).collect();
            let elements = elements.iter().zip(found).map(|((state, _), signature)| (state, signature));
            Ok(call.each(F::signature_verification_state_verify, elements, need, verify, finish))
        },
    )
}
