//! Files that an operator names, read whole.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long a pipe may have nobody who writes to it.
const NOBODY: Duration = Duration::from_secs(5);
/// How long whoever writes to a pipe may take: a person may have to be asked.
const SOMEBODY: Duration = Duration::from_secs(60);

/// Reads a whole file, or a pipe, behind what a buffer holds: at most so many bytes, and not for ever.
///
/// A buffer with room for all of that and one byte more is never moved in memory, so that no copy of a secret stays
/// behind.
///
/// # Errors
///
/// What the operating system says; [`io::ErrorKind::FileTooLarge`] where there is more, and
/// [`io::ErrorKind::TimedOut`] for a pipe that nobody writes to within 5 seconds, or does not end within a minute.
pub fn read_whole(path: &Path, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let file = open(path)?;
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {most} bytes"));
    let kind = file.metadata()?;
    if kind.len() > most {
        return Err(too_large());
    }
    let (start, before) = (Instant::now(), bytes.len());
    let mut rest = file.take(most.saturating_add(1));
    loop {
        let limit = match rest.read_to_end(bytes) {
            // Nobody has opened the pipe to write yet.
            Ok(0) if bytes.len() == before && is_pipe(&kind) => NOBODY,
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => SOMEBODY,
            Err(error) => return Err(error),
        };
        if start.elapsed() >= limit {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody writes to it, or to its end"));
        }
        thread::sleep(Duration::from_millis(10));
    }
    if (bytes.len() - before) as u64 > most { Err(too_large()) } else { Ok(()) }
}

/// Opens a file, without waiting for whoever is to write to a pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.cast_signed());
    }
    options.read(true).open(path)
}

fn is_pipe(kind: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::FileTypeExt::is_fifo(&kind.file_type());
    #[cfg(not(unix))]
    return {
        let _ = kind;
        false
    };
}
