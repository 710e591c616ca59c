//! Authentication tags: `symmetric_tag_*`.

use subtle::ConstantTimeEq;

use crate::{Errno, Result, secret::SecretBytes};

/// An authentication tag: `symmetric_tag`. It is wiped when it is dropped.
#[derive(Debug)]
pub struct Tag(pub(super) SecretBytes);

impl Tag {
    /// Returns the bytes of the tag: `symmetric_tag_pull`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes the bytes without a copy: `symmetric_tag_pull`.
    #[must_use]
    pub fn into_bytes(self) -> SecretBytes {
        self.0
    }

    /// The bytes, for [`State::encrypt`](super::State::encrypt) to fill.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Compares whole tags in constant time: `symmetric_tag_verify`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`] for a tag that differs.
    pub fn verify(&self, expected: &[u8]) -> Result<()> {
        if bool::from(self.0.ct_eq(expected)) { Ok(()) } else { Err(Errno::InvalidTag) }
    }
}
