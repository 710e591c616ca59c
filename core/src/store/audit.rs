//! Changes of a store, for the operator's log.

use super::{Identifier, Kind, Versions};
use crate::Errno;

/// A completed change or export of one stored version. It has no key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change<'a> {
    /// The namespace of the guest.
    pub namespace: &'a str,
    /// The kind of the key or the secret.
    pub kind: Kind,
    /// The identifier that guests use.
    pub identifier: Identifier,
    /// The version's number.
    pub version: u64,
    /// The change.
    pub action: Action,
    /// The time as a UNIX timestamp in seconds.
    pub when: u64,
}

/// An entry of a required audit log: the intent of a change, or its outcome. It has no key material.
///
/// Each change has one intent, which is logged before the change, and one outcome. A key that moves to another name is
/// two changes. If the process ends in between, or the store panics, the intent has no outcome: the change may or may
/// not have been made, and only the store shows which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEntry<'a> {
    /// The number that the intent and the outcome of one change share. It is drawn at random.
    pub change: u64,
    /// Intent or outcome.
    pub step: AuditStep<'a>,
    /// The namespace of the guest.
    pub namespace: &'a str,
    /// The kind of the key or the secret.
    pub kind: Kind,
    /// The identifier that guests use. A new one is drawn before the intent.
    pub identifier: Identifier,
    /// The versions to change; `None` for a new version, which has no number before the store makes it.
    pub versions: Option<Versions>,
    /// The change.
    pub action: Action,
    /// The time as a UNIX timestamp in seconds.
    pub when: u64,
}

/// The progress of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditStep<'a> {
    /// The change is about to be made. If the log does not take this entry, the change is not made.
    Intended,
    /// The change was made, to versions of these numbers.
    Done(&'a [u64]),
    /// The change was not made: the store, or the host, refused it with this errno.
    Refused(Errno),
    /// The store failed. The change may or may not have been made.
    Failed,
}

/// In one word, such as `intended`.
impl std::fmt::Display for AuditStep<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Intended => "intended",
            Self::Done(_) => "done",
            Self::Refused(_) => "refused",
            Self::Failed => "failed",
        })
    }
}

/// A change of a version, or its export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// The host or the store generated the first version of a name.
    Generated,
    /// A guest or an operator stored the first version of a name.
    Stored,
    /// The name has another version.
    Replaced,
    /// The version left its name for another one; `Replaced` follows for the new name.
    Moved,
    /// The version is gone permanently.
    Invalidated,
    /// The operator set the expiry.
    Expiring,
    /// The operator exported the version.
    Exported,
}

/// In one word, such as `generated`.
impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Generated => "generated",
            Self::Stored => "stored",
            Self::Replaced => "replaced",
            Self::Moved => "moved",
            Self::Invalidated => "invalidated",
            Self::Expiring => "expiring",
            Self::Exported => "exported",
        })
    }
}
