//! What the operator of a host is told: changes of the key store, also those that must not be lost, and refused calls.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use base16ct::lower::encode_string as hex;
use hostcrypt::{
    Limits, LongWork, Policy, Revision,
    store::{
        Identifier, KeyRules, KeyStore, Kind, Name, NewKey, Quotas, Record, Replacement, StoreError, Stored, Versions,
    },
};

use super::behaviours;
use crate::{
    Capability, Guest, Keys, Object, RequiredLog, Setup,
    guest::{ALL as ALL_VERSIONS, LATEST, PKCS8, SIGNATURES, SYMMETRIC, refuses},
    suite,
};

behaviours!("audit":
    a_change_is_logged_before_it_is_made_and_after,
    a_change_that_the_log_does_not_take_is_not_made,
    a_change_whose_outcome_the_log_does_not_take_stands,
    what_is_not_there_is_not_logged,
    a_key_in_the_making_is_logged_when_it_is_made,
    a_store_that_fails_is_an_internal_error_until_it_works_again,
    the_operator_is_told_of_what_the_host_refuses_and_not_of_what_the_guest_does_wrong,
    the_operator_is_not_told_of_numbers_that_mean_nothing [needs Handles, Numbers],
);

const PAIR: &str = "Ed25519";
const KEY: &str = "AES-256-GCM";

/// A store whose medium can fail, before or after it does what it is asked.
struct Failing {
    store: Arc<dyn KeyStore>,
    before: AtomicBool,
    after: AtomicBool,
}

impl Failing {
    fn new(guest: &Guest<'_>, quotas: Quotas) -> Arc<Self> {
        let store = guest.subject().key_store(KeyRules::default(), quotas).unwrap_or_else(|reason| suite::skip(reason));
        Arc::new(Self { store, before: AtomicBool::default(), after: AtomicBool::default() })
    }

    fn asked<T>(&self, done: impl FnOnce(&dyn KeyStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.before.load(Relaxed) {
            return Err(StoreError::failed("the medium does not answer"));
        }
        let done = done(&*self.store);
        if self.after.load(Relaxed) { Err(StoreError::failed("the medium answers late")) } else { done }
    }
}

impl KeyStore for Failing {
    fn rules(&self) -> KeyRules {
        self.store.rules()
    }

    fn generate(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>, StoreError> {
        self.asked(|store| store.generate(name, key))
    }

    fn generates(&self, algorithm: &str) -> bool {
        self.store.generates(algorithm)
    }

    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError> {
        self.asked(|store| store.store(name, record))
    }

    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError> {
        self.asked(|store| store.replace(name, by))
    }

    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError> {
        // Reading goes on.
        self.store.open(name, version)
    }

    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError> {
        self.asked(|store| store.invalidate(name, versions))
    }
}

/// A guest over a store, with a log that must not miss a change.
fn logged<'a>(guest: &Guest<'a>, store: &Arc<Failing>, log: &Arc<RequiredLog>) -> Guest<'a> {
    let keys = Keys::In(Arc::clone(store) as Arc<dyn KeyStore>);
    // The store's failures are meant.
    let refusals = Some(Arc::default());
    guest.set_up(Setup { keys, audit_required: Some(Arc::clone(log)), refusals, ..Setup::default() })
}

/// A pair in the store, by its handle and its identifier.
fn generate(guest: &mut Guest<'_>, manager: Object) -> (Object, Vec<u8>) {
    let pair = guest.keypair_generate_managed(manager, SIGNATURES, PAIR).unwrap();
    let (id, _) = guest.id("keypair", pair).unwrap();
    (pair, id)
}

fn plain(guest: &mut Guest<'_>) -> Object {
    guest.keypair_generate(SIGNATURES, PAIR, None).unwrap()
}

