//! Key exchange: `kx_*`.

use crate::{
    Errno, Result,
    array_output::ArrayOutput,
    asymmetric::{PublicHalf, PublicKey, Scheme, SecretHalf, SecretKey},
    handles::Handle,
    host::Call,
    memory::Bytes,
    secret::SecretBytes,
};

impl Call<'_> {
    /// The secret shared by the owners of two keys of one agreement.
    ///
    /// # Errors
    ///
    /// [`Errno::IncompatibleKeys`] for keys of two algorithms, [`Errno::InvalidOperation`] for keys that do not
    /// agree, [`Errno::InvalidKey`] for a point of low order.
    pub(crate) fn kx_dh(&mut self, pk: Handle<PublicKey>, sk: Handle<SecretKey>) -> Result<Handle<ArrayOutput>> {
        let keeping = &self.host.keeping;
        self.array_output(|objects| {
            let (public, secret) = (objects.get(pk)?, objects.get(sk)?);
            if !public.scheme.is(secret.scheme) {
                return Err(Errno::IncompatibleKeys);
            }
            keeping.check(&secret.custody)?;
            match &**secret.half {
                SecretHalf::Agreement(secret) => secret.agree(&public.half.key().public()),
                SecretHalf::Signing(_) | SecretHalf::Decapsulation(_) => Err(Errno::InvalidOperation),
            }
        })
    }

    /// A fresh secret, and its encapsulation for the owner of the key.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a key that does not encapsulate.
    pub(crate) fn kx_encapsulate(
        &mut self,
        pk: Handle<PublicKey>,
    ) -> Result<(Handle<ArrayOutput>, Handle<ArrayOutput>)> {
        let public = self.objects.get(pk)?;
        let PublicHalf::Encapsulation(public) = &**public.half else { return Err(Errno::InvalidOperation) };
        let budget = self.budget;
        let mut encapsulated = None;
        let secret = self.objects.open(|objects| {
            let mut secret = None;
            // Room for both handles is taken before anything is made.
            encapsulated = Some(objects.open(|_| {
                let (made, encapsulated) = public.encapsulate()?;
                secret = Some(ArrayOutput::new(SecretBytes::copy_of(&made, budget)?));
                Ok(ArrayOutput::new(SecretBytes::copy_of(&encapsulated, budget)?))
            })?);
            secret.ok_or(Errno::InternalError)
        })?;
        Ok((secret, encapsulated.ok_or(Errno::InternalError)?))
    }

    /// The secret in an encapsulated one.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a key that does not decapsulate, [`Errno::VerificationFailed`] for an
    /// encapsulated secret of the wrong length.
    pub(crate) fn kx_decapsulate(
        &mut self,
        sk: Handle<SecretKey>,
        encapsulated_secret: Bytes,
    ) -> Result<Handle<ArrayOutput>> {
        let (encapsulated, budget) = (self.memory.bytes(encapsulated_secret)?, self.budget);
        let keeping = &self.host.keeping;
        self.objects.open(|objects| {
            let key = objects.get(sk)?;
            keeping.check(&key.custody)?;
            let (Scheme::Kem(scheme), SecretHalf::Decapsulation(secret)) = (key.scheme, &**key.half) else {
                return Err(Errno::InvalidOperation);
            };
            if encapsulated.len() != scheme.encapsulated_len() {
                return Err(Errno::VerificationFailed);
            }
            let secret = secret.decapsulate(encapsulated)?;
            Ok(ArrayOutput::new(SecretBytes::copy_of(&secret, budget)?))
        })
    }
}
