//! Hash functions of fixed output length.

/// A hash function.
pub trait Hash: Sync {
    /// The interface's name, such as `SHA-256`.
    fn name(&self) -> &'static str;

    /// The length of the digest in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn output_len(&self) -> usize;

    /// What a state holds at most, in bytes, where that is too much to go
    /// [uncounted](crate::Limits::UNCOUNTED); else 0.
    fn held(&self) -> usize {
        0
    }

    /// A state that has absorbed nothing.
    fn start(&self) -> Box<dyn HashState>;
}

/// A hash function under way.
pub trait HashState: Send {
    /// Absorbs data.
    fn update(&mut self, data: &[u8]);

    /// Writes the digest of what was absorbed so far to `digest`, which is as long as the output. The state goes
    /// on unchanged.
    fn digest(&self, digest: &mut [u8]);

    /// An independent copy.
    fn copy(&self) -> Box<dyn HashState>;
}
