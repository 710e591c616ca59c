//! What goes into a store and comes out of it.

use super::Identifier;
use crate::{
    Result,
    backend::{AeadKey, AgreementKey, CipherKey, DecapsulationKey, Secret, SigningKey},
};

/// A version that is to be stored.
///
/// `algorithm` and `expires` are no secrets, but nobody must be able to change them unnoticed.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The interface's name of the algorithm, such as `Ed25519`; empty for an external secret.
    pub algorithm: &'a str,
    /// The last second in which it is of use, as a UNIX timestamp, if it expires.
    pub expires: Option<u64>,
    /// The bytes of the key or the secret: for the store alone.
    pub content: &'a [u8],
}

/// Never shows the content.
impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { algorithm, expires, .. } = self;
        f.debug_struct("Record").field("algorithm", algorithm).field("expires", expires).finish_non_exhaustive()
    }
}

/// What becomes a version of a name that has one already.
#[derive(Clone, Copy, Debug)]
pub enum Replacement<'a> {
    /// Bytes that were made elsewhere.
    Record(Record<'a>),
    /// A version of another name of the same namespace and kind, which leaves that name; it keeps its key and its
    /// expiry.
    Moved {
        /// The name that it leaves.
        from: Identifier,
        /// Its number there, which that name never has again.
        version: u64,
    },
}

/// A key that is to be made in a store.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    /// The interface's name of the algorithm.
    pub algorithm: &'a str,
    /// The length of a symmetric key in bytes.
    pub key_len: Option<usize>,
    /// The last second in which it is of use, as a UNIX timestamp, if it expires.
    pub expires: Option<u64>,
}

/// A version as a store keeps it.
#[derive(Debug)]
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

/// What a store gives out of a version.
pub enum Content {
    /// The bytes that were stored.
    Bytes(Secret),
    /// A key that never leaves the store; it does its work there.
    Key(ResidentKey),
}

/// Never shows it.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes(_) => "Bytes",
            Self::Key(_) => "Key",
        })
    }
}

/// A key that does its work in the store, behind the traits that backends serve too.
///
/// It must be what its algorithm takes: a [`ResidentMac`] for `HMAC/…`, `AES-…-CMAC` and `HKDF-EXPAND/…`, an [`AeadKey`] for
/// an authenticated cipher. The other symmetric algorithms need the bytes of their keys.
///
/// The core never asks such a key for [`secret`](crate::backend::SecretKey::secret), and its public half for nothing
/// but [`public`](crate::backend::PublicKey::public): verifying and encapsulating is the backend's work. Other methods
/// of these may answer anything.
///
/// Where the store fails, a key answers what [`StoreError::refuse`](super::StoreError::refuse) returns, so that the
/// operator is told why.
pub enum ResidentKey {
    /// Of a signature scheme.
    Signing(Box<dyn SigningKey>),
    /// Of a key agreement.
    Agreement(Box<dyn AgreementKey>),
    /// Of a key encapsulation mechanism.
    Decapsulation(Box<dyn DecapsulationKey>),
    /// Of a message authentication code, or of the second step of HKDF.
    Mac(Box<dyn ResidentMac>),
    /// Of an authenticated cipher.
    Aead(Box<dyn AeadKey>),
    /// Of a cipher without authentication.
    Cipher(Box<dyn CipherKey>),
}

/// A key of a message authentication code that does its work in a store. Messages go there whole: the core keeps what a
/// guest absorbs, within its [`Limits`](crate::Limits).
pub trait ResidentMac: Send + Sync {
    /// Writes the tag of a message to `tag`, which is as long as the algorithm's tag.
    ///
    /// # Errors
    ///
    /// [`Errno::InternalError`](crate::Errno::InternalError) where the store fails, by
    /// [`StoreError::refuse`](super::StoreError::refuse).
    fn tag(&self, message: &[u8], tag: &mut [u8]) -> Result<()>;
}
