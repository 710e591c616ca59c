//! Several at one token, and what is left when one ends.

use std::{
    collections::BTreeSet,
    process::ExitCode,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use cryptoki::{
    mechanism::Mechanism,
    object::{Attribute, AttributeType, ObjectClass},
    session::{Session, UserType},
    types::AuthPin,
};
use hostcrypt::{
    Errno,
    store::{Content, KeyStore, Kind, NewKey, ResidentKey, StoreAdmin, Versions},
};

use hostcrypt_pkcs11::{Error, Pin, TokenStore};

use crate::{
    errno, name, record,
    softhsm::{PIN, SoftHsm},
};

crate::tests!(
    stores_of_one_token_see_what_the_others_do,
    stores_that_race_get_numbers_of_their_own,
    a_number_is_not_given_out_again_where_it_just_ended,
    a_number_that_is_there_twice_ends_alone,
    nobody_waits_for_ever_for_a_session,
    processes_share_a_token,
    what_a_crash_left_is_cleared_away,
    what_others_keep_in_the_token_is_left_alone,
    a_login_that_ends_is_renewed,
    a_module_that_was_ended_is_started_again,
);

/// The argument of a program that is another process at the token.
pub(super) const ANOTHER: &str = "another-process";
const ROUNDS: u64 = 20;
const KEY: NewKey<'static> = NewKey::new("Ed25519");

pub(super) fn another_process(hsm: &SoftHsm) -> ExitCode {
    let label = std::env::args().nth(2).unwrap();
    if let Some(code) = crate::away::alone(hsm, &label) {
        return code;
    }
    if label == "ending" {
        ending(hsm);
        return ExitCode::SUCCESS;
    }
    if label == "several" {
        // Of the tokens of all tests, in a process that has none of them in use.
        let several =
            hsm.open(&format!("pkcs11:model=SoftHSM%20v2?module-path={}", hsm.module.display()).parse().unwrap(), None);
        let Err(error @ Error::SeveralTokens { .. }) = several else { panic!("{several:?}") };
        assert!(error.to_string().contains("pkcs11:token=errors;serial="), "{error}");
        return ExitCode::SUCCESS;
    }
    let store = hsm.store(&hsm.uri(&label));
    let numbers = (0..ROUNDS).map(|_| store.store(&name(Kind::Secret, 1), &record(b"x")).unwrap());
    numbers.for_each(|number| println!("{number}"));
    ExitCode::SUCCESS
}

fn session(hsm: &SoftHsm, label: &str) -> Session {
    let session = hsm.pkcs11().open_rw_session(hsm.slot(label)).unwrap();
    let _ = session.login(UserType::User, Some(&AuthPin::new(PIN.into())));
    session
}

fn stores_of_one_token_see_what_the_others_do(hsm: &SoftHsm) {
    let uri = hsm.token("stores");
    let stores = [hsm.store(&uri), hsm.store(&uri)];
    let name = name(Kind::KeyPair, 1);
    for (version, store) in (1..=6).zip(stores.iter().cycle()) {
        assert_eq!(store.generate(&name, &KEY).unwrap().unwrap().version, version);
        assert!(stores.iter().all(|store| store.open(&name, None).unwrap().version == version));
    }
    assert_eq!(stores[0].list(None).unwrap(), stores[1].list(None).unwrap());
    stores[0].expire(&name, Versions::One(2), Some(5)).unwrap();
    assert_eq!(stores[1].open(&name, Some(2)).unwrap().expires, Some(5));
    stores[0].invalidate(&name, Versions::All).unwrap();
    assert_eq!(errno(stores[1].open(&name, None)), Errno::NotFound);
}

fn stores_that_race_get_numbers_of_their_own(hsm: &SoftHsm) {
    let uri = hsm.token("racing");
    let stores = [hsm.store(&uri), hsm.store(&uri), hsm.store(&uri)];
    let kinds = [Kind::Secret, Kind::SymmetricKey];
    std::thread::scope(|scope| {
        for store in &stores {
            scope.spawn(move || {
                let mut last = [0; 2];
                for round in 0..ROUNDS as usize {
                    let kind = round % 2;
                    let version = match kinds[kind] {
                        Kind::Secret => store.store(&name(Kind::Secret, 1), &record(b"x")).unwrap(),
                        kind => {
                            let key = NewKey::new("AES-128-GCM").with_key_len(Some(16));
                            store.generate(&name(kind, 1), &key).unwrap().unwrap().version
                        }
                    };
                    assert!(version > last[kind]);
                    last[kind] = version;
                }
            });
        }
    });
    let listed: Vec<_> = stores[0].list(None).unwrap().iter().map(|entry| (entry.kind, entry.version)).collect();
    assert_eq!(listed.len() as u64, 3 * ROUNDS);
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len(), "each is given out once");
}

