//! Text that is transformed from one place to another, or where it stands.

use crate::{Errno, Result};

/// Where text is transformed: from one range to another, or within one.
///
/// Both sides are of the same length.
#[derive(Debug)]
pub enum InOut<'a> {
    /// The two ranges do not touch; the output's former content has no meaning.
    Apart(&'a [u8], &'a mut [u8]),
    /// The text is replaced where it stands.
    InPlace(&'a mut [u8]),
}

impl InOut<'_> {
    /// The length of the text in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Apart(text, _) => text.len(),
            Self::InPlace(text) => text.len(),
        }
    }

    /// Whether there is no text.
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

    /// The same ranges, for a shorter time.
    pub(crate) const fn reborrow(&mut self) -> InOut<'_> {
        match self {
            Self::Apart(text, output) => InOut::Apart(text, output),
            Self::InPlace(text) => InOut::InPlace(text),
        }
    }

    /// Leaves zeros where the output was to come.
    pub(crate) fn clear(self) {
        match self {
            Self::Apart(_, output) | Self::InPlace(output) => output.fill(0),
        }
    }
}
