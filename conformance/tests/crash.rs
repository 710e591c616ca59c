//! A host that is killed at any moment loses nothing that it acknowledged.
//!
//! Hosts in processes of their own create, replace, move and invalidate managed keys over one file, several threads in
//! each, and say what they are about to do and what was done. They are killed at random moments; then the file is opened
//! and held to what they said. `HOSTCRYPT_CRASH_ROUNDS` sets how many rounds there are.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use base16ct::lower::encode_string as hex;
use hostcrypt::{
    Errno,
    store::{Identifier, KeyStore, StoreAdmin},
};
use hostcrypt_conformance::{Guest, Keys, Object, Subject, subjects};
use hostcrypt_keystore::{FileStore, Kek};

const ROUNDS: usize = 300;
/// A new file after so many rounds, lest the check of all that is in it take ever longer.
const ROUNDS_PER_FILE: usize = 15;
const THREADS: usize = 3;
const ALGORITHM: &str = "Ed25519";
const SIGNATURES: i64 = 0;
const ALL: u64 = 0xff00_0000_0000_0002;

fn random(below: u64) -> u64 {
    RandomState::new().hash_one(0) % below
}

/// One key-encryption key of several.
fn kek(number: u8) -> Kek {
    Kek::from_bytes([number; 32])
}

fn open(path: &Path, number: u8) -> Arc<FileStore> {
    let store = FileStore::open(path, &kek(number)).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(store)
}

fn subject() -> Box<dyn Subject> {
    let found = subjects().into_iter().find(|subject| {
        subject.runtime() == "native" && subject.serves(ALGORITHM) && subject.revision() == hostcrypt::Revision::V0_10
    });
    found.expect("a host without a runtime")
}

fn guest<'a>(subject: &'a dyn Subject, store: &Arc<FileStore>) -> Guest<'a> {
    Guest::of(subject, Keys::In(Arc::clone(store) as Arc<dyn KeyStore>))
}

fn public(guest: &mut Guest<'_>, pair: Object) -> String {
    let key = guest.keypair_publickey(pair).unwrap();
    let raw = guest.export("publickey", key, 0).unwrap();
    guest.close("publickey", key).unwrap();
    hex(&raw)
}

// ---- The host that is killed ----

/// Says something, whole or not at all.
fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Works for ever on keys of its own.
fn work(thread: &str, mut guest: Guest<'_>) {
    let manager = guest.manager();
    // Open handles by identifier and the version that each is.
    let mut open: Vec<(String, u64, Object)> = Vec::new();
    let identify = |guest: &mut Guest<'_>, pair| {
        let (id, version) = guest.id("keypair", pair).unwrap();
        (hex(&id), version)
    };
    loop {
        let chosen = (!open.is_empty()).then(|| random(open.len() as u64) as usize);
        match (random(10), chosen) {
            (0..=2, _) | (_, None) => {
                say(&format!("begin {thread} generate"));
                let pair = guest.keypair_generate_managed(manager, SIGNATURES, ALGORITHM).unwrap();
                let ((id, version), key) = (identify(&mut guest, pair), public(&mut guest, pair));
                say(&format!("done {thread} generate {id} {version} {key}"));
                open.push((id, version, pair));
            }
            (3..=6, Some(index)) => {
                let (id, _, old) = open.swap_remove(index);
                let new = guest.keypair_generate(SIGNATURES, ALGORITHM, None).unwrap();
                let key = public(&mut guest, new);
                say(&format!("begin {thread} replace {id} {key}"));
                let version = guest.replace_managed("keypair", manager, old, new).unwrap();
                say(&format!("done {thread} replace {id} {version} {key}"));
                open.push((id, version, new));
            }
            (7, Some(index)) if open.len() > 1 => {
                let (id, _, old) = open.swap_remove(index);
                let (from, left, new) = open.swap_remove(0);
                if id == from {
                    open.extend([(id, left, new)]);
                    guest.close("keypair", old).unwrap();
                    continue;
                }
                say(&format!("begin {thread} move {id} {from} {left}"));
                let version = guest.replace_managed("keypair", manager, old, new).unwrap();
                say(&format!("done {thread} move {id} {version} {from} {left}"));
                open.push((id, version, new));
            }
            (_, Some(index)) => {
                let (id, version, pair) = open.swap_remove(index);
                let bytes: Identifier = id.parse().unwrap();
                let which = if random(2) == 0 { ALL } else { version };
                say(&format!("begin {thread} invalidate {id} {which}"));
                guest.manager_invalidate(manager, &bytes.0, which).unwrap();
                say(&format!("done {thread} invalidate {id} {which}"));
                guest.close("keypair", pair).unwrap();
                // No other handle is of a name that may be gone.
                for (_, _, pair) in open.extract_if(.., |(other, ..)| *other == id) {
                    guest.close("keypair", pair).unwrap();
                }
            }
        }
    }
}

