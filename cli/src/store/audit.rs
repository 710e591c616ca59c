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

/// What is noted, and where.
#[derive(Args)]
pub(crate) struct AuditArgs {
    /// Notes each change of a key as a line of JSON at the end of a file, and calls that the host refuses
    ///
    /// Refused calls are those that a policy forbids, that reach a limit, or that fail for a reason of the host's. Of
    /// each sort, the first is noted, then the count whenever it has doubled, and at the end.
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,

    /// Makes no change that cannot be noted: each is a line before it is made, and another one after
    ///
    /// A change that cannot be noted is refused; a guest is answered `internal_error`. The lines of one change share the
    /// number `change`. An intent without an outcome is of a process that was ended in between: `hostcrypt keys show`
    /// tells whether the change was made.
    #[arg(long, requires = "audit")]
    audit_required: bool,
}

impl AuditArgs {
    /// The log, if there is one. `who` is on whose behalf changes are made.
    pub(crate) fn open(&self, who: &str) -> Result<Option<Log>> {
        let log = |path: &PathBuf| {
            let lines = Lines::open(path).with_context(|| cannot_write(path))?;
            let (who, refusals) = (who.to_owned(), Refusals::default());
            Ok(Log { lines, who, required: self.audit_required, refusals, lost: AtomicU64::new(0) })
        };
        self.audit.as_ref().map(log).transpose()
    }
}

/// A file to which each change is added as a line of JSON.
pub(crate) struct Log {
    lines: Lines,
    /// On whose behalf changes are made.
    who: String,
    /// Whether a change is made only when its intent is noted.
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
    /// Of an intent, the versions that are meant; none for a new one. Of an outcome, those that were changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<Which>,
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
enum Which {
    These(Vec<u64>),
    Named(&'static str),
}

impl From<Versions> for Which {
    fn from(versions: Versions) -> Self {
        match versions {
            Versions::One(number) => Self::These(vec![number]),
            Versions::Latest => Self::Named("latest"),
            Versions::All => Self::Named("all"),
        }
    }
}

fn cannot_write(path: &Path) -> String {
    format!("--audit: cannot write to `{}`", path.display())
}

/// How much is noted of a reason, in characters.
const LONGEST_DETAIL: usize = 500;

impl Log {
    /// Has a host tell this log of changes that its guests make.
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

    /// Notes a change that a guest made, which cannot be taken back: the operator is told where it cannot be noted.
    fn note(&self, change: &Change<'_>) {
        let Change { namespace, kind, identifier, version, action, when } = *change;
        let line = self.line(&Name { namespace, kind, identifier }, action);
        self.write_or_tell(&Line { when: time(when), version: Some(version), ..line });
    }

    /// Notes the intent or the outcome of a change that a guest makes.
    fn note_entry(&self, entry: &AuditEntry<'_>) -> std::result::Result<(), String> {
        let AuditEntry { change, step, namespace, kind, identifier, versions, action, when, .. } = *entry;
        let mut line = self.line(&Name { namespace, kind, identifier }, action);
        (line.when, line.change, line.state) = (time(when), Some(number(change)), Some(step.to_string()));
        line.versions = versions.map(Which::from);
        match step {
            AuditStep::Intended => return self.write(&line).map_err(|error| said(&error)),
            AuditStep::Done(versions) => line.versions = Some(Which::These(versions.to_vec())),
            AuditStep::Refused(errno) => line.errno = Some(errno.to_string()),
            _ => {}
        }
        // Its intent is there, and it was made or not: the operator is told here.
        self.write_or_tell(&line);
        Ok(())
    }

    /// Notes a refused call, or counts it.
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

    /// Notes how often calls were refused in all.
    pub(crate) fn finish(&self, namespace: &str) {
        for (sort, count) in self.refusals.rest() {
            self.write_or_tell(&Line { namespace: Some(namespace.to_owned()), ..self.refused(sort, count) });
        }
    }

    /// Writes a line, or tells the operator: of the first that is lost, the second, the fourth and so on.
    fn write_or_tell(&self, line: &Line) {
        if let Err(error) = self.write(line) {
            let lost = self.lost.fetch_add(1, Relaxed).saturating_add(1);
            if lost.is_power_of_two() {
                crate::note(&format!("{} (lines that are lost so far: {lost})", said(&error)));
            }
        }
    }

    /// Adds a line, which no other one comes into, and sees that it is on the disk.
    fn write(&self, line: &Line) -> Result<()> {
        let json = serde_json::to_string(line).map_err(std::io::Error::from);
        let written = json.and_then(|json| self.lines.add(&ascii(&json)));
        written.with_context(|| cannot_write(self.lines.path()))
    }
}

/// JSON in ASCII without control characters, as terminals show it unchanged, whatever names its strings hold.
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

/// A change that an operator makes: it is begun, and then it is done or not.
#[must_use]
pub(crate) struct Pending<'l> {
    log: Option<&'l Log>,
    line: Line,
}

impl<'l> Pending<'l> {
    /// Begins a change of versions of a name. Where the log is required, nothing may be changed unless it is noted.
    pub(crate) fn begin(log: Option<&'l Log>, name: &Name<'_>, versions: Versions, action: Action) -> Result<Self> {
        let line = log.map(|log| Line { versions: Some(versions.into()), ..log.line(name, action) });
        Self { log, line: line.unwrap_or_default() }.intend()
    }

    /// Begins a change of a whole store. That is noted in any case: `beginning` says so where a log is not required.
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
            // No secret: it only tells changes apart.
            self.line.change = Some(number(RandomState::new().hash_one(now())));
            self.conclude(log, "intended", None)?;
        }
        Ok(self)
    }

    fn conclude(&self, log: &Log, state: &str, errno: Option<Errno>) -> Result<()> {
        let (when, state, errno) = (time(now()), Some(state.to_owned()), errno.map(|errno| errno.to_string()));
        log.write(&Line { when, state, errno, ..self.line.clone() })
    }

    /// Notes before a change what is otherwise noted after, unless its intent is noted already.
    pub(crate) fn done_soon(&self, versions: &[u64]) -> Result<()> {
        if self.line.change.is_some() { Ok(()) } else { self.note_each(versions) }
    }

    /// Notes the outcome of what [`done_soon`](Self::done_soon) came before.
    pub(crate) fn done_after(self, versions: &[u64]) -> Result<()> {
        if self.line.change.is_some() { self.done(versions) } else { Ok(()) }
    }

    fn note_each(&self, versions: &[u64]) -> Result<()> {
        let Some(log) = self.log else { return Ok(()) };
        let line = Line { when: time(now()), versions: None, ..self.line.clone() };
        versions.iter().try_for_each(|version| log.write(&Line { version: Some(*version), ..line.clone() }))
    }

    /// Notes that the change was made to versions.
    ///
    /// # Errors
    ///
    /// It cannot be noted; it is made all the same.
    pub(crate) fn done(mut self, versions: &[u64]) -> Result<()> {
        match self.log {
            Some(log) if log.required => {
                self.line.versions = Some(Which::These(versions.to_vec()));
                self.conclude(log, "done", None)
            }
            _ => self.note_each(versions),
        }
    }

    /// Notes that the change of a whole store was made.
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

    /// Notes that the change was not made, or that nobody knows whether it was.
    pub(crate) fn not_done(&self, errno: Option<Errno>) {
        let Some(log) = self.log.filter(|log| log.required) else { return };
        let noted = match errno {
            None | Some(Errno::InternalError) => self.conclude(log, "failed", None),
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
