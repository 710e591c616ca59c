//! Authentication tags: `symmetric_tag_*`.

use subtle::ConstantTimeEq;

use crate::{
    Errno, Result,
    abi::Size,
    handles::Handle,
    host::Call,
    memory::{Buf, Bytes},
    secret::SecretBytes,
};

/// An authentication tag: `symmetric_tag`. Wiped when dropped.
pub(crate) struct Tag(pub(super) SecretBytes);

impl Call<'_> {
    pub(crate) fn symmetric_tag_len(&mut self, symmetric_tag: Handle<Tag>) -> Result<Size> {
        Size::of(self.objects.get(symmetric_tag)?.0.len())
    }

    /// Copies the tag into a buffer of its own length, and closes the handle.
    pub(crate) fn symmetric_tag_pull(&mut self, symmetric_tag: Handle<Tag>, buf: Buf) -> Result<Size> {
        let tag = self.objects.get(symmetric_tag)?;
        self.memory.check(buf.ptr, buf.len)?;
        exact_len(buf.len as usize, tag.0.len())?;
        // Another thread that pulled or closed it first leaves no handle.
        self.objects.close(symmetric_tag).map_err(|_| Errno::InvalidHandle)?;
        self.memory.write(buf.ptr, &tag.0)?;
        Size::of(tag.0.len())
    }

    /// Compares whole tags in constant time.
    pub(crate) fn symmetric_tag_verify(&mut self, symmetric_tag: Handle<Tag>, expected: Bytes) -> Result<()> {
        let tag = self.objects.get(symmetric_tag)?;
        let expected = self.memory.bytes(expected)?;
        if bool::from(tag.0.ct_eq(expected)) { Ok(()) } else { Err(Errno::InvalidTag) }
    }

    pub(crate) fn symmetric_tag_close(&mut self, symmetric_tag: Handle<Tag>) -> Result<()> {
        self.objects.close(symmetric_tag)
    }
}

/// # Errors
///
/// [`Errno::Overflow`] for an output buffer that is too small, [`Errno::InvalidLength`] for one that is too large.
pub(super) fn exact_len(buf: usize, needed: usize) -> Result<()> {
    match buf.cmp(&needed) {
        std::cmp::Ordering::Less => Err(Errno::Overflow),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(Errno::InvalidLength),
    }
}
