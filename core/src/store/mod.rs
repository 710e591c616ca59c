//! Stores of managed keys, as versions under names.
//!
//! The core decides which keys may be stored, opened and exported, by which guests, and whether a version has expired.
//! A store stores bytes, numbers versions, and enforces the quotas of each namespace. It never sees a handle, a guest
//! pointer or a clock.
//!
//! ```
//! use std::sync::Arc;
//! use hostcrypt::store::MemoryStore;
//! # use hostcrypt::{Host, Revision, backend::*};
//! # fn host(backend: Backend) {
//! let host = Host::builder(backend).key_store(Arc::new(MemoryStore::new())).build();
//! // Each guest can use only the keys of its own namespace.
//! let context = host.in_namespace("tenant-7").context(Revision::V0_10);
//! # }
//! ```

mod admin;
mod audit;
mod error;
mod memory;
mod name;
mod quotas;
mod record;

pub use admin::{Entry, StoreAdmin};
pub use audit::{Action, AuditEntry, AuditStep, Change};
pub use error::StoreError;
pub use memory::MemoryStore;
pub use name::{Identifier, Kind, MalformedIdentifier, Name, Versions};
pub use quotas::{KeyRules, Quotas, StoreConfig};
pub(crate) use record::has_passed;
pub use record::{Content, NewKey, Record, Replacement, ResidentKey, ResidentMac, Stored};

/// A store of managed keys, external secrets, and the keys that seal secrets.
///
/// # How to write a store
///
/// A store has versions under [names](Name). It must implement four methods: [`store`](Self::store),
/// [`replace`](Self::replace), [`open`](Self::open) and [`invalidate`](Self::invalidate). Each change is atomic,
/// whatever other threads do at the same time, and other processes if they share the store. A method returns when its
/// change is durable.
///
/// ```
/// use std::{collections::{BTreeMap, HashMap}, sync::{Mutex, MutexGuard}};
/// use hostcrypt::{backend::Secret, store::*};
///
/// #[derive(Default)]
/// struct MapStore(Mutex<Names>);
///
/// type Names = HashMap<(String, Kind, Identifier), Numbered>;
///
/// #[derive(Default)]
/// struct Numbered { last: u64, versions: BTreeMap<u64, Version> }
///
/// #[derive(Clone)]
/// struct Version { algorithm: String, expires: Option<u64>, content: Secret }
///
/// fn key(name: &Name<'_>) -> (String, Kind, Identifier) {
///     (name.namespace.to_owned(), name.kind, name.identifier)
/// }
///
/// impl From<&Record<'_>> for Version {
///     fn from(record: &Record<'_>) -> Self {
///         let (algorithm, content) = (record.algorithm.to_owned(), record.content.to_vec().into());
///         Self { algorithm, expires: record.expires, content }
///     }
/// }
///
/// impl Numbered {
///     fn add(&mut self, version: Version) -> Result<u64, StoreError> {
///         self.last = next_version(self.last)?;
///         self.versions.insert(self.last, version);
///         Ok(self.last)
///     }
/// }
///
/// impl MapStore {
///     fn names(&self) -> Result<MutexGuard<'_, Names>, StoreError> {
///         self.0.lock().map_err(|_| StoreError::failed("a call that changed the store panicked"))
///     }
/// }
///
/// impl KeyStore for MapStore {
///     fn generates(&self, _: &str) -> bool {
///         false
///     }
///
///     fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError> {
///         self.names()?.entry(key(name)).or_default().add(record.into())
///     }
///
///     fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError> {
///         let mut names = self.names()?;
///         if names.get(&key(name)).is_none_or(|name| name.versions.is_empty()) {
///             return Err(StoreError::NotFound);
///         }
///         let version = match by {
///             Replacement::Record(record) => record.into(),
///             Replacement::Moved { from, version } => {
///                 let former = names.get_mut(&key(&Name { identifier: *from, ..*name }));
///                 former.and_then(|former| former.versions.remove(version)).ok_or(StoreError::NotFound)?
///             }
///             _ => return Err(StoreError::failed("the store does not know this replacement")),
///         };
///         names.entry(key(name)).or_default().add(version)
///     }
///
///     fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError> {
///         let names = self.names()?;
///         let versions = &names.get(&key(name)).ok_or(StoreError::NotFound)?.versions;
///         let found = match version {
///             Some(version) => versions.get_key_value(&version),
///             None => versions.last_key_value(),
///         };
///         let (version, Version { algorithm, expires, content }) = found.ok_or(StoreError::NotFound)?;
///         Ok(Stored::new(*version, algorithm, Content::Bytes(content.clone())).with_expiry(*expires))
///     }
///
///     fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError> {
///         let mut names = self.names()?;
///         let there = &mut names.get_mut(&key(name)).ok_or(StoreError::NotFound)?.versions;
///         let numbers = versions.among(there.keys().copied())?;
///         there.retain(|number, _| !numbers.contains(number));
///         Ok(numbers)
///     }
/// }
/// #
/// # let (store, namespace) = (MapStore::default(), "tenant-7");
/// # let [one, two] = [1, 2].map(|byte| Name { namespace, kind: Kind::Secret, identifier: Identifier([byte; 16]) });
/// # let record = |content| Record::new("", content);
/// # assert!(matches!(store.replace(&one, &Replacement::Record(record(b"early"))), Err(StoreError::NotFound)));
/// # assert_eq!((store.store(&one, &record(b"first"))?, store.store(&two, &record(b"other"))?), (1, 1));
/// # assert_eq!(store.replace(&one, &Replacement::Record(record(b"second")))?, 2);
/// # assert_eq!(store.replace(&one, &Replacement::Moved { from: two.identifier, version: 1 })?, 3);
/// # assert!(matches!(store.open(&two, None), Err(StoreError::NotFound)));
/// # let latest = store.open(&one, None)?;
/// # assert!(matches!(latest.content, Content::Bytes(bytes) if latest.version == 3 && **bytes == *b"other"));
/// # assert_eq!(store.invalidate(&one, Versions::Latest)?, [3]);
/// # assert_eq!(store.replace(&one, &Replacement::Record(record(b"fourth")))?, 4);
/// # assert_eq!(store.invalidate(&one, Versions::All)?, [1, 2, 4]);
/// # assert!(matches!(store.invalidate(&one, Versions::All), Err(StoreError::NotFound)));
/// # Ok::<(), StoreError>(())
/// ```
///
/// A store for production also enforces [`Quotas`], takes its rules and quotas as a [`StoreConfig`], and detects
/// versions that were altered on its medium. The behaviours `managed::` and `audit::` of the crate
/// `hostcrypt-conformance` test a store.
///
/// # Versions
///
/// A name's first version is [`FIRST_VERSION`], and [`next_version`] numbers each further one: one more than the last
/// version that the name ever had, even if that was invalidated. All versions of a name have the same algorithm, which
/// the core checks. The store may delete a name without versions, since no identifier is drawn twice; but the numbers
/// of a [`Kind::Seal`] must continue.
///
/// # What a store answers
///
/// A store returns [`StoreError::NotFound`] for an unknown name, for the name of another namespace and for an
/// invalidated version alike. Any failure of its medium is [`StoreError::Failed`], with the medium's error as the
/// reason. The core answers the guest with the [errno](StoreError::errno), and passes the [report](StoreError::report)
/// to [`HostBuilder::on_refusal`](crate::HostBuilder::on_refusal); a store needs no log of its own.
///
/// # Keys that stay in the store
///
/// A store that generates keys itself, such as a hardware security module, implements [`generate`](Self::generate) and
/// returns [`Content::Key`]. Such a [`ResidentKey`] reports failures to the operator by [`StoreError::refuse`].
pub trait KeyStore: Send + Sync {
    /// Returns the rules for its keys.
    fn rules(&self) -> KeyRules {
        KeyRules::default()
    }

