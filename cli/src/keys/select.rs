//! Which versions an operator means.

use clap::Args;
use hostcrypt::{
    Host, Result as Answer,
    store::{Action, Entry, Identifier, Inventory, Name, Versions},
};
use serde::Serialize;

use super::refused;
use crate::{
    Outcome,
    output::{json as as_json, print},
    store::Pending,
};

/// A key or a secret, and versions of it.
#[derive(Args)]
pub(super) struct Selection {
    /// Its identifier: 32 hexadecimal digits
    identifier: Identifier,

    /// Whose it is
    #[arg(long, value_name = "NAME", default_value = Host::DEFAULT_NAMESPACE)]
    namespace: String,

    /// Which of its versions: a number, `latest` or `all`
    #[arg(long, value_name = "NUMBER|latest|all", value_parser = versions)]
    version: Versions,
}

fn versions(text: &str) -> Result<Versions, &'static str> {
    match text {
        "latest" => Ok(Versions::Latest),
        "all" => Ok(Versions::All),
        number => number.parse().map(Versions::One).map_err(|_| "expected a number, `latest` or `all`"),
    }
}

/// What was done.
#[derive(Serialize)]
struct Done<'a> {
    namespace: &'a str,
    kind: String,
    identifier: String,
    versions: &'a [u64],
    what: String,
}

/// All versions of what an identifier is of in a namespace.
pub(super) fn entries(store: &dyn Inventory, namespace: &str, identifier: Identifier) -> Result<Vec<Entry>, String> {
    let mut entries = store.list(Some(namespace)).map_err(refused)?;
    entries.retain(|entry| entry.identifier == identifier);
    if entries.is_empty() {
        let hint = "`hostcrypt keys list` shows what there is";
        return Err(format!("nothing in the namespace `{namespace}` is called {identifier}: {hint}"));
    }
    Ok(entries)
}

impl Selection {
    pub(super) fn versions(&self) -> Versions {
        self.version
    }

    /// A version of the name that is meant.
    pub(super) fn find(&self, store: &dyn Inventory) -> Result<Entry, String> {
        entries(store, &self.namespace, self.identifier)?.pop().ok_or_else(|| refused(hostcrypt::Errno::NotFound))
    }

    /// The version that is meant, which is one.
    pub(super) fn find_one(&self, store: &dyn Inventory) -> Result<Entry, String> {
        let mut entries = entries(store, &self.namespace, self.identifier)?;
        let numbers = self.version.among(entries.iter().map(|entry| entry.version)).map_err(refused)?;
        entries.retain(|entry| numbers.contains(&entry.version));
        match (entries.pop(), entries.len()) {
            (Some(entry), 0) => Ok(entry),
            _ => Err("several versions are meant: name one, by its number or as `latest`".to_owned()),
        }
    }
}

/// Says what was done, and notes it.
///
/// # Errors
///
/// It was not done; or it was done and cannot be noted.
pub(super) fn done(
    pending: Pending<'_>,
    name: &Name<'_>,
    done: Answer<Vec<u64>>,
    action: Action,
    json: bool,
) -> Outcome {
    let versions = done.map_err(|errno| {
        pending.not_done(Some(errno));
        refused(errno)
    })?;
    let noted = pending.done(&versions);
    let Name { namespace, kind, identifier } = *name;
    if json {
        let (kind, identifier, what) = (kind.to_string(), identifier.to_string(), action.to_string());
        print(&as_json(&Done { namespace, kind, identifier, versions: &versions, what })?)?;
    } else {
        let lines = versions.iter().map(|version| format!("{kind} {identifier} version {version}: {action}\n"));
        print(&lines.collect::<String>())?;
    }
    noted.map(|()| 0)
}
