//! A key store's file: made, opened, shared.

use std::{
    fmt, fs, io,
    io::Read,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use hostcrypt::store::{KeyRules, Quotas};
use redb::{Builder, ConcurrencyMode, Database, backends::FileBackend};

use crate::{
    Error, Kek, check,
    error::Fault,
    overlay::Overlay,
    seal::{Keys, Sealed, Sealer},
    tables::{self, Slot},
};

/// How long opening waits for a process that has the file for itself, which it has only while it checks the file or
/// changes the key-encryption key.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pages that the database keeps in memory, all of them sealed: in bytes.
const CACHE: usize = 16 << 20;
/// What every file of the database below begins with.
const MAGIC: [u8; 9] = *b"redb\x1A\x0A\xA9\x0D\x0A";

/// What is told what went wrong.
type Report = dyn Fn(&Error) + Send + Sync;

/// A store of managed keys in a file, which any number of processes may have open.
///
/// It needs locks on parts of files, which Linux, macOS and Windows have.
pub struct FileStore {
    pub(crate) path: PathBuf,
    pub(crate) database: Database,
    pub(crate) keys: Keys,
    pub(crate) rules: KeyRules,
    pub(crate) quotas: Quotas,
    report: Option<Box<Report>>,
}

impl FileStore {
    /// Makes a new file, which only its owner may read, and opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`], [`Error::Io`], [`Error::Random`], [`Error::Cost`].
    pub fn create(path: impl AsRef<Path>, kek: &Kek) -> Result<Self, Error> {
        let path = path.as_ref();
        create(path, kek)?;
        Self::open(path, kek)
    }

    /// Opens a file: all of it is checked, and nothing is changed where that fails.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::NotAKeyStore`], [`Error::Damaged`], [`Error::Newer`]; [`Error::InUse`] after some
    /// seconds; [`Error::WrongKek`], [`Error::OtherKek`], [`Error::KekChanging`] for a key-encryption key that does not
    /// open it.
    pub fn open(path: impl AsRef<Path>, kek: &Kek) -> Result<Self, Error> {
        let path = path.as_ref();
        let (database, keys) = patiently(|| attempt(path, kek, || ()))?;
        Ok(Self {
            path: path.to_owned(),
            database,
            keys,
            rules: KeyRules::default(),
            quotas: Quotas::default(),
            report: None,
        })
    }

    /// Opens a file, or makes a new one where there is none.
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

    /// What guests may do with keys.
    #[must_use]
    pub fn with_rules(mut self, rules: KeyRules) -> Self {
        self.rules = rules;
        self
    }

    /// How much each namespace may have.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// What is told the reason whenever a guest is answered `internal_error`: for the operator's log.
    #[must_use]
    pub fn with_report(mut self, report: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.report = Some(Box::new(report));
        self
    }

    /// What a guest is answered for what went wrong.
    pub(crate) fn answer(&self, fault: Fault) -> hostcrypt::Errno {
        match fault {
            Fault::Refused(errno) => errno,
            Fault::Random => hostcrypt::Errno::RngError,
            fault => {
                if let Some(report) = &self.report {
                    report(&fault.of(&self.path));
                }
                hostcrypt::Errno::InternalError
            }
        }
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Tries again while another process has the file for itself.
pub(crate) fn patiently<T>(mut attempt: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(Error::InUse(_)) if start.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
            done => return done,
        }
    }
}

/// Opens a file that may be shared. `between` is done after it was checked and before it is opened.
fn attempt(path: &Path, kek: &Kek, between: impl FnOnce()) -> Result<(Database, Keys), Error> {
    let known = match checked(path, |database| check::check(path, database, kek)) {
        Ok(keys) => Some(keys),
        // It was checked by who has it open.
        Err(Error::InUse(_)) => None,
        Err(error) => return Err(error),
    };
    between();
    let database = open(path, ConcurrencyMode::MultiWriter)?;
    // While this process has it open, nobody changes the key-encryption key; before, somebody may have.
    let generation = check::generation(&database).map_err(|fault| fault.of(path))?;
    let keys = match known {
        Some(keys) if Some(keys.current.generation) == generation => keys,
        _ => guarded(path, || check::check(path, &database, kek))?,
    };
    Ok((database, keys))
}

/// Looks at pages that may be anyone's. What no version of the database ever wrote may make it panic.
fn guarded<T>(path: &Path, look: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let panicked = |_| Err(Error::Damaged { path: path.to_owned(), what: "its pages make no sense".to_owned() });
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(look)).unwrap_or_else(panicked)
}

