//! What a store allows.

use std::time::Duration;

use crate::{Errno, Result};

/// What guests may do with managed keys. The core holds them to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyRules {
    /// Whether keys may be exported, as far as the store gives out their bytes. By default they may not, and calls
    /// answer `prohibited_operation`.
    pub exportable: bool,
    /// Whether keys that were not generated as managed ones may be stored. By default they may.
    pub imports: bool,
    /// How long after it was stored a key is of use, in whole seconds; for ever, by default. It is no concern of
    /// external secrets, for which the guest says so.
    pub lifetime: Option<Duration>,
}

impl Default for KeyRules {
    fn default() -> Self {
        Self { exportable: false, imports: true, lifetime: None }
    }
}

/// How much one namespace may have a store keep. A store holds it to that, and answers [`Errno::Overflow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quotas {
    /// Names: keys and external secrets.
    pub keys: u64,
    /// Versions of each name that were not invalidated.
    pub versions: u64,
    /// Bytes of all versions together: each counts as its content and [`Quotas::PER_VERSION`] more.
    pub bytes: u64,
}

impl Default for Quotas {
    /// 10,000 keys, 1,000 versions of each, and 16 MiB.
    fn default() -> Self {
        Self { keys: 10_000, versions: 1_000, bytes: 16 << 20 }
    }
}

impl Quotas {
    /// What a version counts beside its content in bytes, whatever a store takes for it: versions without content are
    /// not free.
    pub const PER_VERSION: u64 = 128;

    /// What a version with so much content counts in bytes.
    #[must_use]
    pub const fn bytes_of(content_len: usize) -> u64 {
        (content_len as u64).saturating_add(Self::PER_VERSION)
    }

    /// Whether a namespace may have so many names and bytes, and a name so many versions, after a change.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if not.
    pub fn check(&self, keys: u64, versions: u64, bytes: u64) -> Result<()> {
        let fits = keys <= self.keys && versions <= self.versions && bytes <= self.bytes;
        if fits { Ok(()) } else { Err(Errno::Overflow) }
    }
}
