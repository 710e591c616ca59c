//! Sealing of records: XChaCha20-Poly1305 with random nonces.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hostcrypt::{Printable, backend::Secret, store::StoreError};
use zeroize::Zeroizing;

use crate::{error::Fault, kek::KekBytes, tables::Slot};

const NONCE_LEN: usize = 24;
/// The number of bytes that sealing adds.
#[cfg(test)]
const OVERHEAD: usize = NONCE_LEN + 16;

/// The kind and the place of a sealed record, so that no record can replace one of another kind, file or place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sealed<'a> {
    /// An empty record that shows whether a key is the right one, with the way in which the key is made.
    Check(&'a [u8]),
    /// A version's content: its key in the table, its algorithm, its expiry.
    Version(&'a (&'a str, u8, u128, u64), &'a str, Option<u64>),
    /// An empty record that authenticates a name: its key in the table, its last number, its number of versions.
    Name(&'a (&'a str, u8, u128), u64, u64),
}

impl Sealed<'_> {
    /// The additional data. Each part is prefixed by its length, so the encoding is unambiguous.
    fn data(self, file: &[u8; 16], generation: u32) -> Vec<u8> {
        let mut data = Vec::new();
        let mut part = |bytes: &[u8]| {
            data.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            data.extend_from_slice(bytes);
        };
        part(b"hostcrypt key store 1");
        part(file);
        part(&generation.to_le_bytes());
        match self {
            Self::Check(making) => {
                part(b"check");
                part(making);
            }
            Self::Version((namespace, kind, identifier, version), algorithm, expires) => {
                part(b"version");
                part(namespace.as_bytes());
                part(&[*kind]);
                part(&identifier.to_be_bytes());
                part(&version.to_le_bytes());
                part(algorithm.as_bytes());
                part(expires.map(u64::to_le_bytes).as_ref().map_or(&[], |expires| expires));
            }
            Self::Name((namespace, kind, identifier), last, live) => {
                part(b"name");
                part(namespace.as_bytes());
                part(&[*kind]);
                part(&identifier.to_be_bytes());
                part(&last.to_le_bytes());
                part(&live.to_le_bytes());
            }
        }
        data
    }
}

/// A file's key-encryption key of one generation.
pub(crate) struct Sealer {
    file: [u8; 16],
    pub(crate) generation: u32,
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    pub(crate) fn new(file: [u8; 16], generation: u32, kek: &KekBytes) -> Self {
        Self { file, generation, cipher: XChaCha20Poly1305::new((&**kek).into()) }
    }

    /// Whether this is the key-encryption key that a file, by its number, records.
    pub(crate) fn is_of(&self, file: [u8; 16], slot: &Slot) -> bool {
        let check = || self.open(Sealed::Check(&slot.making.to_bytes()), &slot.check);
        self.file == file && self.generation == slot.generation && check().is_some()
    }

    /// Seals content: a nonce, the encrypted content, a tag.
    pub(crate) fn seal(&self, what: Sealed<'_>, content: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| Fault::Random)?;
        let payload = Payload { msg: content, aad: &what.data(&self.file, self.generation) };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        Ok([&nonce[..], &sealed.map_err(|_| Fault::Refused(StoreError::Quota))?].concat())
    }

    /// Unseals a record, if it was sealed in this way.
    pub(crate) fn open(&self, what: Sealed<'_>, sealed: &[u8]) -> Option<Secret> {
        let (nonce, msg) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let payload = Payload { msg, aad: &what.data(&self.file, self.generation) };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }
}

/// The keys that seal a file's records: one, and the previous one during a rotation.
pub(crate) struct Keys {
    pub(crate) current: Sealer,
    pub(crate) former: Option<Sealer>,
}

impl Keys {
    /// Unseals a record of some generation.
    ///
    /// # Errors
    ///
    /// [`Fault::Damaged`] if it was not sealed in this way.
    pub(crate) fn open(&self, generation: u32, what: Sealed<'_>, sealed: &[u8]) -> Result<Secret, Fault> {
        let mut sealers = std::iter::once(&self.current).chain(&self.former);
        let sealer = sealers.find(|sealer| sealer.generation == generation);
        let opened = sealer.and_then(|sealer| sealer.open(what, sealed));
        opened.ok_or_else(|| match what {
            Sealed::Check(_) => Fault::Damaged("the check of its key-encryption key was changed".to_owned()),
            Sealed::Version((namespace, _, identifier, version), ..) => Fault::Damaged(format!(
                "version {version} of {identifier:032x} in `{}` was changed",
                Printable(namespace)
            )),
            Sealed::Name((namespace, _, identifier), ..) => {
                Fault::Damaged(format!("the name {identifier:032x} in `{}` was changed", Printable(namespace)))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_an_altered_record_escapes_the_tenants_namespace() {
        let keys = Keys { current: Sealer::new([1; 16], 1, &Zeroizing::new([7; 32])), former: None };
        let namespace = "a\n\u{1b}[31m\u{202e}b";
        let version = keys.open(1, Sealed::Version(&(namespace, 0, 1, 2), "Ed25519", None), &[0; 64]);
        let name = keys.open(1, Sealed::Name(&(namespace, 0, 1), 2, 1), &[0; 64]);
        let escaped = Printable(namespace).to_string();
        assert!(!escaped.contains(['\n', '\u{1b}', '\u{202e}']), "{escaped}");
        for (opened, record) in [(version, "version 2 of "), (name, "the name ")] {
            let Err(Fault::Damaged(found)) = opened else { panic!("it was opened") };
            assert_eq!(found, format!("{record}{:032x} in `{escaped}` was changed", 1));
        }
    }

    #[test]
    fn what_was_sealed_opens_in_its_own_place_alone() {
        let kek = Zeroizing::new([7; 32]);
        let sealer = Sealer::new([1; 16], 1, &kek);
        let name = ("a", 0, 1, 1);
        let what = Sealed::Version(&name, "Ed25519", Some(0));
        let sealed = sealer.seal(what, b"secret").unwrap();
        assert_eq!(sealed.len(), 6 + OVERHEAD);
        assert_eq!(**sealer.open(what, &sealed).unwrap(), *b"secret");
        let elsewhere = [
            Sealed::Version(&("b", 0, 1, 1), "Ed25519", Some(0)),
            Sealed::Version(&("a", 1, 1, 1), "Ed25519", Some(0)),
            Sealed::Version(&("a", 0, 2, 1), "Ed25519", Some(0)),
            Sealed::Version(&("a", 0, 1, 2), "Ed25519", Some(0)),
            Sealed::Version(&name, "X25519", Some(0)),
            Sealed::Version(&name, "Ed25519", Some(1)),
            Sealed::Version(&name, "Ed25519", None),
            Sealed::Name(&("a", 0, 1), 1, 1),
        ];
        for other in elsewhere {
            assert!(sealer.open(other, &sealed).is_none(), "{other:?}");
        }
        for other in
            [Sealer::new([2; 16], 1, &kek), Sealer::new([1; 16], 2, &kek), Sealer::new([1; 16], 1, &[8; 32].into())]
        {
            assert!(other.open(what, &sealed).is_none());
        }
        for end in 0..sealed.len() {
            assert!(sealer.open(what, &sealed[..end]).is_none(), "cut at {end}");
            let mut changed = sealed.clone();
            changed[end] ^= 1;
            assert!(sealer.open(what, &changed).is_none(), "changed at {end}");
        }
    }
}
