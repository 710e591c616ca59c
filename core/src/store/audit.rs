//! What was changed in a store, for the operator's log.

use super::{Identifier, Kind};

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
