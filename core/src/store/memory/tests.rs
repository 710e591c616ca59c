use proptest::prelude::*;

use super::*;
use crate::{Errno, Result, store::FIRST_VERSION};

const NAMESPACE: &str = "tenant";

fn name(identifier: u8) -> Name<'static> {
    Name { namespace: NAMESPACE, kind: Kind::KeyPair, identifier: Identifier([identifier; 16]) }
}

fn record(content: &[u8]) -> Record<'_> {
    Record { algorithm: "Ed25519", expires: Some(7), content }
}

fn bytes(stored: Stored) -> Vec<u8> {
    match stored.content {
        Content::Bytes(bytes) => bytes.to_vec(),
        Content::Key(_) => panic!("it keeps bytes"),
    }
}

#[derive(Clone, Debug)]
enum Step {
    Store(u8, Vec<u8>),
    Replace(u8, Vec<u8>),
    Move(u8, u8, u64),
    Open(u8, Option<u64>),
    Invalidate(u8, Versions),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (id, content) = (|| 0..3_u8, || prop::collection::vec(any::<u8>(), 0..9));
    let versions = prop_oneof![(1..6_u64).prop_map(Versions::One), Just(Versions::Latest), Just(Versions::All)];
    let step = prop_oneof![
        1 => (id(), content()).prop_map(|(id, content)| Step::Store(id, content)),
        3 => (id(), content()).prop_map(|(id, content)| Step::Replace(id, content)),
        2 => (id(), id(), 1..6_u64).prop_map(|(id, from, version)| Step::Move(id, from, version)),
        1 => (id(), prop::option::of(1..6_u64)).prop_map(|(id, version)| Step::Open(id, version)),
        1 => (id(), versions).prop_map(|(id, versions)| Step::Invalidate(id, versions)),
    ];
    prop::collection::vec(step, 1..80)
}

/// What a store must hold: of each name, the last number given out and the versions that are left.
#[derive(Default)]
struct Model(BTreeMap<u8, (u64, BTreeMap<u64, Vec<u8>>)>);

impl Model {
    fn live(&self, id: u8) -> Result<&(u64, BTreeMap<u64, Vec<u8>>)> {
        self.0.get(&id).filter(|(_, versions)| !versions.is_empty()).ok_or(Errno::NotFound)
    }

    fn fits(&self, quotas: &Quotas) -> bool {
        let lens = self
            .0
            .values()
            .flat_map(|(_, versions)| versions.values())
            .map(|content| Quotas::bytes_of(content.len() as u64));
        let versions = self.0.values().map(|(_, versions)| versions.len() as u64).max().unwrap_or(0);
        quotas.check(self.0.len() as u64, versions, lens.sum::<u64>()).is_ok()
    }

    fn forget_empty(&mut self) {
        self.0.retain(|_, (_, versions)| !versions.is_empty());
    }

    /// What a step answers: the number of a new version, the bytes, the numbers that are gone.
    fn take(&mut self, step: &Step, quotas: &Quotas) -> Result<(u64, Vec<u8>, Vec<u64>)> {
        let before = self.0.clone();
        let answer = match step {
            Step::Store(id, content) => Ok(self.add(*id, content)),
            Step::Replace(id, content) => self.live(*id).map(drop).map(|()| self.add(*id, content)),
            Step::Move(id, from, version) => self.live(*id).map(drop).and_then(|()| {
                let (_, versions) = self.0.get_mut(from).filter(|_| id != from).ok_or(Errno::NotFound)?;
                let content = versions.remove(version).ok_or(Errno::NotFound)?;
                Ok(self.add(*id, &content))
            }),
            Step::Open(id, version) => {
                let versions = &self.live(*id)?.1;
                let found = match version {
                    Some(version) => versions.get_key_value(version),
                    None => versions.last_key_value(),
                };
                let (version, content) = found.ok_or(Errno::NotFound)?;
                return Ok((*version, content.clone(), Vec::new()));
            }
            Step::Invalidate(id, which) => {
                let versions = &self.live(*id)?.1;
                let gone: Vec<u64> = match which {
                    Versions::One(version) => versions.keys().copied().filter(|known| known == version).collect(),
                    Versions::Latest => versions.keys().copied().last().into_iter().collect(),
                    Versions::All => versions.keys().copied().collect(),
                };
                let entry = self.0.get_mut(id).ok_or(Errno::NotFound)?;
                entry.1.retain(|version, _| !gone.contains(version));
                self.forget_empty();
                return if gone.is_empty() { Err(Errno::NotFound) } else { Ok((0, Vec::new(), gone)) };
            }
        };
        self.forget_empty();
        if answer.is_ok() && !self.fits(quotas) {
            self.0 = before;
            return Err(Errno::Overflow);
        }
        answer.map(|version| (version, Vec::new(), Vec::new()))
    }