/// The lines without the numbers of their changes, once each change has been seen to have its own.
fn lines(log: &RequiredLog) -> Vec<String> {
    let mut under_way = Vec::new();
    let mut seen = HashSet::new();
    let lines = log.lines.lock().unwrap().clone();
    for (change, line) in &lines {
        if line.starts_with("intended ") {
            assert!(seen.insert(*change), "two changes have one number");
            under_way.push(*change);
        } else {
            let begun = under_way.iter().position(|begun| begun == change).expect("an outcome follows its intent");
            under_way.remove(begun);
        }
    }
    assert!(under_way.is_empty(), "an intent has no outcome");
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The intent and the outcome of one change.
fn done(versions: &str, made: &str, what: &str) -> [String; 2] {
    [format!("intended {versions} {what}"), format!("done {made} {what}")]
}

fn a_change_is_logged_before_it_is_made_and_after(guest: &mut Guest<'_>) {
    let mut quotas = Quotas::default();
    quotas.keys = 3;
    let (store, log) = (Failing::new(guest, quotas), Arc::new(RequiredLog::default()));
    let mut guest = logged(guest, &store, &log);
    let manager = guest.manager();
    let (old, id) = generate(&mut guest, manager);
    let named = |id: &[u8], action: &str| format!("KeyPair {} {action}", hex(id));
    let mut expected = done("new", "[1]", &named(&id, "generated")).to_vec();
    let mut versions = "[1]";
    if guest.revision() == Revision::V0_10 {
        let new = plain(&mut guest);
        guest.replace_managed("keypair", manager, old, new).unwrap();
        expected.extend(done("new", "[2]", &named(&id, "replaced")));
        let key = guest.symmetric_key_generate(KEY, None).unwrap();
        let key = guest.store_managed("symmetric_key", manager, key).unwrap();
        expected.extend(done("new", "[1]", &format!("SymmetricKey {} stored", hex(&key))));
        let (moved, moved_id) = generate(&mut guest, manager);
        expected.extend(done("new", "[1]", &named(&moved_id, "generated")));
        guest.replace_managed("keypair", manager, new, moved).unwrap();
        // Both intents come before the store is asked.
        let left = done("One(1)", "[1]", &named(&moved_id, "moved"));
        let taken = done("new", "[3]", &named(&id, "replaced"));
        expected.extend([&left[0], &taken[0], &left[1], &taken[1]].map(Clone::clone));
        let secret = guest.external_secret_store(manager, b"secret", u64::MAX).unwrap();
        let kept = |id: &[u8], action: &str| format!("Secret {} {action}", hex(id));
        expected.extend(done("new", "[1]", &kept(&secret, "stored")));
        let named = guest.has(Capability::NamedSecrets);
        if named {
            guest.external_secret_replace(manager, b"another", u64::MAX, &secret).unwrap();
            expected.extend(done("new", "[2]", &kept(&secret, "replaced")));
        }
        guest.external_secret_invalidate(manager, &secret, LATEST).unwrap();
        expected.extend(done("Latest", if named { "[2]" } else { "[1]" }, &kept(&secret, "invalidated")));
        if !named {
            // Nothing of the first is left in the store.
            let other = guest.external_secret_store(manager, b"another", u64::MAX).unwrap();
            expected.extend(done("new", "[1]", &kept(&other, "stored")));
        }
        guest.external_secret_encapsulate(manager, b"sealed", u64::MAX).unwrap();
        expected.extend(done("new", "[1]", &format!("Seal {} generated", hex(&[0; 16]))));
        // The quota is reached.
        let more = plain(&mut guest);
        refuses!(guest.store_managed("keypair", manager, more), Overflow);
        let all = lines(&log);
        let identifier = all.last().unwrap().split(' ').nth(3).unwrap();
        expected.extend([
            format!("intended new KeyPair {identifier} stored"),
            format!("refused:overflow new KeyPair {identifier} stored"),
        ]);
        versions = "[1, 2, 3]";
    }
    guest.manager_invalidate(manager, &id, ALL_VERSIONS).unwrap();
    expected.extend(done("All", versions, &named(&id, "invalidated")));
    assert_eq!(lines(&log), expected);
}

fn a_change_that_the_log_does_not_take_is_not_made(guest: &mut Guest<'_>) {
    let (store, log) = (Failing::new(guest, Quotas::default()), Arc::new(RequiredLog::default()));
    let mut guest = logged(guest, &store, &log);
    let manager = guest.manager();
    let (old, id) = generate(&mut guest, manager);
    let (other, other_id) = generate(&mut guest, manager);
    let is_unchanged = |guest: &mut Guest<'_>| {
        for id in [&id, &other_id] {
            let pair = guest.from_id("keypair", manager, id, LATEST).unwrap();
            assert_eq!(guest.id("keypair", pair).unwrap().1, 1, "the latest version is still the first");
            guest.close("keypair", pair).unwrap();
        }
    };
    for room in 0..2 {
        log.room.store(0, Relaxed);
        refuses!(guest.keypair_generate_managed(manager, SIGNATURES, PAIR), InternalError);
        refuses!(guest.symmetric_key_generate_managed(manager, KEY), InternalError);
        refuses!(guest.manager_invalidate(manager, &id, ALL_VERSIONS), InternalError);
        if guest.revision() == Revision::V0_10 {
            let new = plain(&mut guest);
            refuses!(guest.store_managed("keypair", manager, new), InternalError);
            refuses!(guest.id("keypair", new), UnsupportedFeature);
            let lost = guest.to_lose("keypair", manager, old);
            refuses!(guest.replace_managed("keypair", manager, lost, new), InternalError);
            // A move has two intents.
            log.room.store(room, Relaxed);
            let lost = guest.to_lose("keypair", manager, old);
            refuses!(guest.replace_managed("keypair", manager, lost, other), InternalError);
            log.room.store(0, Relaxed);
            refuses!(guest.external_secret_store(manager, b"secret", u64::MAX), InternalError);
            refuses!(guest.external_secret_encapsulate(manager, b"secret", u64::MAX), InternalError);
        }
        is_unchanged(&mut guest);
    }
    // Only what would have changed the store was refused; and now there is room.
    log.room.store(usize::MAX, Relaxed);
    if guest.revision() == Revision::V0_10 {
        assert_eq!(guest.replace_managed("keypair", manager, old, other), Ok(2));
        let sealed = guest.external_secret_encapsulate(manager, b"secret", u64::MAX).unwrap();
        log.room.store(0, Relaxed);
        guest.external_secret_encapsulate(manager, b"another", u64::MAX).unwrap();
        assert_eq!(guest.external_secret_decapsulate(manager, &sealed).unwrap(), b"secret");
        log.room.store(usize::MAX, Relaxed);
    }
    guest.manager_invalidate(manager, &id, ALL_VERSIONS).unwrap();
    refuses!(guest.from_id("keypair", manager, &id, LATEST), NotFound);
}

