//! Every algorithm that a host serves, by the interface's name.

use std::borrow::Cow;

use super::{
    AlgorithmInfo, AlgorithmType,
    asymmetric::{AsymmetricAlgorithm, KeyPairAlgorithm, SignatureAlgorithm},
    symmetric::{
        AeadAlgorithm, AllowedAlgorithm, CipherAlgorithm, ExpandAlgorithm, ExtractAlgorithm, Family as _,
        HashAlgorithm, MacAlgorithm, Served, SessionAlgorithm, SymmetricAlgorithm,
    },
};
use crate::{Errno, Result, backend::Backend, policy::Policy};

/// The algorithm of a name.
enum Algorithm {
    Symmetric(Served),
    Asymmetric(AsymmetricAlgorithm),
}

impl Algorithm {
    fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Symmetric(served) => served.algorithm.name(),
            Self::Asymmetric(algorithm) => algorithm.name().into(),
        }
    }
}

struct Entry {
    name: Cow<'static, str>,
    backend: &'static str,
    algorithm: Algorithm,
    /// The implementations of an asymmetric algorithm in the host's other backends, in their order.
    others: Vec<AsymmetricAlgorithm>,
    forbidden: bool,
}

impl Entry {
    /// The implementations of an asymmetric algorithm.
    fn served(&self) -> Option<KeyPairAlgorithm<'_>> {
        match self.algorithm {
            Algorithm::Asymmetric(first) => Some(KeyPairAlgorithm { first, others: &self.others }),
            Algorithm::Symmetric(_) => None,
        }
    }
}

/// The number of buckets by length of name; longer names share the last bucket.
const LENGTHS: usize = 32;

pub(crate) struct Catalogue {
    entries: Vec<Entry>,
    /// The entries by the length of their names: so few of each length that comparing them is faster than hashing.
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

    /// Makes the algorithms of each list of a backend.
    fn add_all(&mut self, backend: &Backend, policy: &Policy) {
        let mut add = |algorithm| self.add(backend.name, policy, algorithm);
        let mut symmetric = |algorithm| add(Algorithm::Symmetric(Served::new(algorithm, 0)));
        for hash in backend.hashes {
            symmetric(SymmetricAlgorithm::Hash(HashAlgorithm(*hash)));
        }
        for mac in backend.macs {
            symmetric(SymmetricAlgorithm::Mac(MacAlgorithm(*mac)));
            if let Some(hash) = mac.hmac_hash() {
                symmetric(SymmetricAlgorithm::Extract(ExtractAlgorithm { mac: *mac, hash }));
                symmetric(SymmetricAlgorithm::Expand(ExpandAlgorithm { mac: *mac, hash }));
            }
        }
        for aead in backend.aeads {
            symmetric(SymmetricAlgorithm::Aead(AeadAlgorithm(*aead)));
        }
        for cipher in backend.ciphers {
            symmetric(SymmetricAlgorithm::Cipher(CipherAlgorithm(*cipher)));
        }
        for session in backend.sessions {
            symmetric(SymmetricAlgorithm::Session(SessionAlgorithm(*session)));
        }
        let mut asymmetric = |algorithm| add(Algorithm::Asymmetric(algorithm));
        for signature in backend.signatures {
            asymmetric(AsymmetricAlgorithm::Signature(*signature));
        }
        for agreement in backend.agreements {
            asymmetric(AsymmetricAlgorithm::Agreement(*agreement));
        }
        for kem in backend.kems {
            asymmetric(AsymmetricAlgorithm::Kem(*kem));
        }
    }