fn host(path: &Path, number: &str, kek: u8) {
    let (subject, store) = (subject(), open(path, kek));
    say("ready");
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (subject, store) = (&*subject, &store);
            scope.spawn(move || work(&format!("{number}.{thread}"), guest(subject, store)));
        }
    });
}

// ---- What it is held to ----

/// A name as the hosts said it is: the last number that it had, and the public keys of its versions.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    last: u64,
    versions: BTreeMap<u64, String>,
}

/// What was said and not yet done.
#[derive(Debug)]
enum Begun {
    Generate,
    Replace { id: String, key: String },
    Move { id: String, from: String, left: u64 },
    Invalidate { id: String, which: u64 },
}

#[derive(Default)]
struct Figures {
    killed: usize,
    acknowledged: BTreeMap<String, u64>,
    begun_and_done: u64,
    begun_and_not_done: u64,
    changes_killed: usize,
    openings: Vec<Duration>,
}

#[derive(Default)]
struct Model {
    names: BTreeMap<String, Known>,
    kek: u8,
    begun: BTreeMap<String, Begun>,
}

impl Model {
    fn hear(&mut self, line: &str, figures: &mut Figures) {
        let words: Vec<_> = line.split(' ').collect();
        let number = |text: &str| text.parse::<u64>().unwrap();
        match *words {
            ["begin", thread, ref what @ ..] => {
                let begun = match *what {
                    ["generate"] => Begun::Generate,
                    ["replace", id, key] => Begun::Replace { id: id.into(), key: key.into() },
                    ["move", id, from, left] => Begun::Move { id: id.into(), from: from.into(), left: number(left) },
                    ["invalidate", id, which] => Begun::Invalidate { id: id.into(), which: number(which) },
                    _ => panic!("{line}"),
                };
                assert!(self.begun.insert(thread.into(), begun).is_none(), "{line}");
            }
            ["done", thread, ref what @ ..] => {
                let begun = self.begun.remove(thread).expect(line);
                *figures.acknowledged.entry(what[0].to_owned()).or_default() += 1;
                match (begun, what) {
                    (Begun::Generate, ["generate", id, version, key]) => self.generated(id, number(version), key),
                    (begun, [_, id, version, ..]) => {
                        // The number that it was given is the next one.
                        if !matches!(begun, Begun::Invalidate { .. }) {
                            assert_eq!(number(version), self.names[*id].last + 1, "{line}");
                        }
                        self.take(&begun);
                    }
                    _ => panic!("{line}"),
                }
            }
            ["ready"] => {}
            _ => panic!("{line}"),
        }
    }

    fn generated(&mut self, id: &str, version: u64, key: &str) {
        assert_eq!(version, 1);
        let known = Known { last: 1, versions: BTreeMap::from([(1, key.to_owned())]) };
        assert!(self.names.insert(id.to_owned(), known).is_none(), "an identifier was drawn twice");
    }

    /// What it is when a change was made.
    fn take(&mut self, begun: &Begun) {
        let add = |known: &mut Known, key| {
            known.last += 1;
            known.versions.insert(known.last, key);
        };
        match begun {
            Begun::Generate => {}
            Begun::Replace { id, key } => add(self.names.get_mut(id).unwrap(), key.clone()),
            Begun::Move { id, from, left } => {
                let key = self.names.get_mut(from).unwrap().versions.remove(left).unwrap();
                add(self.names.get_mut(id).unwrap(), key);
            }
            Begun::Invalidate { id, which: ALL } => self.names.get_mut(id).unwrap().versions.clear(),
            Begun::Invalidate { id, which } => drop(self.names.get_mut(id).unwrap().versions.remove(which)),
        }
    }

    /// Holds a file to what was said of it.
    fn check(&mut self, path: &Path, subject: &dyn Subject, figures: &mut Figures) {
        let start = Instant::now();
        let store = open(path, self.kek);
        figures.openings.push(start.elapsed());
        let mut there: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for entry in store.list(None).unwrap() {
            assert_eq!(entry.algorithm, ALGORITHM);
            there.entry(entry.identifier.to_string()).or_default().insert(entry.version);
        }
        let mut guest = guest(subject, &store);
        let manager = guest.manager();
        let mut key_of = |id: &str, version: u64| -> Option<String> {
            let bytes: Identifier = id.parse().unwrap();
            match guest.from_id("keypair", manager, &bytes.0, version) {
                Ok(pair) => {
                    let key = public(&mut guest, pair);
                    guest.close("keypair", pair).unwrap();
                    Some(key)
                }
                Err(refusal) => {
                    assert!(refusal == Errno::NotFound, "{refusal:?}");
                    None
                }
            }
        };
        // What was begun is there whole or not at all.
        for begun in std::mem::take(&mut self.begun).into_values() {
            let done = match &begun {
                Begun::Generate => {
                    let new = there.keys().find(|id| !self.names.contains_key(*id)).cloned();
                    if let Some(id) = &new {
                        let key = key_of(id, 1).expect("a key that can be opened");
                        self.generated(id, 1, &key);
                    }
                    new.is_some()
                }
                Begun::Replace { id, key } => {
                    let found = key_of(id, self.names[id].last + 1);
                    assert!(found.is_none() || found.as_ref() == Some(key), "another key took its place");
                    found.is_some()
                }
                Begun::Move { id, .. } => key_of(id, self.names[id].last + 1).is_some(),
                Begun::Invalidate { id, which: ALL } => !there.contains_key(id),
                Begun::Invalidate { id, which } => key_of(id, *which).is_none(),
            };
            if done {
                self.take(&begun);
                figures.begun_and_done += 1;
            } else {
                figures.begun_and_not_done += 1;
            }
        }
        for (id, known) in &self.names {
            let numbers: BTreeSet<u64> = known.versions.keys().copied().collect();
            assert_eq!(there.remove(id).unwrap_or_default(), numbers, "versions of {id}");
            for version in 1..=known.last + 1 {
                assert_eq!(key_of(id, version).as_ref(), known.versions.get(&version), "version {version} of {id}");
            }
        }
        assert!(there.is_empty(), "nobody made {there:?}");
    }
}