fn a_number_is_not_given_out_again_where_it_just_ended(hsm: &SoftHsm) {
    let uri = hsm.token("ended");
    let stores = [hsm.store(&uri), hsm.store(&uri), hsm.store(&uri)];
    let name = name(Kind::Secret, 1);
    // It stays, so that the name is not forgotten.
    assert_eq!(stores[0].store(&name, &record(b"x")).unwrap(), 1);
    let (given, all) = mpsc::channel();
    thread::scope(|scope| {
        for store in &stores {
            let given = given.clone();
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    // Another store may end what it finds under the number that it was given.
                    let Ok(number) = store.store(&name, &record(b"x")) else { continue };
                    given.send(number).unwrap();
                    let _ = store.invalidate(&name, Versions::One(number));
                }
            });
        }
    });
    drop(given);
    let numbers: Vec<_> = all.iter().collect();
    assert!(numbers.len() as u64 > ROUNDS);
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "each is given out once: {numbers:?}");
    assert_eq!(stores[0].open(&name, Some(1)).unwrap().version, 1);
}

/// Puts a data object into the token as another process would.
fn data(session: &Session, number: u8, object_id: Vec<u8>, value: &[u8]) {
    let identifier = hostcrypt::store::Identifier([number; 16]);
    let template = [
        Attribute::Class(ObjectClass::DATA),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Label(format!("hostcrypt:secret:{identifier}:tenant").into_bytes()),
        Attribute::Application("hostcrypt".into()),
        Attribute::ObjectId(object_id),
        Attribute::Value(value.to_vec()),
    ];
    session.create_object(&template).unwrap();
}

/// What is known of such an object; bytes are `what` 2, with their length in `number`.
fn meta(what: u8, version: u64, id: u8, revision: u64, number: u64) -> Vec<u8> {
    let mut bytes = vec![1, what];
    bytes.extend(version.to_be_bytes());
    bytes.extend([0; 9]);
    bytes.extend([id; 16]);
    bytes.extend(revision.to_be_bytes());
    bytes.extend(number.to_be_bytes());
    bytes
}

fn a_number_that_is_there_twice_ends_alone(hsm: &SoftHsm) {
    let uri = hsm.token("twice");
    let (store, session) = (hsm.store(&uri), session(hsm, "twice"));
    let name = name(Kind::Secret, 1);
    for versions in [Versions::One(3), Versions::Latest] {
        assert_eq!(store.store(&name, &record(b"1")).unwrap(), 1);
        assert_eq!(store.store(&name, &record(b"2")).unwrap(), 2);
        data(&session, 1, meta(2, 3, 33, 0, 1), b"3");
        data(&session, 1, meta(2, 3, 34, 0, 1), b"3");
        assert_eq!(store.invalidate(&name, versions).unwrap(), [3]);
        let left: Vec<_> = store.list(None).unwrap().iter().map(|entry| entry.version).collect();
        assert_eq!(left, [1, 2]);
        assert_eq!(store.store(&name, &record(b"4")).unwrap(), 4);
        assert_eq!(store.invalidate(&name, Versions::All).unwrap(), [1, 2, 4]);
    }
    data(&session, 1, meta(2, 3, 33, 0, 1), b"3");
    data(&session, 1, meta(2, 3, 34, 0, 1), b"3");
    assert_eq!(store.invalidate(&name, Versions::One(3)).unwrap(), [3]);
    assert!(session.find_objects(&[]).unwrap().is_empty());
}

