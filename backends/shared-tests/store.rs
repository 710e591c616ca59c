//! A store of keys as another one that is known to be right: random steps on both.

use hostcrypt::{
    Errno,
    store::{Content, Entry, Identifier, Kind, Name, Record, Replacement, StoreAdmin, StoreError, Versions},
};
use proptest::prelude::*;

/// What is done with one of four names of a namespace.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Store(u8, Vec<u8>),
    Replace(u8, Vec<u8>),
    Move(u8, u8, u64),
    Open(u8, Option<u64>),
    Invalidate(u8, Versions),
    Expire(u8, Versions, Option<u64>),
    List,
}

pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let (id, content) = (|| 0..4_u8, || prop::collection::vec(any::<u8>(), 0..9));
    let versions = || prop_oneof![(1..6_u64).prop_map(Versions::One), Just(Versions::Latest), Just(Versions::All)];
    let step = prop_oneof![
        1 => (id(), content()).prop_map(|(id, content)| Step::Store(id, content)),
        3 => (id(), content()).prop_map(|(id, content)| Step::Replace(id, content)),
        2 => (id(), id(), 1..6_u64).prop_map(|(id, from, version)| Step::Move(id, from, version)),
        1 => (id(), prop::option::of(1..6_u64)).prop_map(|(id, version)| Step::Open(id, version)),
        1 => (id(), versions()).prop_map(|(id, versions)| Step::Invalidate(id, versions)),
        1 => (id(), versions(), any::<Option<u64>>()).prop_map(|(id, versions, to)| Step::Expire(id, versions, to)),
        1 => Just(Step::List),
    ];
    prop::collection::vec(step, 1..most)
}

/// Two secrets, a key pair, and the namespace's own key.
pub(crate) fn name(namespace: &str, id: u8) -> Name<'_> {
    match id {
        0 | 1 => Name { namespace, kind: Kind::Secret, identifier: Identifier([id; 16]) },
        2 => Name { namespace, kind: Kind::KeyPair, identifier: Identifier([id; 16]) },
        _ => Name { namespace, kind: Kind::Seal, identifier: Identifier::SEAL },
    }
}

/// What a step answers.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Added(u64),
    Opened { version: u64, algorithm: String, expires: Option<u64>, content: Vec<u8> },
    Changed(Vec<u64>),
    Listed(Vec<Entry>),
}

/// Takes a step. What a guest is answered is enough to compare errors by.
pub(crate) fn take(store: &dyn StoreAdmin, namespace: &str, step: &Step) -> Result<Answer, Errno> {
    answer(store, namespace, step).map_err(|error| error.errno())
}

fn answer(store: &dyn StoreAdmin, namespace: &str, step: &Step) -> Result<Answer, StoreError> {
    let record = |content| Record::new("", content).with_expiry(Some(7));
    match step {
        Step::Store(id, content) => store.store(&name(namespace, *id), &record(content)).map(Answer::Added),
        Step::Replace(id, content) => {
            store.replace(&name(namespace, *id), &Replacement::Record(record(content))).map(Answer::Added)
        }
        Step::Move(id, from, version) => {
            let from = name(namespace, *from).identifier;
            store.replace(&name(namespace, *id), &Replacement::Moved { from, version: *version }).map(Answer::Added)
        }
        Step::Open(id, version) => {
            let stored = store.open(&name(namespace, *id), *version)?;
            let Content::Bytes(bytes) = stored.content else { panic!("bytes stay bytes") };
            let (version, algorithm, expires) = (stored.version, stored.algorithm, stored.expires);
            Ok(Answer::Opened { version, algorithm, expires, content: bytes.to_vec() })
        }
        Step::Invalidate(id, versions) => store.invalidate(&name(namespace, *id), *versions).map(Answer::Changed),
        Step::Expire(id, versions, to) => store.expire(&name(namespace, *id), *versions, *to).map(Answer::Changed),
        Step::List => store.list(Some(namespace)).map(Answer::Listed),
    }
}