/// This program once more, in another role.
fn again(role: &str, path: &Path, number: usize, kek: u8) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([role, path.to_str().unwrap(), &number.to_string(), &kek.to_string()]);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// A host at work, and a reader of what it says.
fn start(path: &Path, number: usize, kek: u8) -> (Child, BufReader<impl Read>) {
    let mut host = again("host", path, number, kek);
    let mut said = BufReader::new(host.stdout.take().unwrap());
    let mut ready = String::new();
    said.read_line(&mut ready).unwrap();
    assert_eq!(ready, "ready\n");
    (host, said)
}

fn main() {
    let arguments: Vec<_> = env::args().collect();
    if let [_, role, path, number, former] = &*arguments {
        let (path, former) = (Path::new(path), former.parse::<u8>().unwrap());
        return match role.as_str() {
            "host" => host(path, number, former),
            _ => FileStore::rotate(path, &kek(former), &kek(former + 1), |_, _| ()).unwrap(),
        };
    }
    // The harness of tests is asked for a list by some tools.
    if arguments.iter().any(|argument| argument == "--list") {
        return println!("nothing_acknowledged_is_lost: test");
    }
    let rounds = env::var("HOSTCRYPT_CRASH_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let (subject, folder, begin) = (subject(), tempfile::tempdir().unwrap(), Instant::now());
    let (mut figures, mut model) = (Figures::default(), Model::default());
    for round in 0..rounds {
        let path = folder.path().join((round / ROUNDS_PER_FILE).to_string());
        if round % ROUNDS_PER_FILE == 0 {
            model = Model::default();
            drop(FileStore::create(&path, &kek(model.kek)).unwrap());
        }
        // Every other round, two hosts share the file.
        let hosts: Vec<_> = (0..=round % 2).map(|number| start(&path, number, model.kek)).collect();
        let mut said = String::new();
        for (mut host, mut heard) in hosts {
            thread::scope(|scope| {
                // It is read all the while, for a host must not wait for that.
                let reader = scope.spawn(|| {
                    let mut said = String::new();
                    heard.read_to_string(&mut said).unwrap();
                    said
                });
                thread::sleep(Duration::from_micros(random(60_000)));
                host.kill().unwrap();
                host.wait().unwrap();
                said += &reader.join().unwrap();
            });
            figures.killed += 1;
        }
        said.lines().for_each(|line| model.hear(line, &mut figures));
        model.check(&path, &*subject, &mut figures);
        // Every third round, the key-encryption key changes, which is killed as well and done again.
        if round % 3 == 2 {
            let mut change = again("rotate", &path, 0, model.kek);
            thread::sleep(Duration::from_micros(random(40_000)));
            figures.changes_killed += usize::from(change.try_wait().unwrap().is_none());
            let _ = change.kill();
            change.wait().unwrap();
            FileStore::rotate(&path, &kek(model.kek), &kek(model.kek + 1), |_, _| ()).unwrap();
            model.kek += 1;
            model.check(&path, &*subject, &mut figures);
        }
    }
    figures.openings.sort_unstable();
    let Figures { killed, acknowledged, begun_and_done, begun_and_not_done, changes_killed, openings } = &figures;
    println!("{rounds} rounds, {killed} hosts killed, in {} s", begin.elapsed().as_secs());
    let total: u64 = acknowledged.values().sum();
    let parts: Vec<_> = acknowledged.iter().map(|(what, count)| format!("{count} {what}")).collect();
    println!("{total} changes acknowledged, none lost: {}", parts.join(", "));
    println!(
        "of those begun when the host was killed, {begun_and_done} were done and {begun_and_not_done} were not, none half"
    );
    println!("{changes_killed} changes of the key-encryption key were killed and done again");
    let (middle, longest) = (openings[openings.len() / 2], openings[openings.len() - 1]);
    println!("opening again took {} ms, {} ms at most", middle.as_millis(), longest.as_millis());
    assert!(total > rounds as u64, "hosts hardly did anything");
}