fn a_change_whose_outcome_the_log_does_not_take_stands(guest: &mut Guest<'_>) {
    let (store, log) = (Failing::new(guest, Quotas::default()), Arc::new(RequiredLog::default()));
    let mut guest = logged(guest, &store, &log);
    let manager = guest.manager();
    log.room.store(1, Relaxed);
    let (_, id) = generate(&mut guest, manager);
    guest.from_id("keypair", manager, &id, LATEST).unwrap();
    refuses!(guest.keypair_generate_managed(manager, SIGNATURES, PAIR), InternalError);
    log.room.store(1, Relaxed);
    guest.manager_invalidate(manager, &id, ALL_VERSIONS).unwrap();
    refuses!(guest.from_id("keypair", manager, &id, LATEST), NotFound);
    let lines: Vec<_> = log.lines.lock().unwrap().iter().map(|(_, line)| line.clone()).collect();
    let what = format!("KeyPair {}", hex(&id));
    assert_eq!(lines, [format!("intended new {what} generated"), format!("intended All {what} invalidated")]);
}

fn what_is_not_there_is_not_logged(guest: &mut Guest<'_>) {
    let (store, log) = (Failing::new(guest, Quotas::default()), Arc::new(RequiredLog::default()));
    let mut guest = logged(guest, &store, &log);
    let manager = guest.manager();
    let (pair, id) = generate(&mut guest, manager);
    guest.manager_invalidate(manager, &id, 1).unwrap();
    let before = lines(&log);
    assert_eq!(before.len(), 4);
    for (id, version) in [(&id[..], 1), (&id, ALL_VERSIONS), (&id, LATEST), (&[7; 16], ALL_VERSIONS), (b"short", 1)] {
        refuses!(guest.manager_invalidate(manager, id, version), NotFound);
        if guest.revision() == Revision::V0_10 {
            refuses!(guest.external_secret_invalidate(manager, id, version), NotFound);
            if guest.has(Capability::NamedSecrets) {
                refuses!(guest.external_secret_replace(manager, b"secret", u64::MAX, id), NotFound);
            }
        }
    }
    if guest.revision() == Revision::V0_10 {
        let new = plain(&mut guest);
        refuses!(guest.replace_managed("keypair", manager, pair, new), NotFound);
    }
    assert_eq!(lines(&log), before);
}

