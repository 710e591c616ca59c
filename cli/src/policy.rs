//! A policy as operators write it: TOML.

use std::time::Duration;

use anyhow::{Result, anyhow};
use hostcrypt::{
    Policy,
    store::{KeyRules, Quotas, StoreConfig},
};
use serde::Deserialize;

/// A policy as operators write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    base: Option<Base>,
    #[serde(default)]
    algorithms: Algorithms,
    /// The minimal size of keys in bits, by pattern.
    #[serde(default)]
    key_bits: std::collections::BTreeMap<String, usize>,
    #[serde(default)]
    functions: Functions,
    #[serde(default)]
    keys: Keys,
    #[serde(default)]
    quotas: QuotaOptions,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Base {
    Fips,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Algorithms {
    allow: Option<Vec<String>>,
    #[serde(default)]
    forbid: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Functions {
    #[serde(default)]
    forbid: Vec<String>,
}

/// The rules for managed keys; parts that are left out have their defaults.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    exportable: Option<bool>,
    imports: Option<bool>,
    lifetime_days: Option<u32>,
}

impl Keys {
    fn rules(&self) -> KeyRules {
        let mut rules = KeyRules::default();
        rules.exportable = self.exportable.unwrap_or(rules.exportable);
        rules.imports = self.imports.unwrap_or(rules.imports);
        let lifetime = self.lifetime_days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
        rules.lifetime = lifetime.or(rules.lifetime);
        rules
    }
}

/// The quotas of each namespace; parts that are left out have their defaults.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaOptions {
    keys: Option<u64>,
    versions: Option<u64>,
    bytes: Option<u64>,
}

impl QuotaOptions {
    fn quotas(&self) -> Quotas {
        let mut quotas = Quotas::default();
        quotas.keys = self.keys.unwrap_or(quotas.keys);
        quotas.versions = self.versions.unwrap_or(quotas.versions);
        quotas.bytes = self.bytes.unwrap_or(quotas.bytes);
        quotas
    }
}

impl File {
    /// Reads a policy.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            anyhow!("{place}{}", error.message().replace('\n', " "))
        })
    }

    /// The policy for guests.
    pub(crate) fn policy(&self) -> Result<Policy> {
        let mut policy = match self.base {
            None => Policy::new(),
            Some(Base::Fips) => Policy::fips(),
        };
        if let Some(patterns) = &self.algorithms.allow {
            policy = policy.allow_only(patterns);
        }
        policy = policy.forbid_algorithms(&self.algorithms.forbid);
        for (pattern, bits) in &self.key_bits {
            policy = policy.require_key_bits(pattern, *bits);
        }
        Ok(policy.forbid_functions(&self.functions.forbid)?)
    }

    /// The rules for managed keys, and the quotas of each namespace.
    pub(crate) fn store(&self) -> StoreConfig {
        StoreConfig::default().with_rules(self.keys.rules()).with_quotas(self.quotas.quotas())
    }
}
