//! The files that a guest has: standard streams, and directories of the host.

use std::{
    fs::FileTimes,
    future::Future,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cap_std::{
    ambient_authority,
    fs::{Dir, OpenOptions},
};
use wasmer_wasix::virtual_fs::{
    self, AsyncRead, AsyncSeek, AsyncWrite, DirEntry, FileOpener, FileSystem, FileType, FsError, Metadata,
    OpenOptionsConfig, ReadBuf, ReadDir, Result, VirtualFile,
};

/// A directory of the host, which no path and no symbolic link leads out of.
///
/// WASIX's own trusts what a path was when it looked: it opens it again by name, and the host follows what is there
/// then.
#[derive(Clone, Debug)]
pub(super) struct Directory(Arc<Dir>);

impl Directory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Dir::open_ambient_dir(path, ambient_authority())?)))
    }
}

/// A path within the directory, which WASIX takes for a root.
fn within(path: &Path) -> &Path {
    let path = path.strip_prefix("/").unwrap_or(path);
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn refusal(error: io::Error) -> FsError {
    match error.kind() {
        io::ErrorKind::NotADirectory => FsError::BaseNotDirectory,
        io::ErrorKind::DirectoryNotEmpty => FsError::DirectoryNotEmpty,
        io::ErrorKind::StorageFull => FsError::StorageFull,
        io::ErrorKind::Unsupported => FsError::Unsupported,
        _ => error.into(),
    }
}

fn metadata(of: &cap_std::fs::Metadata) -> Metadata {
    let nanoseconds = |time: io::Result<cap_std::time::SystemTime>| time.map_or(0, |time| since_epoch(time.into_std()));
    let (dir, file, symlink) = (of.is_dir(), of.is_file(), of.is_symlink());
    // The last is a type that WASI does not know.
    let ft = FileType { dir, file, symlink, fifo: !(dir || file || symlink), ..FileType::default() };
    let (accessed, created) = (nanoseconds(of.accessed()), nanoseconds(of.created()));
    Metadata { ft, accessed, created, modified: nanoseconds(of.modified()), len: of.len() }
}

fn since_epoch(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl FileSystem for Directory {
    fn readlink(&self, path: &Path) -> Result<PathBuf> {
        self.0.read_link_contents(within(path)).map_err(refusal)
    }

    fn read_dir(&self, path: &Path) -> Result<ReadDir> {
        let entries = self.0.read_dir(within(path)).map_err(refusal)?;
        let entry = |entry: io::Result<cap_std::fs::DirEntry>| {
            let entry = entry.map_err(refusal)?;
            let metadata = entry.metadata().map(|of| metadata(&of)).map_err(refusal);
            Ok(DirEntry { path: path.join(entry.file_name()), metadata })
        };
        let mut entries = entries.map(entry).collect::<Result<Vec<_>>>()?;
        // A guest reads it in parts, which must fit together.
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(ReadDir::new(entries))
    }

    fn create_dir(&self, path: &Path) -> Result<()> {
        self.0.create_dir(within(path)).map_err(refusal)
    }

    fn create_symlink(&self, source: &Path, target: &Path) -> Result<()> {
        self.0.symlink(source, within(target)).map_err(refusal)
    }

    fn hard_link(&self, source: &Path, target: &Path) -> Result<()> {
        self.0.hard_link(within(source), &self.0, within(target)).map_err(refusal)
    }

    fn remove_dir(&self, path: &Path) -> Result<()> {
        self.0.remove_dir(within(path)).map_err(refusal)
    }

    fn rename<'a>(&'a self, from: &'a Path, to: &'a Path) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async { self.0.rename(within(from), &self.0, within(to)).map_err(refusal) })
    }

    fn metadata(&self, path: &Path) -> Result<Metadata> {
        self.0.metadata(within(path)).map(|of| metadata(&of)).map_err(refusal)
    }

    fn symlink_metadata(&self, path: &Path) -> Result<Metadata> {
        self.0.symlink_metadata(within(path)).map(|of| metadata(&of)).map_err(refusal)
    }

    fn remove_file(&self, path: &Path) -> Result<()> {
        self.0.remove_file(within(path)).map_err(refusal)
    }

    fn new_open_options(&self) -> virtual_fs::OpenOptions<'_> {
        virtual_fs::OpenOptions::new(self)
    }
}

