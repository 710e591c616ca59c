//! A key store's file: creating, opening and sharing it.

use std::{
    fmt, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use hostcrypt::store::{StoreConfig, StoreError};
use redb::{ConcurrencyMode, Database, StorageBackend};

use crate::{
    Error, Kek, check,
    create::create,
    error::Fault,
    medium::{Access, PATIENCE, StoreFile, builder},
    overlay::Overlay,
    session::{self, Session, guarded},
};

/// The beginning of every file of the underlying database.
const MAGIC: [u8; 9] = *b"redb\x1A\x0A\xA9\x0D\x0A";

/// A store of managed keys in a file, which any number of processes may have open.
///
/// It needs byte-range locks on files, which Linux, macOS and Windows have.
pub struct FileStore {
    pub(crate) session: Session,
    pub(crate) config: StoreConfig,
}

impl FileStore {
    /// Creates a file, which only its owner may read, and opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`], [`Error::Io`], [`Error::Random`], [`Error::Cost`].
    pub fn create(path: impl AsRef<Path>, kek: &Kek) -> Result<Self, Error> {
        let path = path.as_ref();
        create(path, kek)?;
        Self::open(path, kek)
    }

    /// Opens a file, after checking all of it. If the check fails, nothing is changed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::NotAKeyStore`], [`Error::Damaged`], [`Error::Newer`]; [`Error::InUse`] after some
    /// seconds; [`Error::WrongKek`], [`Error::OtherKek`], [`Error::KekChanging`] for a key-encryption key that does not
    /// open it.
    pub fn open(path: impl AsRef<Path>, kek: &Kek) -> Result<Self, Error> {
        let session = patiently(path.as_ref(), |file| attempt(file, kek, || ()))?;
        Ok(Self { session, config: StoreConfig::default() })
    }

    /// Opens a file, or creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`create`](Self::create).
    pub fn open_or_create(path: impl AsRef<Path>, kek: &Kek) -> Result<Self, Error> {
        let path = path.as_ref();
        if !path.try_exists().map_err(|source| Error::Io { path: path.to_owned(), source })? {
            match create(path, kek) {
                // Another process was faster.
                Ok(()) | Err(Error::Exists(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Self::open(path, kek)
    }

    /// Sets the rules and the quotas.
    #[must_use]
    pub fn with_config(mut self, config: StoreConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets how long a call waits for another process, or thread, that changes the file: 5 seconds by default.
    ///
    /// A change waits this long for its turn, and once more if a process was stopped at a moment that blocks the
    /// change. If the wait ends, the call returns [`StoreError::Failed`] with [`Error::InUse`], which says who uses the
    /// file.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        self.session.file.set_patience(patience);
        self
    }

    /// The store's error for a fault.
    pub(crate) fn answer(&self, fault: Fault) -> StoreError {
        match fault {
            Fault::Refused(error) => error,
            Fault::Random => StoreError::Rng,
            fault => StoreError::failed(fault.of(self.session.file.path())),
        }
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("path", &self.session.file.path()).finish_non_exhaustive()
    }
}

/// Retries while another process has the file exclusively, and in the end reports that process.
pub(crate) fn patiently<T>(path: &Path, mut attempt: impl FnMut(StoreFile) -> Result<T, Error>) -> Result<T, Error> {
    let (start, named) = (Instant::now(), |source| Error::Io { path: path.to_owned(), source });
    loop {
        let file = StoreFile::of(path).map_err(named)?;
        match attempt(file.clone()) {
            // Another file that had the name may be gone again.
            Err(Error::InUse { .. } | Error::Moved { .. }) if start.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(20));
            }
            Err(Error::InUse { path, by }) if by.is_empty() => return Err(Error::InUse { path, by: file.holder() }),
            done => return done,
        }
    }
}

/// Opens a file that may be shared. `between` runs after the check and before the file is opened.
fn attempt(file: StoreFile, kek: &Kek, between: impl FnOnce()) -> Result<Session, Error> {
    let named = |fault: Fault| fault.of(file.path());
    let known = match checked(&file, |database| check::check(file.path(), database, kek)) {
        Ok(keys) => Some(keys),
        // The process that has it open has checked it.
        Err(Error::InUse { .. }) => None,
        // It can still be read.
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::ReadOnlyFilesystem => None,
        Err(error) => return Err(error),
    };
    between();
    let (reader, writer) = session::open(&file).map_err(named)?;
    // While this process has it open, no process changes the key-encryption key; before, one may have.
    let keys = match known {
        Some(keys) if check::is_sealed_as_before(&reader.database, &keys).is_ok() => keys,
        _ => guarded(|| check::check(file.path(), &reader.database, kek).map_err(Unnamed::Named))
            .map_err(|error| error.of(file.path()))?,
    };
    Ok(Session::new(file, (reader, writer), keys))
}

/// Checks a file that no other process has open, without changing it.
///
/// # Errors
///
/// [`Error::InUse`] if another process has it open.
pub(crate) fn checked<T>(file: &StoreFile, look: impl FnOnce(&Database) -> Result<T, Error>) -> Result<T, Error> {
    let path = file.path();
    let named = |fault: Fault| fault.of(path);
    let medium = file.medium(Access::Write).map_err(named)?;
    if medium.is_empty().map_err(|error| named(error.into()))? {
        return Err(Error::Damaged { path: path.to_owned(), what: "it is empty".to_owned() });
    }
    let mut magic = [0; MAGIC.len()];
    match medium.read(0, &mut magic) {
        Ok(()) if magic == MAGIC => {}
        // On Windows, locked ranges cannot be read.
        Err(error) if cfg!(windows) && error.kind() != io::ErrorKind::UnexpectedEof => {
            return Err(Error::InUse { path: path.to_owned(), by: String::new() });
        }
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(named(error.into())),
        _ => return Err(Error::NotAKeyStore(path.to_owned())),
    }
    // Repairs after a killed process are made in memory here, and on the disk when the file is opened.
    let overlay = Overlay::new(medium).map_err(|error| named(error.into()))?;
    let looked = guarded(move || {
        let mut builder = builder(ConcurrencyMode::ExclusiveWriter);
        let database = builder.set_check_integrity_on_open(true).create_with_backend(overlay);
        look(&database.map_err(|error| unsound(Fault::from(error)))?).map_err(Unnamed::Named)
    });
    looked.map_err(|error| error.of(path))
}

/// An error that names its file, or a fault that does not.
pub(crate) enum Unnamed {
    Named(Error),
    Fault(Fault),
}

impl From<Fault> for Unnamed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Unnamed {
    pub(crate) fn of(self, path: &Path) -> Error {
        match self {
            Self::Named(error) => error,
            Self::Fault(fault) => fault.of(path),
        }
    }
}

/// In a file that is only read, unexpected ends and invalid data count as damage.
fn unsound(fault: Fault) -> Fault {
    match fault {
        Fault::Database(error) => match *error {
            redb::Error::Io(error)
                if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
            {
                Fault::Damaged(error.to_string())
            }
            redb::Error::RepairAborted | redb::Error::UpgradeRequired(_) => Fault::Damaged(error.to_string()),
            error => Fault::Database(Box::new(error)),
        },
        fault => fault,
    }
}

#[cfg(test)]
mod tests {
    use hostcrypt::store::{Identifier, KeyStore, Kind, Name, Record};

    use super::*;

    #[test]
    fn a_key_that_is_changed_while_the_file_is_being_opened_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let (former, new) = (Kek::from_bytes([1; 32]), Kek::from_bytes([2; 32]));
        drop(FileStore::create(&path, &former).unwrap());
        let rotate = || FileStore::rotate(&path, &former, &new, |_, _| ()).unwrap();
        let opened = attempt(StoreFile::of(&path).unwrap(), &former, rotate);
        assert!(matches!(opened, Err(Error::WrongKek { .. })), "{:?}", opened.err());
        // Nothing was lost.
        let name = Name { namespace: "", kind: Kind::Secret, identifier: Identifier([1; 16]) };
        let record = Record::new("", b"secret");
        FileStore::open(&path, &new).unwrap().store(&name, &record).unwrap();
        FileStore::open(&path, &new).unwrap().open(&name, None).unwrap();
    }
}
