//! `wasi-ephemeral-crypto-signatures-batch`: each element is a call of its own, and the elements run in order.

use hostcrypt::{FunctionId as F, signatures::SignatureEncoding};
use wasmtime::{Result, component::Resource};

use super::{
    call::Interface,
    types::{ArrayOutput, ErrorCode, Signature, SigningState, VerificationState},
};

pub(super) fn add<T: 'static>(signatures: &mut Interface<'_, T>) -> Result<()> {
    signatures.bind_batch("batch-signature-state-sign", F::signature_state_sign, |call, states: Vec<_>| {
        let sign = |state: &Resource<SigningState>| {
            let signed = call.guest.call(F::signature_state_sign, |op| {
                call.objects.open(|objects| {
                    objects.get(state)?.sign(op)?.export(op, SignatureEncoding::Raw).map(ArrayOutput::new)
                })
            });
            call.objects.element(signed)
        };
        Ok(states.iter().map(sign).collect::<Vec<_>>())
    })?;
    signatures.bind_batch(
        "batch-signature-state-verify",
        F::signature_verification_state_verify,
        |call, elements: Vec<_>| {
            let verify = |(state, signature): &(Resource<VerificationState>, Resource<Signature>)| {
                let verified = call.guest.call(F::signature_verification_state_verify, |op| {
                    let signature = call.objects.get(signature)?;
                    call.objects.get(state)?.verify(op, signature)
                });
                verified.map_or_else(ErrorCode::from, |()| ErrorCode::Success)
            };
            Ok(elements.iter().map(verify).collect::<Vec<_>>())
        },
    )
}
