//! Calls that fail, by a module that fails on demand.

use std::{
    env, fs,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use hostcrypt::store::{KeyStore, Kind, NewKey, StoreAdmin, StoreError, Versions};

use crate::{
    away::{self, open, refusal, signing},
    failure, name, record,
    softhsm::SoftHsm,
};

crate::tests!(a_call_that_fails_once_is_made_again_where_it_changed_nothing);

/// Those that take minutes, for `--ignored`.
pub(super) const SLOW: &[crate::Test] =
    &[("nobody_waits_for_ever_for_calls_that_hang", nobody_waits_for_ever_for_calls_that_hang)];

pub(super) const ALONE: &[crate::Test] = &[("faulty", faulty), ("hanging", hanging)];

const MODULE: &str = "HOSTCRYPT_FAULTY_MODULE";
const FAULTS: &str = "HOSTCRYPT_FAULTS";

/// Whether there is a compiler for the module.
pub(super) fn can_be_made() -> bool {
    Command::new("cc").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn a_call_that_fails_once_is_made_again_where_it_changed_nothing(hsm: &SoftHsm) {
    run(hsm, "faulty");
}

/// Runs a test over a token of its own, with the module.
fn run(hsm: &SoftHsm, test: &str) {
    let module = hsm.folder.join(format!("{test}.so"));
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/token/faulty.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&module).arg(source).args(["-ldl", "-lpthread"]);
    let output = compiler.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let faults = hsm.folder.join(format!("{test}-faults"));
    fs::create_dir(&faults).unwrap();
    away::run(hsm, test, &[test], &[(MODULE, &hsm.module), (FAULTS, &faults)]);
}

/// The URI of its token.
fn uri(hsm: &SoftHsm, test: &str) -> String {
    format!("pkcs11:token={test}?module-path={}", hsm.folder.join(format!("{test}.so")).display())
}

/// Has the next calls of a function fail, or counts them with the code 0.
fn arm(function: &str, when: &str, code: u32, calls: usize) {
    fs::write(PathBuf::from(env::var_os(FAULTS).unwrap()).join(function), format!("{when} {code:#x} {calls}")).unwrap();
}

/// How many of the calls are left.
fn left(function: &str) -> usize {
    let path = PathBuf::from(env::var_os(FAULTS).unwrap()).join(function);
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(path).unwrap();
    text.split_whitespace().nth(2).unwrap().parse().unwrap()
}

const SESSION_CLOSED: u32 = 0xb0;
const SESSION_HANDLE_INVALID: u32 = 0xb3;
const DEVICE_ERROR: u32 = 0x30;
const DEVICE_REMOVED: u32 = 0x32;
const TOKEN_NOT_PRESENT: u32 = 0xe0;
const USER_NOT_LOGGED_IN: u32 = 0x101;
const NOT_INITIALIZED: u32 = 0x190;
const GENERAL_ERROR: u32 = 5;
const FUNCTION_FAILED: u32 = 6;
const PIN_INCORRECT: u32 = 0xa0;

fn faulty(hsm: &SoftHsm) {
    let store = open(&uri(hsm, "faulty"));
    let key = signing(&store, 1);
    let before = key.sign(b"message").unwrap();
    let (secret, pair) = (name(Kind::Secret, 1), name(Kind::KeyPair, 1));
    assert_eq!(store.store(&secret, &record(b"x")).unwrap(), 1);
    let lost = [
        SESSION_CLOSED,
        SESSION_HANDLE_INVALID,
        DEVICE_ERROR,
        DEVICE_REMOVED,
        TOKEN_NOT_PRESENT,
        USER_NOT_LOGGED_IN,
        NOT_INITIALIZED,
    ];
    for code in lost {
        for function in ["C_SignInit", "C_Sign", "C_FindObjectsInit", "C_FindObjects", "C_GetAttributeValue"] {
            arm(function, "instead", code, 1);
            assert_eq!(key.sign(b"message").unwrap(), before, "{function} {code:#x}");
            assert_eq!(store.open(&pair, None).unwrap().version, 1, "{function} {code:#x}");
            assert_eq!(left(function), 0, "{function} {code:#x}");
        }
        // A session that cannot be opened, after one that was lost.
        arm("C_Sign", "instead", code, 1);
        arm("C_OpenSession", "instead", code, 1);
        assert_eq!(key.sign(b"message").unwrap(), before, "{code:#x}");
        assert_eq!((left("C_Sign"), left("C_OpenSession")), (0, 0), "{code:#x}");
    }
    for code in [GENERAL_ERROR, FUNCTION_FAILED] {
        arm("C_FindObjectsInit", "instead", code, 1);
        assert_eq!(store.open(&pair, None).unwrap().version, 1, "{code:#x}");
        assert_eq!(left("C_FindObjectsInit"), 0);
    }
    assert_eq!(StoreError::last_report(), None);

    // It is not tried for ever, and each call tries again.
    arm("C_Sign", "instead", DEVICE_REMOVED, 1000);
    let reason = refusal(key.sign(b"message"));
    assert_eq!(left("C_Sign"), 1000 - 3);
    assert!(reason.starts_with("pkcs11:token=faulty;serial="), "{reason}");
    assert!(reason.contains(": C_Sign answers CKR_DEVICE_REMOVED: the token is not there; put it back"), "{reason}");
    assert_eq!(key.sign(b"message").unwrap(), before);
    arm("C_Sign", "instead", DEVICE_REMOVED, 1);
    arm("C_OpenSession", "instead", TOKEN_NOT_PRESENT, 1000);
    let reason = refusal(key.sign(b"message"));
    let text = "the token was lost (C_Sign answers CKR_DEVICE_REMOVED: the token is not there; put it back, and the next \
                call reconnects), and is not back: C_OpenSession answers CKR_TOKEN_NOT_PRESENT";
    assert!(reason.contains(text), "{reason}");
    assert!(left("C_OpenSession") > 900);
    left("C_Sign");
    assert_eq!(key.sign(b"message").unwrap(), before);

    // What may have changed something is not done again.
    let listed = || store.list(None).unwrap().len();
    assert_eq!(listed(), 2);
    for (when, code) in
        [("instead", DEVICE_ERROR), ("after", DEVICE_ERROR), ("after", SESSION_CLOSED), ("after", GENERAL_ERROR)]
    {
        let before = listed();
        arm("C_CreateObject", when, code, 1000);
        let reason = failure(store.store(&name(Kind::Secret, 2), &record(b"x")));
        assert_eq!(left("C_CreateObject"), 999, "{when} {code:#x}");
        assert!(reason.ends_with("the change may have been made nevertheless"), "{reason}");
        assert_eq!(listed() - before, usize::from(when == "after"));
    }
    // What was refused is.
    for code in [SESSION_HANDLE_INVALID, TOKEN_NOT_PRESENT, USER_NOT_LOGGED_IN, NOT_INITIALIZED] {
        arm("C_CreateObject", "instead", code, 1);
        store.store(&name(Kind::Secret, 3), &record(b"x")).unwrap();
        assert_eq!(left("C_CreateObject"), 0, "{code:#x}");
    }
    arm("C_GenerateKeyPair", "instead", DEVICE_REMOVED, 1000);
    let new = NewKey::new("Ed25519");
    failure(store.generate(&name(Kind::KeyPair, 2), &new));
    assert_eq!(left("C_GenerateKeyPair"), 999);

    // Nor is a PIN that is refused.
    arm("C_Sign", "instead", SESSION_HANDLE_INVALID, 1);
    arm("C_Login", "instead", PIN_INCORRECT, 1000);
    for _ in 0..3 {
        let reason = refusal(key.sign(b"message"));
        assert!(reason.contains("the token refuses the PIN"), "{reason}");
    }
    assert_eq!(left("C_Login"), 999);

    // A fresh store goes on.
    drop((key, store));
    left("C_Sign");
    let store = open(&uri(hsm, "faulty"));
    assert_eq!(store.invalidate(&secret, Versions::All).unwrap(), [1]);
}

fn nobody_waits_for_ever_for_calls_that_hang(hsm: &SoftHsm) {
    run(hsm, "hanging");
}

fn hanging(hsm: &SoftHsm) {
    const SESSIONS: usize = 16;
    let store = open(&uri(hsm, "hanging"));
    let key = signing(&store, 1);
    arm("C_Sign", "late", 140, SESSIONS);
    thread::scope(|scope| {
        let hung: Vec<_> = (0..SESSIONS).map(|_| scope.spawn(|| key.sign(b"message"))).collect();
        thread::sleep(Duration::from_secs(5));
        let begun = Instant::now();
        let reason = failure(store.open(&name(Kind::KeyPair, 1), None));
        assert!(begun.elapsed() < Duration::from_secs(130));
        assert!(reason.contains("was not free within 120 seconds"), "{reason}");
        hung.into_iter().for_each(|thread| drop(thread.join().unwrap().unwrap()));
    });
    store.open(&name(Kind::KeyPair, 1), None).unwrap();
}
