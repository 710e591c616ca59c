//! The store does what the store in memory does.

use cryptoki::{session::UserType, types::AuthPin};
use hostcrypt::store::{
    Content, Identifier, Inventory, KeyRules, KeyStore, Kind, MemoryStore, Name, Quotas, Record, Replacement, Versions,
};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::softhsm::{PIN, SoftHsm};

crate::tests!(it_does_what_the_store_in_memory_does);

#[derive(Clone, Debug)]
enum Step {
    Store(u8, usize),
    Replace(u8, usize),
    Move(u8, u8, u64),
    Open(u8, Option<u64>),
    Invalidate(u8, Versions),
    Expire(u8, Versions, Option<u64>),
    /// The next process.
    Reopen,
}

fn versions() -> impl Strategy<Value = Versions> {
    prop_oneof![(1..6u64).prop_map(Versions::One), Just(Versions::Latest), Just(Versions::All)]
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0..6u8;
    prop_oneof![
        4 => (name.clone(), 0..60usize).prop_map(|(name, len)| Step::Store(name, len)),
        4 => (name.clone(), 0..60usize).prop_map(|(name, len)| Step::Replace(name, len)),
        3 => (name.clone(), name.clone(), 1..4u64).prop_map(|(name, from, version)| Step::Move(name, from, version)),
        3 => (name.clone(), prop::option::of(1..6u64)).prop_map(|(name, version)| Step::Open(name, version)),
        4 => (name.clone(), versions()).prop_map(|(name, versions)| Step::Invalidate(name, versions)),
        1 => (name, versions(), prop::option::of(0..9u64)).prop_map(|(name, versions, at)| Step::Expire(name, versions, at)),
        1 => Just(Step::Reopen),
    ]
}

/// Two of each of three kinds, in two namespaces.
fn name(number: u8) -> Name<'static> {
    let kind = [Kind::Secret, Kind::KeyPair, Kind::Seal][usize::from(number % 3)];
    let identifier = if kind == Kind::Seal { Identifier::SEAL } else { Identifier([number; 16]) };
    Name { namespace: ["a", "b"][usize::from(number == 5)], kind, identifier }
}

/// What a call answers, so that it can be compared.
fn answer(store: &dyn KeyStoreAndInventory, step: &Step) -> String {
    let content = |len: usize| vec![len as u8; len];
    match step {
        Step::Store(number, len) => {
            let record = Record { algorithm: "X", expires: Some(*len as u64), content: &content(*len) };
            format!("{:?}", store.store(&name(*number), &record))
        }
        Step::Replace(number, len) => {
            let record = Record { algorithm: "", expires: None, content: &content(*len) };
            format!("{:?}", store.replace(&name(*number), &Replacement::Record(record)))
        }
        Step::Move(number, from, version) => {
            let moved = Replacement::Moved { from: name(*from).identifier, version: *version };
            format!("{:?}", store.replace(&name(*number), &moved))
        }
        Step::Open(number, version) => match store.open(&name(*number), *version) {
            Ok(stored) => {
                let Content::Bytes(bytes) = &stored.content else { panic!() };
                format!("{stored:?} {bytes:?}")
            }
            Err(errno) => format!("{errno:?}"),
        },
        Step::Invalidate(number, versions) => format!("{:?}", store.invalidate(&name(*number), *versions)),
        Step::Expire(number, versions, at) => format!("{:?}", store.expire(&name(*number), *versions, *at)),
        Step::Reopen => String::new(),
    }
}

trait KeyStoreAndInventory: KeyStore + Inventory {}
impl<S: KeyStore + Inventory> KeyStoreAndInventory for S {}

fn it_does_what_the_store_in_memory_does(hsm: &SoftHsm) {
    let uri = hsm.token("model");
    let mut quotas = Quotas::default();
    (quotas.keys, quotas.versions, quotas.bytes) = (3, 4, 5 * Quotas::PER_VERSION + 150);
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() });
    let steps = prop::collection::vec(step(), 1..50);
    let done = runner.run(&steps, |steps| {
        empty(hsm);
        let model = MemoryStore::new().with_rules(KeyRules::default()).with_quotas(quotas);
        let mut store = hsm.store(&uri).with_quotas(quotas);
        for step in &steps {
            if let Step::Reopen = step {
                store = hsm.store(&uri).with_quotas(quotas);
            }
            prop_assert_eq!(answer(&store, step), answer(&model, step), "{:?}", step);
            prop_assert_eq!(store.list(None), model.list(None), "{:?}", step);
        }
        Ok(())
    });
    done.unwrap();
}

fn empty(hsm: &SoftHsm) {
    let session = hsm.pkcs11().open_rw_session(hsm.slot("model")).unwrap();
    let _ = session.login(UserType::User, Some(&AuthPin::new(PIN.into())));
    for object in session.find_objects(&[]).unwrap() {
        session.destroy_object(object).unwrap();
    }
}
