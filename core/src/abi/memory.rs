//! Guest memory, borrowed for one call, and the inert values that point into it.
//!
//! Every pointer and length is hostile. A range is checked when it is used, and before anything is allocated for its
//! length.

mod shared;

use std::{ops::Range, sync::Arc};

pub use shared::SharedMemory;

use self::shared::Copies;
use crate::{CallBytes, Errno, InOut, Result, secret::Budget};

/// The guest's linear memory, borrowed for one call.
#[derive(Debug)]
pub struct Memory<'a> {
    bytes: GuestMemory<'a>,
    /// The bytes that the call may still process.
    left: CallBytes,
}

#[derive(Debug)]
enum GuestMemory<'a> {
    /// Nothing else accesses it during the call.
    Alone(&'a mut [u8]),
    /// Other threads of the guest may change it at any time.
    Shared(Box<Copies<'a>>),
}

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

/// `start..end` of a range, if it fits in a memory of `len` bytes.
fn range(memory_len: usize, ptr: u32, len: u32) -> Result<Range<usize>> {
    let start = ptr as usize;
    let end = start.checked_add(len as usize).ok_or(Errno::GuestError)?;
    if end > memory_len { Err(Errno::GuestError) } else { Ok(start..end) }
}

impl<'a> Memory<'a> {
    /// Borrows the bytes of a memory.
    #[must_use]
    pub const fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes: GuestMemory::Alone(bytes), left: CallBytes::unlimited() }
    }

    /// Makes the memory of a call over a memory that threads share; the copies count against a budget.
    pub(crate) fn shared(memory: &'a dyn SharedMemory, budget: &'a Arc<Budget>) -> Self {
        Self { bytes: GuestMemory::Shared(Box::new(Copies::new(memory, budget))), left: CallBytes::unlimited() }
    }

    /// Sets the number of bytes that the call may process.
    pub(crate) fn limit(&mut self, bytes: CallBytes) {
        self.left = bytes;
    }

    fn range(&self, ptr: u32, len: u32) -> Result<Range<usize>> {
        let memory_len = match &self.bytes {
            GuestMemory::Alone(bytes) => bytes.len(),
            GuestMemory::Shared(copies) => copies.memory_len(),
        };
        range(memory_len, ptr, len)
    }

    /// Checks that a range is in memory.
    pub(crate) fn check(&self, ptr: u32, len: u32) -> Result<()> {
        self.range(ptr, len).map(drop)
    }

    /// Checks that an input and an output are in memory.
    pub(crate) fn check_both(&self, input: Bytes, output: Buf) -> Result<()> {
        self.check(input.ptr, input.len)?;
        self.check(output.ptr, output.len)
    }

    /// # Errors
    ///
    /// [`Errno::GuestError`] for a range that leaves memory, [`Errno::Overflow`] for more bytes than a call may
    /// process, or than the guest's limit on bytes allows to copy.
    pub(crate) fn bytes(&self, bytes: Bytes) -> Result<&[u8]> {
        let range = self.range(bytes.ptr, bytes.len)?;
        self.left.charge(range.len())?;
        match &self.bytes {
            GuestMemory::Alone(memory) => memory.get(range).ok_or(Errno::GuestError),
            GuestMemory::Shared(copies) => copies.input(range),
        }
    }

    pub(crate) fn str(&self, string: Str) -> Result<&str> {
        std::str::from_utf8(self.bytes(string.0)?).map_err(|_| Errno::GuestError)
    }

    /// A range to be written completely.
    ///
    /// # Errors
    ///
    /// As for [`bytes`](Self::bytes).
    pub(crate) fn buf(&mut self, buf: Buf) -> Result<&mut [u8]> {
        let range = self.range(buf.ptr, buf.len)?;
        self.left.charge(range.len())?;
        match &mut self.bytes {
            GuestMemory::Alone(memory) => memory.get_mut(range).ok_or(Errno::GuestError),
            GuestMemory::Shared(copies) => copies.output(range),
        }
    }

    /// An optional handle: a byte that is 0 for some and 1 for none, and the handle at offset 4.
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

    /// An input range and an output range for a transformation that reads the whole input and writes the whole output.
    ///
    /// The bytes at the input's end (an attached tag) are copied to `kept`; the output may be longer than the rest of
    /// the input, by a `room` for a tag. If the ranges overlap, the text is first moved to the output's start, and is
    /// transformed in place.
    ///
    /// The caller has checked that `input.len - kept.len() + room == output.len`. The text counts once.
    ///
    /// # Errors
    ///
    /// As for [`bytes`](Self::bytes).
    pub(crate) fn in_out(&mut self, input: Bytes, kept: &mut [u8], output: Buf) -> Result<(InOut<'_>, &mut [u8])> {
        let from = self.range(input.ptr, input.len)?;
        let to = self.range(output.ptr, output.len)?;
        let text_end = from.end.checked_sub(kept.len()).filter(|end| *end >= from.start).ok_or(Errno::InternalError)?;
        let text_len = text_end - from.start;
        if to.len() < text_len {
            return Err(Errno::InternalError);
        }
        self.left.charge(text_len)?;
        let memory = match &mut self.bytes {
            GuestMemory::Alone(memory) => memory,
            GuestMemory::Shared(copies) => {
                let output = copies.in_out(from.start..text_end, kept, to)?;
                let (text, rest) = output.split_at_mut(text_len);
                return Ok((InOut::InPlace(text), rest));
            }
        };
        kept.copy_from_slice(memory.get(text_end..from.end).ok_or(Errno::InternalError)?);
        let apart = from.end <= to.start || to.end <= from.start;
        if !apart {
            memory.copy_within(from.start..text_end, to.start);
            let (text, rest) = memory.get_mut(to).ok_or(Errno::InternalError)?.split_at_mut(text_len);
            return Ok((InOut::InPlace(text), rest));
        }
        // The ranges are disjoint: split between them.
        let (input, output) = if from.end <= to.start {
            let (low, high) = memory.split_at_mut(to.start);
            (low.get(from.start..text_end), high.get_mut(..to.end - to.start))
        } else {
            let (low, high) = memory.split_at_mut(from.start);
            (high.get(..text_len), low.get_mut(to))
        };
        let (Some(input), Some(output)) = (input, output) else { return Err(Errno::InternalError) };
        let (text, rest) = output.split_at_mut(text_len);
        Ok((InOut::Apart(input, text), rest))
    }

    /// Fills the output of a refused decryption with zeros: the guest must not see any part of the text.
    pub(crate) fn blank(&mut self, output: Buf) -> Result<()> {
        let range = self.range(output.ptr, output.len)?;
        match &mut self.bytes {
            GuestMemory::Alone(memory) => memory.get_mut(range).ok_or(Errno::GuestError)?.fill(0),
            GuestMemory::Shared(copies) => copies.blank(range),
        }
        Ok(())
    }

    /// Writes an output that was checked before the call began.
    pub(crate) fn write(&mut self, ptr: u32, value: &[u8]) -> Result<()> {
        let len = u32::try_from(value.len()).map_err(|_| Errno::InternalError)?;
        let range = self.range(ptr, len)?;
        match &mut self.bytes {
            GuestMemory::Alone(memory) => memory.get_mut(range).ok_or(Errno::GuestError)?.copy_from_slice(value),
            GuestMemory::Shared(copies) => copies.write(range.start, value),
        }
        Ok(())
    }

    /// Writes to the start of a buffer that may be longer.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if it is shorter; nothing is written.
    pub(crate) fn write_into(&mut self, buf: Buf, value: &[u8]) -> Result<()> {
        self.check(buf.ptr, buf.len)?;
        if value.len() > buf.len as usize {
            return Err(Errno::Overflow);
        }
        self.write(buf.ptr, value)
    }

    /// Writes the copied outputs of a successful call to the guest's memory.
    pub(crate) fn publish(&mut self) {
        if let GuestMemory::Shared(copies) = &mut self.bytes {
            copies.publish();
        }
    }
}

#[cfg(test)]
mod tests;
