//! Tokens that go away and come back, and processes that open one at once.
//!
//! Each is in a process of its own, which has done nothing with the module: then the store may start it again.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use hostcrypt::{
    Errno,
    backend::SigningKey,
    store::{Content, KeyStore, Kind, NewKey, ResidentKey, StoreAdmin, StoreError, Versions},
};
use hostcrypt_pkcs11::{Pin, TokenStore};

use crate::{
    failure, name, record,
    sharing::ANOTHER,
    softhsm::{PIN, SoftHsm, UNTOUCHED},
};

crate::tests!(
    a_token_that_was_away_comes_back,
    another_token_in_its_place_is_not_used,
    a_token_that_is_away_holds_up_no_other_one,
    processes_open_a_token_at_once,
);

const MAC: NewKey<'static> = NewKey::new("HMAC/SHA-256").with_key_len(Some(32));
const KEY: NewKey<'static> = NewKey::new("Ed25519");

/// How long a slow machine may take for what others do at once.
const DEADLINE: Duration = Duration::from_secs(60);

/// The tests of processes of their own.
pub(super) const ALONE: &[crate::Test] =
    &[("away", away), ("replaced", replaced), ("beside", beside), ("opening", opening), ("make", make)];

/// Runs one of [`ALONE`], if it is named.
pub(super) fn alone(hsm: &SoftHsm, named: &str) -> Option<ExitCode> {
    let tests = [ALONE, crate::faults::ALONE].concat();
    let (_, test) = tests.into_iter().find(|(name, _)| *name == named)?;
    test(hsm);
    Some(ExitCode::SUCCESS)
}

/// A process with tokens of its own, which has not used the module so far.
pub(super) fn run(hsm: &SoftHsm, test: &str, labels: &[&str], variables: &[(&str, &Path)]) {
    let folder = hsm.folder.join(test);
    fs::create_dir_all(folder.join("tokens")).unwrap();
    let config = folder.join("softhsm2.conf");
    fs::write(&config, format!("directories.tokendir = {}\nlog.level = ERROR\n", folder.join("tokens").display()))
        .unwrap();
    for label in labels {
        let mut maker = hsm.again(&[ANOTHER, "make", label]);
        assert!(maker.env("SOFTHSM2_CONF", &config).status().unwrap().success());
    }
    let mut process = hsm.again(&[ANOTHER, test]);
    process.env("SOFTHSM2_CONF", &config).env(UNTOUCHED, &folder).envs(variables.iter().copied());
    assert!(process.status().unwrap().success());
}

fn make(hsm: &SoftHsm) {
    hsm.token(&env::args().nth(3).unwrap());
}

/// The folder of a process of its own.
pub(super) fn folder() -> PathBuf {
    env::var_os(UNTOUCHED).unwrap().into()
}

