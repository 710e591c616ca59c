//! The host that a command sets up: its backend and its policy.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use hostcrypt::{Host, HostBuilder, store::StoreConfig};
use hostcrypt_keystore::read_whole;

use crate::{backend::Choice, policy::File};

/// The format of a policy, for the help.
pub(crate) const POLICY: &str = "\
A policy is a TOML file. Every part is optional, and `*` stands for any characters:
  base = \"fips\"                              # allows only algorithms that NIST approves, and those in `allow`
  algorithms.allow = [\"X25519\"]              # without a base, allows only these
  algorithms.forbid = [\"RSA_PKCS1_*\"]        # takes precedence over `allow`
  functions.forbid = [\"secretkey_export\"]
  key_bits = { \"RSA_*\" = 3072, \"HMAC/*\" = 128 }   # minimal sizes; lattice keys have no size
  keys = { exportable = false, imports = true, lifetime_days = 365 }           # rules for managed keys
  quotas = { keys = 10000, versions = 1000, bytes = 16777216 }                 # for each namespace
A name that neither the interface nor the backend knows is an error. Functions with the same effect, such as
`secretkey_export` and `keypair_export`, must each be forbidden. A function that has another name in the other revision
is forbidden under both names.";

/// The options of every command that needs a host.
#[derive(Args)]
pub(crate) struct HostArgs {
    /// The cryptography library that serves guests
    #[arg(long, value_enum, default_value = Choice::default_name())]
    backend: Choice,

    /// A TOML file of algorithms, key sizes and functions that guests may not use; format: `hostcrypt run --help`
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl HostArgs {
    /// The host, to be set up further, and the configuration of its key store.
    pub(crate) fn set_up(&self) -> Result<Setup> {
        let host = Host::builder(self.backend.backend);
        let Some(path) = &self.policy else {
            return Ok(Setup { host, store: StoreConfig::default() });
        };
        load(path, host)
    }
}

/// A host that is being set up, and the configuration of its key store.
pub(crate) struct Setup {
    pub(crate) host: HostBuilder,
    pub(crate) store: StoreConfig,
}

/// The maximal length of a policy, in bytes.
const MOST: u64 = 1 << 20;

/// Sets up a host with the policy in a file.
fn load(path: &Path, host: HostBuilder) -> Result<Setup> {
    let named = |what| format!("--policy: `{}` {what}", path.display());
    let mut bytes = Vec::new();
    read_whole(path, MOST, &mut bytes).with_context(|| named("cannot be read"))?;
    let text = String::from_utf8(bytes).ok().with_context(|| named("cannot be read: it is not UTF-8"))?;
    set_up(&text, host).with_context(|| named("is not a policy"))
}

/// Sets up a host with the text of a policy.
fn set_up(text: &str, host: HostBuilder) -> Result<Setup> {
    let file = File::parse(text)?;
    Ok(Setup { host: host.policy(file.policy()?)?, store: file.store() })
}
