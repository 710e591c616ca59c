//! One thin function for each function of the interface: it reads the arguments from the guest's memory, runs the
//! operation and returns its outputs.
//!
//! Each checks in the same order: the arguments in memory, room for a handle, then handles and the operation. Calls
//! about managed keys look up the manager first. The entry point has checked the policy and the pointers to outputs
//! before.

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
    /// [`GuestError`](crate::Errno::GuestError) for a pointer outside memory or an invalid tag of the option.
    fn optional<T>(&self, optional: Optional<T>) -> Result<Option<Handle<T>>> {
        Ok(self.memory.optional(optional.ptr)?.map(Handle::new))
    }

    /// Opens an `array_output` handle for bytes that `make` produces.
    fn array_output(
        &mut self,
        make: impl FnOnce(&mut Objects<'_>) -> Result<SecretBytes>,
    ) -> Result<Handle<ArrayOutput>> {
        self.objects.open(|objects| make(objects).map(ArrayOutput::new))
    }
}
