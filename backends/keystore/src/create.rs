//! Creating a file.

use std::{fs, io, path::Path, sync::Arc};

use redb::ConcurrencyMode;

use crate::{
    Error, Kek,
    error::Fault,
    medium::{Access, Medium, PATIENCE, Waits, builder},
    seal::{Sealed, Sealer},
    tables::{self, Slot},
};

/// Creates a file, which gets its name once it is complete and on the disk.
pub(crate) fn create(path: &Path, kek: &Kek) -> Result<(), Error> {
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
        let medium = Medium::new(temporary.reopen()?, Access::Make, Arc::new(Waits::new(PATIENCE)))?;
        let database = builder(ConcurrencyMode::ExclusiveWriter).create_with_backend(medium)?;
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
    // A folder can be synced on Unix; on other systems, names are on the disk with the file.
    #[cfg(unix)]
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    Ok(())
}

/// The file's record of its new key-encryption key, and the sealing key.
pub(crate) fn new_slot(number: [u8; 16], generation: u32, kek: &Kek) -> Result<(Slot, Sealer), Error> {
    let making = kek.making()?;
    let Some(key) = kek.make(&making)? else { return Err(Error::Random) };
    let sealer = Sealer::new(number, generation, &key);
    let check = sealer.seal(Sealed::Check(&making.to_bytes()), &[]).map_err(|_| Error::Random)?;
    Ok((Slot { generation, making, check }, sealer))
}
