//! The functions about managed keys and external secrets, as behaviours call them.

use super::{AlgorithmType, Answer, Argument::Buffer, Guest, Object, Value, manager};
use crate::Capability;

/// Reserved numbers of versions.
pub(crate) const UNSPECIFIED: u64 = 0xff00_0000_0000_0000;
/// See [`UNSPECIFIED`].
pub(crate) const LATEST: u64 = 0xff00_0000_0000_0001;
/// See [`UNSPECIFIED`].
pub(crate) const ALL: u64 = 0xff00_0000_0000_0002;

/// The length of an identifier in bytes.
pub(crate) const IDENTIFIER_LEN: usize = 16;

/// By their own names, with the kind of key where that is a part of the name: `id("keypair", pair)`.
#[allow(missing_docs, clippy::missing_errors_doc, reason = "the interface's own")]
impl Guest<'_> {
    /// The revision's name of a manager.
    #[must_use]
    pub fn manager_kind(&self) -> &'static str {
        manager(self.revision())
    }

    pub fn manager_open(&mut self, options: Option<Object>) -> Answer<Object> {
        self.opens(&format!("{}_open", self.manager_kind()), &[options.into()])
    }

    /// A manager without options.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn manager(&mut self) -> Object {
        self.manager_open(None).expect("the host keeps keys")
    }

    pub fn manager_close(&mut self, manager: Object) -> Answer {
        self.close(self.manager_kind(), manager)
    }

    pub fn manager_invalidate(&mut self, manager: Object, id: &[u8], version: u64) -> Answer {
        self.call(&format!("{}_invalidate", self.manager_kind()), &[manager.into(), id.into(), version.into()])
    }

    pub fn keypair_generate_managed(
        &mut self,
        manager: Object,
        kind: impl Into<AlgorithmType>,
        algorithm: &str,
    ) -> Answer<Object> {
        let arguments = [manager.into(), kind.into().into(), algorithm.into(), None.into()];
        self.opens("keypair_generate_managed", &arguments)
    }

    pub fn symmetric_key_generate_managed(&mut self, manager: Object, algorithm: &str) -> Answer<Object> {
        self.opens("symmetric_key_generate_managed", &[manager.into(), algorithm.into(), None.into()])
    }

    /// The identifier, which is written to a buffer of `len` bytes, and the version.
    pub fn id_into(&mut self, key: &str, object: Object, len: usize) -> Answer<(Vec<u8>, u64)> {
        match &mut self.invoke(&format!("{key}_id"), &[object.into(), Buffer(len)])?[..] {
            [Value::Bytes(id), Value::Number(version)] => Ok((std::mem::take(id), *version)),
            values => panic!("{key}_id returned {values:?}"),
        }
    }

    pub fn id(&mut self, key: &str, object: Object) -> Answer<(Vec<u8>, u64)> {
        self.id_into(key, object, 64)
    }

    pub fn from_id(&mut self, key: &str, manager: Object, id: &[u8], version: u64) -> Answer<Object> {
        self.opens(&format!("{key}_from_id"), &[manager.into(), id.into(), version.into()])
    }

    /// The identifier, which is written to a buffer of `len` bytes.
    pub fn store_managed_into(&mut self, key: &str, manager: Object, object: Object, len: usize) -> Answer<Vec<u8>> {
        self.writes(&format!("{key}_store_managed"), &[manager.into(), object.into(), Buffer(len)])
    }

    /// The identifier.
    pub fn store_managed(&mut self, key: &str, manager: Object, object: Object) -> Answer<Vec<u8>> {
        self.store_managed_into(key, manager, object, IDENTIFIER_LEN)
    }

    /// An object of a managed key to be given to a replacement that is refused: where that takes it, another one.
    ///
    /// # Panics
    ///
    /// If the key cannot be opened.
    #[must_use]
    pub fn to_lose(&mut self, key: &str, manager: Object, object: Object) -> Object {
        if self.has(Capability::KeptObjects) {
            return object;
        }
        let (id, version) = self.id(key, object).expect("the key is managed");
        self.from_id(key, manager, &id, version).expect("the key is there")
    }

    /// The new version.
    pub fn replace_managed(&mut self, key: &str, manager: Object, old: Object, new: Object) -> Answer<u64> {
        self.numbers(&format!("{key}_replace_managed"), &[manager.into(), old.into(), new.into()])
    }

    /// The identifier, which is written to a buffer of `len` bytes.
    pub fn external_secret_store_into(
        &mut self,
        manager: Object,
        secret: &[u8],
        expiration: u64,
        len: usize,
    ) -> Answer<Vec<u8>> {
        let arguments = [manager.into(), secret.into(), expiration.into(), Buffer(len)];
        self.writes("external_secret_store", &arguments)
    }

    /// The identifier.
    pub fn external_secret_store(&mut self, manager: Object, secret: &[u8], expiration: u64) -> Answer<Vec<u8>> {
        self.external_secret_store_into(manager, secret, expiration, IDENTIFIER_LEN)
    }

    /// The new version.
    pub fn external_secret_replace(
        &mut self,
        manager: Object,
        secret: &[u8],
        expiration: u64,
        id: &[u8],
    ) -> Answer<u64> {
        let arguments = [manager.into(), secret.into(), expiration.into(), id.into()];
        self.numbers("external_secret_replace", &arguments)
    }

    /// The secret.
    pub fn external_secret_from_id(&mut self, manager: Object, id: &[u8], version: u64) -> Answer<Vec<u8>> {
        let output = self.from_id("external_secret", manager, id, version)?;
        self.pull(output)
    }

    pub fn external_secret_invalidate(&mut self, manager: Object, id: &[u8], version: u64) -> Answer {
        self.call("external_secret_invalidate", &[manager.into(), id.into(), version.into()])
    }

    /// The sealed secret.
    pub fn external_secret_encapsulate(&mut self, manager: Object, secret: &[u8], expiration: u64) -> Answer<Vec<u8>> {
        let output = self.opens("external_secret_encapsulate", &[manager.into(), secret.into(), expiration.into()])?;
        self.pull(output)
    }

    /// The secret.
    pub fn external_secret_decapsulate(&mut self, manager: Object, sealed: &[u8]) -> Answer<Vec<u8>> {
        let output = self.opens("external_secret_decapsulate", &[manager.into(), sealed.into()])?;
        self.pull(output)
    }
}
