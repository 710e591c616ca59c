//! Changes of a store, as the operator's log is told of them.

use super::{Identifier, Kind, Versions};
use crate::Errno;

/// A change of one stored version, or what else the log is to tell of it, which is done. It has no key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Whose it is.
    pub namespace: &'a str,
    /// What was changed.
    pub kind: Kind,
    /// What the guest knows it by.
    pub identifier: Identifier,
    /// The version's number.
    pub version: u64,
    /// What was done.
    pub action: Action,
    /// When, as a UNIX timestamp in seconds.
    pub when: u64,
}

/// An entry of a required audit log: the intent of a change, or its outcome. It has no key material.
///
/// Each change has one intent, which is logged before the store is asked, and one outcome. A key that moves to another
/// name is two changes. Where the process ends in between, or the store panics, the intent has no outcome: the change may
/// or may not have been made, and the store alone knows.
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
    /// The identifier that guests know it by. A new one is drawn before the intent.
    pub identifier: Identifier,
    /// The versions that the change is about; `None` for a new version, which the store numbers when it makes it.
    pub versions: Option<Versions>,
    /// The change.
    pub action: Action,
    /// The time as a UNIX timestamp in seconds.
    pub when: u64,
}

/// How far a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditStep<'a> {
    /// It is about to be made. Where the log does not take this, it is not made.
    Intended,
    /// It was made, to versions of these numbers.
    Done(&'a [u64]),
    /// It was not made: the store, or the host, refused with this errno.
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

/// What was done to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It is the first of a name, made by the host or the store.
    Generated,
    /// It is the first of a name, given by the guest.
    Stored,
    /// It is another one of its name.
    Replaced,
    /// It left its name for another one; that it is one of that follows, as `Replaced`.
    Moved,
    /// It is gone for ever.
    Invalidated,
    /// The operator set when it expires.
    Expiring,
    /// The operator took a copy of it out of the store.
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
