//! A memory that threads share: accessed by copying, never by a reference into it.

use std::{cell::OnceCell, ops::Range, sync::Arc};

use crate::{
    Errno, Result,
    secret::{Budget, SecretBytes},
};

/// A guest's linear memory that threads share: other threads may change it while it is copied.
///
/// A copy may then be torn, which is the guest's own fault; the host must only stay sound. A memory never shrinks.
pub trait SharedMemory {
    /// Returns the memory's length in bytes.
    fn len(&self) -> usize;

    /// Returns whether the memory has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies bytes from `at` in the memory; the range was checked.
    fn read(&self, at: usize, bytes: &mut [u8]);

    /// Copies bytes to `at` in the memory; the range was checked.
    fn write(&self, at: usize, bytes: &[u8]);
}

/// The copies of one call: inputs from the memory, and outputs to be written to it.
///
/// Each range is copied once for each use, so the bytes that are checked are the bytes that are used. Outputs are
/// written only if the call succeeds.
pub(super) struct Copies<'a> {
    memory: &'a dyn SharedMemory,
    budget: &'a Arc<Budget>,
    inputs: Inputs,
    output: Option<(usize, SecretBytes)>,
}

/// Inputs, which do not move while others are added.
#[derive(Default)]
struct Inputs(OnceCell<Box<(SecretBytes, Inputs)>>);

impl Inputs {
    fn push(&self, bytes: SecretBytes) -> &[u8] {
        let mut last = self;
        while let Some(next) = last.0.get() {
            last = &next.1;
        }
        &last.0.get_or_init(|| Box::new((bytes, Self::default()))).0
    }
}

impl<'a> Copies<'a> {
    pub(super) fn new(memory: &'a dyn SharedMemory, budget: &'a Arc<Budget>) -> Self {
        Self { memory, budget, inputs: Inputs::default(), output: None }
    }

    pub(super) fn memory_len(&self) -> usize {
        self.memory.len()
    }

    fn copy(&self, range: Range<usize>) -> Result<SecretBytes> {
        let mut bytes = SecretBytes::zeroed(range.len(), self.budget)?;
        self.memory.read(range.start, &mut bytes);
        Ok(bytes)
    }

    pub(super) fn input(&self, range: Range<usize>) -> Result<&[u8]> {
        Ok(self.inputs.push(self.copy(range)?))
    }

    /// A copy of a range, which is written back if the call succeeds.
    pub(super) fn output(&mut self, range: Range<usize>) -> Result<&mut [u8]> {
        self.publish();
        let start = range.start;
        let bytes = self.copy(range)?;
        Ok(&mut self.output.insert((start, bytes)).1)
    }

    /// An output that begins with a text, and the bytes after the text.
    pub(super) fn in_out(&mut self, text: Range<usize>, kept: &mut [u8], to: Range<usize>) -> Result<&mut [u8]> {
        self.publish();
        let mut bytes = SecretBytes::zeroed(to.len(), self.budget)?;
        let (after, len) = (text.end, text.len());
        self.memory.read(text.start, bytes.get_mut(..len).ok_or(Errno::InternalError)?);
        self.memory.read(after, kept);
        Ok(&mut self.output.insert((to.start, bytes)).1)
    }

    pub(super) fn blank(&mut self, range: Range<usize>) {
        self.output = None;
        let (zeros, mut at) = ([0; 1024], range.start);
        while at < range.end {
            let some = zeros.get(..range.end - at).unwrap_or(&zeros);
            self.memory.write(at, some);
            at += some.len();
        }
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.publish();
        self.memory.write(at, bytes);
    }

    pub(super) fn publish(&mut self) {
        if let Some((at, bytes)) = self.output.take() {
            self.memory.write(at, &bytes);
        }
    }
}

/// Never shows the bytes.
impl std::fmt::Debug for Copies<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copies").field("memory_len", &self.memory_len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
