//! Where a file is.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use redb::{Builder, ConcurrencyMode, Database, ReadOnlyDatabase};

use super::{Access, FileId, Medium, Waits, holder};
use crate::error::Fault;

/// How long a call waits for another process, or thread, that changes the file or has it for itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Pages that one handle keeps in memory, all of them sealed: in bytes.
const CACHE: usize = 8 << 20;

/// A name, the file that it led to first, and how long whoever opens that waits for others.
#[derive(Clone)]
pub(crate) struct Place {
    path: PathBuf,
    id: Arc<FileId>,
    reading: Arc<Waits>,
    writing: Arc<Waits>,
    #[cfg(test)]
    pub(crate) faults: Arc<super::Faults>,
}

impl Place {
    /// # Errors
    ///
    /// Where there is no file.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        // Who changes its directory still means the same file.
        let path = std::path::absolute(path)?;
        let (id, waits) = (Arc::new(FileId::at(&path)?), || Arc::new(Waits::new(PATIENCE)));
        Ok(Self {
            path,
            id,
            reading: waits(),
            writing: waits(),
            #[cfg(test)]
            faults: Arc::default(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn patience(&self) -> Duration {
        self.writing.limit()
    }

    pub(crate) fn set_patience(&self, limit: Duration) {
        self.reading.set(limit);
        self.writing.set(limit);
    }

    /// Whether the name still leads to the file.
    ///
    /// # Errors
    ///
    /// [`Fault::Moved`] if it does not.
    pub(crate) fn holds(&self) -> Result<(), Fault> {
        match FileId::at(&self.path) {
            Ok(found) if found == *self.id => Ok(()),
            Ok(_) => Err(Fault::Moved("another file has its name")),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(Fault::Moved("nothing has its name"))
            }
            // Who may not look there any more was let in before.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The file, if its name still leads to it.
    pub(crate) fn medium(&self, access: Access) -> Result<Medium, Fault> {
        let waits = if access == Access::Read { &self.reading } else { &self.writing };
        let medium = Medium::open(&self.path, access, Arc::clone(waits))?;
        #[cfg(test)]
        let medium = medium.with_faults(&self.faults);
        if *medium.id() == *self.id { Ok(medium) } else { Err(Fault::Moved("another file has its name")) }
    }

    /// Opens the database in the file, and repairs what a killed process left.
    pub(crate) fn open(&self, mode: ConcurrencyMode) -> Result<Database, Fault> {
        Ok(builder(mode).create_with_backend(self.medium(Access::Write)?)?)
    }

    /// Opens it to read, beside those that change it. What is said beside it becomes true when what it reads may have
    /// been overwritten.
    pub(crate) fn open_to_read(&self) -> Result<(ReadOnlyDatabase, Arc<AtomicBool>), Fault> {
        let medium = self.medium(Access::Read)?;
        let outdated = medium.outdated();
        Ok((builder(ConcurrencyMode::MultiWriter).open_read_only_with_backend(medium)?, outdated))
    }

    /// Says who has the file open.
    pub(crate) fn holder(&self) -> String {
        holder(&self.id, 0..=u64::MAX)
    }
}

pub(crate) fn builder(mode: ConcurrencyMode) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE).set_concurrency_mode(mode);
    builder
}
