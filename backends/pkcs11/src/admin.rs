//! The operator's view of the store, counts for quotas, and cleanup.

use std::collections::{BTreeMap, HashMap};

use hostcrypt::store::{Entry, Identifier, Kind, Name, StoreAdmin, StoreError, Versions};

use crate::{
    TokenStore,
    error::Failure,
    held,
    label::Label,
    meta::{Meta, ObjectKind},
    objects::{self, Named, Object, counts},
    session::TokenSession,
};

/// The counts of a namespace for its quotas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// The number of names.
    pub(crate) keys: u64,
    /// The bytes of their versions.
    pub(crate) bytes: u64,
}

impl Counts {
    /// The counts without some versions of a name.
    pub(crate) fn without(mut self, kind: Kind, named: &Named, numbers: &[u64]) -> Self {
        if counts(kind) {
            let gone = named.live.iter().filter(|object| numbers.contains(&object.meta.version));
            let bytes = gone.clone().map(|object| object.meta.counted_bytes()).sum();
            self.bytes = self.bytes.saturating_sub(bytes);
            self.keys = self.keys.saturating_sub(u64::from(gone.count() == named.live.len()));
        }
        self
    }
}

/// How long a key may have no name until the process that made it counts as dead, in seconds.
const PATIENCE: u64 = 600;

/// The objects of each name.
type Names = BTreeMap<(String, Kind, Identifier), Named>;

/// Objects by their names, and objects without a name.
fn by_name(session: &TokenSession<'_>) -> Result<(Names, Vec<(Label, Object)>), Failure> {
    let (mut names, mut nameless) = (BTreeMap::<_, Vec<Object>>::new(), Vec::new());
    for (label, object) in objects::all(session)? {
        match label {
            Label::Named { namespace, kind, identifier } => {
                names.entry((namespace, kind, identifier)).or_default().push(object);
            }
            label => nameless.push((label, object)),
        }
    }
    Ok((names.into_iter().map(|(name, objects)| (name, Named::of(objects))).collect(), nameless))
}

/// Completes or cleans up interrupted changes of earlier processes, and returns the counts of each namespace.
pub(crate) fn clear(session: &TokenSession<'_>, now: u64) -> Result<HashMap<String, Counts>, Failure> {
    let (mut names, nameless) = by_name(session)?;
    // Bytes whose move was interrupted have their former name as well.
    let mut newest = HashMap::new();
    for object in names.values().flat_map(|named| &named.live) {
        let revision = newest.entry(object.meta.id).or_insert(0);
        *revision = object.meta.revision.max(*revision);
    }
    for named in names.values_mut() {
        let old = named.live.extract_if(.., |object| newest.get(&object.meta.id) > Some(&object.meta.revision));
        named.dead.extend(old);
    }
    for (label, object) in nameless {
        let dead = match label {
            Label::Unnamed { since } => now.saturating_sub(since) > PATIENCE,
            Label::Invalidated | Label::Named { .. } => true,
        };
        if dead && !held::is_held(object.meta.id) {
            session.destroy(object.handle)?;
        }
    }
    let mut all = HashMap::<String, Counts>::new();
    for ((namespace, kind, _), named) in names {
        for object in &named.dead {
            objects::end(session, object)?;
        }
        if counts(kind) && named.live.is_empty() && named.dead.is_empty() {
            for object in &named.numbers {
                session.destroy(object.handle)?;
            }
        }
        if counts(kind) && !named.live.is_empty() {
            let of = all.entry(namespace).or_default();
            of.keys += 1;
            of.bytes = named.live.iter().fold(of.bytes, |all, object| all.saturating_add(object.meta.counted_bytes()));
        }
    }
    Ok(all)
}

impl StoreAdmin for TokenStore {
    fn list(&self, namespace: Option<&str>) -> Result<Vec<Entry>, StoreError> {
        let _unmoved = self.lock_moves()?;
        let names = self.token.answer(self.token.run(|session| Ok(by_name(session)?.0)))?;
        let mut listed = Vec::new();
        for ((of, kind, identifier), named) in names {
            if namespace.is_some_and(|only| only != of) {
                continue;
            }
            let name = Name { namespace: &of, kind, identifier };
            listed.extend(named.live.iter().map(|object| {
                let Meta { version, expires, kind, .. } = &object.meta;
                Entry::new(&name, *version, object.meta.algorithm())
                    .with_expiry(*expires)
                    .with_in_store_only(matches!(kind, ObjectKind::Key { .. }))
            }));
        }
        listed.sort_unstable();
        Ok(listed)
    }

    /// Sets one version after the other. If the token fails in between, the versions before have the new expiry, and
    /// the call can be repeated.
    fn expire(&self, name: &Name<'_>, versions: Versions, expires: Option<u64>) -> Result<Vec<u64>, StoreError> {
        self.change(name, |session, before| {
            let named = objects::named(session, name)?;
            let numbers = versions.among(named.versions())?;
            for object in named.live.iter().filter(|object| numbers.contains(&object.meta.version)) {
                objects::amend(session, name, object, Meta { expires, ..object.meta.clone() })?;
            }
            Ok((numbers, *before))
        })
    }
}
