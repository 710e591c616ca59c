//! What keeps managed keys: a store of versions under names.
//!
//! The core decides what may be stored, opened and exported, when a version has expired, and who may reach what. A
//! store keeps what it is given, gives versions their numbers, and holds each namespace to its quotas. It never sees a
//! handle, a guest pointer or a clock.
//!
//! ```
//! use std::sync::Arc;
//! use hostcrypt::store::MemoryStore;
//! # use hostcrypt::{Host, Revision, backend::*};
//! # fn host(backend: Backend) {
//! let host = Host::builder(backend).key_store(Arc::new(MemoryStore::new())).build();
//! // Each guest reaches the keys of its own namespace alone.
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
pub use record::{Content, NewKey, Record, Replacement, ResidentKey, ResidentMac, Stored};

/// A store of managed keys, external secrets, and the keys that seal secrets.
///
/// # How to write a store
///
/// A store keeps versions under [names](Name). Four methods must be there: [`store`](Self::store),
/// [`replace`](Self::replace), [`open`](Self::open) and [`invalidate`](Self::invalidate). Each change is done whole or
/// not at all, whatever calls other threads and, where the store is shared, other processes make meanwhile. A method
/// returns when its change can no longer be lost.
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
///     fn from(Record { algorithm, expires, content }: &Record<'_>) -> Self {
///         Self { algorithm: (*algorithm).to_owned(), expires: *expires, content: content.to_vec().into() }
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
///         let content = Content::Bytes(content.clone());
///         Ok(Stored { version: *version, algorithm: algorithm.clone(), expires: *expires, content })
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
/// # let record = |content| Record { algorithm: "", expires: None, content };
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
/// A store for production also holds namespaces to [`Quotas`], takes its rules and quotas as a [`StoreConfig`], and
/// lets nobody who can write its medium change a version unnoticed. The behaviours `managed::` and `audit::` of the crate
/// `hostcrypt-conformance` judge a store.
///
/// # Versions
///
/// A name's first version is [`FIRST_VERSION`], and each is one more than the last that the name ever had, invalidated
/// ones included: [`next_version`]. All versions of a name share one algorithm, which the core sees to. A name without
/// versions may be forgotten, since no identifier is drawn twice; but the numbers of a [`Kind::Seal`] go on.
///
/// # What a store answers
///
/// A store does not tell apart an unknown name, a namespace of another guest and an invalidated version: each is
/// [`StoreError::NotFound`]. Whatever is wrong with its medium is [`StoreError::Failed`], with the medium's error as the
/// reason. The core answers the guest the [errno](StoreError::errno), and tells the operator the
/// [report](StoreError::report) by [`HostBuilder::on_refusal`](crate::HostBuilder::on_refusal); a store needs no log of its
/// own.
///
/// # Keys that stay in the store
///
/// A store that makes keys itself, such as a hardware security module, implements [`generate`](Self::generate) and gives
/// out [`Content::Key`]. Such a [`ResidentKey`] tells the operator of failures by [`StoreError::refuse`].
pub trait KeyStore: Send + Sync {
    /// What guests may do with the keys that it keeps.
    fn rules(&self) -> KeyRules {
        KeyRules::default()
    }

    /// Makes a key in the store itself, where it stays, as a version of a name, the first of one that is new.
    ///
    /// `None`, which is the default, if the store makes no keys of that algorithm: the core makes one and stores its
    /// bytes. A call of a guest waits for it, also where others answer `in_progress`. It is called only where
    /// [`generates`](Self::generates) allows.
    ///
    /// # Errors
    ///
    /// [`StoreError::Quota`], [`StoreError::Rng`] where no key can be made, [`StoreError::Failed`].
    fn generate(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>, StoreError> {
        let _ = (name, key);
        Ok(None)
    }

    /// Whether [`generate`](Self::generate) may make a key of an algorithm. `true`, which is the default, is always
    /// right; but then an audit log that is required is told of each attempt.
    fn generates(&self, algorithm: &str) -> bool {
        let _ = algorithm;
        true
    }

    /// Stores bytes as a version of a name, the first of one that is new, and returns its number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Quota`], [`StoreError::Prohibited`] if the store takes no keys that were made elsewhere,
    /// [`StoreError::Rng`], [`StoreError::Failed`].
    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError>;

    /// Adds a version to a name that has one, and returns its number. Other versions stay as they are.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if the name has no version left, or if the version that is to take the name is not there;
    /// and as for [`store`](Self::store).
    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError>;

    /// A version of a name; without a number, the latest that was not invalidated.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::Failed`].
    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError>;

    /// Invalidates versions for ever, and returns their numbers. What they held is erased as far as the medium lets it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if the name has no such version, [`StoreError::Failed`].
    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError>;
}

/// The number of a name's first version.
pub const FIRST_VERSION: u64 = 1;

/// The highest number that a version can have; those above are reserved.
pub const LAST_VERSION: u64 = 0xfeff_ffff_ffff_ffff;

/// The number of the version after one.
///
/// # Errors
///
/// [`StoreError::Quota`] where there is none left.
pub fn next_version(last: u64) -> Result<u64, StoreError> {
    if last < LAST_VERSION { Ok(last + 1) } else { Err(StoreError::Quota) }
}