fn builder(mode: ConcurrencyMode) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE).set_concurrency_mode(mode);
    builder
}

fn file(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().read(true).write(true).open(path)
}

/// Opens the database in a file that is there.
pub(crate) fn open(path: &Path, mode: ConcurrencyMode) -> Result<Database, Error> {
    let opened = || -> Result<Database, Fault> {
        let backend = FileBackend::new(file(path).map_err(redb::DatabaseError::from)?)?;
        Ok(builder(mode).create_with_backend(backend)?)
    };
    guarded(path, || opened().map_err(|fault| fault.of(path)))
}

/// Looks at a file that no other process has open, and leaves it as it is.
///
/// # Errors
///
/// [`Error::InUse`] if one has.
pub(crate) fn checked<T>(path: &Path, look: impl FnOnce(&Database) -> Result<T, Error>) -> Result<T, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let mut file = file(path).map_err(io)?;
    if file.metadata().map_err(io)?.len() == 0 {
        return Err(Error::Damaged { path: path.to_owned(), what: "it is empty".to_owned() });
    }
    let mut magic = [0; MAGIC.len()];
    match file.read_exact(&mut magic) {
        Ok(()) if magic == MAGIC => {}
        // On Windows, what is locked cannot be read.
        Err(error) if cfg!(windows) && error.kind() != io::ErrorKind::UnexpectedEof => {
            return Err(Error::InUse(path.to_owned()));
        }
        _ => return Err(Error::NotAKeyStore(path.to_owned())),
    }
    // Repairs of what a killed process left are made in memory here, and on the disk when the file is opened.
    let overlay = FileBackend::new(file)
        .map_err(Fault::from)
        .and_then(|file| Overlay::new(file).map_err(|error| Fault::from(redb::DatabaseError::from(error))));
    let overlay = overlay.map_err(|fault| fault.of(path))?;
    guarded(path, move || {
        let mut builder = builder(ConcurrencyMode::ExclusiveWriter);
        let database = builder.set_check_integrity_on_open(true).create_with_backend(overlay);
        look(&database.map_err(|error| unsound(Fault::from(error)).of(path))?)
    })
}

/// In a file that is only read, whatever ends too early or is not as it should be is damage.
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

/// Makes a new file, which has its name when it is whole and on the disk.
fn create(path: &Path, kek: &Kek) -> Result<(), Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    if path.try_exists().map_err(io)? {
        return Err(Error::Exists(path.to_owned()));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let temporary = tempfile::Builder::new().prefix(".hostcrypt-new-").tempfile_in(folder).map_err(io)?;
    let mut number = [0; 16];
    getrandom::fill(&mut number).map_err(|_| Error::Random)?;
    let (slot, _) = new_slot(number, 1, kek)?;
    let laid_out = || -> Result<(), Fault> {
        let backend = FileBackend::new(temporary.reopen().map_err(redb::DatabaseError::from)?)?;
        let database = builder(ConcurrencyMode::ExclusiveWriter).create_with_backend(backend)?;
        let txn = database.begin_write()?;
        tables::lay_out(&txn, &number)?;
        tables::write_slot(&txn, &slot)?;
        txn.commit()?;
        Ok(database.close()?)
    };
    laid_out().map_err(|fault| fault.of(path))?;
    temporary.as_file().sync_all().map_err(io)?;
    temporary.persist_noclobber(path).map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(path.to_owned()),
        _ => io(failed.error),
    })?;
    // A folder can be synced on Unix; elsewhere names are on the disk with the file.
    #[cfg(unix)]
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    Ok(())
}

/// What a file is to know of a new key-encryption key of its own, and what seals with that.
pub(crate) fn new_slot(number: [u8; 16], generation: u32, kek: &Kek) -> Result<(Slot, Sealer), Error> {
    let making = kek.making()?;
    let Some(key) = kek.make(&making)? else { return Err(Error::Random) };
    let sealer = Sealer::new(number, generation, &key);
    let check = sealer.seal(Sealed::Check(&making.to_bytes()), &[]).map_err(|_| Error::Random)?;
    Ok((Slot { generation, making, check }, sealer))
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
        let opened = attempt(&path, &former, rotate);
        assert!(matches!(opened, Err(Error::WrongKek { .. })), "{:?}", opened.err());
        // Nothing was lost.
        let name = Name { namespace: "", kind: Kind::Secret, identifier: Identifier([1; 16]) };
        let record = Record { algorithm: "", expires: None, content: b"secret" };
        FileStore::open(&path, &new).unwrap().store(&name, &record).unwrap();
        FileStore::open(&path, &new).unwrap().open(&name, None).unwrap();
    }
}
