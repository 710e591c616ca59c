//! The log of changes of keys, and of calls that the host refused.

mod lines;
mod refusals;

use std::{
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use anyhow::{Context, Result};
use clap::Args;
use hostcrypt::{
    Errno, HostBuilder, Refusal, RefusalCause,
    store::{Action, AuditEntry, AuditStep, Change, Name, Versions},
};
use serde::Serialize;

use self::{lines::Lines, refusals::Refusals};
use crate::{
    output::said,
    time::{now, time},
};

/// The audit log of a command.
#[derive(Args)]
pub(crate) struct AuditArgs {
    /// Appends a line of JSON to a file for each change of a key, and for calls that the host refuses
    ///
    /// The host refuses a call if a policy forbids it, if a limit is reached, or if the host fails. Equal refusals are
    /// counted: only the first, second, fourth, eighth … adds a line, and a last line has the final count.
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,

    /// Makes no change that cannot be logged: adds a line before each change, and another after it
    ///
    /// A change that cannot be logged is refused; a guest gets `internal_error`. Both lines of a change have the same
    /// number `change`. If the second line is missing, the process ended in between: `hostcrypt keys show` tells
    /// whether the change was made.
    #[arg(long, requires = "audit")]
    audit_required: bool,
}

impl AuditArgs {
    /// The log, if there is one. `who` is the guest or operator that makes the changes.
    pub(crate) fn open(&self, who: &str) -> Result<Option<Log>> {
        self.audit.as_deref().map(|path| Log::open(path, who, self.audit_required)).transpose()
    }
}

/// The log of a command that changes nothing.
#[derive(Args)]
pub(crate) struct RefusalLogArgs {
    /// Appends a line of JSON to a file for calls that the host refuses: if a policy forbids them, or if the host fails
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
}

impl RefusalLogArgs {
    /// The log, if there is one. `who` is the operator.
    pub(crate) fn open(&self, who: &str) -> Result<Option<Log>> {
        self.audit.as_deref().map(|path| Log::open(path, who, false)).transpose()
    }
}

/// A file to which each change is added as a line of JSON.
pub(crate) struct Log {
    lines: Lines,
    /// The guest or operator that makes the changes.
    who: String,
    /// Whether a change is made only if its intent is in the log.
    required: bool,
    refusals: Refusals,
    /// How many lines could not be written.
    lost: AtomicU64,
}

/// A line of the log.
#[derive(Clone, Default, Serialize)]
struct Line {
    when: String,
    who: String,
    /// The number that the intent and the outcome of a change share.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    /// `intended`, `done`, `refused` or `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// In an intent, the versions to change; `None` for a new one. In an outcome, the changed versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<LoggedVersions>,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errno: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// Versions as the log has them.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum LoggedVersions {
    Numbers(Vec<u64>),
    Word(&'static str),
}

impl From<Versions> for LoggedVersions {
    fn from(versions: Versions) -> Self {
        match versions {
            Versions::One(number) => Self::Numbers(vec![number]),
            Versions::Latest => Self::Word("latest"),
            Versions::All => Self::Word("all"),
        }
    }
}

fn cannot_write(path: &Path) -> String {
    format!("--audit: cannot write to `{}`", path.display())
}

/// The maximal length of a reason in the log, in characters.
const LONGEST_DETAIL: usize = 500;

impl Log {
    fn open(path: &Path, who: &str, required: bool) -> Result<Self> {
        let lines = Lines::open(path).with_context(|| cannot_write(path))?;
        let (who, refusals) = (who.to_owned(), Refusals::default());
        Ok(Self { lines, who, required, refusals, lost: AtomicU64::new(0) })
    }

    /// Makes a host report its guests' changes to this log.
    pub(crate) fn attach(self: &Arc<Self>, host: HostBuilder) -> HostBuilder {
        let changes = Arc::clone(self);
        if self.required {
            host.audit_required(move |entry| changes.note_entry(entry))
        } else {
            host.audit(move |change| changes.note(change))
        }
    }

    fn line(&self, name: &Name<'_>, action: Action) -> Line {
        Line {
            who: self.who.clone(),
            namespace: Some(name.namespace.to_owned()),
            kind: Some(name.kind.to_string()),
            identifier: Some(name.identifier.to_string()),
            what: action.to_string(),
            ..Line::default()
        }
    }

    /// Logs a change that a guest made. It cannot be undone, so the operator is told if it cannot be logged.
    fn note(&self, change: &Change<'_>) {
        let Change { namespace, kind, identifier, version, action, when, .. } = *change;
        let line = self.line(&Name { namespace, kind, identifier }, action);
        self.write_or_tell(&Line { when: time(when), version: Some(version), ..line });
    }

    /// Logs the intent or the outcome of a guest's change.
    fn note_entry(&self, entry: &AuditEntry<'_>) -> std::result::Result<(), String> {
        let AuditEntry { change, step, namespace, kind, identifier, versions, action, when, .. } = *entry;
        let mut line = self.line(&Name { namespace, kind, identifier }, action);
        (line.when, line.change, line.state) = (time(when), Some(number(change)), Some(step.to_string()));
        line.versions = versions.map(LoggedVersions::from);
        match step {
            AuditStep::Intended => return self.write(&line).map_err(|error| said(&error)),
            AuditStep::Done(versions) => line.versions = Some(LoggedVersions::Numbers(versions.to_vec())),
            AuditStep::Refused(errno) => line.errno = Some(errno.to_string()),
            AuditStep::Failed => line.errno = Some(Errno::InternalError.to_string()),
            _ => {}
        }
        // The change is over, and its intent is in the log: if this line is lost, the operator is told here.
        self.write_or_tell(&line);
        Ok(())
    }

    /// Logs a refused call, or counts it.
    pub(super) fn note_refusal(&self, refusal: &Refusal<'_>) {
        let Some(count) = self.refusals.count(refusal) else { return };
        let Refusal { namespace, function, errno, cause, detail, .. } = *refusal;
        if cause == RefusalCause::Audit {
            let why = detail.unwrap_or_default();
            crate::note(&format!("{why}, so changes are refused (so far: {count})"));
        }
        self.write_or_tell(&Line {
            namespace: Some(namespace.to_owned()),
            detail: detail.map(|detail| detail.chars().take(LONGEST_DETAIL).collect()),
            ..self.refused((function, errno, cause), count)
        });
    }

    fn refused(&self, (function, errno, cause): refusals::Sort, count: u64) -> Line {
        Line {
            when: time(now()),
            who: self.who.clone(),
            what: "refused".to_owned(),
            function: Some(function),
            errno: Some(errno.to_string()),
            cause: Some(cause.to_string()),
            count: Some(count),
            ..Line::default()
        }
    }

    /// Logs the final counts of refused calls.
    pub(crate) fn finish(&self, namespace: &str) {
        for (sort, count) in self.refusals.rest() {
            self.write_or_tell(&Line { namespace: Some(namespace.to_owned()), ..self.refused(sort, count) });
        }
    }

    /// Returns whether a line could not be written.
    pub(crate) fn has_lost(&self) -> bool {
        self.lost.load(Relaxed) > 0
    }

    /// Writes a line. The operator is told of the first, second, fourth, eighth … line that cannot be written.
    fn write_or_tell(&self, line: &Line) {
        if let Err(error) = self.write(line) {
            let lost = self.lost.fetch_add(1, Relaxed).saturating_add(1);
            if lost.is_power_of_two() {
                crate::note(&format!("{} (lines lost so far: {lost})", said(&error)));
            }
        }
    }

    /// Appends a line in one write, and syncs it to the disk.
    fn write(&self, line: &Line) -> Result<()> {
        let json = serde_json::to_string(line).map_err(std::io::Error::from);
        let written = json.and_then(|json| self.lines.add(&ascii(&json)));
        written.with_context(|| cannot_write(self.lines.path()))
    }
}

/// JSON in ASCII without control characters, which terminals show unchanged, whatever names it contains.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for char in json.chars() {
        if char.is_ascii() && !char.is_ascii_control() {
            text.push(char);
        } else {
            text.extend(char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

fn number(change: u64) -> String {
    format!("{change:016x}")
}

/// A change that an operator makes: begun, and then done or not done.
#[must_use]
pub(crate) struct Pending<'l> {
    log: Option<&'l Log>,
    line: Line,
}

impl<'l> Pending<'l> {
    /// Begins a change of versions of a name. If the log is required, nothing may be changed unless this succeeds.
    pub(crate) fn begin(log: Option<&'l Log>, name: &Name<'_>, versions: Versions, action: Action) -> Result<Self> {
        let line = log.map(|log| Line { versions: Some(versions.into()), ..log.line(name, action) });
        Self { log, line: line.unwrap_or_default() }.intend()
    }

    /// Begins a change of a whole store, which is always logged first: with the text `beginning` if the log is not
    /// required.
    pub(crate) fn begin_store(log: Option<&'l Log>, store: &Path, beginning: &str, what: &str) -> Result<Self> {
        let Some(log) = log else { return Ok(Self { log, line: Line::default() }) };
        let store = Some(store.display().to_string());
        let line = Line { who: log.who.clone(), store, what: what.to_owned(), ..Line::default() };
        if !log.required {
            log.write(&Line { when: time(now()), what: beginning.to_owned(), ..line.clone() })?;
        }
        Self { log: Some(log), line }.intend()
    }

    fn intend(mut self) -> Result<Self> {
        if let Some(log) = self.log.filter(|log| log.required) {
            // Not a secret: it only distinguishes changes.
            self.line.change = Some(number(RandomState::new().hash_one(now())));
            self.conclude(log, "intended", None)?;
        }
        Ok(self)
    }

    fn conclude(&self, log: &Log, state: &str, errno: Option<Errno>) -> Result<()> {
        let (when, state, errno) = (time(now()), Some(state.to_owned()), errno.map(|errno| errno.to_string()));
        log.write(&Line { when, state, errno, ..self.line.clone() })
    }

    /// Logs the change before it is made, unless its intent is in the log already.
    pub(crate) fn done_soon(&self, versions: &[u64]) -> Result<()> {
        if self.line.change.is_some() { Ok(()) } else { self.note_each(versions) }
    }

    /// Logs the outcome of the change after [`done_soon`](Self::done_soon), if it logged nothing.
    pub(crate) fn done_after(self, versions: &[u64]) -> Result<()> {
        if self.line.change.is_some() { self.done(versions) } else { Ok(()) }
    }

    fn note_each(&self, versions: &[u64]) -> Result<()> {
        let Some(log) = self.log else { return Ok(()) };
        let line = Line { when: time(now()), versions: None, ..self.line.clone() };
        versions.iter().try_for_each(|version| log.write(&Line { version: Some(*version), ..line.clone() }))
    }

    /// Logs that versions were changed.
    ///
    /// # Errors
    ///
    /// The line cannot be written; the change stands.
    pub(crate) fn done(mut self, versions: &[u64]) -> Result<()> {
        match self.log {
            Some(log) if log.required => {
                self.line.versions = Some(LoggedVersions::Numbers(versions.to_vec()));
                self.conclude(log, "done", None)
            }
            _ => self.note_each(versions),
        }
    }

    /// Logs that a whole store was changed.
    ///
    /// # Errors
    ///
    /// As for [`done`](Self::done).
    pub(crate) fn store_done(self) -> Result<()> {
        match self.log {
            Some(log) if log.required => self.conclude(log, "done", None),
            Some(log) => log.write(&Line { when: time(now()), ..self.line }),
            None => Ok(()),
        }
    }

    /// Logs that the change was not made, or may not have been made. `errno` is the reason, if it has one.
    pub(crate) fn not_done(&self, errno: Option<Errno>) {
        let Some(log) = self.log.filter(|log| log.required) else { return };
        let noted = match errno {
            None | Some(Errno::InternalError) => self.conclude(log, "failed", errno),
            errno => self.conclude(log, "refused", errno),
        };
        if let Err(error) = noted {
            crate::note(&said(&error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_ascii_and_one_line_whatever_names_hold() {
        let line = Line {
            who: "guest \u{1b}]0;owned\u{7}\u{9b}31m\u{7f}.wasm".to_owned(),
            namespace: Some("a\n{\"what\":\"forged\"}\r\u{2028}\u{202e}\"é😀\0\\".to_owned()),
            detail: Some("\t\u{85}".to_owned()),
            ..Line::default()
        };
        let json = serde_json::to_string(&line).unwrap_or_default();
        let text = ascii(&json);
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text}");
        let [read, meant] = [&text, &json].map(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        assert!(read.is_some() && read == meant, "{text}");
    }
}
