//! Every algorithm that a host serves, by the interface's name.

use std::{borrow::Cow, sync::Arc};

use crate::{
    Errno, Result,
    asymmetric::{Scheme, Served},
    backend::{self, Backend},
    options::AlgorithmType,
    policy::Policy,
    secret::Budget,
    symmetric::{Construction, Key},
};

/// What a name stands for.
#[derive(Clone, Copy)]
pub(crate) enum Algorithm {
    Symmetric(Construction),
    Asymmetric(Scheme),
}

impl Algorithm {
    fn name(self) -> Cow<'static, str> {
        match self {
            Self::Symmetric(construction) => construction.name(),
            Self::Asymmetric(scheme) => scheme.name().into(),
        }
    }
}

/// One algorithm that a host serves, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlgorithmInfo {
    /// The interface's name.
    pub name: String,
    /// The family, such as `hash` or `signature`.
    pub kind: &'static str,
    /// The type that guests name it under.
    pub algorithm_type: AlgorithmType,
    /// The name of the backend that serves it.
    pub backend: &'static str,
    /// The length in bytes of a symmetric key as the host makes it.
    pub key_len: Option<usize>,
    /// The length in bytes of a public key in raw encoding.
    pub public_key_len: Option<usize>,
    /// The length in bytes of a secret key in raw encoding.
    pub secret_key_len: Option<usize>,
    /// The length in bytes of a nonce.
    pub nonce_len: Option<usize>,
    /// The length in bytes of a tag.
    pub tag_len: Option<usize>,
    /// The length in bytes of the longest output.
    pub output_len: Option<usize>,
    /// The length in bytes of a raw signature.
    pub signature_len: Option<usize>,
    /// The length in bytes of an encapsulated secret.
    pub encapsulated_len: Option<usize>,
    /// The size in bits that a key's strength is known by: of the modulus, the curve, or the shortest symmetric key
    /// that the algorithm and the policy take.
    pub key_bits: Option<usize>,
    /// Whether the host's policy forbids it; guests get `prohibited_operation`.
    pub forbidden: bool,
}

struct Entry {
    name: Cow<'static, str>,
    backend: &'static str,
    algorithm: Algorithm,
    /// What other backends of the host have under the name of an asymmetric algorithm, in their order.
    others: Vec<Scheme>,
    forbidden: bool,
    /// The length in bytes of the shortest symmetric key that the policy allows.
    shortest_key: usize,
}

impl Entry {
    /// The implementations of an asymmetric algorithm.
    fn served(&self) -> Option<Served<'_>> {
        match self.algorithm {
            Algorithm::Asymmetric(first) => Some(Served { first, others: &self.others }),
            Algorithm::Symmetric(_) => None,
        }
    }
}

/// A symmetric algorithm and what the policy demands of its keys.
#[derive(Clone, Copy)]
pub(crate) struct Permitted {
    pub(crate) construction: Construction,
    shortest_key: usize,
}

impl Permitted {
    /// The length of a generated key in bytes: as long as the policy demands, where the algorithm takes that.
    ///
    /// # Errors
    ///
    /// [`Errno::KeyNotSupported`] for an algorithm without keys.
    pub(crate) fn generated_len(self) -> Result<usize> {
        let len = self.construction.key_len()?;
        Ok(if self.construction.exact_key_len().is_some() { len } else { len.max(self.shortest_key) })
    }

    /// # Errors
    ///
    /// Those of [`Key::new`], and [`Errno::ProhibitedOperation`] for a key that is too short for the policy.
    pub(crate) fn key(self, raw: &[u8], budget: &Arc<Budget>) -> Result<Key> {
        let key = Key::new(self.construction, raw, budget)?;
        if raw.len() < self.shortest_key { Err(Errno::ProhibitedOperation) } else { Ok(key) }
    }
}

/// How many lengths of names are told apart; longer names share the last place.
const LENGTHS: usize = 32;

pub(crate) struct Catalogue {
    entries: Vec<Entry>,
    /// The entries by the length of their names: few enough of each that comparing them beats hashing.
    by_len: [Vec<usize>; LENGTHS],
}

impl Catalogue {
    pub(crate) fn new(backend: &Backend, policy: &Policy) -> Self {
        let mut catalogue = Self { entries: Vec::new(), by_len: Default::default() };
        for part in backend.parts() {
            catalogue.add_all(part, policy);
        }
        catalogue
    }

    fn add_all(&mut self, backend: &Backend, policy: &Policy) {
        let mut add = |algorithm: Algorithm| self.add(backend.name, policy, algorithm.name(), algorithm);
        for hash in backend.hashes {
            add(Algorithm::Symmetric(Construction::Hash(*hash)));
        }
        for mac in backend.macs {
            add(Algorithm::Symmetric(Construction::Mac(*mac)));
            if mac.name().starts_with("HMAC/") {
                add(Algorithm::Symmetric(Construction::Extract(*mac)));
                add(Algorithm::Symmetric(Construction::Expand(*mac)));
            }
        }
        for aead in backend.aeads {
            add(Algorithm::Symmetric(Construction::Aead(*aead)));
        }
        for cipher in backend.ciphers {
            add(Algorithm::Symmetric(Construction::Cipher(*cipher)));
        }
        for session in backend.sessions {
            add(Algorithm::Symmetric(Construction::Session(*session)));
        }
        for signature in backend.signatures {
            add(Algorithm::Asymmetric(Scheme::Signature(*signature)));
        }
        for agreement in backend.agreements {
            add(Algorithm::Asymmetric(Scheme::Agreement(*agreement)));
        }
        for kem in backend.kems {
            add(Algorithm::Asymmetric(Scheme::Kem(*kem)));
        }
    }

