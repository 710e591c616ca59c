//! External secrets that the guest stores itself, sealed under a key of its namespace that no guest can name:
//! `external_secret_encapsulate`, `external_secret_decapsulate`.
//!
//! A sealed secret consists of a byte for this layout, the version of the key, the last second in which the secret is
//! valid (eight bytes each, big-endian), a nonce, the encrypted secret, and a tag over all of that. The key is a
//! [`Kind::Seal`](crate::store::Kind::Seal) in the store. It is generated when it is first needed, and its old versions
//! still open the secrets that they sealed.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{SecretsManager, namespaced_store::NamespacedStore, secret::check_len};
use crate::{
    Errno, InOut, Operation, Result,
    algorithm::symmetric::{AeadAlgorithm, SymmetricAlgorithm},
    backend::{Aead, AeadKey, Random, Secret},
    secret::{Budget, SecretBytes},
    store::{Action, Content, NewKey, Record, ResidentKey, Stored},
};

/// The first byte of a sealed secret in this layout.
const LAYOUT: u8 = 1;
/// The layout, the version, the expiry.
const HEADER: usize = 1 + 8 + 8;
/// Additional data that separates these secrets from any other text under the key.
const CONTEXT: &[u8] = b"hostcrypt external secret";

/// The cipher of a key that the store generates inside itself.
const RESIDENT_CIPHER: &str = "AES-256-GCM";
/// The ciphers that seal; the first one that the host has and the policy allows is used. Nonces are random, so ciphers
/// with long nonces come first, then those on which reuse of a nonce does least harm.
const CIPHERS: [&str; 4] = ["XCHACHA20-POLY1305", "AES-256-GCM-SIV", "AES-256-GCM", "CHACHA20-POLY1305"];

/// A version of the namespace's sealing key.
struct Seal {
    version: u64,
    cipher: &'static dyn Aead,
    key: Box<dyn AeadKey>,
}

impl NamespacedStore<'_> {
    /// The cipher of a name.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] if the policy forbids it, [`Errno::UnsupportedFeature`] if the host does
    /// not have it.
    fn cipher(&self, name: &str) -> Result<&'static dyn Aead> {
        match self.host.catalogue.symmetric(name.as_bytes()).map(|allowed| &allowed.0.algorithm) {
            Ok(SymmetricAlgorithm::Aead(AeadAlgorithm(cipher))) => Ok(*cipher),
            Ok(_) => Err(Errno::InternalError),
            Err(Errno::UnsupportedAlgorithm) => Err(Errno::UnsupportedFeature),
            Err(errno) => Err(errno),
        }
    }

    fn seal_of(&self, stored: Stored) -> Result<Seal> {
        let cipher = self.cipher(&stored.algorithm)?;
        let key = match stored.content {
            Content::Bytes(raw) if raw.len() == cipher.key_len() => cipher.key(&raw)?,
            Content::Key(ResidentKey::Aead(key)) => key,
            _ => return Err(Errno::InternalError),
        };
        Ok(Seal { version: stored.version, cipher, key })
    }

    /// The version that sealed a secret.
    ///
    /// # Errors
    ///
    /// [`Errno::VerificationFailed`] if the namespace has no such version.
    fn seal(&self, version: u64) -> Result<Seal> {
        let stored = self.open_seal(Some(version)).map_err(|errno| match errno {
            Errno::NotFound => Errno::VerificationFailed,
            errno => errno,
        })?;
        self.seal_of(stored)
    }

    /// The latest version, or a new one if the host may use none.
    fn latest_seal(&self) -> Result<Seal> {
        match self.open_seal(None) {
            Ok(stored) if self.cipher(&stored.algorithm).is_ok() => self.seal_of(stored),
            Ok(_) | Err(Errno::NotFound) => self.new_seal(),
            Err(errno) => Err(errno),
        }
    }

    /// If two guests of a namespace do this at the same time, each makes a version; both are valid.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] if the policy forbids every cipher that seals, [`Errno::UnsupportedFeature`]
    /// if the host has none.
    fn new_seal(&self) -> Result<Seal> {
        if let Ok(cipher) = self.cipher(RESIDENT_CIPHER) {
            let new = NewKey { algorithm: cipher.name(), key_len: Some(cipher.key_len()), expires: None };
            if let Some(stored) = self.generate_in_store(&self.seal_name(), &new)? {
                return self.seal_of(stored);
            }
        }
        let mut found = Err(Errno::UnsupportedFeature);
        for name in CIPHERS {
            match self.cipher(name) {
                Err(Errno::UnsupportedFeature) => {}
                known => found = known,
            }
            if found.is_ok() {
                break;
            }
        }
        let cipher = found?;
        let mut raw: Secret = Zeroizing::new(vec![0; cipher.key_len()]);
        self.host.backend.random.fill(&mut raw)?;
        let record = Record { algorithm: cipher.name(), expires: None, content: &raw };
        let version = self.store(&self.seal_name(), &record, Action::Generated)?;
        Ok(Seal { version, cipher, key: cipher.key(&raw)? })
    }
}