fn nobody_waits_for_ever_for_a_session(hsm: &SoftHsm) {
    const THREADS: usize = 40;
    let uri = hsm.token("waiting");
    let store = Arc::new(hsm.open(&uri, Some(Pin::new(PIN))).unwrap());
    store.store(&name(Kind::Secret, 1), &record(b"x")).unwrap();
    let (done, ended) = mpsc::channel();
    for _ in 0..THREADS {
        let (store, done) = (Arc::clone(&store), done.clone());
        thread::spawn(move || {
            while store.open(&name(Kind::Secret, 1), None).is_ok() {}
            done.send(()).unwrap();
        });
    }
    thread::sleep(Duration::from_millis(300));
    // The login ends, and cannot be renewed.
    let session = session(hsm, "waiting");
    session.set_pin(&AuthPin::new(PIN.into()), &AuthPin::new("735-other".into())).unwrap();
    session.logout().unwrap();
    for _ in 0..THREADS {
        ended.recv_timeout(Duration::from_secs(30)).expect("a thread waits for ever");
    }
}

fn processes_share_a_token(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("processes"));
    // One after the other: processes that write at the same time are too much for SoftHSM.
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let output = hsm.again(&[ANOTHER, "processes"]).output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        numbers.extend(text.lines().map(|line| line.parse::<u64>().unwrap()));
        // This one has the token open all the while.
        numbers.push(store.store(&name(Kind::Secret, 1), &record(b"x")).unwrap());
    }
    assert_eq!(numbers, (1..=3 * ROUNDS + 3).collect::<Vec<_>>());
}

fn what_a_crash_left_is_cleared_away(hsm: &SoftHsm) {
    let uri = hsm.token("crash");
    let (store, session) = (hsm.store(&uri), session(hsm, "crash"));
    let count = || session.find_objects(&[]).unwrap().len();
    for number in 1..=3 {
        drop(store.generate(&name(Kind::SymmetricKey, number), &NewKey::new("AES-128-GCM")));
    }
    let label = |number: u8| {
        let identifier = hostcrypt::store::Identifier([number; 16]);
        Attribute::Label(format!("hostcrypt:key:{identifier}:tenant").into_bytes())
    };
    let relabel = |number: u8, to: &str| {
        let object = session.find_objects(&[label(number)]).unwrap()[0];
        session.update_attributes(object, &[Attribute::Label(to.into())]).unwrap();
    };
    // One was being made long ago, one just now; one was invalidated while it was in use.
    relabel(1, "hostcrypt:unnamed:1000000000");
    relabel(2, "hostcrypt:unnamed:9000000000");
    relabel(3, "hostcrypt:invalidated");
    assert_eq!(store.list(None).unwrap(), [], "no guest sees them");
    hsm.store(&uri);
    assert_eq!(count(), 1);
    // All versions were invalidated, and none was destroyed yet; of another name, the numbers alone are left.
    for number in [4, 4, 5] {
        store.store(&name(Kind::Secret, number), &record(b"x")).unwrap();
    }
    store.invalidate(&name(Kind::Secret, 5), Versions::All).unwrap();
    let numbers = meta(3, 9, 0, 0, 2);
    data(&session, 4, numbers.clone(), b"");
    data(&session, 5, numbers, b"");
    assert_eq!(errno(store.open(&name(Kind::Secret, 4), None)), Errno::NotFound);
    assert_eq!(errno(store.invalidate(&name(Kind::Secret, 5), Versions::All)), Errno::NotFound);
    assert_eq!(store.list(None).unwrap(), []);
    hsm.store(&uri);
    hsm.store(&uri);
    assert_eq!(count(), 1);
    // A move was cut off, and a new expiry.
    data(&session, 6, meta(2, 1, 77, 0, 3), b"six");
    data(&session, 7, meta(2, 2, 77, 1, 3), b"six");
    data(&session, 8, meta(2, 1, 88, 4, 5), b"eight");
    data(&session, 8, meta(2, 1, 88, 5, 5), b"EIGHT");
    assert_eq!(bytes(&store, 8), b"EIGHT");
    let store = hsm.store(&uri);
    assert_eq!(errno(store.open(&name(Kind::Secret, 6), None)), Errno::NotFound);
    assert_eq!((bytes(&store, 7).as_slice(), bytes(&store, 8).as_slice()), (&b"six"[..], &b"EIGHT"[..]));
    assert_eq!((store.list(None).unwrap().len(), count()), (2, 3));
}

