//! The store.

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hostcrypt::{
    Errno, Result,
    store::{
        Content, Identifier, KeyRules, KeyStore, Kind, Name, NewKey, Quotas, Record, Replacement, Stored, Versions,
        next_version,
    },
};
use parking_lot::{Mutex, RwLock};

use crate::{
    Error, Pin, Uri,
    algorithm::Algorithm,
    error::Failure,
    held,
    inventory::{self, Counts},
    keys::{self, Kept},
    label,
    meta::{Meta, What},
    objects::{self, Named, Object, counts},
    session::Work,
    token::Token,
};

/// A store of managed keys in a PKCS #11 token. See [the crate](crate) for what it keeps there, and how.
///
/// Threads share it, and do their work in up to 16 sessions.
pub struct TokenStore {
    pub(crate) token: Arc<Token>,
    rules: KeyRules,
    quotas: Quotas,
    keys_only: bool,
    /// What each namespace has. Who changes anything holds it.
    pub(crate) changing: Mutex<HashMap<String, Counts>>,
    /// Who moves a version holds it alone: bytes have two names for a moment. It is taken before a session is.
    pub(crate) moving: RwLock<()>,
}

impl TokenStore {
    /// Opens the token that a URI selects, logs in as its user, and clears away what an earlier process left undone.
    ///
    /// Without a PIN, the one in the file that the URI names is used. A token with a keypad of its own asks for it
    /// there.
    ///
    /// # Errors
    ///
    /// Why the token cannot be used, in words for its operator.
    pub fn open(uri: &Uri, pin: Option<Pin>) -> std::result::Result<Self, Error> {
        let token = Token::open(uri, pin)?;
        let counts = token.run(|work| inventory::clear(work, now()))?;
        Ok(Self {
            token: Arc::new(token),
            rules: KeyRules::default(),
            quotas: Quotas::default(),
            keys_only: false,
            changing: Mutex::new(counts),
            moving: RwLock::default(),
        })
    }

    /// What guests may do with keys. What the token makes is not exported, whatever the rules say.
    #[must_use]
    pub fn with_rules(mut self, rules: KeyRules) -> Self {
        self.rules = rules;
        self
    }

    /// How much each namespace may have. A key that stays in the token counts as no content.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// Whether the token keeps nothing but keys that it made. Then what comes as bytes is refused with
    /// [`Errno::ProhibitedOperation`]: keys that guests made, external secrets, and keys of algorithms that the token
    /// does not make. By default, it keeps them as private data objects.
    #[must_use]
    pub fn with_keys_only(mut self, keys_only: bool) -> Self {
        self.keys_only = keys_only;
        self
    }

    /// What is told of each failure of the token, as it happens: the call that failed answers
    /// [`Errno::InternalError`] and no more. By default, nothing is.
    #[must_use]
    pub fn with_report(self, report: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        *self.token.report.write() = Some(Arc::new(report));
        self
    }

