//! `hostcrypt keys list` and `show`: the contents of a store.

use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use hostcrypt::store::{Entry, Kind};
use serde::Serialize;

use super::{content::Content, open, operator, refused, select::NameArgs};
use crate::{
    host::HostArgs,
    output::{json, print},
    store::{RefusalLogArgs, StoreArgs},
    table::{Shrink, Table, terminal_width},
    time::{now, time},
};

/// Lists all versions of keys and secrets
///
/// On a narrow terminal, identifiers, namespaces and times are shortened. Other commands accept shortened identifiers.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    store: StoreArgs,

    /// Lists only this namespace
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,

    /// Shortens nothing, even if lines are wider than the terminal
    #[arg(long)]
    wide: bool,

    /// Prints a JSON array of objects
    #[arg(long)]
    json: bool,
}

/// Shows all versions of a key or a secret, and the public keys of a key pair
#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    host: HostArgs,

    #[command(flatten)]
    name: NameArgs,

    #[command(flatten)]
    audit: RefusalLogArgs,

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
    /// Whether the key exists only in the store, which it cannot leave.
    in_store_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        let expired = entry.has_expired(now());
        let Entry { namespace, kind, identifier, version, algorithm, expires, in_store_only, .. } = entry.clone();
        Self {
            namespace,
            kind: kind.to_string(),
            identifier: identifier.to_string(),
            version,
            algorithm: (!algorithm.is_empty()).then_some(algorithm),
            expires: expires.map(time),
            expired,
            in_store_only,
            public_key: None,
        }
    }
}

impl Row {
    fn expiry(&self) -> String {
        let expires = self.expires.as_deref().unwrap_or("never");
        if self.expired { format!("{expires}, expired") } else { expires.to_owned() }
    }

    /// The expiry without the time of the day.
    fn day(&self) -> String {
        let expiry = self.expiry();
        match expiry.split_once('T') {
            Some((day, _)) if self.expired => format!("{day}, expired"),
            Some((day, _)) => day.to_owned(),
            None => expiry,
        }
    }

    fn cells(&self, expiry: String) -> [String; 6] {
        let (algorithm, version) = (self.algorithm.clone().unwrap_or_default(), self.version.to_string());
        [self.namespace.clone(), self.kind.clone(), self.identifier.clone(), version, algorithm, expiry]
    }
}

const HEADS: [&str; 6] = ["NAMESPACE", "KIND", "IDENTIFIER", "VERSION", "ALGORITHM", "EXPIRES"];

/// The minimal widths of columns, in the order in which they are shortened: identifiers and namespaces first, then all
/// long columns. Other commands need 8 digits of an identifier.
const LEAST: [Shrink; 8] = [(2, 15), (0, 12), (2, 10), (4, 12), (1, 8), (0, 6), (5, 8), (3, 6)];

/// The versions as a table that fits a terminal, if it goes to one.
fn table(rows: &[Row], width: Option<usize>) -> Table<6> {
    let table =
        |expiry: fn(&Row) -> String| Table::new(HEADS, rows.iter().map(|row| row.cells(expiry(row))), HEADS.len());
    let whole = table(Row::expiry);
    match width {
        Some(width) if whole.width() > width => table(Row::day).fit(width, &LEAST),
        _ => whole,
    }
}

impl List {
    pub(super) fn execute(&self) -> Result<u8> {
        let entries = open(&self.store)?.list(self.namespace.as_deref()).map_err(refused)?;
        let rows: Vec<Row> = entries.iter().map(Row::from).collect();
        let width = if self.wide { None } else { terminal_width() };
        print(if self.json { json(&rows)? } else { table(&rows, width).lines() })
    }
}

impl Show {
    pub(super) fn execute(&self) -> Result<u8> {
        let (setup, log) = (self.host.set_up()?, self.audit.open(&operator())?.map(Arc::new));
        let store = open(&self.store)?;
        let entries = self.name.entries(&*store)?;
        let content = Content::of(setup.host.key_store(store), &self.name.namespace, log);
        let mut rows = Vec::new();
        for entry in &entries {
            let mut row = Row::from(entry);
            if entry.kind == Kind::KeyPair && !row.expired {
                match content.public_key(entry) {
                    Ok(key) => row.public_key = Some(key),
                    Err(why) => crate::note(&format!("version {}: cannot show the public key: {why}", row.version)),
                }
            }
            rows.push(row);
        }
        let code = content.finish();
        if self.json {
            return print(json(&rows)?).map(|printed| printed.max(code));
        }
        let mut lines = Vec::new();
        for row in &rows {
            let place = if row.in_store_only { "in the token, which generated it" } else { "in the store, as bytes" };
            let parts = [
                ("namespace", row.namespace.clone()),
                ("kind", row.kind.clone()),
                ("identifier", row.identifier.clone()),
                ("version", row.version.to_string()),
                ("algorithm", row.algorithm.clone().unwrap_or_else(|| "none".to_owned())),
                ("expires", row.expiry()),
                ("stored", place.to_owned()),
            ];
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(parts.map(|(part, value)| format!("{part:<12}{value}")));
            lines.extend(row.public_key.iter().flat_map(|key| key.lines()).map(str::to_owned));
        }
        print(lines).map(|printed| printed.max(code))
    }
}

#[cfg(test)]
mod tests {
    use hostcrypt::store::{Identifier, Name};
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn row(namespace: &str, kind: Kind, version: u64, algorithm: &str, expires: Option<u64>) -> Row {
        let name = Name { namespace, kind, identifier: Identifier([0xab; Identifier::LEN]) };
        Row::from(&Entry::new(&name, version, algorithm).with_expiry(expires))
    }

    fn lines(rows: &[Row], width: Option<usize>) -> Vec<String> {
        table(rows, width).lines()
    }

    #[test]
    fn versions_fit_a_terminal_of_80_columns() {
        let usual = row("default", Kind::KeyPair, 1, "RSA_PKCS1_2048_SHA256", None);
        let expired = row("default", Kind::KeyPair, 12, "Ed25519", Some(1_600_000_000));
        let wide = row("テナント名前空間テナント", Kind::Secret, 1, "", Some(u64::MAX));
        let long = row(&"n".repeat(70_000), Kind::SymmetricKey, u64::MAX, "HKDF-EXTRACT/SHA-256", Some(1));
        for rows in [&[usual][..], &[expired], &[wide, long]] {
            for line in lines(rows, Some(80)) {
                assert!(line.width() <= 80, "{} {line}", line.width());
            }
            assert!(lines(rows, Some(80))[1].contains("abababab"), "enough of it to be used");
            assert_eq!(lines(rows, None), lines(rows, Some(usize::MAX)));
            assert!(lines(rows, None)[1].contains(&"ab".repeat(16)) && !lines(rows, None).concat().contains('…'));
        }
    }

    #[test]
    fn nothing_is_shortened_that_fits() {
        let rows = [row("default", Kind::KeyPair, 1, "Ed25519", Some(4_102_444_800))];
        let (whole, narrow) = (lines(&rows, Some(94)), lines(&rows, Some(93)));
        assert!(whole[1].contains("2100-01-01T00:00:00Z") && whole[1].contains(&"ab".repeat(16)), "{whole:?}");
        assert!(narrow[1].ends_with("2100-01-01") && narrow[1].contains(&"ab".repeat(16)), "{narrow:?}");
        let rows = [row("default", Kind::KeyPair, 1, "Ed25519", Some(1))];
        assert!(lines(&rows, Some(80))[1].ends_with("1970-01-01, expired"));
    }
}