    /// Generates a key inside the store, which the key cannot leave, as the first version of a new name or the next
    /// version of an existing one.
    ///
    /// Returns `None`, the default, if the store generates no keys of that algorithm: the core then generates one and
    /// stores its bytes. The guest's call waits for this method, even with [`LongWork::Background`](crate::LongWork).
    /// It is called only if [`generates`](Self::generates) returns `true`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Quota`], [`StoreError::Rng`] if there are no random numbers, [`StoreError::Failed`].
    fn generate(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>, StoreError> {
        let _ = (name, key);
        Ok(None)
    }

    /// Returns whether [`generate`](Self::generate) may generate a key of an algorithm. `true`, the default, is always
    /// correct, but a required audit log then gets an entry for each attempt.
    fn generates(&self, algorithm: &str) -> bool {
        let _ = algorithm;
        true
    }

    /// Stores bytes as the first version of a new name, or the next version of an existing one, and returns its number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Quota`], [`StoreError::Prohibited`] if the store takes no keys that were made elsewhere,
    /// [`StoreError::Rng`], [`StoreError::Failed`].
    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError>;

    /// Adds a version to a name that has a version, and returns its number. Other versions do not change.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if the name has no version left, or if the version that moves to the name does not
    /// exist; and as for [`store`](Self::store).
    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError>;

    /// Opens a version of a name; without a number, the latest that was not invalidated.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::Failed`].
    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError>;

    /// Invalidates versions permanently, and returns their numbers. Their content is erased as far as the medium
    /// allows.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if the name has no such version, [`StoreError::Failed`].
    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError>;
}

/// The number of a name's first version.
pub const FIRST_VERSION: u64 = 1;

/// The highest number of a version; higher numbers are reserved.
pub const LAST_VERSION: u64 = 0xfeff_ffff_ffff_ffff;

/// Returns the number of the next version.
///
/// # Errors
///
/// [`StoreError::Quota`] if no number is left.
pub fn next_version(last: u64) -> Result<u64, StoreError> {
    if last < LAST_VERSION { Ok(last + 1) } else { Err(StoreError::Quota) }
}
