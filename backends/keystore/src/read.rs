//! Reading whole files that an operator names.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long a pipe may have no writer.
const NOBODY: Duration = Duration::from_secs(5);
/// How long the writer of a pipe may take: it may have to ask a person.
const SOMEBODY: Duration = Duration::from_secs(60);

/// Appends a whole file or pipe to a buffer: at most `most` bytes, and within a time limit.
///
/// A buffer with a capacity of one byte more than that never moves, so no copy of a secret stays behind.
///
/// # Errors
///
/// The error of the operating system; [`io::ErrorKind::FileTooLarge`] if the file is longer; and
/// [`io::ErrorKind::TimedOut`] for a pipe without a writer after 5 seconds, or that does not end within a minute.
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
            // No process has opened the pipe for writing yet.
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

/// Opens a file, without waiting for the writer of a pipe.
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
