//! Key exchange: `kx_*`.

use crate::{
    Errno, Result,
    array_output::ArrayOutput,
    asymmetric::{PublicKey, SecretHalf, SecretKey},
    handles::Handle,
    host::Call,
};

impl Call<'_> {
    /// The secret shared by the owners of two keys of one agreement.
    ///
    /// # Errors
    ///
    /// [`Errno::IncompatibleKeys`] for keys of two algorithms, [`Errno::InvalidOperation`] for keys that do not
    /// agree, [`Errno::InvalidKey`] for a point of low order.
    pub(crate) fn kx_dh(&mut self, pk: Handle<PublicKey>, sk: Handle<SecretKey>) -> Result<Handle<ArrayOutput>> {
        self.array_output(|objects| {
            let (public, secret) = (objects.get(pk)?, objects.get(sk)?);
            if !public.scheme.is(secret.scheme) {
                return Err(Errno::IncompatibleKeys);
            }
            match &*secret.half {
                SecretHalf::Agreement(secret) => secret.agree(&public.half.key().public()),
                SecretHalf::Signing(_) => Err(Errno::InvalidOperation),
            }
        })
    }
}
