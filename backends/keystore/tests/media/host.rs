//! A host in a process of its own: this program once more, which does as it is told line by line.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{self, Receiver},
    time::Duration,
};

use hostcrypt::store::{KeyStore, StoreAdmin, Versions};
use hostcrypt_keystore::FileStore;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use crate::{kek, name, new_kek, record};

const FILE: &str = "HOSTCRYPT_MEDIA_FILE";
const SAYS: &str = "=> ";
/// What it says first.
const OPENING: &str = "opening";

pub(crate) struct Host {
    child: Child,
    told: ChildStdin,
    said: Receiver<String>,
}

impl Host {
    /// Returns when it is about to open the file.
    pub(crate) fn start(path: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "host::a_host", "--ignored", "--nocapture"]).env(FILE, path);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (told, said) = (child.stdin.take().unwrap(), heard(child.stdout.take().unwrap()));
        let mut host = Self { child, told, said };
        assert_eq!(host.hear().as_deref(), Some(OPENING));
        host
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.told, "{line}").unwrap();
    }

    /// The next thing that it says.
    pub(crate) fn hear(&mut self) -> Option<String> {
        self.said.recv().ok()
    }

    /// Whether it has said nothing that was not heard. It has to be stopped.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.said.recv_timeout(Duration::from_millis(5)).is_err()
    }

    /// What it answers.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.hear().unwrap_or_else(|| panic!("it ended at `{line}`: {:?}", self.child.wait()))
    }

    pub(crate) fn limit_files_to(&self, len: u64) {
        let limit = Rlimit { current: Some(len), maximum: None };
        prlimit(Some(self.pid()), Resource::Fsize, limit).unwrap();
    }

    /// Returns when it does nothing more.
    pub(crate) fn stop(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
        let state = format!("/proc/{}/stat", self.id());
        while !std::fs::read_to_string(&state).unwrap().contains(") T ") {
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    pub(crate) fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it says, whether anybody asks for it or not: it would wait for that when the pipe is full.
fn heard(said: ChildStdout) -> Receiver<String> {
    let (hear, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(said).lines() {
            // The harness may have begun the line.
            let line = line.unwrap();
            let Some((_, said)) = line.split_once(SAYS) else { continue };
            if hear.send(said.to_owned()).is_err() {
                break;
            }
        }
    });
    heard
}

fn say(line: &str) {
    // Whole or not at all.
    std::io::stdout().write_all(format!("{SAYS}{line}\n").as_bytes()).unwrap();
}

#[test]
#[ignore = "the process that other tests start"]
fn a_host() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let path = Path::new(&path);
    say(OPENING);
    let mut store = Some(FileStore::open_or_create(path, &kek()).unwrap());
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let number = |index: usize| words[index].parse::<u128>().unwrap();
        if words[0] == "rotate" {
            store = None;
            match FileStore::rotate(path, &kek(), &new_kek(), |_, _| ()) {
                Ok(()) => say("rotated"),
                Err(error) => say(&format!("refused: {error}")),
            }
            continue;
        }
        let done = match (words[0], &store) {
            ("store", Some(store)) => {
                store.store(&name(number(1)), &record(&vec![number(1) as u8; number(2) as usize])).map(|_| 1_usize)
            }
            ("invalidate", Some(store)) => {
                store.invalidate(&name(number(1)), Versions::All).map(|versions| versions.len())
            }
            ("open", Some(store)) => store.open(&name(number(1)), None).map(|_| 1_usize),
            ("list", Some(store)) => store.list(None).map(|entries| entries.len()),
            ("begin", Some(store)) => {
                for id in number(1).. {
                    say(&format!("begun {id}"));
                    store.store(&name(id), &record(&[id as u8; 32])).unwrap();
                    say(&format!("done {id}"));
                }
                Ok(0)
            }
            _ => panic!("{line}"),
        };
        match done {
            Ok(count) => say(&format!("ok {count}")),
            Err(error) => say(&format!("{}: {}", error.errno(), error.report())),
        }
    }
}
