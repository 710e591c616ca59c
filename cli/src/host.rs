//! The host that a command sets up: what serves guests, and what the operator forbids.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use hostcrypt::{
    Host, HostBuilder, Policy,
    store::{KeyRules, Quotas},
};
use hostcrypt_keystore::read_whole;
use serde::Deserialize;

use crate::backend::Choice;

/// How a policy is written, for the help.
pub(crate) const POLICY: &str = "\
A policy is a TOML file; each part may be left out, and `*` stands for any characters:
  base = \"fips\"                              # only what NIST approves, and what is allowed below
  algorithms.allow = [\"X25519\"]              # without a base: only these
  algorithms.forbid = [\"RSA_PKCS1_*\"]        # also where they are allowed
  functions.forbid = [\"secretkey_export\"]
  key_bits = { \"RSA_*\" = 3072, \"HMAC/*\" = 128 }   # the least; lattice keys have none
  keys = { exportable = false, imports = true, lifetime_days = 365 }           # of managed keys
  quotas = { keys = 10000, versions = 1000, bytes = 16777216 }                 # of each namespace
A name that neither the interface nor the backend knows is an error. Functions that come to the same are forbidden one
by one, such as `secretkey_export` and `keypair_export`; both revisions' names of one function are forbidden together.";

/// What every command about a host takes.
#[derive(Args)]
pub(crate) struct HostArgs {
    /// The cryptography library that serves guests
    #[arg(long, value_enum, default_value = Choice::default_name())]
    backend: Choice,

    /// What guests may not do: a TOML file of forbidden algorithms, key sizes and functions, as shown below
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl HostArgs {
    /// The host, to be set up further, and what its store of keys allows.
    pub(crate) fn set_up(&self) -> Result<Setup, String> {
        let host = Host::builder(self.backend.backend);
        let Some(path) = &self.policy else {
            return Ok(Setup { host, rules: KeyRules::default(), quotas: Quotas::default() });
        };
        let named = |error| format!("--policy: `{}` {error}", path.display());
        let file = read(path).map_err(named)?;
        let base = match file.base {
            None => Policy::new(),
            Some(Base::Fips) => Policy::fips(),
        };
        let policy = file.rules(base).map_err(named)?;
        let host = host.policy(policy).map_err(|error| named(format!("is no policy: {error}")))?;
        Ok(Setup { host, rules: file.keys.rules(), quotas: file.quotas.quotas() })
    }
}

/// What every command about a host begins with.
pub(crate) struct Setup {
    pub(crate) host: HostBuilder,
    pub(crate) rules: KeyRules,
    pub(crate) quotas: Quotas,
}

/// A policy as operators write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    base: Option<Base>,
    #[serde(default)]
    algorithms: Algorithms,
    /// The least size of keys in bits, by pattern.
    #[serde(default)]
    key_bits: std::collections::BTreeMap<String, usize>,
    #[serde(default)]
    functions: Functions,
    #[serde(default)]
    keys: Keys,
    #[serde(default)]
    quotas: Most,
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

/// What guests may do with managed keys; what is left out is as by default.
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

/// How much each namespace may keep; what is left out is as by default.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Most {
    keys: Option<u64>,
    versions: Option<u64>,
    bytes: Option<u64>,
}

impl Most {
    fn quotas(&self) -> Quotas {
        let mut quotas = Quotas::default();
        quotas.keys = self.keys.unwrap_or(quotas.keys);
        quotas.versions = self.versions.unwrap_or(quotas.versions);
        quotas.bytes = self.bytes.unwrap_or(quotas.bytes);
        quotas
    }
}

impl File {
    /// The file's rules on top of others.
    fn rules(&self, mut policy: Policy) -> Result<Policy, String> {
        if let Some(patterns) = &self.algorithms.allow {
            policy = policy.allow_only(patterns);
        }
        policy = policy.forbid_algorithms(&self.algorithms.forbid);
        for (pattern, bits) in &self.key_bits {
            policy = policy.require_key_bits(pattern, *bits);
        }
        policy.forbid_functions(&self.functions.forbid).map_err(|error| format!("is no policy: {error}"))
    }
}

/// The length of a policy in bytes, at most.
const MOST: u64 = 1 << 20;

/// Reads a policy. An error goes on after the file's name.
fn read(path: &Path) -> Result<File, String> {
    let mut bytes = Vec::new();
    read_whole(path, MOST, &mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "cannot be read: it is not UTF-8")?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
        let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
        format!("is no policy{place}: {}", error.message().replace('\n', " "))
    })
}