    fn add(&mut self, id: u8, content: &[u8]) -> u64 {
        let (last, versions) = self.0.entry(id).or_default();
        *last += 1;
        versions.insert(*last, content.to_vec());
        *last
    }
}

fn take(store: &MemoryStore, step: &Step) -> Result<(u64, Vec<u8>, Vec<u64>), StoreError> {
    let added = |version| (version, Vec::new(), Vec::new());
    match step {
        Step::Store(id, content) => store.store(&name(*id), &record(content)).map(added),
        Step::Replace(id, content) => store.replace(&name(*id), &Replacement::Record(record(content))).map(added),
        Step::Move(id, from, version) => {
            let from = Identifier([*from; 16]);
            store.replace(&name(*id), &Replacement::Moved { from, version: *version }).map(added)
        }
        Step::Open(id, version) => {
            let stored = store.open(&name(*id), *version)?;
            assert_eq!((stored.algorithm.as_str(), stored.expires), ("Ed25519", Some(7)));
            Ok((stored.version, bytes(stored), Vec::new()))
        }
        Step::Invalidate(id, versions) => store.invalidate(&name(*id), *versions).map(|gone| (0, Vec::new(), gone)),
    }
}

proptest! {
    #[test]
    fn it_answers_as_a_list_of_versions_does(steps in steps()) {
        let quotas = Quotas { keys: 2, versions: 4, bytes: 3 * Quotas::PER_VERSION + 30 };
        let (store, mut model) = (MemoryStore::new().with_config(StoreConfig::default().with_quotas(quotas)), Model::default());
        for step in &steps {
            let answer = take(&store, step).map_err(|error| error.errno());
            prop_assert_eq!(answer, model.take(step, &quotas), "{:?}", step);
        }
    }
}

#[test]
fn numbers_of_a_seal_go_on_after_all_are_gone_and_quotas_count_its_versions_alone() {
    let quotas = Quotas { keys: 0, versions: 2, bytes: 0 };
    let store = MemoryStore::new().with_config(StoreConfig::default().with_quotas(quotas));
    let seal = Name { kind: Kind::Seal, identifier: Identifier::SEAL, ..name(0) };
    assert_eq!(store.store(&seal, &record(b"one")).unwrap(), FIRST_VERSION);
    assert_eq!(store.store(&seal, &record(b"two")).unwrap(), FIRST_VERSION + 1);
    assert!(matches!(store.store(&seal, &record(b"three")), Err(StoreError::Quota)));
    assert_eq!(bytes(store.open(&seal, Some(FIRST_VERSION)).unwrap()), b"one");
    assert_eq!(store.invalidate(&seal, Versions::All).unwrap(), [1, 2]);
    assert!(matches!(store.open(&seal, None), Err(StoreError::NotFound)));
    assert!(matches!(store.replace(&seal, &Replacement::Record(record(b"three"))), Err(StoreError::NotFound)));
    assert_eq!(store.store(&seal, &record(b"three")).unwrap(), 3);
    assert!(matches!(store.store(&name(0), &record(b"")), Err(StoreError::Quota)));
}

#[test]
fn what_it_holds_is_never_shown() {
    let store = MemoryStore::new();
    store.store(&name(1), &record(b"secret")).unwrap();
    let stored = store.open(&name(1), None).unwrap();
    let shown = format!("{store:?} {:?} {stored:?}", record(b"secret"));
    for shape in ["secret", "115, 101", "73, 65"] {
        assert!(!shown.contains(shape), "{shown}");
    }
}
