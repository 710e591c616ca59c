//! `kx_*`.

use crate::{
    Errno, Operation, Result,
    abi::{Call, handles::Handle, memory::Bytes},
    objects::{
        array_output::ArrayOutput,
        asymmetric::{PublicKey, SecretKey},
        kx,
    },
};

impl Call<'_> {
    pub(in crate::abi) fn kx_dh(
        &mut self,
        op: Operation<'_>,
        pk: Handle<PublicKey>,
        sk: Handle<SecretKey>,
    ) -> Result<Handle<ArrayOutput>> {
        self.array_output(|objects| {
            let (public, secret) = (objects.get(pk)?, objects.get(sk)?);
            kx::agree(op, &public, &secret)
        })
    }

    pub(in crate::abi) fn kx_encapsulate(
        &mut self,
        op: Operation<'_>,
        pk: Handle<PublicKey>,
    ) -> Result<(Handle<ArrayOutput>, Handle<ArrayOutput>)> {
        let public = self.objects.get(pk)?;
        kx::check_encapsulates(&public)?;
        let mut encapsulation = None;
        let secret = self.objects.open(|objects| {
            let mut secret = None;
            // Both handles are reserved before anything is made.
            encapsulation = Some(objects.open(|_| {
                let made = kx::encapsulate(op, &public)?;
                secret = Some(ArrayOutput::new(made.secret));
                Ok(ArrayOutput::new(made.encapsulation))
            })?);
            secret.ok_or(Errno::InternalError)
        })?;
        Ok((secret, encapsulation.ok_or(Errno::InternalError)?))
    }

    pub(in crate::abi) fn kx_decapsulate(
        &mut self,
        op: Operation<'_>,
        sk: Handle<SecretKey>,
        encapsulated_secret: Bytes,
    ) -> Result<Handle<ArrayOutput>> {
        let encapsulation = self.memory.bytes(encapsulated_secret)?;
        self.objects.open(|objects| kx::decapsulate(op, &*objects.get(sk)?, encapsulation).map(ArrayOutput::new))
    }
}