    /// The interface's names of those algorithms whose keys the token makes.
    pub fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        Algorithm::names().filter(|name| self.token.algorithm(name).is_some())
    }

    /// Does work that changes something, and then counts what it did.
    pub(crate) fn change<T>(
        &self,
        name: &Name<'_>,
        work: impl Fn(&Work<'_>, &Counts) -> std::result::Result<(T, Counts), Failure>,
    ) -> Result<T> {
        let mut all = self.changing.lock();
        let before = all.get(name.namespace).copied().unwrap_or_default();
        let done = self.token.run(|at_work| work(at_work, &before));
        let (done, after) = self.token.answer(done)?;
        all.insert(name.namespace.to_owned(), after);
        Ok(done)
    }

    /// What a namespace has with one more version of a name, if it may have that.
    fn with_one_more(&self, before: &Counts, kind: Kind, named: &Named, len: u64) -> Result<Counts> {
        let mut after = *before;
        if counts(kind) {
            after.keys += u64::from(named.live.is_empty());
            after.bytes = after.bytes.saturating_add(inventory::bytes_of(len));
        }
        let versions = named.live.len() as u64 + 1;
        let checked = if counts(kind) { after } else { Counts::default() };
        self.quotas.check(checked.keys, versions, checked.bytes)?;
        Ok(after)
    }

    /// Adds a version to a name. `put` puts an object there; only of a name that has versions, where it `replaces`.
    fn add(
        &self,
        name: &Name<'_>,
        replaces: bool,
        meta: &Meta,
        put: impl Fn(&Work<'_>, &Meta) -> std::result::Result<Object, Failure>,
    ) -> Result<u64> {
        self.change(name, |work, before| {
            let named = objects::named(work, name)?;
            if replaces && named.live.is_empty() {
                return Err(Errno::NotFound.into());
            }
            let after = self.with_one_more(before, name.kind, &named, meta.content_len())?;
            let meta = Meta { version: next_version(named.last)?, ..meta.clone() };
            let object = put(work, &meta)?;
            match settle(work, name, &object) {
                Ok(number) => Ok((number, after)),
                Err(failure) => {
                    // It is done whole or not at all, as far as the token still does anything.
                    work.destroy(object.handle)?;
                    Err(failure)
                }
            }
        })
    }

    fn add_bytes(&self, name: &Name<'_>, replaces: bool, record: &Record<'_>) -> Result<u64> {
        if self.keys_only {
            return Err(Errno::ProhibitedOperation);
        }
        let what = What::Bytes { algorithm: record.algorithm.to_owned(), len: record.content.len() as u64 };
        let meta = Meta { version: 0, expires: record.expires, id: fresh_id()?, revision: 0, what };
        self.add(name, replaces, &meta, |work, meta| {
            let handle = objects::create(work, name, meta, record.content)?;
            Ok(Object { handle, label: label::of(name), meta: meta.clone() })
        })
    }

    /// Moves a version of one name to another.
    fn rename(&self, name: &Name<'_>, from: Identifier, version: u64) -> Result<u64> {
        let former = Name { identifier: from, ..*name };
        let _moving = self.moving.write();
        self.change(name, |work, before| {
            let target = objects::named(work, name)?;
            if target.live.is_empty() || from == name.identifier {
                return Err(Errno::NotFound.into());
            }
            let left = objects::named(work, &former)?;
            let object = left.version(Some(version)).ok_or(Errno::NotFound)?;
            // It counted before, as it does after.
            self.quotas.check(0, target.live.len() as u64 + 1, 0)?;
            let meta = Meta { version: next_version(target.last)?, ..object.meta.clone() };
            let forgotten = left.live.len() == 1 && counts(name.kind);
            if !forgotten && version == left.last {
                objects::keep_numbers(work, &former, &left, left.last, left.invalid)?;
            }
            let moved = objects::amend(work, name, object, meta)?;
            let number = settle(work, name, &moved).unwrap_or_else(|failure| {
                self.token.tell(failure);
                moved.meta.version
            });
            let mut after = *before;
            if forgotten {
                after.keys = after.keys.saturating_sub(1);
                self.forget(work, &left);
            }
            Ok((number, after))
        })
    }

    /// Clears away what is left of a name that has no version. The next store that is opened does it, where it fails.
    fn forget(&self, work: &Work<'_>, named: &Named) {
        for object in named.dead.iter().chain(&named.numbers) {
            if let Err(failure) = objects::end(work, object) {
                self.token.tell(failure);
                return;
            }
        }
    }

    fn end(
        &self,
        work: &Work<'_>,
        name: &Name<'_>,
        named: &Named,
        numbers: &[u64],
    ) -> std::result::Result<(), Failure> {
        let ended: Vec<&Object> = named.live.iter().filter(|object| numbers.contains(&object.meta.version)).collect();
        let forgotten = ended.len() == named.live.len() && counts(name.kind);
        let highest = numbers.last().copied().unwrap_or_default();
        if numbers.len() == 1 {
            if !forgotten && highest == named.last {
                objects::keep_numbers(work, name, named, named.last, named.invalid)?;
            }
            // One, unless the token let two processes give out one number.
            ended.iter().try_for_each(|object| objects::end(work, object))?;
        } else {
            // This ends them all at once; the objects follow.
            objects::keep_numbers(work, name, named, named.last, highest)?;
            for object in ended {
                if let Err(failure) = objects::end(work, object) {
                    self.token.tell(failure);
                    return Ok(());
                }
            }
        }
        if forgotten {
            // With the object that keeps the numbers, which may be new.
            match objects::named(work, name) {
                Ok(named) if named.live.is_empty() => self.forget(work, &named),
                Ok(_) => {}
                Err(failure) => self.token.tell(failure),
            }
        }
        Ok(())
    }

    /// What a version holds.
    fn content(&self, work: &Work<'_>, object: &Object) -> std::result::Result<Content, Failure> {
        let What::Key { algorithm, .. } = &object.meta.what else {
            return objects::content(work, object).map(Content::Bytes);
        };
        let family = Algorithm::find(algorithm).ok_or_else(|| objects::malformed(object))?.family;
        let public = keys::public(work, family, object.handle, &object.meta)?;
        let id = object.meta.id;
        if !held::hold(id) {
            return Err(Failure::Again);
        }
        // It could have been destroyed before it was held, or moved.
        let named = objects::has_label(work, object);
        if !matches!(named, Ok(true)) {
            if held::release(id) {
                work.destroy(object.handle)?;
            }
            return named.and(Err(Failure::Again));
        }
        let key = Kept::new(&self.token, id, object.handle, work);
        Ok(Content::Key(keys::kept(family, key, public)))
    }
}

/// Sees to it that an object that was put has its number for itself, which another process may have given out as well;
/// and returns the number.
fn settle(work: &Work<'_>, name: &Name<'_>, object: &Object) -> std::result::Result<u64, Failure> {
    let mut object = object.clone();
    let twice = |object: &Object| -> std::result::Result<Option<u64>, Failure> {
        let named = objects::named(work, name)?;
        Ok((named.count(object.meta.version) > 1).then_some(named.last))
    };
    while twice(&object)?.is_some() {
        let mut pause = [0];
        getrandom::fill(&mut pause).map_err(|_| Errno::RngError)?;
        std::thread::sleep(Duration::from_millis(u64::from(pause[0] % 32)));
        let Some(last) = twice(&object)? else { break };
        let meta = Meta { version: next_version(last)?, ..object.meta.clone() };
        object = objects::amend(work, name, &object, meta)?;
    }
    Ok(object.meta.version)
}

fn fresh_id() -> Result<held::KeyId> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| Errno::RngError)?;
    Ok(id)
}