fn a_key_in_the_making_is_logged_when_it_is_made(guest: &mut Guest<'_>) {
    const SLOW: &str = "RSA_PKCS1_2048_SHA256";
    if guest.lacks(SLOW) {
        return;
    }
    let log = Arc::new(RequiredLog::default());
    let long_work = LongWork::Background { patience: Duration::from_millis(1), threads: 1, per_guest: 1 };
    let store = Failing::new(guest, Quotas::default());
    let keys = Keys::In(Arc::clone(&store) as Arc<dyn KeyStore>);
    let mut guest = guest.set_up(Setup { keys, long_work, audit_required: Some(Arc::clone(&log)), ..Setup::default() });
    let manager = guest.manager();
    let begun = Instant::now();
    let pair = loop {
        match guest.keypair_generate_managed(manager, SIGNATURES, SLOW) {
            Ok(pair) => break pair,
            refused => refuses!(refused, InProgress),
        }
        assert!(begun.elapsed() < Duration::from_secs(300), "the key is never made");
    };
    let (id, _) = guest.id("keypair", pair).unwrap();
    assert_eq!(lines(&log), done("new", "[1]", &format!("KeyPair {} generated", hex(&id))));
}

fn a_store_that_fails_is_an_internal_error_until_it_works_again(guest: &mut Guest<'_>) {
    let (store, log) = (Failing::new(guest, Quotas::default()), Arc::new(RequiredLog::default()));
    let mut guest = logged(guest, &store, &log);
    let manager = guest.manager();
    let (_, id) = generate(&mut guest, manager);
    store.before.store(true, Relaxed);
    refuses!(guest.keypair_generate_managed(manager, SIGNATURES, PAIR), InternalError);
    refuses!(guest.manager_invalidate(manager, &id, ALL_VERSIONS), InternalError);
    guest.from_id("keypair", manager, &id, LATEST).unwrap();
    store.before.store(false, Relaxed);
    // The guest is answered the same where the change was made, which only the store knows.
    store.after.store(true, Relaxed);
    refuses!(guest.manager_invalidate(manager, &id, ALL_VERSIONS), InternalError);
    store.after.store(false, Relaxed);
    refuses!(guest.from_id("keypair", manager, &id, LATEST), NotFound);
    generate(&mut guest, manager);
    let outcomes: Vec<_> = lines(&log).into_iter().filter(|line| !line.starts_with("intended")).collect();
    let words: Vec<_> = outcomes.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(words, ["done", "failed", "failed", "failed", "done"]);
}

