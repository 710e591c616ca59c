//! The identity of the file to which a name leads.

use std::{fs::File, io, path::Path};

/// The identity of a file, independent of its name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileId(Id);

#[cfg(unix)]
type Id = (u64, u64);
#[cfg(not(unix))]
type Id = same_file::Handle;

impl FileId {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        #[cfg(unix)]
        return file.metadata().map(|file| Self::of_metadata(&file));
        #[cfg(not(unix))]
        return file.try_clone().and_then(same_file::Handle::from_file).map(Self);
    }

    /// The file that a name leads to now.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        return path.metadata().map(|file| Self::of_metadata(&file));
        #[cfg(not(unix))]
        return same_file::Handle::from_path(path).map(Self);
    }

    #[cfg(unix)]
    fn of_metadata(file: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        Self((file.dev(), file.ino()))
    }

    /// The device and the number on it.
    #[cfg(target_os = "linux")]
    pub(super) fn numbers(&self) -> (u64, u64) {
        self.0
    }
}