    /// The first of a name serves it; another asymmetric one is kept for the keys that the first cannot read.
    fn add(&mut self, backend: &'static str, policy: &Policy, name: Cow<'static, str>, algorithm: Algorithm) {
        if let Some(index) = self.index(&name) {
            if let Some(Entry { algorithm: Algorithm::Asymmetric(first), others, .. }) = self.entries.get_mut(index)
                && let Algorithm::Asymmetric(other) = algorithm
                && first.is_kind_of(other)
            {
                others.push(other);
            }
            return;
        }
        if let Some(names) = self.by_len.get_mut(name.len().min(LENGTHS - 1)) {
            names.push(self.entries.len());
            let least = policy.least_key_bits(&name);
            let (too_short, shortest_key) = match algorithm {
                Algorithm::Asymmetric(scheme) => (scheme.format().bits().is_some_and(|bits| bits < least), 0),
                Algorithm::Symmetric(construction) => {
                    let shortest_key = least.div_ceil(8);
                    (construction.exact_key_len().is_some_and(|len| len < shortest_key), shortest_key)
                }
            };
            let forbidden = too_short || !policy.allows_algorithm(&name);
            self.entries.push(Entry { name, backend, algorithm, others: Vec::new(), forbidden, shortest_key });
        }
    }

    fn index(&self, name: &str) -> Option<usize> {
        let is_named =
            |index: &&usize| self.entries.get(**index).is_some_and(|entry| entry.name.eq_ignore_ascii_case(name));
        self.by_len.get(name.len().min(LENGTHS - 1))?.iter().find(is_named).copied()
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.get(self.index(name)?)
    }

    /// What `choose` makes of the algorithm of a name.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] where there is none, [`Errno::ProhibitedOperation`] where the policy forbids it.
    fn permitted<'a, T>(&'a self, name: &str, choose: impl FnOnce(&'a Entry) -> Option<T>) -> Result<T> {
        let entry = self.find(name).ok_or(Errno::UnsupportedAlgorithm)?;
        let chosen = choose(entry).ok_or(Errno::UnsupportedAlgorithm)?;
        if entry.forbidden { Err(Errno::ProhibitedOperation) } else { Ok(chosen) }
    }

    /// The symmetric algorithm of a name.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] or [`Errno::ProhibitedOperation`].
    pub(crate) fn symmetric(&self, name: &str) -> Result<Construction> {
        self.symmetric_key(name).map(|permitted| permitted.construction)
    }

    /// The symmetric algorithm of a name, for making a key.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub(crate) fn symmetric_key(&self, name: &str) -> Result<Permitted> {
        self.permitted(name, |entry| match entry.algorithm {
            Algorithm::Symmetric(construction) => Some(Permitted { construction, shortest_key: entry.shortest_key }),
            Algorithm::Asymmetric(_) => None,
        })
    }

    /// The asymmetric algorithm of a type and a name.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub(crate) fn asymmetric(&self, kind: AlgorithmType, name: &str) -> Result<Served<'_>> {
        self.permitted(name, |entry| entry.served().filter(|served| served.algorithm_type() == kind))
    }

    /// The asymmetric algorithm of a name, of whatever type.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub(crate) fn scheme(&self, name: &str) -> Result<Served<'_>> {
        self.permitted(name, Entry::served)
    }

    /// The signature scheme of a name.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub(crate) fn signature(&self, name: &str) -> Result<&'static dyn backend::Signature> {
        self.permitted(name, |entry| match entry.algorithm {
            Algorithm::Asymmetric(Scheme::Signature(scheme)) => Some(scheme),
            _ => None,
        })
    }

    pub(crate) fn infos(&self) -> impl Iterator<Item = AlgorithmInfo> {
        self.entries.iter().map(|entry| {
            let mut info = AlgorithmInfo {
                name: entry.name.clone().into_owned(),
                kind: "",
                algorithm_type: AlgorithmType::Symmetric,
                backend: entry.backend,
                key_len: None,
                public_key_len: None,
                secret_key_len: None,
                nonce_len: None,
                tag_len: None,
                output_len: None,
                signature_len: None,
                encapsulated_len: None,
                key_bits: None,
                forbidden: entry.forbidden,
            };
            match entry.algorithm {
                Algorithm::Symmetric(construction) => {
                    construction.describe(&mut info);
                    let permitted = Permitted { construction, shortest_key: entry.shortest_key };
                    info.key_len = permitted.generated_len().ok();
                    let shortest = construction.shortest_key_len().map(|len| len.max(entry.shortest_key));
                    info.key_bits = shortest.map(|len| 8 * len);
                }
                Algorithm::Asymmetric(scheme) => scheme.describe(&mut info),
            }
            info
        })
    }
}