/// The folders of its tokens.
fn tokens() -> Vec<PathBuf> {
    fs::read_dir(folder().join("tokens")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

pub(super) fn open(uri: &str) -> TokenStore {
    TokenStore::open(&uri.parse().unwrap(), Some(Pin::new(PIN))).unwrap()
}

/// Why a key could not do its work, as its host's operator is told.
pub(super) fn refusal<T: std::fmt::Debug>(done: hostcrypt::Result<T>) -> String {
    assert_eq!(done.unwrap_err(), Errno::InternalError);
    StoreError::last_report().unwrap()
}

pub(super) fn signing(store: &TokenStore, number: u8) -> Box<dyn SigningKey> {
    match store.generate(&name(Kind::KeyPair, number), &KEY).unwrap().unwrap().content {
        Content::Key(ResidentKey::Signing(key)) => key,
        _ => panic!("no key that signs"),
    }
}

fn a_token_that_was_away_comes_back(hsm: &SoftHsm) {
    run(hsm, "away", &["away"], &[]);
}

fn away(hsm: &SoftHsm) {
    let store = open(&hsm.uri("away").to_string());
    let key = signing(&store, 1);
    let before = key.sign(b"message").unwrap();
    let mac = match store.generate(&name(Kind::SymmetricKey, 1), &MAC).unwrap().unwrap().content {
        Content::Key(ResidentKey::Mac(key)) => key,
        _ => panic!("no key that authenticates"),
    };
    let secret = name(Kind::Secret, 1);
    assert_eq!(store.store(&secret, &record(b"x")).unwrap(), 1);
    let (place, aside) = (tokens().remove(0), folder().join("aside"));
    for version in 2..5 {
        fs::rename(&place, &aside).unwrap();
        // None of these is what it would be of a token that has no such key.
        let said = [
            failure(store.open(&secret, None)),
            failure(store.list(None)),
            failure(store.store(&secret, &record(b"x"))),
            failure(store.generate(&name(Kind::KeyPair, 2), &KEY)),
            failure(store.invalidate(&secret, Versions::All)),
            refusal(key.sign(b"message")),
            refusal(mac.tag(b"message", &mut [0; 32])),
        ];
        for line in said {
            assert!(line.starts_with("pkcs11:token=away;serial="), "{line}");
            assert!(line.contains("is not back: the module has no token pkcs11:token=away"), "{line}");
            assert!(!line.contains(PIN), "{line}");
        }
        fs::rename(&aside, &place).unwrap();
        // Whatever comes first.
        match version {
            2 => assert_eq!(key.sign(b"message").unwrap(), before),
            3 => assert_eq!(store.list(None).unwrap().len(), 4),
            _ => {}
        }
        assert_eq!(store.store(&secret, &record(b"x")).unwrap(), version);
        assert_eq!(key.sign(b"message").unwrap(), before);
        mac.tag(b"message", &mut [0; 32]).unwrap();
        assert_eq!(store.open(&secret, None).unwrap().version, version);
        assert_eq!(StoreError::last_report(), None);
    }
    // While threads use it.
    let (ended, errors) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while !ended.load(Relaxed) {
                    let opened = store.open(&secret, None).map(drop).map_err(|error| error.errno());
                    for done in [key.sign(b"message").map(drop), opened] {
                        match done {
                            Ok(()) => {}
                            Err(errno) => {
                                assert_eq!(errno, Errno::InternalError);
                                errors.fetch_add(1, Relaxed);
                            }
                        }
                    }
                }
            });
        }
        // For a moment, which calls may wait for, and until they no longer do.
        for pause in [Some(10), Some(100), None, Some(100), None] {
            thread::sleep(Duration::from_millis(200));
            fs::rename(&place, &aside).unwrap();
            match pause {
                Some(pause) => thread::sleep(Duration::from_millis(pause)),
                None => {
                    let (before, gone) = (errors.load(Relaxed), Instant::now());
                    while errors.load(Relaxed) == before && gone.elapsed() < DEADLINE {
                        thread::sleep(Duration::from_millis(10));
                    }
                }
            }
            fs::rename(&aside, &place).unwrap();
        }
        thread::sleep(Duration::from_millis(200));
        ended.store(true, Relaxed);
    });
    assert!(errors.load(Relaxed) > 1);
    assert_eq!(key.sign(b"message").unwrap(), before);
    assert_eq!(store.list(None).unwrap().len(), 6);
    assert_eq!(store.invalidate(&secret, Versions::All).unwrap(), [1, 2, 3, 4]);
}

fn another_token_in_its_place_is_not_used(hsm: &SoftHsm) {
    run(hsm, "replaced", &["replaced"], &[]);
}

