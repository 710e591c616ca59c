//! An algorithm of a host, behind the guest's door.

use std::sync::LazyLock;

use hostcrypt::{Errno, Revision};
use hostcrypt_conformance::{Guest, Object, Subject, subjects};

/// Every backend and revision, without a runtime.
static SUBJECTS: LazyLock<Vec<&'static dyn Subject>> = LazyLock::new(|| {
    let native = subjects().into_iter().filter(|subject| subject.runtime() == "native");
    native.map(|subject| &*Box::leak(subject)).collect()
});

/// What an algorithm is for, in the numbers of both revisions.
const SIGNATURES: i64 = 0;
const KEY_EXCHANGE: i64 = 2;

/// How a signature is encoded, in the numbers of both revisions.
const SIGNATURE_RAW: i64 = 0;
const SIGNATURE_DER: i64 = 1;

/// How a key is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Raw,
    /// PKCS#8 or SubjectPublicKeyInfo.
    Der,
    Pem,
    Sec,
    CompressedSec,
}

impl Encoding {
    /// The numbers that a revision has for it.
    const fn numbers(self, revision: Revision, is_pair: bool) -> &'static [i64] {
        match (self, is_pair, revision) {
            (Self::Raw, _, _) => &[0],
            // `pkcs8`, and `der`.
            (Self::Der, true, Revision::V2020_06) => &[1, 2],
            (Self::Der, _, _) => &[1],
            (Self::Pem, true, Revision::V2020_06) => &[3],
            (Self::Pem, _, _) => &[2],
            (Self::Sec, false, _) => &[3],
            (Self::CompressedSec, false, Revision::V2020_06) => &[4],
            (Self::Sec | Self::CompressedSec, _, _) => &[],
        }
    }
}

/// One algorithm of one host, to a new guest.
pub(crate) struct Host {
    guest: Guest<'static>,
    pub(crate) name: &'static str,
    kind: i64,
}

/// Every host that serves an algorithm, of those that are named.
///
/// # Panics
///
/// Where no host serves it: then nothing would be tested.
pub(crate) fn hosts(names: &'static [&'static str], sign: bool) -> Vec<Host> {
    let kind = if sign { SIGNATURES } else { KEY_EXCHANGE };
    let of = |name: &'static str| {
        let served = SUBJECTS.iter().filter(move |subject| subject.serves(name));
        let served = served.filter(|subject| sign || subject.revision() == Revision::V0_10);
        let hosts: Vec<_> = served.map(|subject| Host { guest: Guest::new(*subject), name, kind }).collect();
        assert!(!hosts.is_empty(), "no host serves {name}");
        hosts
    };
    names.iter().copied().flat_map(of).collect()
}

impl Host {
    /// What is meant, where something fails.
    pub(crate) fn what(&self) -> String {
        format!("{} of {}, revision {}", self.name, self.guest.subject().backend(), self.guest.revision())
    }

    fn numbers(&self, key: &str, encoding: Encoding) -> &'static [i64] {
        encoding.numbers(self.guest.revision(), key == "keypair")
    }

    pub(crate) fn generate(&mut self) -> Object {
        self.guest.keypair_generate(self.kind, self.name, None).unwrap_or_else(|no| panic!("{}: {no:?}", self.what()))
    }

    /// Imports a key under each number of an encoding.
    pub(crate) fn read(&mut self, key: &str, encoded: &[u8], encoding: Encoding) -> Vec<Object> {
        let mut handles = Vec::new();
        for number in self.numbers(key, encoding) {
            match self.guest.import(key, self.kind, self.name, encoded, *number) {
                Ok(handle) => handles.push(handle),
                Err(refusal) => panic!("{}: {key} in {encoding:?} ({number}) is {refusal:?}", self.what()),
            }
        }
        handles
    }

    /// Holds the import of a key to an errno, under each number of an encoding.
    pub(crate) fn refuses(&mut self, key: &str, encoded: &[u8], encoding: Encoding, errno: Errno) {
        for number in self.numbers(key, encoding) {
            match self.guest.import(key, self.kind, self.name, encoded, *number) {
                Err(refusal) if refusal == errno => {}
                other => panic!("{}: {key} in {encoding:?} ({number}) is {other:?}, not {errno}", self.what()),
            }
        }
    }

    /// Exports a key under each number of an encoding.
    pub(crate) fn write(&mut self, key: &str, handle: Object, encoding: Encoding) -> Vec<Vec<u8>> {
        let mut keys = Vec::new();
        for number in self.numbers(key, encoding) {
            match self.guest.export(key, handle, *number) {
                Ok(encoded) => keys.push(encoded),
                Err(refusal) => panic!("{}: {key} to {encoding:?} ({number}) is {refusal:?}", self.what()),
            }
        }
        keys
    }

    /// The one encoding of a key in DER.
    pub(crate) fn der(&mut self, key: &str, handle: Object) -> Vec<u8> {
        let mut keys = self.write(key, handle, Encoding::Der);
        keys.dedup();
        assert_eq!(keys.len(), 1, "{}: `pkcs8` and `der` differ", self.what());
        keys.remove(0)
    }

    pub(crate) fn secret(&mut self, pair: Object) -> Object {
        self.guest.keypair_secretkey(pair).unwrap()
    }

    /// The public half of a pair or a secret key.
    pub(crate) fn public(&mut self, key: &str, handle: Object) -> Object {
        match key {
            "keypair" => self.guest.keypair_publickey(handle),
            _ => self.guest.publickey_from_secretkey(handle),
        }
        .unwrap()
    }

    /// How OpenSSL encodes the signatures.
    fn signature(&self) -> i64 {
        if self.name.starts_with("ECDSA") { SIGNATURE_DER } else { SIGNATURE_RAW }
    }

    pub(crate) fn sign(&mut self, pair: Object, message: &[u8]) -> Vec<u8> {
        let signature = self.guest.sign(pair, message).unwrap();
        self.guest.export("signature", signature, self.signature()).unwrap()
    }

    /// Whether a signature is of a message and a public key.
    pub(crate) fn verifies(&mut self, public: Object, message: &[u8], signature: &[u8]) -> bool {
        let signature = self.guest.signature_import(self.name, signature, self.signature()).unwrap();
        match self.guest.verify(public, message, signature) {
            Ok(()) => true,
            Err(refusal) if refusal == Errno::VerificationFailed => false,
            Err(refusal) => panic!("{}: {refusal:?}", self.what()),
        }
    }

    pub(crate) fn agree(&mut self, public: Object, secret: Object) -> Vec<u8> {
        self.guest.kx_dh(public, secret).unwrap()
    }
}
