//! The functions about managed keys and external secrets, as behaviours call them.

use hostcrypt::Revision;

use super::{Answer, Guest};

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
    /// What the revision calls a manager.
    #[must_use]
    pub fn manager_kind(&self) -> &'static str {
        match self.revision() {
            Revision::V2020_06 => "key_manager",
            Revision::V0_10 => "secrets_manager",
        }
    }

    pub fn manager_open(&mut self, options: Option<u32>) -> Answer<u32> {
        let (function, options) = (format!("{}_open", self.manager_kind()), self.optional(options));
        self.call_u32(&function, &[options])
    }

    /// A manager without options.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn manager(&mut self) -> u32 {
        self.manager_open(None).expect("the host keeps keys")
    }

    pub fn manager_close(&mut self, manager: u32) -> Answer {
        self.close(self.manager_kind(), manager)
    }

    pub fn manager_invalidate(&mut self, manager: u32, id: &[u8], version: u64) -> Answer {
        let (function, [id, id_len]) = (format!("{}_invalidate", self.manager_kind()), self.put(id));
        self.call(&function, &[manager.into(), id, id_len, version.cast_signed()])
    }

    pub fn keypair_generate_managed(&mut self, manager: u32, kind: i64, algorithm: &str) -> Answer<u32> {
        let ([name, name_len], options) = (self.put(algorithm.as_bytes()), self.optional(None));
        self.call_u32("keypair_generate_managed", &[manager.into(), kind, name, name_len, options])
    }

    pub fn symmetric_key_generate_managed(&mut self, manager: u32, algorithm: &str) -> Answer<u32> {
        let ([name, name_len], options) = (self.put(algorithm.as_bytes()), self.optional(None));
        self.call_u32("symmetric_key_generate_managed", &[manager.into(), name, name_len, options])
    }

    /// The identifier, which is written to a buffer of `len` bytes, and the version.
    pub fn id_into(&mut self, key: &str, handle: u32, len: usize) -> Answer<(Vec<u8>, u64)> {
        let (id, id_len, version) = (self.room(len), self.room(4), self.room(8));
        self.call(&format!("{key}_id"), &[handle.into(), id, len as i64, id_len, version])?;
        let id_len = self.u32(id_len) as usize;
        Ok((self.read(id, id_len), self.u64(version)))
    }

    pub fn id(&mut self, key: &str, handle: u32) -> Answer<(Vec<u8>, u64)> {
        self.id_into(key, handle, 64)
    }

    pub fn from_id(&mut self, key: &str, manager: u32, id: &[u8], version: u64) -> Answer<u32> {
        let [id, id_len] = self.put(id);
        self.call_u32(&format!("{key}_from_id"), &[manager.into(), id, id_len, version.cast_signed()])
    }

    /// The identifier.
    pub fn store_managed(&mut self, key: &str, manager: u32, handle: u32) -> Answer<Vec<u8>> {
        let id = self.room(IDENTIFIER_LEN);
        self.call(&format!("{key}_store_managed"), &[manager.into(), handle.into(), id, IDENTIFIER_LEN as i64])?;
        Ok(self.read(id, IDENTIFIER_LEN))
    }

    /// The new version.
    pub fn replace_managed(&mut self, key: &str, manager: u32, old: u32, new: u32) -> Answer<u64> {
        let version = self.room(8);
        self.call(&format!("{key}_replace_managed"), &[manager.into(), old.into(), new.into(), version])?;
        Ok(self.u64(version))
    }

    /// The identifier.
    pub fn external_secret_store(&mut self, manager: u32, secret: &[u8], expiration: u64) -> Answer<Vec<u8>> {
        let ([secret, secret_len], id) = (self.put(secret), self.room(IDENTIFIER_LEN));
        let integers = [manager.into(), secret, secret_len, expiration.cast_signed(), id, IDENTIFIER_LEN as i64];
        self.call("external_secret_store", &integers)?;
        Ok(self.read(id, IDENTIFIER_LEN))
    }

    /// The new version.
    pub fn external_secret_replace(&mut self, manager: u32, secret: &[u8], expiration: u64, id: &[u8]) -> Answer<u64> {
        let ([secret, secret_len], [id, id_len], version) = (self.put(secret), self.put(id), self.room(8));
        let integers = [manager.into(), secret, secret_len, expiration.cast_signed(), id, id_len, version];
        self.call("external_secret_replace", &integers)?;
        Ok(self.u64(version))
    }

    /// The secret.
    pub fn external_secret_from_id(&mut self, manager: u32, id: &[u8], version: u64) -> Answer<Vec<u8>> {
        let output = self.from_id("external_secret", manager, id, version)?;
        self.pull(output)
    }

    pub fn external_secret_invalidate(&mut self, manager: u32, id: &[u8], version: u64) -> Answer {
        let [id, id_len] = self.put(id);
        self.call("external_secret_invalidate", &[manager.into(), id, id_len, version.cast_signed()])
    }

    /// The sealed secret.
    pub fn external_secret_encapsulate(&mut self, manager: u32, secret: &[u8], expiration: u64) -> Answer<Vec<u8>> {
        let [secret, secret_len] = self.put(secret);
        let integers = [manager.into(), secret, secret_len, expiration.cast_signed()];
        let output = self.call_u32("external_secret_encapsulate", &integers)?;
        self.pull(output)
    }

    /// The secret.
    pub fn external_secret_decapsulate(&mut self, manager: u32, sealed: &[u8]) -> Answer<Vec<u8>> {
        let [sealed, sealed_len] = self.put(sealed);
        let output = self.call_u32("external_secret_decapsulate", &[manager.into(), sealed, sealed_len])?;
        self.pull(output)
    }

    fn u64(&self, ptr: i64) -> u64 {
        u64::from_le_bytes(self.read(ptr, 8).try_into().expect("eight bytes"))
    }
}
