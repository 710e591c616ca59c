//! One thin function for each function of the interface: arguments out of the guest's memory, the operation, and its
//! outputs.
//!
//! Each checks in the same order: the arguments in memory, room for a handle, then handles and the operation; calls about
//! managed keys look up the manager first. The policy and the pointers to outputs were checked before.

mod array_output;
mod asymmetric;
mod kx;
mod managed;
mod options;
mod signatures;
mod symmetric;

use super::{
    Call,
    handles::{Handle, Objects},
    value::Optional,
};
use crate::{Result, objects::array_output::ArrayOutput, secret::SecretBytes};

impl Call<'_> {
    /// The handle in an optional parameter, if there is one.
    ///
    /// # Errors
    ///
    /// [`GuestError`](crate::Errno::GuestError) for a pointer out of memory or a tag that is neither some nor none.
    fn optional<T>(&self, optional: Optional<T>) -> Result<Option<Handle<T>>> {
        Ok(self.memory.optional(optional.ptr)?.map(Handle::new))
    }

    /// Puts bytes that `make` produces behind a new `array_output` handle.
    fn array_output(
        &mut self,
        make: impl FnOnce(&mut Objects<'_>) -> Result<SecretBytes>,
    ) -> Result<Handle<ArrayOutput>> {
        self.objects.open(|objects| make(objects).map(ArrayOutput::new))
    }
}
