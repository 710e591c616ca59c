//! Managed keys: what is served without a key store.

use crate::{Errno, Result, abi::Size, asymmetric::KeyPair, handles::Handle, host::Call, memory::Buf, symmetric::Key};

impl Call<'_> {
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] for a key pair that is not managed.
    pub(crate) fn keypair_id(&mut self, kp: Handle<KeyPair>, kp_id: Buf) -> Result<(Size, u64)> {
        self.memory.check(kp_id.ptr, kp_id.len)?;
        self.objects.get(kp)?;
        Err(Errno::UnsupportedFeature)
    }

    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] for a key that is not managed.
    pub(crate) fn symmetric_key_id(&mut self, symmetric_key: Handle<Key>, id: Buf) -> Result<(Size, u64)> {
        self.memory.check(id.ptr, id.len)?;
        self.objects.get(symmetric_key)?;
        Err(Errno::UnsupportedFeature)
    }
}
