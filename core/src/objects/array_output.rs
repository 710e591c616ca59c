//! Outputs of a length that the guest does not know in advance: `array_output_*`.

use crate::{Errno, Result, secret::SecretBytes};

/// An array of bytes that the guest pulls, whole or in parts: `array_output`. It is wiped when it is dropped.
#[derive(Debug)]
pub struct ArrayOutput {
    bytes: SecretBytes,
    pulled: usize,
    /// Whether the last byte was pulled: the output is then closed for all threads.
    finished: bool,
}

impl ArrayOutput {
    /// Makes an output of these bytes.
    #[must_use]
    pub const fn new(bytes: SecretBytes) -> Self {
        Self { bytes, pulled: 0, finished: false }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] once the last byte was pulled.
    const fn check(&self) -> Result<()> {
        if self.finished { Err(Errno::InvalidHandle) } else { Ok(()) }
    }

    /// Returns the length of the whole output in bytes: `array_output_len`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] once the last byte was pulled.
    #[allow(clippy::len_without_is_empty, reason = "an output that was pulled has no length")]
    pub fn len(&self) -> Result<usize> {
        self.check()?;
        Ok(self.bytes.len())
    }

    /// Passes the next bytes, at most `wanted`, to `take`, and advances if that succeeds: `array_output_pull`. Returns
    /// the number of bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] once the last byte was pulled, and the errno of `take`.
    pub fn pull(&mut self, wanted: usize, take: impl FnOnce(&[u8]) -> Result<()>) -> Result<usize> {
        self.check()?;
        let left = self.bytes.get(self.pulled..).ok_or(Errno::InternalError)?;
        let pulled = left.get(..left.len().min(wanted)).ok_or(Errno::InternalError)?;
        take(pulled)?;
        self.pulled += pulled.len();
        self.finished = self.pulled == self.bytes.len();
        Ok(pulled.len())
    }

    /// Takes the bytes of an output of which nothing was pulled, without a copy.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] if a byte was pulled.
    pub fn into_bytes(self) -> Result<SecretBytes> {
        if self.pulled == 0 && !self.finished { Ok(self.bytes) } else { Err(Errno::InvalidHandle) }
    }

    /// Whether the last byte was pulled.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Budget;

    #[test]
    fn a_pull_behind_the_last_byte_finds_the_output_closed() {
        let mut array = ArrayOutput::new(SecretBytes::copy_of(&[7; 10], &Budget::new(100)).unwrap());
        let mut pull = |len| {
            let pulled = array.pull(len, |_| Ok(()));
            (pulled, array.is_finished())
        };
        // Several threads may pull before one of them closes the handle.
        assert_eq!(pull(6), (Ok(6), false));
        assert_eq!(pull(6), (Ok(4), true));
        assert_eq!(pull(6), (Err(Errno::InvalidHandle), true));
    }
}
