//! Versions, numbers and quotas.

use hostcrypt::{
    Errno,
    store::{
        Content, Identifier, KeyStore, Kind, NewKey, Quotas, Record, Replacement, ResidentKey, StoreAdmin, StoreConfig,
        Stored, Versions,
    },
};

use crate::{errno, name, record, softhsm::SoftHsm};

crate::tests!(
    bytes_come_back_as_they_were,
    numbers_are_not_given_out_again_whoever_asks,
    what_is_in_use_goes_on_and_is_destroyed_when_it_is_closed,
    a_move_is_of_the_key_itself,
    quotas_are_kept_also_by_the_next_store,
    what_comes_as_bytes_is_refused_where_only_keys_are_kept,
);

const KEY: NewKey<'static> = NewKey::new("AES-256-GCM").with_key_len(Some(32));

fn bytes(stored: Stored) -> Vec<u8> {
    match stored.content {
        Content::Bytes(bytes) => bytes.to_vec(),
        _ => panic!("it is a key"),
    }
}

fn replacement(content: &[u8]) -> Replacement<'_> {
    Replacement::Record(record(content))
}

fn bytes_come_back_as_they_were(hsm: &SoftHsm) {
    let uri = hsm.token("bytes");
    let store = hsm.store(&uri);
    let contents = [vec![], vec![0], b"secret".to_vec(), vec![0xff; 100_000]];
    for (number, content) in contents.iter().enumerate() {
        for expires in [None, Some(0), Some(u64::MAX)] {
            let algorithm = ["", "X25519"][number % 2];
            let record = Record::new(algorithm, content).with_expiry(expires);
            let name = name(Kind::Secret, number as u8);
            let version = store.store(&name, &record).unwrap();
            for store in [&store, &hsm.store(&uri)] {
                let stored = store.open(&name, None).unwrap();
                assert_eq!((stored.version, &*stored.algorithm, stored.expires), (version, algorithm, expires));
                assert_eq!(bytes(stored), *content);
            }
        }
    }
}

fn numbers_are_not_given_out_again_whoever_asks(hsm: &SoftHsm) {
    let uri = hsm.token("numbers");
    let name = name(Kind::Secret, 1);
    let again = || hsm.store(&uri);
    for version in 1..=3 {
        assert_eq!(again().store(&name, &record(b"x")).unwrap(), version);
    }
    assert_eq!(again().invalidate(&name, Versions::Latest).unwrap(), [3]);
    assert_eq!(again().invalidate(&name, Versions::One(2)).unwrap(), [2]);
    assert_eq!(again().open(&name, None).unwrap().version, 1);
    assert_eq!(again().replace(&name, &replacement(b"y")).unwrap(), 4);
    assert_eq!(again().invalidate(&name, Versions::All).unwrap(), [1, 4]);
    assert_eq!(errno(again().replace(&name, &replacement(b"y"))), Errno::NotFound);
    assert_eq!(again().list(None).unwrap(), []);
    // Of a name that is forgotten nothing is left in the token, but of the one that no guest can name.
    let session = hsm.pkcs11().open_ro_session(hsm.slot("numbers")).unwrap();
    let _store = again();
    assert!(session.find_objects(&[]).unwrap().is_empty());
    let seal = crate::name(Kind::Seal, 0);
    assert_eq!(again().generate(&seal, &KEY).unwrap().unwrap().version, 1);
    assert_eq!(again().invalidate(&seal, Versions::All).unwrap(), [1]);
    assert_eq!(again().generate(&seal, &KEY).unwrap().unwrap().version, 2);
}

fn what_is_in_use_goes_on_and_is_destroyed_when_it_is_closed(hsm: &SoftHsm) {
    let uri = hsm.token("use");
    let (store, other) = (hsm.store(&uri), hsm.store(&uri));
    let session = hsm.pkcs11().open_ro_session(hsm.slot("use")).unwrap();
    let count = || session.find_objects(&[]).unwrap().len();
    for versions in [Versions::One(1), Versions::Latest, Versions::All] {
        let name = name(Kind::SymmetricKey, 1);
        let made = store.generate(&name, &KEY).unwrap().unwrap();
        let opened = other.open(&name, None).unwrap();
        assert_eq!(other.invalidate(&name, versions).unwrap(), [1]);
        assert_eq!(errno(other.invalidate(&name, versions)), Errno::NotFound);
        assert_eq!(errno(store.open(&name, Some(1))), Errno::NotFound);
        assert_eq!(store.list(None).unwrap(), []);
        // A store that is opened now leaves it alone.
        let _third = hsm.store(&uri);
        for stored in [&made, &opened] {
            let Content::Key(ResidentKey::Aead(key)) = &stored.content else { panic!() };
            key.seal(&[0; 12], b"", hostcrypt::InOut::InPlace(&mut [1; 9]), &mut [0; 16]).unwrap();
        }
        drop(made);
        assert_eq!(count(), 1);
        drop(opened);
        assert_eq!(count(), 0);
    }
}

