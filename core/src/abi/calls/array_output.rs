//! `array_output_*`.

use crate::{
    Operation, Result,
    abi::{Call, handles::Handle, memory::Buf, value::Size},
    objects::array_output::ArrayOutput,
};

impl Call<'_> {
    pub(in crate::abi) fn array_output_len(
        &mut self,
        _: Operation<'_>,
        array_output: Handle<ArrayOutput>,
    ) -> Result<Size> {
        self.objects.with(array_output, |array: &mut ArrayOutput| Size::of(array.len()?))
    }

    /// Closes the handle with the last byte.
    pub(in crate::abi) fn array_output_pull(
        &mut self,
        _: Operation<'_>,
        array_output: Handle<ArrayOutput>,
        buf: Buf,
    ) -> Result<Size> {
        self.memory.check(buf.ptr, buf.len)?;
        let memory = &mut self.memory;
        let (pulled, finished) = self.objects.with(array_output, |array: &mut ArrayOutput| {
            let pulled = array.pull(buf.len as usize, |bytes| memory.write(buf.ptr, bytes))?;
            Ok((Size::of(pulled)?, array.is_finished()))
        })?;
        if finished {
            // Another thread may have closed it meanwhile. The bytes are this call's all the same.
            let _ = self.objects.close(array_output);
        }
        Ok(pulled)
    }
}
