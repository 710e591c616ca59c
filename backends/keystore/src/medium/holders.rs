//! Finds the process that has a lock of a file.

use std::{fmt, io, ops::RangeInclusive};

use super::FileId;

/// The error of a lock that another process has, and did not release in time.
#[derive(Debug)]
pub(crate) struct LockedBy(pub(crate) String);

impl fmt::Display for LockedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LockedBy {}

impl From<LockedBy> for io::Error {
    fn from(lock: LockedBy) -> Self {
        Self::new(io::ErrorKind::TimedOut, lock)
    }
}

/// Describes the process that has locks of a file which overlap some bytes, and what to do.
pub(crate) fn holder(id: &FileId, bytes: RangeInclusive<u64>) -> String {
    #[cfg(target_os = "linux")]
    if let Some(found) = linux::holder(id, &bytes) {
        return found;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (id, bytes);
    "by a process that cannot be seen from here, of another user, container or machine: find it there, and let it go on \
     or end it"
        .to_owned()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, ops::RangeInclusive, os::unix::fs::MetadataExt, path::Path};

    use super::FileId;

    /// The first process that has a lock of the file that overlaps the bytes. Stopped ones come first.
    pub(super) fn holder(id: &FileId, bytes: &RangeInclusive<u64>) -> Option<String> {
        let mut found: Vec<(bool, u32)> = Vec::new();
        for process in fs::read_dir("/proc").ok()?.flatten() {
            let Some(number) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            if holds(&process.path(), id, bytes) {
                found.push((is_stopped(&process.path()), number));
            }
        }
        // The calling process is reported only if no other process has a lock.
        let own = std::process::id();
        let (stopped, number) = found.into_iter().max_by_key(|(stopped, number)| (*number != own, *stopped))?;
        if number == own {
            return Some("by another store that this process has open".to_owned());
        }
        let name = fs::read_to_string(format!("/proc/{number}/comm")).unwrap_or_default();
        // A process chooses its name itself.
        let name = name.trim_end().escape_debug();
        Some(if stopped {
            format!(
                "by process {number} ({name}), which is stopped: let it go on with `kill -CONT {number}`, or end it with \
                 `kill -KILL {number}`"
            )
        } else {
            format!("by process {number} ({name}): try again when it is done, or end it")
        })
    }

    fn holds(process: &Path, id: &FileId, bytes: &RangeInclusive<u64>) -> bool {
        let Ok(open) = fs::read_dir(process.join("fd")) else { return false };
        open.flatten().any(|open| {
            let own = fs::metadata(open.path()).is_ok_and(|file| (file.dev(), file.ino()) == id.numbers());
            let locks = || fs::read_to_string(process.join("fdinfo").join(open.file_name()));
            own && locks().is_ok_and(|locks| locks.lines().any(|line| overlaps(line, bytes)))
        })
    }

    /// Whether a line of `fdinfo` is a lock of the bytes: `lock: 1: OFDLCK ADVISORY WRITE -1 fe:00:77 0 EOF`.
    pub(super) fn overlaps(line: &str, bytes: &RangeInclusive<u64>) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["lock:", _, "OFDLCK", _, _, _, _, start, end] = *words else { return false };
        let Ok(start) = start.parse::<u64>() else { return false };
        let end = if end == "EOF" { u64::MAX } else { end.parse().unwrap_or(0) };
        start <= *bytes.end() && *bytes.start() <= end
    }

    fn is_stopped(process: &Path) -> bool {
        let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
        // The name before the state may hold anything.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn a_lock_is_told_from_others_and_from_none() {
        let overlaps = |line| super::linux::overlaps(line, &(320..=399));
        assert!(overlaps("lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:77 0 EOF"));
        assert!(overlaps("lock:\t1: OFDLCK ADVISORY  READ -1 fe:00:77 399 399"));
        assert!(!overlaps("lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:77 0 319"));
        assert!(!overlaps("lock:\t1: FLOCK  ADVISORY  WRITE 12 fe:00:77 0 EOF"));
        assert!(!overlaps("ino:\t77"));
    }
}
