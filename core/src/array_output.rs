//! Outputs of a length that the guest does not know in advance: `array_output_*`.

use crate::{
    Errno, Result,
    abi::Size,
    handles::{Handle, Objects},
    host::Call,
    memory::{Buf, Memory},
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

    /// Copies what is wanted and left, and returns how much that is.
    fn pull(&mut self, memory: &mut Memory<'_>, buf: Buf) -> Result<Size> {
        self.check()?;
        let left = self.bytes.get(self.pulled..).ok_or(Errno::InternalError)?;
        let wanted = left.len().min(buf.len as usize);
        memory.write(buf.ptr, left.get(..wanted).ok_or(Errno::InternalError)?)?;
        self.pulled += wanted;
        self.finished = self.pulled == self.bytes.len();
        Size::of(wanted)
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
            let pulled = array.pull(memory, buf)?;
            Ok((pulled, array.finished))
        })?;
        if finished {
            self.objects.close(array_output)?;
        }
        Ok(pulled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Budget;

    #[test]
    fn what_comes_behind_the_last_byte_finds_the_output_closed() {
        let mut array = ArrayOutput::new(SecretBytes::copy_of(&[7; 10], &Budget::new(100)).unwrap());
        let mut bytes = [0; 10];
        let mut pull = |len| {
            let pulled = array.pull(&mut Memory::new(&mut bytes), Buf { ptr: 0, len });
            (pulled.map(|size| size.0), array.finished)
        };
        // Threads come one after another, before one of them closes the handle.
        assert_eq!(pull(6), (Ok(6), false));
        assert_eq!(pull(6), (Ok(4), true));
        assert_eq!(pull(6), (Err(Errno::InvalidHandle), true));
    }
}
