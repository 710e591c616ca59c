//! Guest memory, lent for one call, and the inert values that point into it.
//!
//! Every pointer and length is hostile. Nothing here allocates for a length, and a range is checked at the
//! moment it is used.

use crate::{Errno, Result};

/// The guest's linear memory, lent for the length of one call.
#[derive(Debug)]
pub struct Memory<'a>(&'a mut [u8]);

/// A range that the host reads: `const_ptr<u8>` and its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes {
    pub(crate) ptr: u32,
    pub(crate) len: u32,
}

/// A range that the host writes: `ptr<u8>` and its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buf {
    pub(crate) ptr: u32,
    pub(crate) len: u32,
}

/// A string that the host reads: a pointer and a length in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Str(pub(crate) Bytes);

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
}

/// `start..end` of a range, if it fits in memory.
fn range(memory: &[u8], ptr: u32, len: u32) -> Result<std::ops::Range<usize>> {
    let start = ptr as usize;
    let end = start.checked_add(len as usize).ok_or(Errno::GuestError)?;
    if end > memory.len() { Err(Errno::GuestError) } else { Ok(start..end) }
}

impl<'a> Memory<'a> {
    /// Lends the bytes of a memory.
    #[must_use]
    pub const fn new(bytes: &'a mut [u8]) -> Self {
        Self(bytes)
    }

    /// Refuses a range that leaves memory.
    pub(crate) fn check(&self, ptr: u32, len: u32) -> Result<()> {
        range(self.0, ptr, len).map(drop)
    }

    /// Refuses an input and an output of which one leaves memory.
    pub(crate) fn check_both(&self, input: Bytes, output: Buf) -> Result<()> {
        self.check(input.ptr, input.len)?;
        self.check(output.ptr, output.len)
    }

    pub(crate) fn bytes(&self, bytes: Bytes) -> Result<&[u8]> {
        self.0.get(range(self.0, bytes.ptr, bytes.len)?).ok_or(Errno::GuestError)
    }

    pub(crate) fn str(&self, string: Str) -> Result<&str> {
        std::str::from_utf8(self.bytes(string.0)?).map_err(|_| Errno::GuestError)
    }

    pub(crate) fn buf(&mut self, buf: Buf) -> Result<&mut [u8]> {
        let range = range(self.0, buf.ptr, buf.len)?;
        self.0.get_mut(range).ok_or(Errno::GuestError)
    }

    /// An optional handle: a byte that is 0 for some and 1 for none, and the handle four bytes on.
    pub(crate) fn optional(&self, ptr: u32) -> Result<Option<u32>> {
        let union = self.bytes(Bytes { ptr, len: 8 })?;
        match union {
            [0, _, _, _, handle @ ..] => {
                let handle = <[u8; 4]>::try_from(handle).map_err(|_| Errno::InternalError)?;
                Ok(Some(u32::from_le_bytes(handle)))
            }
            [1, ..] => Ok(None),
            _ => Err(Errno::GuestError),
        }
    }

    /// Input and output ranges of which the output is all written and the input all read.
    ///
    /// `keep` bytes at the input's end (an attached tag) are handed over as a copy in `kept`; the output may be
    /// longer than the rest of the input by a `room` for a tag. Where the ranges overlap, the text is first
    /// moved to the output's start, so that it can be transformed in place.
    ///
    /// The caller has checked that `input.len - kept.len() + room == output.len`.
    pub(crate) fn in_out(&mut self, input: Bytes, kept: &mut [u8], output: Buf) -> Result<(InOut<'_>, &mut [u8])> {
        let from = range(self.0, input.ptr, input.len)?;
        let to = range(self.0, output.ptr, output.len)?;
        let text_end = from.end.checked_sub(kept.len()).filter(|end| *end >= from.start).ok_or(Errno::InternalError)?;
        let text_len = text_end - from.start;
        kept.copy_from_slice(self.0.get(text_end..from.end).ok_or(Errno::InternalError)?);
        if to.len() < text_len {
            return Err(Errno::InternalError);
        }
        let apart = from.end <= to.start || to.end <= from.start;
        if !apart {
            self.0.copy_within(from.start..text_end, to.start);
            let (text, rest) = self.0.get_mut(to).ok_or(Errno::InternalError)?.split_at_mut(text_len);
            return Ok((InOut::InPlace(text), rest));
        }
        // The two ranges are disjoint: split between them.
        let (input, output) = if from.end <= to.start {
            let (low, high) = self.0.split_at_mut(to.start);
            (low.get(from.start..text_end), high.get_mut(..to.end - to.start))
        } else {
            let (low, high) = self.0.split_at_mut(from.start);
            (high.get(..text_len), low.get_mut(to))
        };
        let (Some(input), Some(output)) = (input, output) else { return Err(Errno::InternalError) };
        let (text, rest) = output.split_at_mut(text_len);
        Ok((InOut::Apart(input, text), rest))
    }

    /// Writes an output that was checked before the call began.
    pub(crate) fn write(&mut self, ptr: u32, value: &[u8]) -> Result<()> {
        let len = u32::try_from(value.len()).map_err(|_| Errno::InternalError)?;
        self.buf(Buf { ptr, len })?.copy_from_slice(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