fn the_operator_is_told_of_what_the_host_refuses_and_not_of_what_the_guest_does_wrong(guest: &mut Guest<'_>) {
    let (refusals, log) = (Arc::new(Mutex::new(Vec::new())), Arc::new(RequiredLog::default()));
    let mut limits = Limits::default();
    (limits.handles, limits.bytes) = (20, 100_000);
    let mut quotas = Quotas::default();
    quotas.keys = 2;
    let store = Failing::new(guest, quotas);
    let policy = Policy::new().forbid_functions(["keypair_export"]).unwrap().forbid_algorithms(["HMAC/SHA-512"]);
    let mut guest = guest.set_up(Setup {
        limits,
        policy,
        keys: Keys::In(Arc::clone(&store) as Arc<dyn KeyStore>),
        namespace: Some("tenant".to_owned()),
        audit_required: Some(Arc::clone(&log)),
        refusals: Some(Arc::clone(&refusals)),
        ..Setup::default()
    });
    let told = |expected: &[&str]| {
        let told = std::mem::take(&mut *refusals.lock().unwrap());
        assert_eq!(told, expected, "what the operator was told");
    };
    let manager = guest.manager();
    let (pair, id) = generate(&mut guest, manager);
    let options = guest.options_open(SYMMETRIC).unwrap();
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    told(&[]);

    // The policy, the rules of the store.
    refuses!(guest.export("keypair", pair, PKCS8), ProhibitedOperation);
    refuses!(guest.symmetric_key_generate("HMAC/SHA-512", None), ProhibitedOperation);
    told(&[
        "tenant keypair_export prohibited_operation Prohibited",
        "tenant symmetric_key_generate prohibited_operation Prohibited",
    ]);

    // Limits and quotas, and overflows that are the guest's own.
    refuses!(guest.options_set(options, "context", &[1; 200_000]), Overflow);
    told(&["tenant options_set overflow Bytes"]);
    let tag_of = |guest: &mut Guest<'_>| {
        let key = guest.symmetric_key_generate("HMAC/SHA-256", None).unwrap();
        let state = guest.symmetric_state_open("HMAC/SHA-256", Some(key), None).unwrap();
        guest.symmetric_state_squeeze_tag(state).unwrap()
    };
    let tag = tag_of(&mut guest);
    if guest.has(Capability::Buffers) {
        refuses!(guest.symmetric_tag_pull(tag, 1), Overflow);
        refuses!(guest.id_into("keypair", pair, 1), Overflow);
        refuses!(guest.symmetric_state_squeeze(state, 33), InvalidLength);
    }
    refuses!(guest.symmetric_tag_verify(tag, b"another"), InvalidTag);
    refuses!(guest.symmetric_state_squeeze_tag(state), InvalidOperation);
    refuses!(guest.symmetric_key_generate("NO-SUCH-THING", None), UnsupportedAlgorithm);
    told(&[]);
    generate(&mut guest, manager);
    refuses!(guest.keypair_generate_managed(manager, SIGNATURES, PAIR), Overflow);
    told(&["tenant keypair_generate_managed overflow Quota the namespace has reached its quotas"]);
    if guest.revision() == Revision::V0_10 {
        refuses!(guest.external_secret_store(manager, &[0; (64 << 10) + 1], u64::MAX), Overflow);
        told(&["tenant external_secret_store overflow Length"]);
    }

    // What fails.
    log.room.store(0, Relaxed);
    refuses!(guest.manager_invalidate(manager, &id, ALL_VERSIONS), InternalError);
    let invalidate = format!("tenant {}_invalidate internal_error", guest.manager_kind());
    told(&[&format!("{invalidate} Audit the log is full")]);
    log.room.store(usize::MAX, Relaxed);
    store.before.store(true, Relaxed);
    refuses!(guest.manager_invalidate(manager, &id, ALL_VERSIONS), InternalError);
    told(&[&format!("{invalidate} Store the medium does not answer")]);
    store.before.store(false, Relaxed);

    // What was refused before is not taken for the cause of what the guest does wrong now.
    if guest.has(Capability::Buffers) {
        refuses!(guest.symmetric_tag_pull(tag, 1), Overflow);
    }
    guest.close("options", options).unwrap();
    while guest.options_open(SYMMETRIC).is_ok() {}
    told(&["tenant options_open too_many_handles Handles"]);
    let name = Name { namespace: "tenant", kind: Kind::KeyPair, identifier: Identifier(id[..].try_into().unwrap()) };
    assert!(store.open(&name, None).is_ok(), "the key is still there");
}

fn the_operator_is_not_told_of_numbers_that_mean_nothing(guest: &mut Guest<'_>) {
    let refusals = Arc::new(Mutex::new(Vec::new()));
    let mut guest = guest.set_up(Setup { refusals: Some(Arc::clone(&refusals)), ..Setup::default() });
    refuses!(guest.options_open(77), UnsupportedAlgorithm);
    refuses!(guest.close("options", Object::new("options", 12_345)), InvalidHandle);
    assert_eq!(*refusals.lock().unwrap(), [""; 0]);
}