fn a_move_is_of_the_key_itself(hsm: &SoftHsm) {
    let uri = hsm.token("moves");
    let store = hsm.store(&uri);
    let [one, other] = [1, 2].map(|number| name(Kind::SymmetricKey, number));
    store.generate(&one, &KEY).unwrap();
    let key = store.generate(&other, &KEY.with_expiry(Some(9))).unwrap().unwrap();
    store.generate(&other, &KEY).unwrap();
    let moved = |from: Identifier, version| store.replace(&one, &Replacement::Moved { from, version });
    assert_eq!(errno(moved(one.identifier, 1)), Errno::NotFound);
    assert_eq!(errno(moved(Identifier([3; 16]), 1)), Errno::NotFound);
    assert_eq!(errno(moved(other.identifier, 3)), Errno::NotFound);
    assert_eq!(moved(other.identifier, 2).unwrap(), 2);
    assert_eq!(store.generate(&other, &KEY).unwrap().unwrap().version, 3, "2 was given out");
    assert_eq!(moved(other.identifier, 1).unwrap(), 3);
    let opened = hsm.store(&uri).open(&one, None).unwrap();
    assert_eq!((opened.version, opened.expires), (3, Some(9)));
    let sealed = [key, opened].map(|stored| {
        let Content::Key(ResidentKey::Aead(key)) = stored.content else { panic!() };
        let (mut text, mut tag) = ([7; 20], [0; 16]);
        key.seal(&[0; 12], b"", hostcrypt::InOut::InPlace(&mut text), &mut tag).unwrap();
        (text, tag)
    });
    assert_eq!(sealed[0], sealed[1]);
    assert_eq!(moved(other.identifier, 3).unwrap(), 4);
    assert_eq!(errno(store.invalidate(&other, Versions::All)), Errno::NotFound);
    assert_eq!(store.invalidate(&one, Versions::All).unwrap(), [1, 2, 3, 4]);
    let session = hsm.pkcs11().open_ro_session(hsm.slot("moves")).unwrap();
    assert!(session.find_objects(&[]).unwrap().is_empty());
}

fn quotas_are_kept_also_by_the_next_store(hsm: &SoftHsm) {
    let uri = hsm.token("quotas");
    let mut quotas = Quotas::default();
    (quotas.keys, quotas.versions, quotas.bytes) = (3, 2, 4 * Quotas::PER_VERSION + 10);
    let open = || hsm.store(&uri).with_config(StoreConfig::default().with_quotas(quotas));
    let [one, two, three, four] = [1, 2, 3, 4].map(|number| name(Kind::Secret, number));
    open().store(&one, &record(&[0; 10])).unwrap();
    open().store(&two, &record(&[0])).unwrap();
    open().store(&three, &record(b"")).unwrap();
    let store = open();
    assert_eq!(errno(store.store(&four, &record(b""))), Errno::Overflow);
    assert_eq!(errno(store.generate(&name(Kind::SymmetricKey, 4), &KEY)), Errno::Overflow);
    assert_eq!(errno(store.replace(&one, &replacement(&[0; 11]))), Errno::Overflow);
    store.invalidate(&two, Versions::All).unwrap();
    store.generate(&name(Kind::SymmetricKey, 4), &KEY).unwrap().unwrap();
    assert_eq!(open().replace(&one, &replacement(b"")).unwrap(), 2);
    assert_eq!(errno(open().replace(&one, &replacement(b""))), Errno::Overflow, "of versions");
    // The host's own need.
    assert_eq!(open().generate(&name(Kind::Seal, 0), &KEY).unwrap().unwrap().version, 1);
    // Another namespace has its own.
    let other = hostcrypt::store::Name { namespace: "other", ..one };
    open().store(&other, &record(&[0; 100])).unwrap();
}

fn what_comes_as_bytes_is_refused_where_only_keys_are_kept(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("only")).with_keys_only(true);
    let key = name(Kind::SymmetricKey, 1);
    assert_eq!(errno(store.store(&key, &record(b"x"))), Errno::ProhibitedOperation);
    store.generate(&key, &KEY).unwrap().unwrap();
    assert_eq!(errno(store.replace(&key, &replacement(b"x"))), Errno::ProhibitedOperation);
    assert!(store.rules().imports);
}