impl Seal {
    /// The number of bytes that sealing adds to a secret.
    fn overhead(&self) -> usize {
        HEADER + self.cipher.nonce_len() + self.cipher.tag_len()
    }

    /// The additional data that is authenticated.
    fn data(head: &[u8]) -> Vec<u8> {
        [CONTEXT, head].concat()
    }

    fn seal(&self, secret: &[u8], expires: u64, random: &dyn Random, budget: &Arc<Budget>) -> Result<SecretBytes> {
        let mut sealed = SecretBytes::zeroed(secret.len() + self.overhead(), budget)?;
        let (head, rest) = split(&mut sealed, HEADER + self.cipher.nonce_len())?;
        let (header, nonce) = split(head, HEADER)?;
        let parts = [&[LAYOUT][..], &self.version.to_be_bytes(), &expires.to_be_bytes()];
        header.copy_from_slice(&parts.concat());
        random.fill(nonce)?;
        let nonce = nonce.to_vec();
        let (text, tag) = split(rest, secret.len())?;
        self.key.seal(&nonce, &Self::data(head), InOut::Apart(secret, text), tag)?;
        Ok(sealed)
    }

    fn open(&self, sealed: &[u8], budget: &Arc<Budget>) -> Result<SecretBytes> {
        let part = |from: usize, to: usize| sealed.get(from..to).ok_or(Errno::VerificationFailed);
        let text_start = HEADER + self.cipher.nonce_len();
        let text_end = sealed.len().checked_sub(self.cipher.tag_len()).ok_or(Errno::VerificationFailed)?;
        let (head, nonce) = (part(0, text_start)?, part(HEADER, text_start)?);
        let (text, tag) = (part(text_start, text_end)?, part(text_end, sealed.len())?);
        let mut secret = SecretBytes::zeroed(text.len(), budget)?;
        let opened = self.key.open(nonce, &Self::data(head), InOut::Apart(text, &mut secret), tag);
        opened.map_err(|errno| if errno == Errno::InvalidTag { Errno::VerificationFailed } else { errno })?;
        Ok(secret)
    }
}

fn split(bytes: &mut [u8], at: usize) -> Result<(&mut [u8], &mut [u8])> {
    bytes.split_at_mut_checked(at).ok_or(Errno::InternalError)
}

/// The version and the expiry in a sealed secret, if it has the layout of one.
fn header(sealed: &[u8]) -> Option<(u64, u64)> {
    let (layout, rest) = sealed.split_first()?;
    let (version, rest) = rest.split_first_chunk()?;
    let (expires, _) = rest.split_first_chunk()?;
    (*layout == LAYOUT).then_some((u64::from_be_bytes(*version), u64::from_be_bytes(*expires)))
}

impl SecretsManager {
    /// Seals a secret, which the guest stores itself: `external_secret_encapsulate`. `expires` is the last second in
    /// which it is valid, as a UNIX timestamp.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a secret that is longer than 64 KiB, or that exceeds the guest's limit on bytes;
    /// [`Errno::ProhibitedOperation`] if the policy forbids every cipher that seals, [`Errno::UnsupportedFeature`]
    /// if the host has none; [`Errno::RngError`], and [`Errno::InternalError`] if the store fails.
    pub fn encapsulate_secret(&self, operation: Operation<'_>, secret: &[u8], expires: u64) -> Result<SecretBytes> {
        check_len(secret)?;
        let store = NamespacedStore::of(operation)?;
        store.latest_seal()?.seal(secret, expires, operation.random(), operation.budget())
    }

    /// Unseals a secret: `external_secret_decapsulate`.
    ///
    /// # Errors
    ///
    /// [`Errno::VerificationFailed`] for a text that was altered, or that another namespace sealed, [`Errno::Expired`],
    /// [`Errno::Overflow`] if the secret exceeds the guest's limit on bytes, [`Errno::InternalError`] if the store
    /// fails.
    pub fn decapsulate_secret(&self, operation: Operation<'_>, sealed: &[u8]) -> Result<SecretBytes> {
        let store = NamespacedStore::of(operation)?;
        let (version, expires) = header(sealed).ok_or(Errno::VerificationFailed)?;
        let secret = store.seal(version)?.open(sealed, operation.budget())?;
        operation.store().clock.check(Some(expires))?;
        Ok(secret)
    }
}
