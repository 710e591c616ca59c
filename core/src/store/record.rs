//! Records that go into a store, and versions that come out.

use super::Identifier;
use crate::{
    Result,
    backend::{AeadKey, AgreementKey, CipherKey, DecapsulationKey, Secret, SigningKey},
};

/// A version to be stored.
///
/// `algorithm` and `expires` are not secret, but a store must detect changes to them.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Record<'a> {
    /// The interface's name of the algorithm, such as `Ed25519`; empty for an external secret.
    pub algorithm: &'a str,
    /// The last second in which it is valid, as a UNIX timestamp, if it expires.
    pub expires: Option<u64>,
    /// The secret bytes of the key or the external secret.
    pub content: &'a [u8],
}

impl<'a> Record<'a> {
    /// Makes a version that never expires.
    #[must_use]
    pub const fn new(algorithm: &'a str, content: &'a [u8]) -> Self {
        Self { algorithm, expires: None, content }
    }

    /// Sets the last second in which it is valid, as a UNIX timestamp, or `None` if it never expires.
    #[must_use]
    pub const fn with_expiry(mut self, expires: Option<u64>) -> Self {
        self.expires = expires;
        self
    }
}

/// Never shows the content.
impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { algorithm, expires, .. } = self;
        f.debug_struct("Record").field("algorithm", algorithm).field("expires", expires).finish_non_exhaustive()
    }
}

/// Whether the last second of a version has passed.
pub(crate) const fn has_passed(last: u64, now: u64) -> bool {
    now > last
}

/// The next version of an existing name. A store answers [`StoreError::Failed`](super::StoreError::Failed) to one that
/// it does not know.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Replacement<'a> {
    /// Bytes that were made elsewhere.
    Record(Record<'a>),
    /// A version of another name of the same namespace and kind, which moves from that name with its key and its
    /// expiry.
    Moved {
        /// The name that it moves from.
        from: Identifier,
        /// Its number there, which is never used for that name again.
        version: u64,
    },
}

/// A key to be generated in a store.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NewKey<'a> {
    /// The interface's name of the algorithm.
    pub algorithm: &'a str,
    /// The length of a symmetric key in bytes.
    pub key_len: Option<usize>,
    /// The last second in which it is valid, as a UNIX timestamp, if it expires.
    pub expires: Option<u64>,
}

impl<'a> NewKey<'a> {
    /// Makes a key that never expires, and whose length follows from its algorithm.
    #[must_use]
    pub const fn new(algorithm: &'a str) -> Self {
        Self { algorithm, key_len: None, expires: None }
    }

    /// Sets the length of a symmetric key in bytes.
    #[must_use]
    pub const fn with_key_len(mut self, key_len: Option<usize>) -> Self {
        self.key_len = key_len;
        self
    }

    /// Sets the last second in which it is valid, as a UNIX timestamp, or `None` if it never expires.
    #[must_use]
    pub const fn with_expiry(mut self, expires: Option<u64>) -> Self {
        self.expires = expires;
        self
    }
}

/// A stored version.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stored {
    /// The version's number.
    pub version: u64,
    /// As it was stored.
    pub algorithm: String,
    /// As it was stored.
    pub expires: Option<u64>,
    /// The key or the secret.
    pub content: Content,
}

impl Stored {
    /// Makes a version that never expires.
    #[must_use]
    pub fn new(version: u64, algorithm: impl Into<String>, content: Content) -> Self {
        Self { version, algorithm: algorithm.into(), expires: None, content }
    }

    /// Sets the last second in which it is valid, as a UNIX timestamp, or `None` if it never expires.
    #[must_use]
    pub fn with_expiry(mut self, expires: Option<u64>) -> Self {
        self.expires = expires;
        self
    }
}

/// The content of a version.
#[non_exhaustive]
pub enum Content {
    /// The bytes that were stored.
    Bytes(Secret),
    /// A key that cannot leave the store, and computes there.
    Key(ResidentKey),
}

/// Never shows the content.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes(_) => "Bytes",
            Self::Key(_) => "Key",
        })
    }
}

/// A key that computes inside the store, behind the same traits that backends implement.
///
/// Its variant must fit its algorithm: a [`ResidentMac`] for `HMAC/…`, `AES-…-CMAC` and `HKDF-EXPAND/…`, an [`AeadKey`]
/// for an authenticated cipher, a [`CipherKey`] for a cipher without authentication. The other symmetric algorithms need
/// the bytes of their keys.
///
/// The core never calls [`secret`](crate::backend::SecretKey::secret) on such a key. On its public half it calls only
/// [`public`](crate::backend::PublicKey::public), because the backend verifies and encapsulates. The other methods may
/// return anything.
///
/// If the store fails, a key returns the errno of [`StoreError::refuse`](super::StoreError::refuse), so that the
/// operator gets the reason.
#[non_exhaustive]
pub enum ResidentKey {
    /// A key of a signature scheme.
    Signing(Box<dyn SigningKey>),
    /// A key of a key agreement.
    Agreement(Box<dyn AgreementKey>),
    /// A key of a key encapsulation mechanism.
    Decapsulation(Box<dyn DecapsulationKey>),
    /// A key of a message authentication code, or of the second step of HKDF.
    Mac(Box<dyn ResidentMac>),
    /// A key of an authenticated cipher.
    Aead(Box<dyn AeadKey>),
    /// A key of a cipher without authentication.
    Cipher(Box<dyn CipherKey>),
}

/// A key of a message authentication code that computes inside a store. The store gets the whole message: the core
/// buffers what a guest absorbs, within its [`Limits`](crate::Limits).
pub trait ResidentMac: Send + Sync {
    /// Writes the tag of a message to `tag`, which is as long as the algorithm's tag.
    ///
    /// # Errors
    ///
    /// [`Errno::InternalError`](crate::Errno::InternalError) if the store fails, by
    /// [`StoreError::refuse`](super::StoreError::refuse).
    fn tag(&self, message: &[u8], tag: &mut [u8]) -> Result<()>;
}
