//! A medium that is full, and has room again.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use hostcrypt::store::{Content, KeyStore, Replacement, StoreError, Versions};
use hostcrypt_keystore::{Error, FileStore};
use tempfile::TempDir;

use crate::{failure, host::Host, kek, name, new_kek, record};

/// A disk of its own, which is as small as one likes.
struct Disk(TempDir);

/// Where the tests have to have a disk, going without is a failure; elsewhere everybody is to see it.
fn without(reason: &str) -> Option<Disk> {
    assert!(std::env::var_os("HOSTCRYPT_REQUIRE_DISK").is_none(), "{reason}, and HOSTCRYPT_REQUIRE_DISK is set");
    // The harness shows nothing that a test which passes prints by `eprintln!`.
    std::io::stderr().write_all(format!("SKIPPED: {reason}\n").as_bytes()).unwrap();
    None
}

impl Disk {
    /// `None` for a user who may not mount one.
    fn new(kib: u64) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return without("only root may mount a disk");
        }
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={kib}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            return without("this system mounts no disk");
        }
        Some(Self(folder))
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("keys")
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    /// Leaves so much room.
    fn fill(&self, left: u64) {
        let _ = fs::remove_file(self.filler());
        let mut len = self.free().saturating_sub(left);
        // What is written last may not fit.
        while len > 0 && fs::write(self.filler(), vec![1; len as usize]).is_err() {
            len = len.saturating_sub(4096);
        }
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn mount_again(&self, how: &str) {
        let mounted = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(self.0.path()).status();
        assert!(mounted.unwrap().success());
    }

    fn free(&self) -> u64 {
        let disk = rustix::fs::statvfs(self.0.path()).unwrap();
        disk.f_bfree * disk.f_frsize
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

fn content(store: &FileStore, id: u128) -> Result<Vec<u8>, StoreError> {
    match store.open(&name(id), None)?.content {
        Content::Bytes(bytes) => Ok(bytes.to_vec()),
        _ => panic!("a file keeps bytes"),
    }
}

#[test]
fn a_full_disk_is_read_and_changed_again_when_it_has_room() {
    let Some(disk) = Disk::new(1024) else { return };
    let store = FileStore::create(disk.store(), &kek()).unwrap();
    let mut there = 0_u128;
    for round in 0..6 {
        disk.fill(round * 3 * 4096);
        // Until it is full.
        let answer = loop {
            match store.store(&name(there), &record(&[there as u8; 700])) {
                Ok(_) => there += 1,
                failed => break failed,
            }
        };
        let reason = failure(answer);
        assert!(reason.contains("free some space"), "{reason}");
        // Other kinds of change may work or not; none is half done, and all is read, here and elsewhere.
        let replaced = store.replace(&name(0), &Replacement::Record(record(&[0; 700]))).is_ok();
        if replaced {
            store.invalidate(&name(0), Versions::Latest).ok();
        }
        let other = FileStore::open(disk.store(), &kek()).unwrap_or_else(|error| panic!("{error}"));
        for id in 0..there {
            assert_eq!(content(&store, id).unwrap(), [id as u8; 700]);
            assert_eq!(content(&other, id).unwrap(), [id as u8; 700]);
        }
        assert!(matches!(content(&store, there), Err(StoreError::NotFound)));
        drop(other);
        disk.empty();
        store.store(&name(there), &record(&[there as u8; 700])).unwrap();
        there += 1;
    }
    drop(store);
    disk.fill(0);
    // A new process on a full disk.
    let store = FileStore::open(disk.store(), &kek()).unwrap();
    assert_eq!(content(&store, there - 1).unwrap(), [(there - 1) as u8; 700]);
}

#[test]
fn a_host_that_is_killed_on_a_full_disk_leaves_a_file_that_opens_there() {
    let Some(disk) = Disk::new(8192) else { return };
    for left in [0, 1, 2, 3, 5, 8, 13] {
        let mut host = Host::start(&disk.store());
        assert_eq!(host.ask(&format!("store {left} 100")), "ok 1");
        disk.fill(left * 4096);
        let mut id = 1000 * (left + 1);
        while host.ask(&format!("store {id} 3000")).starts_with("ok") {
            id += 1;
        }
        // It is killed.
        drop(host);
        let store = FileStore::open(disk.store(), &kek()).unwrap_or_else(|error| panic!("{left}: {error}"));
        assert_eq!(content(&store, left.into()).unwrap(), [left as u8; 100]);
        drop(store);
        disk.empty();
    }
}

#[test]
fn a_store_is_not_made_by_half_where_there_is_no_room() {
    let Some(disk) = Disk::new(64) else { return };
    disk.fill(8192);
    let error = FileStore::create(disk.store(), &kek()).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(!disk.store().exists());
    assert_eq!(fs::read_dir(disk.0.path()).unwrap().count(), 1, "nothing but the filler");
}

#[test]
fn a_disk_that_may_only_be_read_is_read() {
    let Some(disk) = Disk::new(4096) else { return };
    filled(&disk.store(), 3);
    let store = FileStore::open(disk.store(), &kek()).unwrap();
    disk.mount_again("ro");
    let other = FileStore::open(disk.store(), &kek()).unwrap();
    for store in [&store, &other] {
        assert_eq!(content(store, 2).unwrap(), [2; 200]);
        let reason = failure(store.store(&name(9), &record(b"more")));
        assert!(reason.contains("Read-only file system"), "{reason}");
        assert_eq!(content(store, 2).unwrap(), [2; 200]);
    }
    disk.mount_again("rw");
    store.store(&name(9), &record(b"more")).unwrap();
    assert_eq!(content(&other, 9).unwrap(), b"more");
}

/// Holds a change of the key-encryption key to what it says of the file.
fn is_opened_by_whom_it_says(path: &Path, rotated: &Result<(), String>, names: u128) -> bool {
    let (done, opens) = match rotated {
        Ok(()) => (true, new_kek()),
        Err(text) if text.contains("the former key-encryption key opens it") => (false, kek()),
        Err(text) if text.contains("the new key-encryption key opens it") => (false, new_kek()),
        Err(text) => panic!("{text}"),
    };
    let store = FileStore::open(path, &opens).unwrap_or_else(|error| panic!("{rotated:?}, but {error}"));
    for id in 0..names {
        assert_eq!(content(&store, id).unwrap(), [id as u8; 200]);
    }
    done
}

fn filled(path: &Path, names: u128) {
    let _ = fs::remove_file(path);
    let store = FileStore::create(path, &kek()).unwrap();
    for id in 0..names {
        store.store(&name(id), &record(&[id as u8; 200])).unwrap();
    }
}

#[test]
fn a_change_of_the_key_on_a_full_disk_leaves_a_file_that_a_key_opens() {
    let Some(disk) = Disk::new(4096) else { return };
    let mut done = Vec::new();
    for left in (0..16).map(|step| step * step * 4096) {
        let _ = fs::remove_file(disk.filler());
        filled(&disk.store(), 300);
        disk.fill(left);
        let rotated = FileStore::rotate(disk.store(), &kek(), &new_kek(), |_, _| ());
        let rotated = rotated.map_err(|error| error.to_string());
        done.push(is_opened_by_whom_it_says(&disk.store(), &rotated, 300));
    }
    assert!(done.contains(&true) && done.contains(&false), "{done:?}");
}

#[test]
fn a_file_that_is_as_long_as_it_may_be_does_not_end_its_host() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let mut host = Host::start(&path);
    assert_eq!(host.ask("store 0 3000"), "ok 1");
    let mut there = 1;
    for _ in 0..3 {
        host.limit_files_to(fs::metadata(&path).unwrap().len());
        let answer = loop {
            let answer = host.ask(&format!("store {there} 3000"));
            if answer != "ok 1" {
                break answer;
            }
            there += 1;
        };
        assert!(answer.contains("internal_error") || answer.contains("free some space"), "{answer}");
        assert_eq!(host.ask("list"), format!("ok {there}"));
        assert_eq!(host.ask("open 0"), "ok 1");
        host.limit_files_to(u64::MAX >> 1);
        assert_eq!(host.ask(&format!("store {there} 3000")), "ok 1");
        there += 1;
    }
    host.limit_files_to(4096);
    let rotated = match host.ask("rotate") {
        refused if refused.starts_with("refused") => Err(refused),
        done => panic!("{done}"),
    };
    drop(host);
    assert!(!is_opened_by_whom_it_says(&path, &rotated, 0));
}
