//! `hostcrypt keys rotate-kek`: changes the key-encryption key of a file.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use hostcrypt_keystore::FileStore;
use indicatif::{ProgressBar, ProgressStyle};

use serde::Serialize;

use super::{AuditArgs, operator, tell_if_lost};
use crate::{
    output::{json, print},
    store::{Pending, StoreArgs, StoreLocation, kek},
};

/// Changes the key-encryption key of a store's file
///
/// No other process may have the file open. If the change is interrupted, the old key-encryption key still opens the
/// file. When it is done, destroy the old key-encryption key and all copies of the file: then nobody can read keys that
/// were invalidated.
#[derive(Args)]
pub(super) struct RotateKek {
    #[command(flatten)]
    store: StoreArgs,

    /// A file of 32 random bytes, the new key-encryption key; without this or --new-passphrase-file, asks for a
    /// passphrase
    #[arg(long, value_name = "FILE")]
    new_kek_file: Option<PathBuf>,

    /// A file whose first line is the new passphrase
    #[arg(long, value_name = "FILE", conflicts_with = "new_kek_file")]
    new_passphrase_file: Option<PathBuf>,

    #[command(flatten)]
    audit: AuditArgs,

    /// Prints a JSON object
    #[arg(long)]
    json: bool,
}

/// The completed change, as JSON has it.
#[derive(Serialize)]
struct Done {
    store: String,
    what: &'static str,
}

const DONE: &str = "sealed under the new key-encryption key";

impl RotateKek {
    pub(super) fn execute(&self) -> Result<u8> {
        #[cfg_attr(not(feature = "pkcs11"), allow(irrefutable_let_patterns, reason = "there are no tokens"))]
        let StoreLocation::File(path) = &self.store.key_store else {
            bail!("a token seals its keys itself: change its PIN with the token's own tool");
        };
        let log = self.audit.open(&operator())?;
        let former = self.store.kek.read(path, false)?;
        let what = format!("of the key store `{}`", path.display());
        let new = kek(self.new_kek_file.as_deref(), self.new_passphrase_file.as_deref(), &what, true)?;
        // Logged first: a process that is killed later may have made the change.
        let pending = Pending::begin_store(log.as_ref(), path, "sealing under the new key-encryption key", DONE)?;
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} records, {eta} left") {
            bar.set_style(style);
        }
        let rotated = FileStore::rotate(path, &former, &new, |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        rotated.inspect_err(|_| pending.not_done(None))?;
        let code = tell_if_lost(pending.store_done());
        let store = path.display().to_string();
        let line = format!("`{store}` is {DONE}");
        print(if self.json { json(&Done { store, what: DONE })? } else { vec![line] })?;
        Ok(code)
    }
}
