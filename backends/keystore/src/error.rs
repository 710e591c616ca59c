//! What can be wrong with a key store's file.

use std::{io, path::PathBuf};

use hostcrypt::store::StoreError;

use crate::medium::Held;

/// Why a key store cannot be opened or used. None shows key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refuses.
    #[error("the key store `{path}`: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// There is one already.
    #[error("`{}` exists already: open it, or name another file", .0.display())]
    Exists(PathBuf),

    /// The file is something else.
    #[error("`{}` is no key store: name one, or a new file", .0.display())]
    NotAKeyStore(PathBuf),

    /// The file was cut or changed by something else. Nothing of it was changed.
    #[error("the key store `{path}` is damaged: {what}; it is left as it is: restore it from a copy", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },

    /// A later version of hostcrypt made the file.
    #[error("the key store `{path}` is laid out in a later way ({found}): update hostcrypt", path = .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its layout's number.
        found: u32,
    },

    /// Others have the file, or have it for themselves, for longer than a call waits. Nothing was changed.
    #[error("the key store `{path}` is in use {by}", path = .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
        /// By whom, as far as that can be seen, and what to do.
        by: String,
    },

    /// The file was moved, removed or replaced while it was open. What is read and written there, nobody finds.
    #[error(
        "the key store `{path}` was moved, removed or replaced while it was open: {found}: put the file back, or start \
         again with the one that is there",
        path = .path.display()
    )]
    Moved {
        /// Where the file was.
        path: PathBuf,
        /// What is there now.
        found: &'static str,
    },

    /// The medium is full, or the file as large as it may be.
    #[error("the key store `{path}` cannot be changed: {source}: make room, and changes work again", path = .path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// The file is sealed under another key-encryption key.
    #[error("the key store `{path}` is sealed under another {needs}: give the one that it was last sealed under", path = .path.display())]
    WrongKek {
        /// The file.
        path: PathBuf,
        /// What it is sealed under: a passphrase or a key.
        needs: &'static str,
    },

    /// The file is sealed under a passphrase and a key was given, or the other way round.
    #[error("the key store `{path}` is sealed under a {needs}: give that", path = .path.display())]
    OtherKek {
        /// The file.
        path: PathBuf,
        /// What it is sealed under: a passphrase or a key.
        needs: &'static str,
    },

    /// An earlier version was interrupted while it changed the key-encryption key.
    #[error(
        "the key-encryption key of the key store `{}` was being changed: do that again, with the same former and new one",
        .0.display()
    )]
    KekChanging(PathBuf),

    /// A file of a key-encryption key cannot be read.
    #[error("the key-encryption key in `{path}`: {source}", path = .path.display())]
    KekFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// A file of a passphrase cannot be read.
    #[error("the passphrase in `{path}`: {source}", path = .path.display())]
    PassphraseFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// A file is no key-encryption key.
    #[error(
        "`{path}` holds {len} bytes, and a key-encryption key is 32 random bytes: make one with `head -c 32 /dev/urandom`",
        path = .path.display()
    )]
    KekLen {
        /// The file.
        path: PathBuf,
        /// How long it is in bytes.
        len: u64,
    },

    /// An empty passphrase protects nothing.
    #[error("an empty passphrase protects nothing")]
    EmptyPassphrase,

    /// Argon2id does not take the cost, or it is more than 2 GiB of memory or 4 GiB in all passes together.
    #[error("a passphrase cannot cost so much or so little: {0}")]
    Cost(String),

    /// The operating system has no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,

    /// The key-encryption key was not changed, or is not known to be.
    #[error("the key store `{path}` could not be sealed anew: {source}; {opens}", path = .path.display())]
    Rotation {
        /// The file.
        path: PathBuf,
        /// Which key-encryption key opens the file.
        opens: &'static str,
        /// The reason.
        source: Box<Error>,
    },

    /// The database below failed.
    #[error("the key store `{path}` failed: {source}", path = .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<redb::Error>,
    },
}

/// What stops a piece of work on the file, before it is said which file that is.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The store does not do what it is asked, and nothing failed.
    Refused(StoreError),
    /// A record is not what was written.
    Damaged(String),
    Random,
    /// The file is not where it was.
    Moved(&'static str),
    /// What was read may have been overwritten meanwhile.
    Outdated,
    /// The file was sealed under another key-encryption key since it was opened.
    Resealed(&'static str),
    Database(Box<redb::Error>),
}

impl Fault {
    /// Whether others did not let go of the file in time.
    pub(crate) fn is_held(&self) -> bool {
        self.io().is_some_and(|error| held(error).is_some())
    }

    /// Whether a handle does no more work after it.
    pub(crate) fn spoils_a_handle(&self) -> bool {
        matches!(self, Self::Database(_) | Self::Damaged(_) | Self::Outdated) && !self.is_held()
    }

    /// Whether a killed process left the file in a state that whoever opens it to change it repairs.
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
            // Nobody is refused outside of a guest's call.
            Self::Refused(error) => Error::Damaged { path, what: error.to_string() },
            Self::Damaged(what) => Error::Damaged { path, what },
            Self::Random => Error::Random,
            Self::Moved(found) => Error::Moved { path, found },
            Self::Outdated => Error::InUse { path, by: "by others, who change it all the time: try again".to_owned() },
            Self::Resealed(needs) => Error::WrongKek { path, needs },
            Self::Database(source) => match *source {
                redb::Error::Io(source) => match (held(&source), source.kind()) {
                    (Some(Held(by)), _) => Error::InUse { path, by: by.clone() },
                    (None, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge) => {
                        Error::Full { path, source }
                    }
                    _ => Error::Io { path, source },
                },
                // By whom is found out when nobody waits any longer.
                redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
                    Error::InUse { path, by: String::new() }
                }
                redb::Error::Corrupted(what) => Error::Damaged { path, what },
                source => Error::Database { path, source: Box::new(source) },
            },
        }
    }
}

/// Whether an error of the medium is none of the medium's.
fn held(error: &io::Error) -> Option<&Held> {
    error.get_ref().and_then(|error| error.downcast_ref())
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl From<Held> for Fault {
    fn from(held: Held) -> Self {
        io::Error::from(held).into()
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