impl FileOpener for Directory {
    fn open(&self, path: &Path, options: &OpenOptionsConfig) -> Result<Box<dyn VirtualFile + Send + Sync>> {
        let OpenOptionsConfig { read, write, create_new, create, append, truncate } = *options;
        let mut with = OpenOptions::new();
        with.read(read)
            .write(write)
            .create_new(create_new)
            .create(create)
            .append(append && !truncate)
            .truncate(truncate);
        let file = self.0.open_with(within(path), &with).map_err(refusal)?.into_std();
        Ok(Box::new(File::Host { file, directory: self.clone(), path: path.to_owned() }))
    }
}

/// An open file. Its calls block, since nothing else runs on their thread.
#[derive(Debug)]
pub(super) enum File {
    Stdin,
    Stdout,
    Stderr,
    Host { file: std::fs::File, directory: Directory, path: PathBuf },
}

impl File {
    fn host(&self) -> io::Result<&std::fs::File> {
        match self {
            Self::Host { file, .. } => Ok(file),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn time(&self, of: impl Fn(&std::fs::Metadata) -> io::Result<SystemTime>) -> u64 {
        self.host().and_then(std::fs::File::metadata).and_then(|metadata| of(&metadata)).map_or(0, since_epoch)
    }
}

impl AsyncRead for File {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let bytes = buf.initialize_unfilled();
        let read = match &*self {
            Self::Stdin => io::stdin().read(bytes),
            file => file.host().and_then(|mut file| file.read(bytes)),
        };
        Poll::Ready(read.map(|read| buf.advance(read)))
    }
}

impl AsyncWrite for File {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(match &*self {
            Self::Stdout => io::stdout().write(bytes),
            Self::Stderr => io::stderr().write(bytes),
            file => file.host().and_then(|mut file| file.write(bytes)),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What is not standard output is not buffered.
        Poll::Ready(if matches!(*self, Self::Stdout) { io::stdout().flush() } else { Ok(()) })
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

impl AsyncSeek for File {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        self.host()?.seek(position).map(drop)
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(self.host().and_then(|mut file| file.stream_position()))
    }
}

impl VirtualFile for File {
    fn last_accessed(&self) -> u64 {
        self.time(std::fs::Metadata::accessed)
    }

    fn last_modified(&self) -> u64 {
        self.time(std::fs::Metadata::modified)
    }

    fn created_time(&self) -> u64 {
        self.time(std::fs::Metadata::created)
    }

    fn set_times(&mut self, accessed: Option<u64>, modified: Option<u64>) -> Result<()> {
        let time = |nanoseconds| UNIX_EPOCH + Duration::from_nanos(nanoseconds);
        let mut times = FileTimes::new();
        if let Some(accessed) = accessed {
            times = times.set_accessed(time(accessed));
        }
        if let Some(modified) = modified {
            times = times.set_modified(time(modified));
        }
        self.host().and_then(|file| file.set_times(times)).map_err(refusal)
    }

    fn size(&self) -> u64 {
        self.host().and_then(std::fs::File::metadata).map_or(0, |metadata| metadata.len())
    }

    fn set_len(&mut self, len: u64) -> Result<()> {
        self.host().and_then(|file| file.set_len(len)).map_err(refusal)
    }

    fn unlink(&mut self) -> Result<()> {
        match self {
            Self::Host { directory, path, .. } => Directory::remove_file(directory, path),
            _ => Err(FsError::Unsupported),
        }
    }

    fn get_special_fd(&self) -> Option<u32> {
        match self {
            Self::Stdin => Some(0),
            Self::Stdout => Some(1),
            Self::Stderr => Some(2),
            Self::Host { .. } => None,
        }
    }

    fn poll_read_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(1))
    }

    fn poll_write_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(1))
    }
}
