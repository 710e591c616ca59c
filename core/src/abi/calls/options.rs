//! `options_*`.

use crate::{
    Operation, Result,
    abi::{
        Call,
        handles::Handle,
        memory::{Buf, Bytes, Str},
        value::{Number, Optional},
    },
    algorithm::AlgorithmType,
    objects::options::{GuestBuffer, Options},
};

impl Call<'_> {
    /// The set in an optional parameter, if it is for algorithms of this type.
    ///
    /// # Errors
    ///
    /// [`InvalidHandle`](crate::Errno::InvalidHandle) for a set that was opened for another type.
    pub(super) fn option_set(
        &mut self,
        options: Optional<Options>,
        algorithm_type: AlgorithmType,
    ) -> Result<Option<Handle<Options>>> {
        let options = self.optional(options)?;
        if let Some(options) = options {
            self.objects.with(options, |options: &mut Options| options.check_type(algorithm_type))?;
        }
        Ok(options)
    }

    pub(in crate::abi) fn options_open(
        &mut self,
        op: Operation<'_>,
        algorithm_type: Number,
    ) -> Result<Handle<Options>> {
        let algorithm_type = self.revision.algorithm_type(algorithm_type.0)?;
        self.objects.open(|_| Ok(Options::open(op, algorithm_type)))
    }

    pub(in crate::abi) fn options_close(&mut self, _: Operation<'_>, handle: Handle<Options>) -> Result<()> {
        self.objects.close(handle)
    }

    pub(in crate::abi) fn options_set(
        &mut self,
        op: Operation<'_>,
        handle: Handle<Options>,
        name: Str,
        value: Bytes,
    ) -> Result<()> {
        let (name, value) = (self.memory.str(name)?, self.memory.bytes(value)?);
        self.objects.with(handle, |options: &mut Options| options.set(op, name, value))
    }

    pub(in crate::abi) fn options_set_u64(
        &mut self,
        op: Operation<'_>,
        handle: Handle<Options>,
        name: Str,
        value: u64,
    ) -> Result<()> {
        let name = self.memory.str(name)?;
        self.objects.with(handle, |options: &mut Options| options.set_u64(op, name, value))
    }

    /// The range is checked now, and again by an algorithm that uses it: memory may have changed by then.
    pub(in crate::abi) fn options_set_guest_buffer(
        &mut self,
        op: Operation<'_>,
        handle: Handle<Options>,
        name: Str,
        buffer: Buf,
    ) -> Result<()> {
        self.memory.check(buffer.ptr, buffer.len)?;
        let name = self.memory.str(name)?;
        let buffer = GuestBuffer { offset: buffer.ptr.into(), len: buffer.len.into() };
        self.objects.with(handle, |options: &mut Options| options.set_guest_buffer(op, name, buffer))
    }
}