/// In seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl KeyStore for TokenStore {
    fn rules(&self) -> KeyRules {
        self.rules
    }

    fn generate(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>> {
        let Some(algorithm) = self.token.algorithm(key.algorithm) else { return Ok(None) };
        if algorithm.family.pair().is_some() != (name.kind == Kind::KeyPair) || name.kind == Kind::Secret {
            return Ok(None);
        }
        let family = algorithm.family;
        let what = What::Key { algorithm: algorithm.name.to_owned(), public: Vec::new() };
        let meta = Meta { version: 0, expires: key.expires, id: fresh_id()?, revision: 0, what };
        // At a quota, nothing need be made. This takes time, and others change things meanwhile.
        self.change(name, |work, before| {
            self.with_one_more(before, name.kind, &objects::named(work, name)?, 0)?;
            Ok(((), *before))
        })?;
        let made = keys::make(&self.token, &algorithm, key.key_len, meta, now());
        let Some((kept, meta)) = self.token.answer(made)? else { return Ok(None) };
        let named = self.add(name, false, &meta, |work, meta| {
            let unnamed = Object { handle: kept.handle(work)?, label: Vec::new(), meta: meta.clone() };
            objects::amend(work, name, &unnamed, meta.clone())
        });
        let public = named.and_then(|version| {
            let public = self.token.run(|work| keys::public(work, family, kept.handle(work)?, &meta));
            Ok((version, self.token.answer(public)?))
        });
        match public {
            Ok((version, public)) => {
                let content = Content::Key(keys::kept(family, kept, public));
                Ok(Some(Stored { version, algorithm: algorithm.name.to_owned(), expires: key.expires, content }))
            }
            Err(errno) => {
                kept.discard();
                Err(errno)
            }
        }
    }

    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64> {
        self.add_bytes(name, false, record)
    }

    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64> {
        match by {
            Replacement::Record(record) => self.add_bytes(name, true, record),
            Replacement::Moved { from, version } => self.rename(name, *from, *version),
        }
    }

    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored> {
        let _still = self.moving.read();
        let opened = self.token.run(|work| {
            let named = objects::named(work, name)?;
            let object = named.version(version).ok_or(Errno::NotFound)?;
            let content = self.content(work, object)?;
            let Meta { version, expires, .. } = object.meta;
            Ok(Stored { version, algorithm: object.meta.algorithm().to_owned(), expires, content })
        });
        self.token.answer(opened)
    }

    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>> {
        self.change(name, |work, before| {
            let named = objects::named(work, name)?;
            let numbers = versions.among(named.versions())?;
            self.end(work, name, &named, &numbers)?;
            Ok((numbers.clone(), before.without(name.kind, &named, &numbers)))
        })
    }
}

/// Shows what the token makes, and nothing that it holds.
impl fmt::Debug for TokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms: Vec<_> = self.algorithms().collect();
        f.debug_struct("TokenStore").field("algorithms", &algorithms).finish_non_exhaustive()
    }
}
