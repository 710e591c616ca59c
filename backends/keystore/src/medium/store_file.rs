//! A store's file, by its path.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use redb::{Builder, ConcurrencyMode, Database, ReadOnlyDatabase};

use super::{Access, FileId, Medium, Waits, holder};
use crate::error::Fault;

/// How long a call waits for another process, or thread, that changes the file or has it exclusively.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// The page cache of one handle, in bytes; all pages are sealed.
const CACHE: usize = 8 << 20;

/// A path, the file to which it led first, and the limit of the wait for others that use the file.
#[derive(Clone)]
pub(crate) struct StoreFile {
    path: PathBuf,
    id: Arc<FileId>,
    waits: Arc<Waits>,
    #[cfg(test)]
    pub(crate) faults: Arc<super::Faults>,
}

impl StoreFile {
    /// # Errors
    ///
    /// If there is no file.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        // The path stays valid if the process changes its directory.
        let path = std::path::absolute(path)?;
        let (id, waits) = (Arc::new(FileId::at(&path)?), Arc::new(Waits::new(PATIENCE)));
        Ok(Self {
            path,
            id,
            waits,
            #[cfg(test)]
            faults: Arc::default(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn patience(&self) -> Duration {
        self.waits.limit()
    }

    pub(crate) fn set_patience(&self, limit: Duration) {
        self.waits.set(limit);
    }

    /// Checks that the path still leads to the file.
    ///
    /// # Errors
    ///
    /// [`Fault::Moved`] if it does not.
    pub(crate) fn check_path(&self) -> Result<(), Fault> {
        match FileId::at(&self.path) {
            Ok(found) if found == *self.id => Ok(()),
            Ok(_) => Err(Fault::Moved("another file has its name")),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(Fault::Moved("nothing has its name"))
            }
            // The process may have lost the permission to look there since it opened the file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the file, if its name still leads to it.
    pub(crate) fn medium(&self, access: Access) -> Result<Medium, Fault> {
        let medium = Medium::open(&self.path, access, Arc::clone(&self.waits))?;
        #[cfg(test)]
        let medium = medium.with_faults(&self.faults);
        if *medium.id() == *self.id { Ok(medium) } else { Err(Fault::Moved("another file has its name")) }
    }

    /// Opens the database in the file, and repairs it after a killed process.
    pub(crate) fn open(&self, mode: ConcurrencyMode) -> Result<Database, Fault> {
        Ok(builder(mode).create_with_backend(self.medium(Access::Write)?)?)
    }

    /// Opens the database for reading while others may change it. The flag that it returns is set when data that was
    /// read may have been overwritten.
    pub(crate) fn open_to_read(&self) -> Result<(ReadOnlyDatabase, Arc<AtomicBool>), Fault> {
        let medium = self.medium(Access::Read)?;
        let outdated = medium.outdated();
        Ok((builder(ConcurrencyMode::MultiWriter).open_read_only_with_backend(medium)?, outdated))
    }

    /// Describes the process that has the file open.
    pub(crate) fn holder(&self) -> String {
        holder(&self.id, 0..=u64::MAX)
    }
}

pub(crate) fn builder(mode: ConcurrencyMode) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE).set_concurrency_mode(mode);
    builder
}
