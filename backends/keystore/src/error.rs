//! What can be wrong with a key store's file.

use std::{io, path::PathBuf};

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

    /// Another process has the file for itself, or this process may not share it.
    #[error("the key store `{}` is in use by another process: try again when that has ended", .0.display())]
    InUse(PathBuf),

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

    /// A change of the key-encryption key was interrupted.
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

    /// The database below failed. After an error of the disk, it refuses further work until the store is opened anew.
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
    /// What the guest is answered.
    Refused(hostcrypt::Errno),
    /// A record is not what was written.
    Damaged(String),
    Random,
    Database(Box<redb::Error>),
}

impl Fault {
    pub(crate) fn of(self, path: &std::path::Path) -> Error {
        let path = path.to_owned();
        match self {
            // Nobody is refused outside of a guest's call.
            Self::Refused(errno) => Error::Damaged { path, what: errno.to_string() },
            Self::Damaged(what) => Error::Damaged { path, what },
            Self::Random => Error::Random,
            Self::Database(source) => match *source {
                redb::Error::Io(source) => Error::Io { path, source },
                redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Error::InUse(path),
                redb::Error::Corrupted(what) => Error::Damaged { path, what },
                source => Error::Database { path, source: Box::new(source) },
            },
        }
    }
}

impl From<hostcrypt::Errno> for Fault {
    fn from(errno: hostcrypt::Errno) -> Self {
        Self::Refused(errno)
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
