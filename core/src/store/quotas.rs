//! What a store allows: its rules and its quotas.

use std::time::Duration;

use super::StoreError;

/// The rules and the quotas of a store. Each store of hostcrypt takes them by its method `with_config`.
///
/// ```
/// use hostcrypt::store::{KeyRules, MemoryStore, Quotas, StoreConfig};
///
/// let (mut rules, mut quotas) = (KeyRules::default(), Quotas::default());
/// rules.imports = false;
/// quotas.keys = 100;
/// let config = StoreConfig::default().with_rules(rules).with_quotas(quotas);
/// let store = MemoryStore::new().with_config(config);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreConfig {
    /// What guests may do with keys.
    pub rules: KeyRules,
    /// How much each namespace may have.
    pub quotas: Quotas,
}

impl StoreConfig {
    /// Sets what guests may do with keys.
    #[must_use]
    pub fn with_rules(mut self, rules: KeyRules) -> Self {
        self.rules = rules;
        self
    }

    /// Sets how much each namespace may have.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }
}

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

/// How much one namespace may have a store keep. A store holds it to that, and answers
/// [`StoreError::Quota`].
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
    /// [`StoreError::Quota`] if not.
    pub fn check(&self, keys: u64, versions: u64, bytes: u64) -> Result<(), StoreError> {
        let fits = keys <= self.keys && versions <= self.versions && bytes <= self.bytes;
        if fits { Ok(()) } else { Err(StoreError::Quota) }
    }
}
