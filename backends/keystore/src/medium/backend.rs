//! The file, for the underlying database.

use std::{
    fs::{File, OpenOptions},
    io,
    ops::Bound,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use redb::{BackendError, StorageBackend, backends::FileBackend};

use super::{
    FileId, LockedBy, Waits, holder,
    waits::{PAUSE, until},
};

/// The bytes that the database locks while it reads or writes the header: the header itself.
const HEADER: u64 = 320;
/// The byte that a process locks while it changes the file (redb, `docs/design.md`).
const WRITER: u64 = 1 << 62;
/// A byte that the database does not use: processes that wait for `WRITER` lock it shared.
const WAITING: u64 = WRITER + 895;
/// How long a reader waits for the header's lock before it reads the header without the lock.
const READER_WAITS: Duration = Duration::from_millis(50);

/// The purpose of opening a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// To create a database.
    Make,
}

/// A file. No call waits for another process longer than [`Waits`] allow, and no request of the database ends the
/// process.
#[derive(Debug)]
pub(crate) struct Medium {
    file: FileBackend,
    id: FileId,
    access: Access,
    waits: Arc<Waits>,
    /// The header as it was read without its lock, while the database assumes that it has the lock.
    unlocked: Mutex<Option<[u8; HEADER as usize]>>,
    outdated: Arc<AtomicBool>,
    #[cfg(test)]
    faults: Arc<super::Faults>,
}

impl Medium {
    pub(crate) fn open(path: &Path, access: Access, waits: Arc<Waits>) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(access != Access::Read).open(path)?;
        Self::new(file, access, waits)
    }

    pub(crate) fn new(file: File, access: Access, waits: Arc<Waits>) -> io::Result<Self> {
        let id = FileId::of(&file)?;
        let file = FileBackend::new(file).map_err(io::Error::other)?;
        Ok(Self {
            file,
            id,
            access,
            waits,
            unlocked: Mutex::new(None),
            outdated: Arc::default(),
            #[cfg(test)]
            faults: Arc::default(),
        })
    }

    #[cfg(test)]
    pub(super) fn with_faults(self, faults: &Arc<super::Faults>) -> Self {
        Self { faults: Arc::clone(faults), ..self }
    }

    pub(super) fn id(&self) -> &FileId {
        &self.id
    }

    pub(crate) fn is_empty(&self) -> io::Result<bool> {
        self.file.len().map(|len| len == 0)
    }

    /// Set when a snapshot was taken that other processes may not see: data read since then may have been overwritten.
    pub(crate) fn outdated(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.outdated)
    }

    /// Waits for a lock, up to the limit.
    fn wait(&self, start: Bound<u64>, end: Bound<u64>, attempt: impl Fn() -> Lock<bool>) -> Lock<()> {
        #[cfg(test)]
        self.faults.meet(super::Asked::Lock).map_err(|_| self.locked(start, end))?;
        if start == Bound::Included(WRITER) {
            return self.wait_for_turn(attempt);
        }
        if until(self.waits.limit(), PAUSE / 4, attempt)? { Ok(()) } else { Err(self.locked(start, end)) }
    }

    /// Waits for the writer's lock. It has no queue, so the process that had it last lets others go first.
    fn wait_for_turn(&self, attempt: impl Fn() -> Lock<bool>) -> Lock<()> {
        let (start, end) = (Bound::Included(WAITING), Bound::Included(WAITING));
        if self.file.query_lock_range(start, end)? {
            thread::sleep(3 * PAUSE);
        }
        if attempt()? {
            return Ok(());
        }
        let waits = self.file.try_lock_shared_range(start, end)?;
        let there = until(self.waits.limit(), PAUSE, attempt);
        if waits {
            self.file.unlock_range(start, end)?;
        }
        if there? { Ok(()) } else { Err(self.locked(Bound::Included(WRITER), Bound::Included(WRITER))) }
    }

    fn locked(&self, start: Bound<u64>, end: Bound<u64>) -> BackendError {
        BackendError::Io(LockedBy(holder(&self.id, first(start)..=last(end))).into())
    }

    fn header(&self) -> io::Result<[u8; HEADER as usize]> {
        let mut header = [0; HEADER as usize];
        self.file.read(0, &mut header)?;
        Ok(header)
    }

    fn unlocked(&self) -> std::sync::MutexGuard<'_, Option<[u8; HEADER as usize]>> {
        self.unlocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// If a process was stopped while it had the header's lock, a reader continues without the lock. If the header is
    /// the same before and after, the reader has read the latest change and has announced its read.
    fn lock_header_to_read(&self, attempt: impl Fn() -> Lock<bool>) -> Lock<()> {
        if !until(READER_WAITS.min(self.waits.limit()), PAUSE / 4, attempt)? {
            *self.unlocked() = Some(self.header().map_err(BackendError::Io)?);
        }
        Ok(())
    }

    /// Refuses a write beyond the limit on the size of files, which would end the process with SIGXFSZ.
    fn within_limit(&self, end: u64) -> io::Result<()> {
        #[cfg(unix)]
        {
            let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
            if limit.is_some_and(|limit| end > limit) {
                return Err(rustix::io::Errno::FBIG.into());
            }
        }
        let _ = end;
        Ok(())
    }
}

type Lock<T> = Result<T, BackendError>;

fn first(start: Bound<u64>) -> u64 {
    match start {
        Bound::Included(start) => start,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    }
}

fn last(end: Bound<u64>) -> u64 {
    match end {
        Bound::Included(end) => end,
        Bound::Excluded(after) => after.saturating_sub(1),
        Bound::Unbounded => u64::MAX,
    }
}

/// Whether a range is the header.
fn is_header(start: Bound<u64>, end: Bound<u64>) -> bool {
    (first(start), last(end)) == (0, HEADER - 1)
}

impl StorageBackend for Medium {
    fn len(&self) -> io::Result<u64> {
        match self.file.len()? {
            // The database would create a new database in it.
            0 if self.access != Access::Make => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty")),
            len => Ok(len),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        #[cfg(test)]
        self.faults.meet(super::Asked::Read)?;
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.within_limit(len)?;
        #[cfg(test)]
        self.faults.meet(super::Asked::SetLen)?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        #[cfg(test)]
        self.faults.meet(super::Asked::Sync)?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.within_limit(offset.saturating_add(data.len() as u64))?;
        #[cfg(test)]
        self.faults.meet(super::Asked::Write)?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Lock<bool> {
        // A process that wants the file exclusively locks the bytes of readers first. If it were stopped at that
        // moment, it would block other processes that have the file open.
        let all = (first(start), last(end)) == (WRITER + 1024, u64::MAX);
        if all && self.file.query_lock_range(Bound::Unbounded, Bound::Excluded(WRITER + 896))? {
            return Ok(false);
        }
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Lock<bool> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Lock<()> {
        self.wait(start, end, || self.file.try_lock_range(start, end))
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Lock<()> {
        let attempt = || self.file.try_lock_shared_range(start, end);
        if self.access == Access::Read && is_header(start, end) {
            return self.lock_header_to_read(attempt);
        }
        self.wait(start, end, attempt)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Lock<()> {
        if is_header(start, end)
            && let Some(before) = self.unlocked().take()
        {
            if self.header().map_err(BackendError::Io)? != before {
                self.outdated.store(true, Relaxed);
            }
            return Ok(());
        }
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Lock<bool> {
        self.file.query_lock_range(start, end)
    }
}