    /// The first algorithm of a name serves it; further asymmetric ones serve the keys that the first cannot read.
    fn add(&mut self, backend: &'static str, policy: &Policy, mut algorithm: Algorithm) {
        let name = algorithm.name();
        if let Some(index) = self.index(name.as_bytes()) {
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
            let too_short = match &mut algorithm {
                Algorithm::Asymmetric(algorithm) => algorithm.format().bits().is_some_and(|bits| bits < least),
                Algorithm::Symmetric(Served { key_lens, shortest_key, .. }) => {
                    *shortest_key = least.div_ceil(8);
                    key_lens.is_some_and(|lens| lens.is_exact && lens.generated < *shortest_key)
                }
            };
            let forbidden = too_short || !policy.allows_algorithm(&name);
            self.entries.push(Entry { name, backend, algorithm, others: Vec::new(), forbidden });
        }
    }

    /// Most guests write names as the interface does, so an exact match is tried before one that ignores case.
    fn index(&self, name: &[u8]) -> Option<usize> {
        let of_len = self.by_len.get(name.len().min(LENGTHS - 1))?;
        let first = |is_named: fn(&[u8], &[u8]) -> bool| {
            let is_named =
                |index: &usize| self.entries.get(*index).is_some_and(|entry| is_named(entry.name.as_bytes(), name));
            of_len.iter().copied().find(is_named)
        };
        // Comparing eight bytes needs no call, and most names differ there.
        let exactly = |one: &[u8], other: &[u8]| one.first_chunk::<8>() == other.first_chunk() && one == other;
        first(exactly).or_else(|| first(<[u8]>::eq_ignore_ascii_case))
    }

    fn find(&self, name: &[u8]) -> Option<&Entry> {
        self.entries.get(self.index(name)?)
    }

    /// Looks up a name, and applies `choose` to its algorithm.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] if there is none, [`Errno::ProhibitedOperation`] if the policy forbids it.
    fn allowed<'a, T>(&'a self, name: &[u8], choose: impl FnOnce(&'a Entry) -> Option<T>) -> Result<T> {
        let entry = self.find(name).ok_or(Errno::UnsupportedAlgorithm)?;
        let chosen = choose(entry).ok_or(Errno::UnsupportedAlgorithm)?;
        if entry.forbidden { Err(Errno::ProhibitedOperation) } else { Ok(chosen) }
    }

    /// The symmetric algorithm of a name.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] or [`Errno::ProhibitedOperation`].
    pub(crate) fn symmetric(&self, name: &[u8]) -> Result<AllowedAlgorithm<'_>> {
        self.allowed(name, |entry| match &entry.algorithm {
            Algorithm::Symmetric(served) => Some(AllowedAlgorithm(served)),
            Algorithm::Asymmetric(_) => None,
        })
    }

    /// The asymmetric algorithm of a type and a name.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub(crate) fn asymmetric(&self, kind: AlgorithmType, name: &str) -> Result<KeyPairAlgorithm<'_>> {
        self.allowed(name.as_bytes(), |entry| entry.served().filter(|served| served.algorithm_type() == kind))
    }

    /// The asymmetric algorithm of a name, of any type.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub(crate) fn asymmetric_of_any_type(&self, name: &str) -> Result<KeyPairAlgorithm<'_>> {
        self.allowed(name.as_bytes(), Entry::served)
    }

    /// The signature scheme of a name.
    ///
    /// # Errors
    ///
    /// As for [`symmetric`](Self::symmetric).
    pub(crate) fn signature(&self, name: &str) -> Result<SignatureAlgorithm<'_>> {
        self.allowed(name.as_bytes(), |entry| match entry.algorithm {
            Algorithm::Asymmetric(AsymmetricAlgorithm::Signature(scheme)) => Some(SignatureAlgorithm::new(scheme)),
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
            match &entry.algorithm {
                Algorithm::Symmetric(served) => {
                    served.algorithm.describe(&mut info);
                    info.key_len = AllowedAlgorithm(served).generated_len().ok();
                    info.key_bits = served.key_lens.map(|lens| 8 * lens.shortest.max(served.shortest_key));
                }
                Algorithm::Asymmetric(algorithm) => algorithm.describe(&mut info),
            }
            info
        })
    }
}
