//! The token as a key store.

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use hostcrypt::store::{
    Content, KeyRules, KeyStore, Kind, Name, NewKey, Record, Replacement, StoreConfig, StoreError, Stored, Versions,
};
use parking_lot::{Mutex, RwLock};

use crate::{
    Error, Pin, Uri,
    admin::{self, Counts},
    algorithm::Algorithm,
    error::Failure,
    held,
    keys::{self, TokenKey},
    meta::{Meta, ObjectKind},
    objects::{self, Object},
    session::TokenSession,
    token::Token,
};

/// A store of managed keys in a PKCS #11 token. [The crate's docs](crate) describe the objects in the token.
///
/// Threads share the store, and use up to 16 sessions.
pub struct TokenStore {
    pub(crate) token: Arc<Token>,
    pub(crate) config: StoreConfig,
    pub(crate) keys_only: bool,
    /// The counts of each namespace. Locked during each change.
    pub(crate) changing: Mutex<HashMap<String, Counts>>,
    /// Locked exclusively to move a version, whose bytes briefly have two names. It is locked before a session is
    /// taken.
    pub(crate) moving: RwLock<()>,
}

impl TokenStore {
    /// Opens the token that a URI selects, logs in as its user, and completes or cleans up interrupted changes of
    /// earlier processes.
    ///
    /// Without a PIN, the store reads it from the file that the URI names. A token with a keypad asks for it there.
    ///
    /// A login applies to the whole process, and the token then checks no other PIN. While other stores of the process
    /// have the token open, the PIN must be theirs; while other code of the process is logged in, any PIN is accepted
    /// until that login ends.
    ///
    /// # Errors
    ///
    /// An [`Error`] that says why the token cannot be used.
    pub fn open(uri: &Uri, pin: Option<Pin>) -> Result<Self, Error> {
        let (token, counts) = Token::open(uri, pin, |session| admin::clear(session, now()))?;
        Ok(Self {
            token: Arc::new(token),
            config: StoreConfig::default(),
            keys_only: false,
            changing: Mutex::new(counts),
            moving: RwLock::default(),
        })
    }

    /// Sets the rules and the quotas. Keys that the token generated cannot be exported, whatever the rules say, and
    /// their content counts as 0 bytes.
    #[must_use]
    pub fn with_config(mut self, config: StoreConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets whether the store accepts only keys that the token generates. If so, it refuses bytes with
    /// [`StoreError::Prohibited`]: keys that guests made, external secrets, and keys of algorithms that the token does
    /// not generate. By default, it stores them as private data objects.
    #[must_use]
    pub fn with_keys_only(mut self, keys_only: bool) -> Self {
        self.keys_only = keys_only;
        self
    }

    /// Sets a callback that runs if cleanup fails, after a change or after a guest closed an invalidated key. Such a
    /// failure does not fail a call, and the next store that opens the token cleans up. Every other failure is the
    /// error of a call.
    #[must_use]
    pub fn on_cleanup_failure(self, callback: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        *self.token.cleanup_failed.write() = Some(Arc::new(callback));
        self
    }

    /// Returns the interface's names of the algorithms whose keys the token generates.
    pub fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        Algorithm::names().filter(|name| self.token.algorithm(name).is_some())
    }

    /// The content of a version.
    fn content(&self, session: &TokenSession<'_>, object: &Object) -> Result<Content, Failure> {
        let ObjectKind::Key { algorithm, .. } = &object.meta.kind else {
            return objects::content(session, object).map(Content::Bytes);
        };
        let family = Algorithm::find(algorithm).ok_or_else(|| objects::malformed(object))?.family;
        let public = keys::public(session, family, object.handle, &object.meta)?;
        let id = object.meta.id;
        if !held::hold(id) {
            return Err(Failure::Again);
        }
        // It could have been destroyed or moved before it was recorded as in use.
        let named = objects::has_label(session, object);
        if !matches!(named, Ok(true)) {
            if held::release(id) {
                session.destroy(object.handle)?;
            }
            return named.and(Err(Failure::Again));
        }
        let key = TokenKey::new(&self.token, id, object.handle, session);
        Ok(Content::Key(keys::resident_key(family, key, public)))
    }
}

pub(crate) fn fresh_id() -> Result<held::KeyId, StoreError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| StoreError::Rng)?;
    Ok(id)
}

/// In seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl KeyStore for TokenStore {
    fn rules(&self) -> KeyRules {
        self.config.rules
    }

    fn generates(&self, algorithm: &str) -> bool {
        self.token.algorithm(algorithm).is_some()
    }

    fn generate(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>, StoreError> {
        let Some(algorithm) = self.token.algorithm(key.algorithm) else { return Ok(None) };
        if algorithm.family.pair().is_some() != (name.kind == Kind::KeyPair) || name.kind == Kind::Secret {
            return Ok(None);
        }
        let family = algorithm.family;
        let kind = ObjectKind::Key { algorithm: algorithm.name.to_owned(), public: Vec::new() };
        let meta = Meta { version: 0, expires: key.expires, id: fresh_id()?, revision: 0, kind };
        // At a quota, generating is pointless. It takes time, during which others may change the store.
        self.change(name, |session, before| {
            self.with_one_more(before, name.kind, &objects::named(session, name)?, 0)?;
            Ok(((), *before))
        })?;
        let made = keys::make(&self.token, &algorithm, key.key_len, meta, now());
        let Some((token_key, meta)) = self.token.answer(made)? else { return Ok(None) };
        // The public half first: a key whose public half the token does not give must not count.
        let public = self.token.run(|session| keys::public(session, family, token_key.handle(session)?, &meta));
        let named = self.token.answer(public).and_then(|public| {
            let version = self.add(name, false, &meta, |session, meta| {
                let unnamed = Object { handle: token_key.handle(session)?, label: Vec::new(), meta: meta.clone() };
                objects::amend(session, name, &unnamed, meta.clone())
            })?;
            Ok((version, public))
        });
        match named {
            Ok((version, public)) => {
                let content = Content::Key(keys::resident_key(family, token_key, public));
                Ok(Some(Stored::new(version, algorithm.name, content).with_expiry(key.expires)))
            }
            Err(error) => {
                token_key.discard();
                Err(error)
            }
        }
    }

    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError> {
        self.add_bytes(name, false, record)
    }

    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError> {
        match by {
            Replacement::Record(record) => self.add_bytes(name, true, record),
            Replacement::Moved { from, version } => self.rename(name, *from, *version),
            _ => Err(StoreError::failed("the token store does not know this replacement")),
        }
    }

    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError> {
        let _unmoved = self.lock_moves()?;
        let opened = self.token.run(|session| {
            let named = objects::named(session, name)?;
            let object = named.version(version).ok_or(StoreError::NotFound)?;
            let content = self.content(session, object)?;
            let Meta { version, expires, .. } = object.meta;
            Ok(Stored::new(version, object.meta.algorithm(), content).with_expiry(expires))
        });
        self.token.answer(opened)
    }

    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError> {
        self.change(name, |session, before| {
            let named = objects::named(session, name)?;
            let numbers = versions.among(named.versions())?;
            self.end(session, name, &named, &numbers)?;
            Ok((numbers.clone(), before.without(name.kind, &named, &numbers)))
        })
    }
}

/// Shows the algorithms of the token, and none of its contents.
impl fmt::Debug for TokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms: Vec<_> = self.algorithms().collect();
        f.debug_struct("TokenStore").field("algorithms", &algorithms).finish_non_exhaustive()
    }
}
