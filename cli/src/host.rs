//! The host that a command sets up: what serves guests, and what the operator forbids.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;
use hostcrypt::{Host, HostBuilder, Policy};
use serde::Deserialize;

use crate::backend::Choice;

/// What every command about a host takes.
#[derive(Args)]
pub(crate) struct HostArgs {
    /// The cryptography library that serves guests
    #[arg(long, value_enum, default_value = Choice::default_name())]
    backend: Choice,

    /// What guests may not do: a TOML file of forbidden algorithms, key sizes and functions
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl HostArgs {
    /// The host, to be set up further.
    pub(crate) fn builder(&self) -> Result<HostBuilder, String> {
        let builder = Host::builder(self.backend.0);
        let Some(path) = &self.policy else { return Ok(builder) };
        let policy = read(path).map_err(|error| format!("--policy: `{}` {error}", path.display()))?;
        let served: Vec<_> = Host::new(self.backend.0).algorithms().map(|info| info.name).collect();
        for pattern in policy.unmatched(&served) {
            // No error: a policy may be written for several backends.
            let note = format!("hostcrypt: --policy: no algorithm of this backend is called `{pattern}`");
            let _ = writeln!(std::io::stderr(), "{note}");
        }
        Ok(builder.policy(policy))
    }
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

/// Reads a policy. An error goes on after the file's name.
fn read(path: &Path) -> Result<Policy, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
        let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
        format!("is no policy{place}: {}", error.message().replace('\n', " "))
    })?;
    let mut policy = match file.base {
        None => Policy::new(),
        Some(Base::Fips) => Policy::fips(),
    };
    if let Some(patterns) = file.algorithms.allow {
        policy = policy.allow_only(patterns);
    }
    policy = policy.forbid_algorithms(file.algorithms.forbid);
    for (pattern, bits) in file.key_bits {
        policy = policy.require_key_bits(pattern, bits);
    }
    policy.forbid_functions(file.functions.forbid).map_err(|error| format!("is no policy: {error}"))
}
