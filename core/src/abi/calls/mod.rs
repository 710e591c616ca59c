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
    memory::Str,
    value::Optional,
};
use crate::{
    Errno, Operation, Result, algorithm::AllowedAlgorithm, objects::array_output::ArrayOutput, secret::SecretBytes,
};

impl Call<'_> {
    /// The handle in an optional parameter, if there is one.
    ///
    /// # Errors
    ///
    /// [`GuestError`](crate::Errno::GuestError) for a pointer outside memory or an invalid tag of the option.
    fn optional<T>(&self, optional: Optional<T>) -> Result<Option<Handle<T>>> {
        Ok(self.memory.optional(optional.ptr)?.map(Handle::new))
    }

    /// The symmetric algorithm of a name in memory.
    ///
    /// # Errors
    ///
    /// [`GuestError`](crate::Errno::GuestError) for a name out of memory or one that is not UTF-8, and the errnos of
    /// [`Operation::symmetric`].
    fn symmetric<'o>(&self, op: Operation<'o>, name: Str) -> Result<AllowedAlgorithm<'o>> {
        // A name that is found is valid UTF-8. Validating it first would take as long as finding it.
        let name = self.memory.bytes(name.0)?;
        match op.symmetric_of(name) {
            Err(Errno::UnsupportedAlgorithm) if std::str::from_utf8(name).is_err() => Err(Errno::GuestError),
            found => found,
        }
    }

    /// Opens an `array_output` handle for bytes that `make` produces.
    fn array_output(
        &mut self,
        make: impl FnOnce(&mut Objects<'_>) -> Result<SecretBytes>,
    ) -> Result<Handle<ArrayOutput>> {
        self.objects.open(|objects| make(objects).map(ArrayOutput::new))
    }
}
