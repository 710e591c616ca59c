//! Hash functions of fixed output length.

/// A hash function.
pub trait Hash: Sync {
    /// The interface's name, such as `SHA-256`.
    fn name(&self) -> &'static str;

    /// The length of the digest in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn output_len(&self) -> usize;

    /// The maximal memory of a state in bytes, if that is too much to be [uncounted](crate::Limits::UNCOUNTED);
    /// otherwise 0.
    fn memory(&self) -> usize {
        0
    }

    /// Returns a state that has absorbed nothing.
    fn start(&self) -> Box<dyn HashState>;
}

/// The state of a hash function.
pub trait HashState: Send {
    /// Absorbs data.
    fn update(&mut self, data: &[u8]);

    /// Writes the digest of the data so far to `digest`, which is as long as the output. The state does not change.
    fn digest(&self, digest: &mut [u8]);

    /// Returns an independent copy.
    fn copy(&self) -> Box<dyn HashState>;
}
