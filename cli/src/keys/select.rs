//! How an operator selects versions.

use std::str::FromStr;

use anyhow::{Result, bail};
use clap::Args;
use hostcrypt::{
    Host,
    store::{Action, Entry, Identifier, MalformedIdentifier, Name, StoreAdmin, StoreError, Versions},
};
use serde::Serialize;

use super::{refused, tell_if_lost};
use crate::{
    output::{json as as_json, print},
    store::Pending,
};

/// An identifier as an operator writes it: all of its digits or the first of them, in lower case.
#[derive(Clone, Debug)]
struct IdentifierPrefix(String);

/// Fewer digits would too often be ambiguous.
const FEWEST_DIGITS: usize = 8;

impl FromStr for IdentifierPrefix {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        // A shortened table shows the ellipsis.
        let digits = text.strip_suffix('…').unwrap_or(text);
        let fits = (FEWEST_DIGITS..=2 * Identifier::LEN).contains(&digits.len());
        if !fits || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(format!("{MalformedIdentifier}, or the first {FEWEST_DIGITS} or more of them"));
        }
        Ok(Self(digits.to_ascii_lowercase()))
    }
}

/// A key or a secret, by its name.
#[derive(Args)]
pub(super) struct NameArgs {
    /// The identifier: 32 hexadecimal digits, or the first 8 or more of them if no other identifier begins with them
    identifier: IdentifierPrefix,

    /// The namespace of the key or secret
    #[arg(long, value_name = "NAME", default_value = Host::DEFAULT_NAMESPACE)]
    pub(super) namespace: String,
}

impl NameArgs {
    /// All versions of the key or secret that has the identifier in the namespace.
    pub(super) fn entries(&self, store: &dyn StoreAdmin) -> Result<Vec<Entry>> {
        let Self { identifier: IdentifierPrefix(digits), namespace } = self;
        let mut entries = store.list(Some(namespace)).map_err(refused)?;
        entries.retain(|entry| entry.identifier.to_string().starts_with(digits));
        let Some(first) = entries.first().map(|entry| entry.identifier) else {
            let hint = "`hostcrypt keys list` shows all identifiers";
            bail!("no identifier in the namespace `{namespace}` begins with {digits}: {hint}");
        };
        match entries.iter().find(|entry| entry.identifier != first) {
            Some(other) => bail!("{digits} is ambiguous: {first} and {}: give more digits", other.identifier),
            None => Ok(entries),
        }
    }
}

/// A key or a secret, and versions of it.
#[derive(Args)]
pub(super) struct Selection {
    #[command(flatten)]
    name: NameArgs,

    /// The versions: a number, `latest` or `all`
    #[arg(long, value_name = "NUMBER|latest|all", value_parser = versions)]
    version: Versions,
}

fn versions(text: &str) -> std::result::Result<Versions, &'static str> {
    match text {
        "latest" => Ok(Versions::Latest),
        "all" => Ok(Versions::All),
        number => number.parse().map(Versions::One).map_err(|_| "expected a number, `latest` or `all`"),
    }
}

/// A completed change, as JSON has it.
#[derive(Serialize)]
struct Done<'a> {
    namespace: &'a str,
    kind: String,
    identifier: String,
    versions: &'a [u64],
    what: String,
}

impl Selection {
    pub(super) fn versions(&self) -> Versions {
        self.version
    }

    /// One version of the selected name.
    pub(super) fn find(&self, store: &dyn StoreAdmin) -> Result<Entry> {
        self.name.entries(store)?.pop().ok_or_else(|| refused(StoreError::NotFound))
    }

    /// The one selected version.
    pub(super) fn find_one(&self, store: &dyn StoreAdmin) -> Result<Entry> {
        let mut entries = self.name.entries(store)?;
        let numbers = self.version.among(entries.iter().map(|entry| entry.version)).map_err(refused)?;
        entries.retain(|entry| numbers.contains(&entry.version));
        match (entries.pop(), entries.len()) {
            (Some(entry), 0) => Ok(entry),
            _ => bail!("this selects several versions: select one, by its number or as `latest`"),
        }
    }
}

/// Prints a completed change.
pub(super) fn say(name: &Name<'_>, versions: &[u64], action: Action, json: bool) -> Result<u8> {
    let Name { namespace, kind, identifier } = *name;
    if json {
        let (kind, identifier, what) = (kind.to_string(), identifier.to_string(), action.to_string());
        print(as_json(&Done { namespace, kind, identifier, versions, what })?)?;
    } else {
        print(versions.iter().map(|version| format!("{kind} {identifier} version {version}: {action}")))?;
    }
    Ok(0)
}

/// Logs and prints a completed change.
///
/// # Errors
///
/// The change was not made; or it was made and cannot be printed. If it cannot be logged, the exit code says so.
pub(super) fn done(
    pending: Pending<'_>,
    name: &Name<'_>,
    done: std::result::Result<Vec<u64>, StoreError>,
    action: Action,
    json: bool,
) -> Result<u8> {
    let versions = done.map_err(|error| {
        pending.not_done(Some(error.errno()));
        refused(error)
    })?;
    let code = tell_if_lost(pending.done(&versions));
    say(name, &versions, action, json)?;
    Ok(code)
}

#[cfg(test)]
mod tests {
    use hostcrypt::store::{KeyStore, Kind, MemoryStore, Record};

    use super::*;

    #[test]
    fn digits_with_which_several_identifiers_begin_name_none() {
        let store = MemoryStore::new();
        for last in [1, 2] {
            let mut identifier = Identifier([7; Identifier::LEN]);
            identifier.0[15] = last;
            let name = Name { namespace: "default", kind: Kind::Secret, identifier };
            store.store(&name, &Record::new("", b"secret")).unwrap();
        }
        let called = |digits: &str| NameArgs { identifier: digits.parse().unwrap(), namespace: "default".to_owned() };
        let error = called("07070707").entries(&store).unwrap_err().to_string();
        assert!(error.contains("is ambiguous: ") && error.contains("0701 and ") && error.contains("0702"), "{error}");
        let whole = "07070707070707070707070707070702";
        assert_eq!(called(whole).entries(&store).unwrap().len(), 1);
        assert!(called("08080808").entries(&store).is_err());
    }
}