fn bytes(store: &TokenStore, number: u8) -> Vec<u8> {
    let Content::Bytes(bytes) = store.open(&name(Kind::Secret, number), None).unwrap().content else { panic!() };
    bytes.to_vec()
}

fn what_others_keep_in_the_token_is_left_alone(hsm: &SoftHsm) {
    let uri = hsm.token("others");
    let session = session(hsm, "others");
    let label = Attribute::Label("hostcrypt:key:01010101010101010101010101010101:tenant".into());
    let template = |private, label: &Attribute| {
        let (len, id) = (32.into(), Attribute::Id(vec![1; 30]));
        [Attribute::Token(true), Attribute::Private(private), Attribute::ValueLen(len), label.clone(), id]
    };
    for label in [&label, &Attribute::Label("mine".into())] {
        for private in [true, false] {
            session.generate_key(&Mechanism::AesKeyGen, &template(private, label)).unwrap();
        }
    }
    let before = session.find_objects(&[]).unwrap().len();
    let store = hsm.store(&uri);
    assert_eq!(store.list(None).unwrap(), []);
    assert_eq!(errno(store.open(&name(Kind::SymmetricKey, 1), None)), Errno::NotFound);
    let key = NewKey::new("AES-256-GCM").with_key_len(Some(32));
    assert_eq!(store.generate(&name(Kind::SymmetricKey, 1), &key).unwrap().unwrap().version, 1);
    store.invalidate(&name(Kind::SymmetricKey, 1), Versions::All).unwrap();
    // What is not private could be anyone's: a copy of a version is none.
    store.store(&name(Kind::Secret, 1), &record(b"mine")).unwrap();
    let object = session.find_objects(&[Attribute::Application("hostcrypt".into())]).unwrap()[0];
    let types = [AttributeType::Class, AttributeType::Label, AttributeType::ObjectId, AttributeType::Application];
    let mut copy = session.get_attributes(object, &types).unwrap();
    copy.extend([Attribute::Token(true), Attribute::Private(false), Attribute::Value(b"yours".to_vec())]);
    session.create_object(&copy).unwrap();
    let Content::Bytes(bytes) = store.open(&name(Kind::Secret, 1), None).unwrap().content else { panic!() };
    assert_eq!(*bytes, b"mine");
    assert_eq!(store.list(None).unwrap().len(), 1);
    store.invalidate(&name(Kind::Secret, 1), Versions::All).unwrap();
    assert_eq!(session.find_objects(&[]).unwrap().len(), before + 1);
}

/// Ends all logins of this process.
fn log_out(hsm: &SoftHsm, label: &str) {
    session(hsm, label).logout().unwrap();
}

fn a_login_that_ends_is_renewed(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("login"));
    goes_on(&store, || log_out(hsm, "login"));
}

/// Has a store lose what it has in the module, before each kind of call.
fn goes_on(store: &TokenStore, lose: impl Fn()) {
    let name = name(Kind::KeyPair, 1);
    lose();
    let made = store.generate(&name, &KEY).unwrap().unwrap();
    let Content::Key(ResidentKey::Signing(key)) = made.content else { panic!() };
    let before = key.sign(b"message").unwrap();
    for _ in 0..2 {
        lose();
        assert_eq!(key.sign(b"message").unwrap(), before);
        lose();
        assert_eq!(store.open(&name, None).unwrap().version, 1);
        lose();
        assert_eq!(store.list(None).unwrap().len(), 1);
    }
    lose();
    store.store(&crate::name(Kind::Secret, 1), &record(b"x")).unwrap();
    lose();
    assert_eq!(store.invalidate(&name, Versions::All).unwrap(), [1]);
    lose();
    assert_eq!(key.sign(b"message").unwrap(), before);
    lose();
    drop(key);
    assert_eq!(store.list(None).unwrap().len(), 1);
}

fn a_module_that_was_ended_is_started_again(hsm: &SoftHsm) {
    hsm.token("ending");
    // It ends for the whole process.
    assert!(hsm.again(&[ANOTHER, "ending"]).status().unwrap().success());
}

fn ending(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.uri("ending"));
    goes_on(&store, || hsm.pkcs11().clone().finalize().unwrap());
}
