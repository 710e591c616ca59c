//! The file as the database below sees it.

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

use super::{FileId, Held, Waits, holder, waits::PAUSE};

/// The bytes that the database locks while it reads or writes the header, which are the header itself.
const HEADER: u64 = 320;
/// The byte that a process locks while it changes the file (redb, `docs/design.md`).
const WRITER: u64 = 1 << 62;
/// A byte that the database does not use: processes that wait for `WRITER` share a lock of it.
const WAITING: u64 = WRITER + 895;
/// How long a reader waits for the header's lock before it reads the header without.
const READER_WAITS: Duration = Duration::from_millis(50);

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// To become a database.
    Make,
}

/// A file. No call waits for another process longer than [`Waits`] say, and nothing that the
/// database asks for ends the process.
#[derive(Debug)]
pub(crate) struct Medium {
    file: FileBackend,
    id: FileId,
    access: Access,
    waits: Arc<Waits>,
    /// The header as it was read without its lock, while the database believes that it has that.
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

    /// Becomes true when a snapshot was taken that others may not know of: nothing read since is to be relied on.
    pub(crate) fn outdated(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.outdated)
    }

    /// Waits for a lock, as long as that may be.
    fn wait(&self, start: Bound<u64>, end: Bound<u64>, attempt: impl Fn() -> Lock<bool>) -> Lock<()> {
        #[cfg(test)]
        self.faults.meet(super::Asked::Lock).map_err(|_| self.held(start, end))?;
        if start == Bound::Included(WRITER) {
            return self.wait_for_turn(attempt);
        }
        if self.waits.until(self.waits.limit(), PAUSE / 8, attempt)? { Ok(()) } else { Err(self.held(start, end)) }
    }

    /// Waits for the lock of the process that changes the file. There is no queue for it, so whoever had it last lets
    /// others go first.
    fn wait_for_turn(&self, attempt: impl Fn() -> Lock<bool>) -> Lock<()> {
        let (start, end) = (Bound::Included(WAITING), Bound::Included(WAITING));
        if self.file.query_lock_range(start, end)? {
            thread::sleep(3 * PAUSE);
        }
        if attempt()? {
            return self.waits.until(Duration::ZERO, PAUSE, || Ok(true)).map(drop);
        }
        let waits = self.file.try_lock_shared_range(start, end)?;
        let there = self.waits.until(self.waits.limit(), PAUSE, attempt);
        if waits {
            self.file.unlock_range(start, end)?;
        }
        if there? { Ok(()) } else { Err(self.held(Bound::Included(WRITER), Bound::Included(WRITER))) }
    }

    fn held(&self, start: Bound<u64>, end: Bound<u64>) -> BackendError {
        BackendError::Io(Held(holder(&self.id, first(start)..=last(end))).into())
    }

    fn header(&self) -> io::Result<[u8; HEADER as usize]> {
        let mut header = [0; HEADER as usize];
        self.file.read(0, &mut header)?;
        Ok(header)
    }

    fn unlocked(&self) -> std::sync::MutexGuard<'_, Option<[u8; HEADER as usize]>> {
        self.unlocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a process was stopped while it had the header's lock, a reader goes on without. It has read the latest
    /// change, and announced that it reads it, if the header is the same after both.
    fn lock_header_to_read(&self, attempt: impl Fn() -> Lock<bool>) -> Lock<()> {
        if !self.waits.until(READER_WAITS.min(self.waits.limit()), PAUSE / 8, attempt)? {
            *self.unlocked() = Some(self.header().map_err(BackendError::Io)?);
        }
        Ok(())
    }

    /// Refuses what would end the process with a signal, unless that is handled: SIGXFSZ.
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

/// Whether a range is the header's.
fn is_header(start: Bound<u64>, end: Bound<u64>) -> bool {
    (first(start), last(end)) == (0, HEADER - 1)
}

impl StorageBackend for Medium {
    fn len(&self) -> io::Result<u64> {
        match self.file.len()? {
            // The database would make a new one of it.
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
        // Whoever wants the file for itself locks the bytes of readers first. Where others have it open, a process that
        // is stopped just then would hold them up.
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
