//! The rules and the quotas of a store.

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
    /// The rules for keys.
    pub rules: KeyRules,
    /// The quotas of each namespace.
    pub quotas: Quotas,
}

impl StoreConfig {
    /// Sets the rules for keys.
    #[must_use]
    pub fn with_rules(mut self, rules: KeyRules) -> Self {
        self.rules = rules;
        self
    }

    /// Sets the quotas of each namespace.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }
}

/// The rules for managed keys, which the core enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyRules {
    /// Whether keys may be exported, if the store has their bytes. The default is `false`: calls answer
    /// `prohibited_operation`.
    pub exportable: bool,
    /// Whether keys that were not generated as managed keys may be stored. The default is `true`.
    pub imports: bool,
    /// The lifetime of a key after it was stored, in whole seconds; `None`, the default, is unlimited. It does not
    /// apply to external secrets, whose expiry the guest sets.
    pub lifetime: Option<Duration>,
}

impl Default for KeyRules {
    fn default() -> Self {
        Self { exportable: false, imports: true, lifetime: None }
    }
}

/// The quotas of one namespace. The store enforces them, and returns [`StoreError::Quota`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quotas {
    /// The number of names: keys and external secrets.
    pub keys: u64,
    /// The number of versions of each name that were not invalidated.
    pub versions: u64,
    /// The bytes of all versions together: each counts its content and [`Quotas::PER_VERSION`].
    pub bytes: u64,
}

impl Default for Quotas {
    /// 10,000 keys, 1,000 versions of each, and 16 MiB.
    fn default() -> Self {
        Self { keys: 10_000, versions: 1_000, bytes: 16 << 20 }
    }
}

impl Quotas {
    /// The bytes that a version counts in addition to its content, in every store, so versions without content count
    /// too.
    pub const PER_VERSION: u64 = 128;

    /// Returns the bytes that a version with content of this length counts.
    #[must_use]
    pub const fn bytes_of(content_len: u64) -> u64 {
        content_len.saturating_add(Self::PER_VERSION)
    }

    /// Checks the numbers of names, bytes and versions that there would be after a change.
    ///
    /// # Errors
    ///
    /// [`StoreError::Quota`] if one exceeds its quota.
    pub fn check(&self, keys: u64, versions: u64, bytes: u64) -> Result<(), StoreError> {
        let fits = keys <= self.keys && versions <= self.versions && bytes <= self.bytes;
        if fits { Ok(()) } else { Err(StoreError::Quota) }
    }
}
