//! Message authentication codes.

use crate::Result;

/// A message authentication code.
pub trait Mac: Sync {
    /// The interface's name, such as `HMAC/SHA-256`.
    fn name(&self) -> &'static str;

    /// The length of the tag in bytes; at most [`LONGEST_OUTPUT`](super::LONGEST_OUTPUT).
    fn tag_len(&self) -> usize;

    /// The length of a generated key in bytes.
    fn key_len(&self) -> usize;

    /// Whether every key must have [`key_len`](Self::key_len) bytes.
    fn has_fixed_keys(&self) -> bool {
        false
    }

    /// The name of the hash function, such as `SHA-256`, if the code is HMAC: the core makes `HKDF-EXTRACT/…` and
    /// `HKDF-EXPAND/…` from it.
    fn hmac_hash(&self) -> Option<&'static str> {
        None
    }

    /// The maximal memory of a prepared key or a state in bytes, if that is too much to be
    /// [uncounted](crate::Limits::UNCOUNTED); otherwise 0.
    fn memory(&self) -> usize {
        0
    }

    /// Prepares a key, once for all the states opened with it.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the code does not accept the length.
    fn key(&self, key: &[u8]) -> Result<Box<dyn MacKey>>;
}

/// A prepared key, wiped when dropped.
pub trait MacKey: Send + Sync {
    /// Returns a state that has absorbed nothing.
    fn start(&self) -> Box<dyn MacState>;
}

/// The state of a message authentication code.
pub trait MacState: Send {
    /// Absorbs data.
    fn update(&mut self, data: &[u8]);

    /// Writes the tag of the data so far to `tag`, which is as long as the tag. The state does not change.
    fn tag(&self, tag: &mut [u8]);

    /// Returns an independent copy.
    fn copy(&self) -> Box<dyn MacState>;
}
