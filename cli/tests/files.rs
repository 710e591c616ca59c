//! Files that the command reads whole, and that have no end, or nobody who writes them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

const SIGNER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/guests/signer.wasm");

fn hostcrypt(folder: &Path, arguments: &[&str]) -> Output {
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
    let output = command.current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(30), "{arguments:?}");
    output
}

/// A folder with a store, and with files that are none.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("kek"), [7; 32]).unwrap();
    fs::write(at("passphrase"), "correct horse\n").unwrap();
    fs::write(at("policy.toml"), "functions.forbid = []\n").unwrap();
    fs::File::create(at("huge")).unwrap().set_len(1 << 40).unwrap();
    assert!(Command::new("mkfifo").args([at("nobody"), at("unread")]).status().unwrap().success());
    let made =
        hostcrypt(folder.path(), &["run", "--dir", ".", "--key-store", "keys", "--kek-file", "kek", SIGNER, "a"]);
    assert!(made.status.success(), "{made:?}");
    folder
}

#[test]
fn a_file_without_end_or_without_writer_is_refused_in_time() {
    let folder = folder();
    let list = ["keys", "list", "--key-store", "keys"];
    let rotate = ["keys", "rotate-kek", "--key-store", "keys", "--kek-file", "kek"];
    let run = ["run", "--key-store", "keys", "--kek-file", "kek", SIGNER];
    let options: [(&[&str], &str); 6] = [
        (&list, "--kek-file"),
        (&list, "--passphrase-file"),
        (&rotate, "--new-kek-file"),
        (&rotate, "--new-passphrase-file"),
        (&["run", SIGNER], "--policy"),
        (&["run"], "--"),
    ];
    let refused = |command: &[&str], option: &str, file: &str| {
        let mut arguments = command.to_vec();
        let at = arguments.len() - usize::from(arguments.ends_with(&[SIGNER]));
        arguments.splice(at..at, [option, file]);
        let output = hostcrypt(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        // Others may read some of them, which is said first.
        let line = said.lines().last().unwrap();
        let reasons = match file {
            "unread" => ["nobody reads from it"; 2],
            "nobody" => ["nobody writes to it"; 2],
            _ => ["it is longer than", "a key-encryption key is 32 random bytes"],
        };
        assert!(line.contains(file) && reasons.iter().any(|reason| line.contains(reason)), "{line}");
    };
    std::thread::scope(|scope| {
        for (command, option) in options {
            for file in ["/dev/zero", "huge", "nobody"] {
                let refused = &refused;
                scope.spawn(move || refused(command, option, file));
            }
        }
        scope.spawn(|| refused(&run, "--audit", "unread"));
    });
}

#[test]
fn a_pipe_that_somebody_writes_is_read_to_its_end() {
    let folder = folder();
    let shell = |line: &str| {
        let mut command = Command::new("bash");
        command.current_dir(&folder).args(["-c", line]).env("HOSTCRYPT", env!("CARGO_BIN_EXE_hostcrypt"));
        let output = command.env("SIGNER", SIGNER).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    };
    shell(
        "mkdir other; (sleep 1; cat nobody >copy) & \
           \"$HOSTCRYPT\" run --dir other::. --key-store keys --kek-file kek --audit nobody \"$SIGNER\" c; ran=$?; wait; \
           grep -q generated copy && exit $ran",
    );
    // It begins late, and writes in two parts.
    shell(
        "(sleep 1; head -c 20 kek; sleep 1; tail -c 12 kek) >nobody & \
           \"$HOSTCRYPT\" keys list --key-store keys --kek-file nobody; listed=$?; wait; exit $listed",
    );
    shell(
        "\"$HOSTCRYPT\" keys rotate-kek --key-store keys --kek-file <(cat kek) --new-passphrase-file <(sleep 1; cat passphrase)",
    );
    shell("cat passphrase | \"$HOSTCRYPT\" keys list --key-store keys --passphrase-file /dev/stdin");
    shell(
        "\"$HOSTCRYPT\" run --policy <(cat policy.toml) --dir . --key-store keys --passphrase-file passphrase \
           <(cat \"$SIGNER\") b",
    );
}
