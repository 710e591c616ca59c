//! The log of changes of keys.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use hostcrypt::store::{Action, Change, Name};
use serde::Serialize;

use crate::time::{now, time};

/// A file to which each change is added as a line of JSON.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// On whose behalf changes are made.
    who: String,
}

/// A line of the log.
#[derive(Serialize)]
struct Line<'a> {
    when: String,
    who: &'a str,
    namespace: &'a str,
    kind: String,
    identifier: String,
    version: u64,
    what: String,
}

/// A line about a store as a whole.
#[derive(Serialize)]
struct StoreLine<'a> {
    when: String,
    who: &'a str,
    store: String,
    what: &'a str,
}

impl Log {
    pub(crate) fn open(path: &Path, who: &str) -> Result<Self, String> {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|error| format!("--audit: cannot write to `{}`: {error}", path.display()))?;
        Ok(Self { path: path.to_owned(), file, who: who.to_owned() })
    }

    /// Notes a change that a guest made, which cannot be taken back: the operator is told where it cannot be noted.
    pub(crate) fn note(&self, change: &Change<'_>) {
        if let Err(error) = self.write_change(change) {
            crate::note(&error);
        }
    }

    fn write_change(&self, change: &Change<'_>) -> Result<(), String> {
        let Change { namespace, kind, identifier, version, action, when } = change;
        self.write(&Line {
            when: time(*when),
            who: &self.who,
            namespace,
            kind: kind.to_string(),
            identifier: identifier.to_string(),
            version: *version,
            what: action.to_string(),
        })
    }

    /// Notes what an operator does now to versions of a name.
    pub(crate) fn note_all(&self, name: &Name<'_>, versions: &[u64], action: Action) -> Result<(), String> {
        let Name { namespace, kind, identifier } = *name;
        versions.iter().try_for_each(|version| {
            self.write_change(&Change { namespace, kind, identifier, version: *version, action, when: now() })
        })
    }

    /// Notes what an operator does now to a whole store.
    pub(crate) fn note_store(&self, store: &Path, what: &str) -> Result<(), String> {
        self.write(&StoreLine { when: time(now()), who: &self.who, store: store.display().to_string(), what })
    }

    /// Adds a line, which no other one comes into, and sees that it is on the disk.
    fn write(&self, line: &impl Serialize) -> Result<(), String> {
        let written = serde_json::to_string(line).map_err(std::io::Error::from).and_then(|line| {
            (&self.file).write_all(format!("{line}\n").as_bytes())?;
            self.file.sync_data()
        });
        written.map_err(|error| format!("--audit: cannot write to `{}`: {error}", self.path.display()))
    }
}