fn replaced(hsm: &SoftHsm) {
    let store = open(&hsm.uri("replaced").to_string());
    let key = signing(&store, 1);
    let before = key.sign(b"message").unwrap();
    let (place, aside) = (tokens().remove(0), folder().join("aside"));
    fs::rename(&place, &aside).unwrap();
    // One of the same label and PIN, first beside the former one's place, then in it.
    let mut maker = hsm.again(&[ANOTHER, "make", "replaced"]);
    assert!(maker.env_remove(UNTOUCHED).status().unwrap().success());
    let other = tokens().remove(0);
    let mut said = vec![refusal(key.sign(b"message"))];
    fs::rename(&other, &place).unwrap();
    said.push(failure(store.open(&name(Kind::KeyPair, 1), None)));
    said.push(failure(store.generate(&name(Kind::KeyPair, 2), &KEY)));
    assert!(said.iter().all(|line| line.matches("pkcs11:token=replaced;serial=").count() >= 3), "{said:?}");
    fs::rename(&place, folder().join("tokens").join("other")).unwrap();
    fs::rename(&aside, &place).unwrap();
    assert_eq!(key.sign(b"message"), Ok(before), "{:?}", StoreError::last_report());
    // Nothing was made in the other one.
    assert_eq!(store.list(None).unwrap().len(), 1);
}

fn a_token_that_is_away_holds_up_no_other_one(hsm: &SoftHsm) {
    run(hsm, "beside", &["here", "there"], &[]);
}

fn beside(hsm: &SoftHsm) {
    let here = open(&hsm.uri("here").to_string());
    let there = open(&hsm.uri("there").to_string());
    let keys = [signing(&here, 1), signing(&there, 1)];
    // Whichever it is of the two.
    let (place, aside) = (tokens().remove(0), folder().join("aside"));
    fs::rename(&place, &aside).unwrap();
    let lost = if keys[0].sign(b"message").is_err() { 0 } else { 1 };
    // A report is only of the token that is away.
    assert!(lost == 0 || StoreError::last_report().is_none());
    let report = refusal(keys[lost].sign(b"message"));
    assert!(report.starts_with(&format!("pkcs11:token={};serial=", ["here", "there"][lost])), "{report}");
    let ended = AtomicBool::new(false);
    let signed = thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Relaxed) {
                keys[lost].sign(b"message").unwrap_err();
            }
        });
        // For a while, in which the other token is looked for and not found.
        let (mut signed, begun) = (0, Instant::now());
        while begun.elapsed() < Duration::from_secs(2) || signed < 20 && begun.elapsed() < DEADLINE {
            keys[1 - lost].sign(b"message").unwrap();
            signed += 1;
        }
        assert_eq!(StoreError::last_report(), None);
        ended.store(true, Relaxed);
        signed
    });
    assert!(signed >= 20, "{signed}");
    fs::rename(&aside, &place).unwrap();
    keys.iter().for_each(|key| drop(key.sign(b"message").unwrap()));
}

/// Processes at once, and how often.
const PROCESSES: usize = 4;
const ROUNDS: usize = 12;

fn processes_open_a_token_at_once(hsm: &SoftHsm) {
    let folder = hsm.folder.join("opening");
    run(hsm, "opening", &["opening"], &[]);
    let count = |name, default| env::var(name).map_or(default, |count| count.parse().unwrap());
    let processes = count("HOSTCRYPT_PROCESSES", PROCESSES);
    let rounds = count("HOSTCRYPT_ROUNDS", ROUNDS);
    let mut failed = 0;
    for _ in 0..rounds {
        let children: Vec<_> = (0..processes)
            .map(|_| {
                let mut child = hsm.again(&[ANOTHER, "opening"]);
                child.env("SOFTHSM2_CONF", folder.join("softhsm2.conf")).env(UNTOUCHED, &folder);
                child.stdin(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
            })
            .collect();
        failed += children.into_iter().filter_map(|mut child| (!child.wait().unwrap().success()).then_some(())).count();
    }
    assert_eq!(failed, 0, "of {}", rounds * processes);
}

fn opening(hsm: &SoftHsm) {
    let store = TokenStore::open(&hsm.uri("opening"), Some(Pin::new(PIN)));
    store.unwrap_or_else(|error| panic!("{error}"));
}
