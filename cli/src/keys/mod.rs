//! `hostcrypt keys`: an operator's work on a key store.

mod content;
mod import;
mod list;
mod rotate;
mod select;
mod when;

use std::{path::PathBuf, sync::Arc};

use anyhow::{Error, Result, anyhow, bail};
use clap::{Args, Subcommand};
use hostcrypt::store::{Action, Entry, StoreAdmin, StoreConfig, StoreError, Versions};

use self::{
    content::{Content, NotRead},
    import::Import,
    list::{List, Show},
    rotate::RotateKek,
    select::Selection,
    when::When,
};
use crate::{
    host::HostArgs,
    output::Sink,
    store::{AuditArgs, Pending, StoreArgs},
};

const EXAMPLES: &str = "\
Examples:
  hostcrypt keys list --key-store keys --kek-file kek
  hostcrypt keys show --key-store keys 00112233445566778899aabbccddeeff        # asks for the passphrase
  hostcrypt keys invalidate --key-store keys --kek-file kek --version latest 00112233445566778899aabbccddeeff
  hostcrypt keys expire --key-store keys --kek-file kek --version all --at 90d 00112233445566778899aabbccddeeff
  hostcrypt keys import --key-store keys --kek-file kek --algorithm Ed25519 --namespace billing key.pem
  hostcrypt keys rotate-kek --key-store keys --kek-file kek --new-kek-file kek.new
  hostcrypt keys list --key-store 'pkcs11:token=hostcrypt?module-path=/usr/lib/softhsm/libsofthsm2.so'";

/// Manages stored keys: lists, shows, imports, exports, expires and invalidates them
///
/// Guests may run at the same time. A guest that has a version open when it is invalidated may use it until it closes
/// it; a token may end that use earlier.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Invalidate(Invalidate),
    Expire(Expire),
    RotateKek(RotateKek),
    Export(Export),
    Import(Import),
}

impl Keys {
    pub(crate) fn execute(self) -> Result<u8> {
        match self.command {
            Command::List(list) => list.execute(),
            Command::Show(show) => show.execute(),
            Command::Invalidate(invalidate) => invalidate.execute(),
            Command::Expire(expire) => expire.execute(),
            Command::RotateKek(rotate) => rotate.execute(),
            Command::Export(export) => export.execute(),
            Command::Import(import) => import.execute(),
        }
    }
}

/// The operator, for the log: the user's name and number.
fn operator() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let user = user.as_deref().unwrap_or("unknown");
    #[cfg(unix)]
    return format!("operator {user}, uid {}", rustix::process::getuid().as_raw());
    #[cfg(not(unix))]
    return format!("operator {user}");
}

/// Opens an existing store for an operator.
fn open(store: &StoreArgs) -> Result<Arc<dyn StoreAdmin>> {
    store.key_store.open(&store.kek, false, StoreConfig::default())
}

/// An error of a store, for an operator.
fn refused(error: StoreError) -> Error {
    match error {
        StoreError::NotFound => anyhow!("{error}: `hostcrypt keys list` shows the versions that exist"),
        error => error.into(),
    }
}

/// Tells the operator if a change that was made is not in the log, before the output can fail as well. Returns the exit
/// code.
fn tell_if_lost(noted: Result<()>) -> u8 {
    match noted {
        Ok(()) => 0,
        Err(error) => {
            crate::note(&crate::said(&error));
            1
        }
    }
}

/// Invalidates versions of a key or a secret, permanently
#[derive(Args)]
struct Invalidate {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    selection: Selection,

    #[command(flatten)]
    audit: AuditArgs,

    /// Prints a JSON object
    #[arg(long)]
    json: bool,
}

impl Invalidate {
    fn execute(&self) -> Result<u8> {
        let (log, store) = (self.audit.open(&operator())?, open(&self.store)?);
        let (name, versions) = (self.selection.find(&*store)?, self.selection.versions());
        let pending = Pending::begin(log.as_ref(), &name.name(), versions, Action::Invalidated)?;
        let done = store.invalidate(&name.name(), versions);
        select::done(pending, &name.name(), done, Action::Invalidated, self.json)
    }
}

/// Sets when versions of a key or a secret expire
#[derive(Args)]
struct Expire {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    selection: Selection,

    /// The last second in which the versions are valid: `now`, `never`, a time such as 2027-01-31T12:00:00Z (beyond the
    /// year 9999: +12027-01-31T12:00:00Z), or a duration from now, such as 90d or 12h
    #[arg(long, value_name = "WHEN")]
    at: When,

    #[command(flatten)]
    audit: AuditArgs,

    /// Prints a JSON object
    #[arg(long)]
    json: bool,
}

impl Expire {
    fn execute(&self) -> Result<u8> {
        let (log, store) = (self.audit.open(&operator())?, open(&self.store)?);
        let (name, versions) = (self.selection.find(&*store)?, self.selection.versions());
        let pending = Pending::begin(log.as_ref(), &name.name(), versions, Action::Expiring)?;
        let done = store.expire(&name.name(), versions, self.at.0);
        select::done(pending, &name.name(), done, Action::Expiring, self.json)
    }
}

/// Exports a key or a secret, if a policy has `keys.exportable = true`
///
/// A key pair is written as PKCS #8 in PEM, or raw if its algorithm has no PKCS #8; a symmetric key or a secret as its
/// bytes. Keys that a token generated cannot be exported.
#[derive(Args)]
struct Export {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    host: HostArgs,

    #[command(flatten)]
    selection: Selection,

    /// A new file, readable only by you, or `-` for standard output
    #[arg(long, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    audit: AuditArgs,
}

impl Export {
    fn execute(&self) -> Result<u8> {
        let setup = self.host.set_up()?;
        if !setup.store.rules.exportable {
            bail!("keys are not exported: allow it with a --policy that has `keys.exportable = true`");
        }
        let log = self.audit.open(&operator())?.map(Arc::new);
        let location = &self.store.key_store;
        let store = location.open(&self.store.kek, false, setup.store)?;
        let version = self.selection.find_one(&*store)?;
        let content = Content::of(setup.host.key_store(store), &version.namespace, log.clone());
        let selected = Versions::One(version.version);
        let pending = Pending::begin(log.as_deref(), &version.name(), selected, Action::Exported)?;
        let exported = self.export(&content, &version, &pending);
        let code = content.finish();
        match exported {
            Ok(()) => pending.done_after(&[version.version]).map(|()| code),
            Err(error) => {
                pending.not_done(error.downcast_ref().map(NotRead::errno));
                Err(error)
            }
        }
    }

    fn export(&self, content: &Content, version: &Entry, pending: &Pending<'_>) -> Result<()> {
        let bytes = content.export(version)?;
        let sink = Sink::open(&self.output)?;
        // An export that cannot be logged is not made.
        if let Err(error) = pending.done_soon(&[version.version]) {
            sink.discard();
            return Err(error);
        }
        sink.write(&bytes)
    }
}
