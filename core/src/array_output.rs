//! Outputs of a length that the guest does not know in advance: `array_output_*`.

use crate::{
    Errno, Result,
    abi::Size,
    handles::{Handle, Objects},
    host::Call,
    memory::Buf,
    secret::SecretBytes,
};

/// An array of bytes that the guest pulls: `array_output`. Wiped when dropped.
pub(crate) struct ArrayOutput {
    bytes: SecretBytes,
    pulled: usize,
    /// Whether a pull took the last byte and is about to close the handle: other threads find it closed.
    finished: bool,
}

impl ArrayOutput {
    pub(crate) const fn new(bytes: SecretBytes) -> Self {
        Self { bytes, pulled: 0, finished: false }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] once the last byte was pulled.
    fn check(&self) -> Result<()> {
        if self.finished { Err(Errno::InvalidHandle) } else { Ok(()) }
    }
}

impl Call<'_> {
    /// Puts bytes that `make` produces behind a new `array_output` handle.
    pub(crate) fn array_output(
        &mut self,
        make: impl FnOnce(&mut Objects<'_>) -> Result<zeroize::Zeroizing<Vec<u8>>>,
    ) -> Result<Handle<ArrayOutput>> {
        let budget = self.budget;
        self.objects.open(|objects| {
            let bytes = make(objects)?;
            Ok(ArrayOutput::new(SecretBytes::copy_of(&bytes, budget)?))
        })
    }

    pub(crate) fn array_output_len(&mut self, array_output: Handle<ArrayOutput>) -> Result<Size> {
        self.objects.with(array_output, |array: &mut ArrayOutput| {
            array.check()?;
            Size::of(array.bytes.len())
        })
    }

    /// Copies what is wanted and left, and closes the handle with the last byte.
    pub(crate) fn array_output_pull(&mut self, array_output: Handle<ArrayOutput>, buf: Buf) -> Result<Size> {
        self.memory.check(buf.ptr, buf.len)?;
        let memory = &mut self.memory;
        let (pulled, finished) = self.objects.with(array_output, |array: &mut ArrayOutput| {
            array.check()?;
            let left = array.bytes.get(array.pulled..).ok_or(Errno::InternalError)?;
            let wanted = left.len().min(buf.len as usize);
            memory.write(buf.ptr, left.get(..wanted).ok_or(Errno::InternalError)?)?;
            array.pulled += wanted;
            array.finished = array.pulled == array.bytes.len();
            Ok((Size::of(wanted)?, array.finished))
        })?;
        if finished {
            self.objects.close(array_output)?;
        }
        Ok(pulled)
    }
}
