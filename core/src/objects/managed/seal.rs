//! External secrets that the guest keeps, sealed under a key of its namespace that no guest sees:
//! `external_secret_encapsulate`, `external_secret_decapsulate`.
//!
//! A sealed secret is a byte for this layout, the version of the key and the last second in which the secret is of use
//! (eight bytes each, big-endian), a nonce, the encrypted secret, and a tag over all of that. The key is
//! [`Kind::Seal`](crate::store::Kind::Seal) in the store; it is made when it is first needed, and stays of use when
//! another version follows it.

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

/// The first byte of what is laid out so.
const LAYOUT: u8 = 1;
/// The layout, the version, the expiry.
const HEADER: usize = 1 + 8 + 8;
/// What else is authenticated, so that the key says nothing of any other text.
const CONTEXT: &[u8] = b"hostcrypt external secret";

/// The cipher that a store is asked to make a key of in itself.
const RESIDENT_CIPHER: &str = "AES-256-GCM";
/// The ciphers that seal, the first that the host has and permits. Nonces are drawn at random: a long one first, then
/// one whose reuse gives least away.
const CIPHERS: [&str; 4] = ["XCHACHA20-POLY1305", "AES-256-GCM-SIV", "AES-256-GCM", "CHACHA20-POLY1305"];

/// A version of the namespace's own key.
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
    /// [`Errno::ProhibitedOperation`] where the policy forbids it, [`Errno::UnsupportedFeature`] where the host does
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

    /// The version that opens what it sealed.
    ///
    /// # Errors
    ///
    /// [`Errno::VerificationFailed`] where the namespace has no such version.
    fn seal(&self, version: u64) -> Result<Seal> {
        let stored = self.open_seal(Some(version)).map_err(|errno| match errno {
            Errno::NotFound => Errno::VerificationFailed,
            errno => errno,
        })?;
        self.seal_of(stored)
    }

    /// The latest version, or a new one where there is none that the host may use.
    fn latest_seal(&self) -> Result<Seal> {
        match self.open_seal(None) {
            Ok(stored) if self.cipher(&stored.algorithm).is_ok() => self.seal_of(stored),
            Ok(_) | Err(Errno::NotFound) => self.new_seal(),
            Err(errno) => Err(errno),
        }
    }

    /// Where two guests of a namespace come here at once, each makes a version; both are of use.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] where the policy forbids every cipher that seals, [`Errno::UnsupportedFeature`]
    /// where the host has none.
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
    /// What a seal adds to a secret, in bytes.
    fn overhead(&self) -> usize {
        HEADER + self.cipher.nonce_len() + self.cipher.tag_len()
    }

    /// What is authenticated beside the secret.
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

/// The version and the expiry that a sealed secret names, if it is laid out as one.
fn header(sealed: &[u8]) -> Option<(u64, u64)> {
    let (layout, rest) = sealed.split_first()?;
    let (version, rest) = rest.split_first_chunk()?;
    let (expires, _) = rest.split_first_chunk()?;
    (*layout == LAYOUT).then_some((u64::from_be_bytes(*version), u64::from_be_bytes(*expires)))
}

impl SecretsManager {
    /// Seals a secret for the guest to keep: `external_secret_encapsulate`. `expires` is the last second in which it is of
    /// use, as a UNIX timestamp.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a secret that is longer than 64 KiB, or that the guest may not hold;
    /// [`Errno::ProhibitedOperation`] where the policy forbids every cipher that seals, [`Errno::UnsupportedFeature`]
    /// where the host has none; [`Errno::RngError`], and [`Errno::InternalError`] where the store fails.
    pub fn encapsulate_secret(&self, operation: Operation<'_>, secret: &[u8], expires: u64) -> Result<SecretBytes> {
        check_len(secret)?;
        let store = NamespacedStore::of(operation)?;
        store.latest_seal()?.seal(secret, expires, operation.random(), operation.budget())
    }

    /// Opens a secret that was sealed: `external_secret_decapsulate`.
    ///
    /// # Errors
    ///
    /// [`Errno::VerificationFailed`] for a text that was altered, or that another namespace sealed, [`Errno::Expired`],
    /// [`Errno::Overflow`] where the guest may not hold the secret, [`Errno::InternalError`] where the store fails.
    pub fn decapsulate_secret(&self, operation: Operation<'_>, sealed: &[u8]) -> Result<SecretBytes> {
        let store = NamespacedStore::of(operation)?;
        let (version, expires) = header(sealed).ok_or(Errno::VerificationFailed)?;
        let secret = store.seal(version)?.open(sealed, operation.budget())?;
        operation.store().clock.check(Some(expires))?;
        Ok(secret)
    }
}
