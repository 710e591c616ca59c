//! Text that is transformed from one range to another, or in place.

use crate::{Errno, Result};

/// The input and the output of a transformation: two ranges of the same length, or one range in place.
#[derive(Debug)]
pub enum InOut<'a> {
    /// Two ranges that do not overlap; the former content of the output is ignored.
    Apart(&'a [u8], &'a mut [u8]),
    /// One range, whose text is replaced.
    InPlace(&'a mut [u8]),
}

impl InOut<'_> {
    /// Returns the length of the text in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Apart(text, _) => text.len(),
            Self::InPlace(text) => text.len(),
        }
    }

    /// Returns whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// # Errors
    ///
    /// [`Errno::InvalidLength`] for two ranges of different lengths.
    pub(crate) const fn check(&self) -> Result<()> {
        match self {
            Self::Apart(text, output) if text.len() != output.len() => Err(Errno::InvalidLength),
            _ => Ok(()),
        }
    }

    /// Reborrows the ranges.
    pub(crate) const fn reborrow(&mut self) -> InOut<'_> {
        match self {
            Self::Apart(text, output) => InOut::Apart(text, output),
            Self::InPlace(text) => InOut::InPlace(text),
        }
    }

    /// Fills the output with zeros.
    pub(crate) fn clear(self) {
        match self {
            Self::Apart(_, output) | Self::InPlace(output) => output.fill(0),
        }
    }
}
