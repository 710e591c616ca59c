//! How much of a host one guest may use.

/// How much of the host one guest may use.
///
/// All of a guest's objects hold at most [`bytes`](Self::bytes), and [`UNCOUNTED`](Self::UNCOUNTED) for each handle: by
/// default 64 MiB + 16,384 × 2 KiB = 96 MiB. While calls run, they may hold as much as `bytes` once more: a growing
/// buffer briefly occupies its old and its new memory, of which only the new one is counted, and a key in a store is handed a copy of its message. A call that needs much stack takes
/// one of 4 MiB of its own, of which it touches half a MiB at most. Besides come keys in the making
/// ([`LongWork`](crate::LongWork)), and what a [store](crate::store) keeps, which has quotas of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Handles open at once; at most [`MOST_HANDLES`](Self::MOST_HANDLES). At the limit, calls answer `too_many_handles`.
    pub handles: u32,
    /// Bytes that all of a guest's objects hold together, but for what each may hold
    /// [uncounted](Self::UNCOUNTED): messages to be signed, additional data, options, outputs not yet pulled, long
    /// signatures, and RSA and lattice keys (1 to 103 KiB for each half, as its backend
    /// [states](crate::backend::KeyMemory)). So do, while a call runs, the copies that it works on where threads share the
    /// memory. At the limit, calls answer `overflow`.
    pub bytes: usize,
    /// Bytes of guest memory that one call goes over: what it reads, and what it squeezes; a text that it encrypts or
    /// decrypts counts once. No call can be interrupted, so this bounds the time that one takes. A call that would go
    /// over more answers `overflow` and does nothing; guests pass long texts in parts.
    ///
    /// A call may go over what its objects hold besides, at most [`bytes`](Self::bytes): a message that is signed, data
    /// that is authenticated with each text. The slowest algorithms take some ten nanoseconds for a byte.
    pub call_bytes: usize,
}

impl Limits {
    /// What one handle keeps alive at most without being counted, in bytes: an object, the key and the options that it
    /// was opened with, and their places in tables.
    pub const UNCOUNTED: usize = 2048;

    /// The most handles that one guest can have open.
    pub const MOST_HANDLES: u32 = 1_048_319;
}

impl Default for Limits {
    /// 16,384 handles, 64 MiB held, and 128 MiB in a call.
    fn default() -> Self {
        Self { handles: 1 << 14, bytes: 64 << 20, call_bytes: 128 << 20 }
    }
}
