//! What there is in a store.

use clap::Args;
use hostcrypt::{
    Host,
    store::{Entry, Identifier, Kind},
};
use serde::Serialize;

use super::{native, open, refused, select::entries};
use crate::{
    Outcome,
    host::HostArgs,
    output::{json, print, table},
    store::{StoreArgs, now, time},
};

/// Lists all versions of keys and secrets
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    store: StoreArgs,

    /// Only what is of one namespace
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,

    /// Prints a JSON array of objects
    #[arg(long)]
    json: bool,
}

/// Shows all versions of a key or a secret, and of a key pair the public key
#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    host: HostArgs,

    /// Its identifier: 32 hexadecimal digits
    identifier: Identifier,

    /// Whose it is
    #[arg(long, value_name = "NAME", default_value = Host::DEFAULT_NAMESPACE)]
    namespace: String,

    /// Prints a JSON array of objects
    #[arg(long)]
    json: bool,
}

/// A version, as JSON has it.
#[derive(Serialize)]
struct Row {
    namespace: String,
    kind: String,
    identifier: String,
    version: u64,
    algorithm: Option<String>,
    expires: Option<String>,
    expired: bool,
    /// Whether it never leaves the store.
    kept: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        let Entry { namespace, kind, identifier, version, algorithm, expires, kept } = entry.clone();
        Self {
            namespace,
            kind: kind.to_string(),
            identifier: identifier.to_string(),
            version,
            algorithm: (!algorithm.is_empty()).then_some(algorithm),
            expires: expires.map(time),
            expired: expires.is_some_and(|last| now() > last),
            kept,
            public_key: None,
        }
    }
}

impl Row {
    fn expiry(&self) -> String {
        let expires = self.expires.as_deref().unwrap_or("never");
        if self.expired { format!("{expires}, expired") } else { expires.to_owned() }
    }
}

impl List {
    pub(super) fn execute(&self) -> Outcome {
        let entries = open(&self.store)?.list(self.namespace.as_deref()).map_err(refused)?;
        let rows: Vec<Row> = entries.iter().map(Row::from).collect();
        if self.json {
            return print(&json(&rows)?);
        }
        let heads = ["NAMESPACE", "KIND", "IDENTIFIER", "VERSION", "ALGORITHM", "EXPIRES"].map(str::to_owned);
        let cells = rows.iter().map(|row| {
            let (algorithm, version) = (row.algorithm.clone().unwrap_or_default(), row.version.to_string());
            [row.namespace.clone(), row.kind.clone(), row.identifier.clone(), version, algorithm, row.expiry()]
        });
        let lines: Vec<_> = std::iter::once(heads).chain(cells).collect();
        print(&table(&lines, lines.first().map_or(0, |heads| heads.len())))
    }
}

impl Show {
    pub(super) fn execute(&self) -> Outcome {
        let (setup, store) = (self.host.set_up()?, open(&self.store)?);
        let entries = entries(&*store, &self.namespace, self.identifier)?;
        let mut guest = native::Guest::new(setup.host.key_store(store), &self.namespace);
        let mut rows = Vec::new();
        for entry in &entries {
            let mut row = Row::from(entry);
            if entry.kind == Kind::KeyPair && !row.expired {
                match guest.public_key(entry) {
                    Ok(key) => row.public_key = Some(key),
                    Err(why) => crate::note(&format!("version {} has no public key to show: {why}", row.version)),
                }
            }
            rows.push(row);
        }
        if self.json {
            return print(&json(&rows)?);
        }
        let mut text = String::new();
        for row in &rows {
            let place = if row.kept { "made in the token, which it never leaves" } else { "in the store, as bytes" };
            let parts = [
                ("namespace", row.namespace.clone()),
                ("kind", row.kind.clone()),
                ("identifier", row.identifier.clone()),
                ("version", row.version.to_string()),
                ("algorithm", row.algorithm.clone().unwrap_or_else(|| "none".to_owned())),
                ("expires", row.expiry()),
                ("kept", place.to_owned()),
            ];
            text += &parts.map(|(part, value)| format!("{part:<12}{value}\n")).concat();
            text += row.public_key.as_deref().unwrap_or_default();
            text.push('\n');
        }
        print(text.trim_end_matches('\n')).and_then(|_| print("\n"))
    }
}
