//! `signature_*`.

use crate::{
    Operation, Result,
    abi::{
        Call,
        function::signature_import_parameters,
        handles::Handle,
        memory::{Bytes, Str},
        value::Number,
    },
    objects::{
        array_output::ArrayOutput,
        asymmetric::{KeyPair, PublicKey},
        signatures::{Signature, SigningState, VerificationState},
    },
};

impl Call<'_> {
    pub(in crate::abi) fn signature_export(
        &mut self,
        op: Operation<'_>,
        signature: Handle<Signature>,
        encoding: Number,
    ) -> Result<Handle<ArrayOutput>> {
        let encoding = self.revision.signature_encoding(encoding.0)?;
        self.array_output(|objects| objects.get(signature)?.export(op, encoding))
    }

    pub(in crate::abi) fn signature_import(
        &mut self,
        op: Operation<'_>,
        algorithm: Str,
        encoded: Bytes,
        encoding: Number,
    ) -> Result<Handle<Signature>> {
        let (encoded, encoding) = signature_import_parameters(self.revision, encoded, encoding);
        let algorithm = op.signature(self.memory.str(algorithm)?)?;
        let encoded = self.memory.bytes(encoded)?;
        let encoding = self.revision.signature_encoding(encoding.0)?;
        self.objects.open(|_| Signature::import(op, algorithm, encoded, encoding))
    }

    pub(in crate::abi) fn signature_state_open(
        &mut self,
        op: Operation<'_>,
        kp: Handle<KeyPair>,
    ) -> Result<Handle<SigningState>> {
        self.objects.open(|objects| SigningState::open(op, &*objects.get(kp)?))
    }

    pub(in crate::abi) fn signature_state_update(
        &mut self,
        op: Operation<'_>,
        state: Handle<SigningState>,
        input: Bytes,
    ) -> Result<()> {
        let input = self.memory.bytes(input)?;
        self.objects.with(state, |state: &mut SigningState| state.update(op, input))
    }

    pub(in crate::abi) fn signature_state_sign(
        &mut self,
        op: Operation<'_>,
        state: Handle<SigningState>,
    ) -> Result<Handle<Signature>> {
        self.objects.open(|objects| objects.with(state, |state: &mut SigningState| state.sign(op)))
    }

    pub(in crate::abi) fn signature_state_close(
        &mut self,
        _: Operation<'_>,
        state: Handle<SigningState>,
    ) -> Result<()> {
        self.objects.close(state)
    }

    pub(in crate::abi) fn signature_verification_state_open(
        &mut self,
        op: Operation<'_>,
        kp: Handle<PublicKey>,
    ) -> Result<Handle<VerificationState>> {
        self.objects.open(|objects| VerificationState::open(op, &*objects.get(kp)?))
    }

    pub(in crate::abi) fn signature_verification_state_update(
        &mut self,
        op: Operation<'_>,
        state: Handle<VerificationState>,
        input: Bytes,
    ) -> Result<()> {
        let input = self.memory.bytes(input)?;
        self.objects.with(state, |state: &mut VerificationState| state.update(op, input))
    }

    pub(in crate::abi) fn signature_verification_state_verify(
        &mut self,
        op: Operation<'_>,
        state: Handle<VerificationState>,
        signature: Handle<Signature>,
    ) -> Result<()> {
        let signature = self.objects.get(signature)?;
        self.objects.with(state, |state: &mut VerificationState| state.verify(op, &signature))
    }

    pub(in crate::abi) fn signature_verification_state_close(
        &mut self,
        _: Operation<'_>,
        state: Handle<VerificationState>,
    ) -> Result<()> {
        self.objects.close(state)
    }

    pub(in crate::abi) fn signature_close(&mut self, _: Operation<'_>, signature: Handle<Signature>) -> Result<()> {
        self.objects.close(signature)
    }
}
