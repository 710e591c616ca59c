//! A file of lines that several processes append to.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};
#[cfg(unix)]
use std::{
    thread,
    time::{Duration, Instant},
};

/// The maximal number of writes until a line is on a line of its own.
const ATTEMPTS: usize = 3;

pub(super) struct Lines {
    path: PathBuf,
    /// Locked while a line is added.
    target: Mutex<Target>,
}

/// The open file. It stays open, so a guest that uses up all file descriptors cannot keep lines out of the log.
struct Target {
    file: File,
    /// Whether the byte before a line can be read.
    readable: bool,
    /// Whether it is a file, and not a device or pipe.
    is_file: bool,
}

impl Target {
    fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        let is_file = fs::metadata(path).map_or(true, |found| found.is_file());
        #[cfg(unix)]
        if !is_file {
            return Ok(Self { file: open_pipe(path)?, readable: false, is_file });
        }
        // A device may not be readable.
        let opened = options.clone().read(is_file).open(path);
        match opened {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                Ok(Self { file: options.open(path)?, readable: false, is_file })
            }
            opened => Ok(Self { file: opened?, readable: is_file, is_file }),
        }
    }

    /// Whether the path still names the file; it does until the log is rotated.
    #[cfg(unix)]
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let own = self.file.metadata()?;
        Ok(fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (own.dev(), own.ino())))
    }

    #[cfg(not(unix))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    fn is_at(&self, _: &Path) -> io::Result<bool> {
        Ok(false)
    }

    /// Whether the file has no name any more, and is lost when it is closed.
    fn is_removed(&self) -> bool {
        #[cfg(unix)]
        return self.file.metadata().is_ok_and(|own| std::os::unix::fs::MetadataExt::nlink(&own) == 0);
        #[cfg(not(unix))]
        return false;
    }

    /// Appends a whole line, with its newline.
    fn add(&mut self, line: &[u8], path: &Path) -> io::Result<()> {
        if !self.is_file {
            return write_whole(&self.file, line);
        }
        for _ in 0..ATTEMPTS {
            within_limit(&self.file, line)?;
            write_whole(&self.file, line)?;
            self.file.sync_data()?;
            // Appending leaves the position behind what was written, wherever other processes write.
            let start = self.file.stream_position()?.saturating_sub(line.len() as u64);
            if start == 0 {
                sync_folder(path)?;
            }
            if start == 0 || !self.readable || byte_before(&mut self.file, start)? == b'\n' {
                return Ok(());
            }
        }
        Err(io::Error::other("other programs write parts of lines to it"))
    }
}

/// How long a pipe's reader may take to open it.
#[cfg(unix)]
const NOBODY: Duration = Duration::from_secs(5);

/// Opens a pipe or a device for writing, with a limit on the wait for a reader.
#[cfg(unix)]
fn open_pipe(path: &Path) -> io::Result<File> {
    use rustix::{
        fs::{OFlags, fcntl_getfl, fcntl_setfl},
        io::Errno,
    };
    let mut options = OpenOptions::new();
    options.append(true);
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, OFlags::NONBLOCK.bits().cast_signed());
    let start = Instant::now();
    let file = loop {
        match options.open(path) {
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NXIO) => {
                if start.elapsed() >= NOBODY {
                    return Err(io::Error::new(ErrorKind::TimedOut, "nobody reads from it"));
                }
                thread::sleep(Duration::from_millis(10));
            }
            opened => break opened?,
        }
    };
    // A line waits for a reader that is slow.
    fcntl_setfl(&file, fcntl_getfl(&file)?.difference(OFlags::NONBLOCK))?;
    Ok(file)
}

impl Lines {
    /// Opens the file, and creates it if it does not exist.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), target: Mutex::new(Target::open(path)?) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line, which is on the disk when this returns. If the log was rotated (renamed), the line begins a new
    /// file.
    ///
    /// A full disk, or a process that is killed while it writes, may leave an incomplete line at the end of the file.
    /// The next line is then written twice: directly after the incomplete one, and on a line of its own.
    pub(super) fn add(&self, line: &str) -> io::Result<()> {
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        if target.is_file && !target.is_at(&self.path)? {
            match Target::open(&self.path) {
                Ok(new) => *target = new,
                // The renamed file takes the line, unless it is gone.
                Err(error) if target.is_removed() => return Err(error),
                Err(_) => {}
            }
        }
        target.add(format!("{line}\n").as_bytes(), &self.path)
    }
}

/// Refuses a line beyond the process's limit on the size of files, where a write would end the process with SIGXFSZ.
#[cfg(unix)]
fn within_limit(file: &File, line: &[u8]) -> io::Result<()> {
    let Some(limit) = rustix::process::getrlimit(rustix::process::Resource::Fsize).current else { return Ok(()) };
    let end = file.metadata()?.len().saturating_add(line.len() as u64);
    if end > limit { Err(rustix::io::Errno::FBIG.into()) } else { Ok(()) }
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
fn within_limit(_: &File, _: &[u8]) -> io::Result<()> {
    Ok(())
}

/// Writes a line in one call, so that lines of other processes do not interleave.
fn write_whole(mut file: &File, line: &[u8]) -> io::Result<()> {
    loop {
        match file.write(line) {
            Ok(written) if written == line.len() => return Ok(()),
            Ok(_) => return Err(io::Error::new(ErrorKind::StorageFull, "there is no room for a whole line")),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn byte_before(file: &mut File, start: u64) -> io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::Start(start.saturating_sub(1)))?;
    file.read_exact(&mut byte)?;
    let [byte] = byte;
    Ok(byte)
}

/// Syncs the name of a new file to the disk. A folder can be synced on Unix, if it may be read.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    match File::open(folder) {
        Ok(folder) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_log_that_is_rotated_goes_on_in_a_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, rotated) = (folder.path().join("log"), folder.path().join("log.1"));
        let lines = Lines::open(&path).unwrap();
        lines.add("one").unwrap();
        fs::rename(&path, &rotated).unwrap();
        lines.add("two").unwrap();
        lines.add("three").unwrap();
        assert_eq!((read(&rotated), read(&path)), ("one\n".to_owned(), "two\nthree\n".to_owned()));
        // As `copytruncate` does it.
        fs::write(&path, "").unwrap();
        lines.add("four").unwrap();
        assert_eq!(read(&path), "four\n");
    }

    #[test]
    fn a_line_behind_a_part_of_one_is_written_again_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "whole\npar").unwrap();
        let lines = Lines::open(&path).unwrap();
        lines.add("one").unwrap();
        lines.add("two").unwrap();
        assert_eq!(read(&path), "whole\nparone\none\ntwo\n");
    }

    #[test]
    fn lines_of_many_threads_and_files_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let opened: Vec<_> = (0..4).map(|_| Lines::open(&path).unwrap()).collect();
        std::thread::scope(|scope| {
            for (number, lines) in opened.iter().enumerate() {
                for _ in 0..2 {
                    scope.spawn(move || {
                        let line = number.to_string().repeat(3000);
                        (0..20).for_each(|_| lines.add(&line).unwrap());
                    });
                }
            }
        });
        let text = read(&path);
        assert_eq!(text.lines().count(), 160);
        for line in text.lines() {
            let first = line.chars().next().unwrap();
            assert!(line.len() == 3000 && line.chars().all(|digit| digit == first), "{line}");
        }
    }
}
