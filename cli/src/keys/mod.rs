//! `hostcrypt keys`: what an operator does with a store of keys.

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
    content::Content,
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
  hostcrypt keys expire --key-store keys --kek-file kek --at 90d 00112233445566778899aabbccddeeff
  hostcrypt keys import --key-store keys --kek-file kek --algorithm Ed25519 --namespace billing key.pem
  hostcrypt keys rotate-kek --key-store keys --kek-file kek --new-kek-file kek.new
  hostcrypt keys list --key-store 'pkcs11:token=hostcrypt?module-path=/usr/lib/softhsm/libsofthsm2.so'";

/// Looks after managed keys: lists and imports them, invalidates them, changes the key that seals them
///
/// Guests may go on meanwhile. A guest that has a version open when it is invalidated keeps that until it closes it; a
/// token may end it before.
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

/// Who operates, for the log: by the name that they go by, and by the number that the system knows.
fn operator() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let user = user.as_deref().unwrap_or("unknown");
    #[cfg(unix)]
    return format!("operator {user}, uid {}", rustix::process::getuid().as_raw());
    #[cfg(not(unix))]
    return format!("operator {user}");
}

/// A store as operators open it, which is there already.
fn open(store: &StoreArgs) -> Result<Arc<dyn StoreAdmin>> {
    store.key_store.open(&store.kek, false, StoreConfig::default())
}

/// What an error of a store is to an operator.
fn refused(error: StoreError) -> Error {
    match error {
        StoreError::NotFound => anyhow!("{error}: `hostcrypt keys list` shows those that there are"),
        error => error.into(),
    }
}

/// Tells the operator that a change which was made is not in the log, before the output can fail as well. Returns the exit
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

/// Invalidates versions of a key or a secret, for ever
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

    /// The last second in which they are of use: `now`, `never`, a time such as 2027-01-31T12:00:00Z, or beyond the year
    /// 9999 +12027-01-31T12:00:00Z, or how long from now, such as 90d or 12h
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

/// Writes a key or a secret out of the store, where a policy has `keys.exportable = true`
///
/// A key pair becomes PKCS #8 in PEM; a symmetric key and a secret are their bytes. What a token made cannot leave it.
#[derive(Args)]
struct Export {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    host: HostArgs,

    #[command(flatten)]
    selection: Selection,

    /// A new file, which only you may read, or `-` for the standard output
    #[arg(long, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    audit: AuditArgs,
}

impl Export {
    fn execute(&self) -> Result<u8> {
        let setup = self.host.set_up()?;
        if !setup.store.rules.exportable {
            bail!("keys are not exported: a policy that says `keys.exportable = true` allows it");
        }
        let log = self.audit.open(&operator())?;
        let place = &self.store.key_store;
        let store = place.open(&self.store.kek, false, setup.store)?;
        let version = self.selection.find_one(&*store)?;
        let content = Content::of(setup.host.key_store(store), &version.namespace);
        let meant = Versions::One(version.version);
        let pending = Pending::begin(log.as_ref(), &version.name(), meant, Action::Exported)?;
        match self.leave(&content, &version, &pending) {
            Ok(()) => pending.done_after(&[version.version]).map(|()| 0),
            Err(error) => {
                pending.not_done(None);
                Err(error)
            }
        }
    }

    fn leave(&self, content: &Content, version: &Entry, pending: &Pending<'_>) -> Result<()> {
        let bytes = content.export(version)?;
        let sink = Sink::open(&self.output)?;
        // What cannot be noted does not leave.
        if let Err(error) = pending.done_soon(&[version.version]) {
            sink.discard();
            return Err(error);
        }
        sink.write(&bytes)
    }
}
