//! The host that a command sets up: what serves guests, and what the operator forbids.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use hostcrypt::{Host, HostBuilder, store::StoreConfig};
use hostcrypt_keystore::read_whole;

use crate::{backend::Choice, policy::File};

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
    pub(crate) fn set_up(&self) -> Result<Setup> {
        let host = Host::builder(self.backend.backend);
        let Some(path) = &self.policy else {
            return Ok(Setup { host, store: StoreConfig::default() });
        };
        load(path, host)
    }
}

/// What every command about a host begins with.
pub(crate) struct Setup {
    pub(crate) host: HostBuilder,
    pub(crate) store: StoreConfig,
}

/// The length of a policy in bytes, at most.
const MOST: u64 = 1 << 20;

/// Sets a host up by the policy in a file.
fn load(path: &Path, host: HostBuilder) -> Result<Setup> {
    let named = |what| format!("--policy: `{}` {what}", path.display());
    let mut bytes = Vec::new();
    read_whole(path, MOST, &mut bytes).with_context(|| named("cannot be read"))?;
    let text = String::from_utf8(bytes).ok().with_context(|| named("cannot be read: it is not UTF-8"))?;
    set_up(&text, host).with_context(|| named("is no policy"))
}

/// Sets a host up by the text of a policy.
fn set_up(text: &str, host: HostBuilder) -> Result<Setup> {
    let file = File::parse(text)?;
    Ok(Setup { host: host.policy(file.policy()?)?, store: file.store() })
}
