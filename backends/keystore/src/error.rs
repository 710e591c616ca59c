//! Errors of a key store's file.

use std::{io, path::PathBuf};

use hostcrypt::store::StoreError;

use crate::medium::LockedBy;

/// Why a key store cannot be opened or used. No text contains key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system reported an error.
    #[error("the key store `{path}`: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// The file exists already.
    #[error("`{}` exists already: open it, or name another file", .0.display())]
    Exists(PathBuf),

    /// The file is not a key store.
    #[error("`{}` is not a key store: name one, or a new file", .0.display())]
    NotAKeyStore(PathBuf),

    /// The file was truncated or altered. The store did not change it.
    #[error("the key store `{path}` is damaged: {what}; it was not changed: restore it from a copy", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },

    /// A later version of hostcrypt made the file.
    #[error("the key store `{path}` has the format of a later version ({found}): update hostcrypt", path = .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The number of its format.
        found: u32,
    },

    /// Other processes or threads use the file, or lock it, for longer than a call waits. Nothing was changed.
    #[error("the key store `{path}` is in use {by}", path = .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
        /// By whom, if that is known, and what to do.
        by: String,
    },

    /// The file was moved, removed or replaced while it was open. Other processes would not see changes to it.
    #[error(
        "the key store `{path}` was moved, removed or replaced while it was open: {found}: put the file back, or restart \
         to use the file that is there now",
        path = .path.display()
    )]
    Moved {
        /// Where the file was.
        path: PathBuf,
        /// What is there now.
        found: &'static str,
    },

    /// The medium is full, or the file has its maximal size.
    #[error("the key store `{path}` cannot be changed: {source}: free some space, and changes work again", path = .path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// The file is sealed under another key-encryption key.
    #[error("the key store `{path}` is sealed under another {needs}: give the latest one", path = .path.display())]
    WrongKek {
        /// The file.
        path: PathBuf,
        /// The kind of secret that seals it: a passphrase or a key.
        needs: &'static str,
    },

    /// The file is sealed under a passphrase and a key was given, or the other way round.
    #[error("the key store `{path}` is sealed under a {needs}: give that", path = .path.display())]
    OtherKek {
        /// The file.
        path: PathBuf,
        /// The kind of secret that seals it: a passphrase or a key.
        needs: &'static str,
    },

    /// An earlier version of hostcrypt was interrupted while it changed the key-encryption key.
    #[error(
        "a change of the key-encryption key of the key store `{}` was interrupted: repeat it with the same old and new key",
        .0.display()
    )]
    KekChanging(PathBuf),

    /// The file of the key-encryption key cannot be read.
    #[error("the key-encryption key in `{path}`: {source}", path = .path.display())]
    KekFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// The file of the passphrase cannot be read.
    #[error("the passphrase in `{path}`: {source}", path = .path.display())]
    PassphraseFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// The file is not a key-encryption key.
    #[error(
        "`{path}` has {len} bytes, but a key-encryption key is 32 random bytes: make one with `head -c 32 /dev/urandom`",
        path = .path.display()
    )]
    KekLen {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        len: u64,
    },

    /// An empty passphrase protects nothing.
    #[error("an empty passphrase protects nothing")]
    EmptyPassphrase,

    /// Argon2id does not support the cost, or it exceeds 2 GiB of memory or 4 GiB in all passes together.
    #[error("the cost of a passphrase is out of range: {0}")]
    Cost(String),

    /// The operating system has no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,

    /// The key-encryption key was not changed, or may not have been changed.
    #[error("the key store `{path}` could not be sealed anew: {source}; {opens}", path = .path.display())]
    Rotation {
        /// The file.
        path: PathBuf,
        /// Which key-encryption key opens the file.
        opens: &'static str,
        /// The reason.
        source: Box<Error>,
    },

    /// The underlying database failed.
    #[error("the key store `{path}` failed: {source}", path = .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<redb::Error>,
    },
}

/// Why an operation on the file stopped, without the file's name.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The store refuses the operation; nothing failed.
    Refused(StoreError),
    /// A record is not as it was written.
    Damaged(String),
    Random,
    /// The file's name does not lead to it any more.
    Moved(&'static str),
    /// The data that was read may have been overwritten in the meantime.
    Outdated,
    /// The file was sealed under another key-encryption key since it was opened.
    Resealed(&'static str),
    Database(Box<redb::Error>),
}

impl Fault {
    /// Whether others did not release the file in time.
    pub(crate) fn is_locked(&self) -> bool {
        self.io().is_some_and(|error| locked_by(error).is_some())
    }

    /// Whether the handle cannot be used any more.
    pub(crate) fn spoils_a_handle(&self) -> bool {
        matches!(self, Self::Database(_) | Self::Damaged(_) | Self::Outdated) && !self.is_locked()
    }

    /// Whether a killed process left the file in a state that opening it for changes repairs.
    pub(crate) fn wants_repair(&self) -> bool {
        matches!(self, Self::Database(error) if matches!(**error, redb::Error::RepairAborted))
    }

    fn io(&self) -> Option<&io::Error> {
        match self {
            Self::Database(error) => match &**error {
                redb::Error::Io(error) => Some(error),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn of(self, path: &std::path::Path) -> Error {
        let path = path.to_owned();
        match self {
            // Only calls of guests are refused.
            Self::Refused(error) => Error::Damaged { path, what: error.to_string() },
            Self::Damaged(what) => Error::Damaged { path, what },
            Self::Random => Error::Random,
            Self::Moved(found) => Error::Moved { path, found },
            Self::Outdated => Error::InUse { path, by: "by others, which keep changing it: try again".to_owned() },
            Self::Resealed(needs) => Error::WrongKek { path, needs },
            Self::Database(source) => match *source {
                redb::Error::Io(source) => match (locked_by(&source), source.kind()) {
                    (Some(LockedBy(by)), _) => Error::InUse { path, by: by.clone() },
                    (None, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge) => {
                        Error::Full { path, source }
                    }
                    _ => Error::Io { path, source },
                },
                // The other process is identified once the wait is over.
                redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
                    Error::InUse { path, by: String::new() }
                }
                redb::Error::Corrupted(what) => Error::Damaged { path, what },
                source => Error::Database { path, source: Box::new(source) },
            },
        }
    }
}

/// The lock in the way, if the error is not an error of the medium itself.
fn locked_by(error: &io::Error) -> Option<&LockedBy> {
    error.get_ref().and_then(|error| error.downcast_ref())
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl From<LockedBy> for Fault {
    fn from(lock: LockedBy) -> Self {
        io::Error::from(lock).into()
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

macro_rules! from_database {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for Fault {
            fn from(error: redb::$error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        })*
    };
}

from_database!(CommitError, CompactionError, DatabaseError, StorageError, TableError, TransactionError);
