//! Limits of one guest.

/// The limits of one guest.
///
/// A guest's objects occupy at most [`bytes`](Self::bytes), plus [`UNCOUNTED`](Self::UNCOUNTED) for each handle: by
/// default 64 MiB + 16,384 × 2 KiB = 96 MiB. Running calls may occupy `bytes` once more: a growing buffer briefly
/// occupies its old and its new memory, of which only the new one is counted, and a key in a store gets a copy of its
/// message. A call that needs much stack gets a stack of 4 MiB, of which it touches half a MiB at most. Two things are
/// not included: keys that are being generated ([`LongWork`](crate::LongWork)), and the contents of a
/// [store](crate::store), which has quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The number of open handles; at most [`MOST_HANDLES`](Self::MOST_HANDLES). At the limit, calls answer
    /// `too_many_handles`.
    pub handles: u32,
    /// The bytes that all of a guest's objects occupy together, beside the [uncounted](Self::UNCOUNTED) part of each.
    /// Counted are messages to be signed, additional data, options, outputs not yet pulled, long signatures, and RSA
    /// and lattice keys (1 to 103 KiB for each half, as its backend [states](crate::backend::KeyMemory)). If threads
    /// share the memory, the copies of a running call count as well. At the limit, calls answer `overflow`.
    pub bytes: usize,
    /// The bytes of guest memory that one call processes: the ranges that it reads, and the ranges that it fills by
    /// squeezing; a text that it encrypts or decrypts counts once. No call can be interrupted, so this bounds the time
    /// of a call. A call beyond the limit answers `overflow` and does nothing; guests pass long texts in parts.
    ///
    /// A call may also process the contents of its objects, at most [`bytes`](Self::bytes): a message that is signed,
    /// additional data that is authenticated with each text. The slowest algorithms take some ten nanoseconds for a
    /// byte. A batch of calls begins none of these after [two seconds](crate::BatchTime).
    pub call_bytes: usize,
}

impl Limits {
    /// The maximal uncounted memory of one handle, in bytes: an object, the key and the options that it was opened
    /// with, and their places in tables.
    pub const UNCOUNTED: usize = 2048;

    /// The most handles that one guest can have open.
    pub const MOST_HANDLES: u32 = 1_048_319;
}

impl Default for Limits {
    /// 16,384 handles, 64 MiB for objects, and 128 MiB for a call.
    fn default() -> Self {
        Self { handles: 1 << 14, bytes: 64 << 20, call_bytes: 128 << 20 }
    }
}
