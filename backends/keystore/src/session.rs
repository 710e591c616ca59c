//! An open file, which stays usable as long as the store, through failures of its medium.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool, atomic::Ordering::Relaxed},
    time::Instant,
};

use redb::{ConcurrencyMode, Database, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, WriteTransaction};

use crate::{
    check,
    error::Fault,
    medium::{FairMutex, LockedBy, StoreFile},
    seal::Keys,
};

/// A handle for reading. It never waits for a process that changes the file.
pub(crate) struct Reader {
    pub(crate) database: ReadOnlyDatabase,
    outdated: Arc<AtomicBool>,
}

/// The handles of one file. A handle that fails is dropped, and the next call opens another one, because the database
/// stops working after an error of the medium.
pub(crate) struct Session {
    pub(crate) file: StoreFile,
    pub(crate) keys: Keys,
    reader: Mutex<Option<Arc<Reader>>>,
    /// Locked while a thread opens another reader. That may take long, so other threads wait for it only up to a
    /// timeout.
    opening: FairMutex<()>,
    writer: FairMutex<Option<Database>>,
}

/// Opens a file for reading, after a repair if it needs one.
pub(crate) fn open(file: &StoreFile) -> Result<(Reader, Option<Database>), Fault> {
    guarded(|| match open_to_read(file) {
        Err(fault) if fault.wants_repair() => {
            let writer = file.open(ConcurrencyMode::MultiWriter)?;
            Ok((open_to_read(file)?, Some(writer)))
        }
        reader => Ok((reader?, None)),
    })
}

fn open_to_read(file: &StoreFile) -> Result<Reader, Fault> {
    let (database, outdated) = file.open_to_read()?;
    Ok(Reader { database, outdated })
}

/// Drops a handle that failed, whose last work on the file may fail as well.
fn drop_writer(writer: &mut Option<Database>) {
    let _ = guarded(|| {
        drop(writer.take());
        Ok::<_, Fault>(())
    });
}

/// Reads pages that may have been altered. Pages that no version of the database wrote may make it panic.
pub(crate) fn guarded<T, E: From<Fault>>(look: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let panicked = |_| Err(Fault::Damaged("its pages make no sense".to_owned()).into());
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(look)).unwrap_or_else(panicked)
}

/// The error of a call whose turn did not come in time.
fn busy<T>() -> Result<T, Fault> {
    let by = "by another call of this process, which waits for the medium or for another process";
    Err(LockedBy(by.to_owned()).into())
}

impl Session {
    pub(crate) fn new(file: StoreFile, (reader, writer): (Reader, Option<Database>), keys: Keys) -> Self {
        let reader = Mutex::new(Some(Arc::new(reader)));
        Self { file, keys, reader, opening: FairMutex::new(()), writer: FairMutex::new(writer) }
    }

    /// Reads the latest state of the file; if a handle fails, once more with another one.
    pub(crate) fn read<T>(&self, look: impl Fn(&ReadTransaction) -> Result<T, Fault>) -> Result<T, Fault> {
        self.file.check_path()?;
        let (start, mut again) = (Instant::now(), true);
        loop {
            let reader = self.reader()?;
            let seen = guarded(|| {
                let txn = reader.database.begin_read()?;
                if reader.outdated.load(Relaxed) { Err(Fault::Outdated) } else { look(&txn) }
            });
            let Err(fault) = seen else { return seen };
            if fault.spoils_a_handle() {
                self.drop_reader(&reader);
            }
            match fault {
                Fault::Outdated if start.elapsed() < self.file.patience() => {}
                fault if fault.spoils_a_handle() && std::mem::take(&mut again) => {}
                fault => return Err(fault),
            }
        }
    }

    /// Makes an atomic change, which is on the disk when this returns.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&WriteTransaction) -> Result<T, Fault>) -> Result<T, Fault> {
        self.in_turn(|writer| {
            let txn = self.begin(writer)?;
            let done = work(&txn)?;
            self.file.check_path()?;
            txn.commit()?;
            // A change to a file that its name does not lead to must not be acknowledged.
            self.file.check_path()?;
            Ok(done)
        })
    }

    fn in_turn<T>(&self, work: impl FnOnce(&mut Option<Database>) -> Result<T, Fault>) -> Result<T, Fault> {
        let done = self.writer.with(self.file.patience(), |writer| {
            let done = guarded(|| {
                self.file.check_path()?;
                work(writer)
            });
            if done.as_ref().is_err_and(Fault::spoils_a_handle) {
                drop_writer(writer);
            }
            done
        });
        done.unwrap_or_else(busy)
    }

    /// Begins a change, with another handle if the present one does not work any more.
    fn begin(&self, writer: &mut Option<Database>) -> Result<WriteTransaction, Fault> {
        if let Some(database) = writer {
            match guarded(|| Ok::<_, Fault>(database.begin_write()?)) {
                Err(fault) if fault.spoils_a_handle() => drop_writer(writer),
                begun => return begun,
            }
        }
        Ok(self.open_writer(writer)?.begin_write()?)
    }

    fn open_writer<'a>(&self, writer: &'a mut Option<Database>) -> Result<&'a Database, Fault> {
        let opened = self.file.open(ConcurrencyMode::MultiWriter)?;
        check::is_sealed_as_before(&opened, &self.keys)?;
        Ok(writer.insert(opened))
    }

    fn a_reader(&self) -> MutexGuard<'_, Option<Arc<Reader>>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> Result<Arc<Reader>, Fault> {
        let there = || self.a_reader().as_ref().map(Arc::clone);
        if let Some(reader) = there() {
            return Ok(reader);
        }
        let opened = self.opening.with(self.file.patience(), |()| match there() {
            Some(reader) => Ok(reader),
            None => self.open_reader(),
        });
        opened.unwrap_or_else(busy)
    }

    fn open_reader(&self) -> Result<Arc<Reader>, Fault> {
        let opened = guarded(|| {
            let opened = match open_to_read(&self.file) {
                Err(fault) if fault.wants_repair() => {
                    // Opening it for a change repairs it.
                    self.in_turn(|writer| self.open_writer(writer).map(drop))?;
                    open_to_read(&self.file)?
                }
                opened => opened?,
            };
            check::is_sealed_as_before(&opened.database, &self.keys)?;
            Ok::<_, Fault>(opened)
        })?;
        Ok(Arc::clone(self.a_reader().insert(Arc::new(opened))))
    }

    fn drop_reader(&self, failed: &Arc<Reader>) {
        let mut reader = self.a_reader();
        if reader.as_ref().is_some_and(|reader| Arc::ptr_eq(reader, failed)) {
            *reader = None;
        }
    }
}

#[cfg(test)]
mod tests;
