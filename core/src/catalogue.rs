//! Every algorithm that a host serves, by the interface's name.

use std::borrow::Cow;

use crate::{
    Errno, Result,
    asymmetric::Scheme,
    backend::{self, Backend},
    options::AlgorithmType,
    symmetric::Construction,
};

/// What a name stands for.
#[derive(Clone, Copy)]
pub(crate) enum Algorithm {
    Symmetric(Construction),
    Asymmetric(Scheme),
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
}

struct Entry {
    name: Cow<'static, str>,
    backend: &'static str,
    algorithm: Algorithm,
}

/// How many lengths of names are told apart; longer names share the last place.
const LENGTHS: usize = 32;

pub(crate) struct Catalogue {
    entries: Vec<Entry>,
    /// The entries by the length of their names: few enough of each that comparing them beats hashing.
    by_len: [Vec<usize>; LENGTHS],
}

impl Catalogue {
    pub(crate) fn new(backend: &Backend) -> Self {
        let mut catalogue = Self { entries: Vec::new(), by_len: Default::default() };
        let mut add = |name: Cow<'static, str>, algorithm| catalogue.add(backend.name, name, algorithm);
        for hash in backend.hashes {
            add(hash.name().into(), Algorithm::Symmetric(Construction::Hash(*hash)));
        }
        for mac in backend.macs {
            add(mac.name().into(), Algorithm::Symmetric(Construction::Mac(*mac)));
            if let Some(hash) = mac.name().strip_prefix("HMAC/") {
                add(format!("HKDF-EXTRACT/{hash}").into(), Algorithm::Symmetric(Construction::Extract(*mac)));
                add(format!("HKDF-EXPAND/{hash}").into(), Algorithm::Symmetric(Construction::Expand(*mac)));
            }
        }
        for aead in backend.aeads {
            add(aead.name().into(), Algorithm::Symmetric(Construction::Aead(*aead)));
        }
        for signature in backend.signatures {
            add(signature.name().into(), Algorithm::Asymmetric(Scheme::Signature(*signature)));
        }
        for agreement in backend.agreements {
            add(agreement.name().into(), Algorithm::Asymmetric(Scheme::Agreement(*agreement)));
        }
        catalogue
    }

    /// The first of a name wins.
    fn add(&mut self, backend: &'static str, name: Cow<'static, str>, algorithm: Algorithm) {
        if self.find(&name).is_some() {
            return;
        }
        if let Some(names) = self.by_len.get_mut(name.len().min(LENGTHS - 1)) {
            names.push(self.entries.len());
            self.entries.push(Entry { name, backend, algorithm });
        }
    }

    fn find(&self, name: &str) -> Option<Algorithm> {
        let entry = |index: &usize| self.entries.get(*index);
        let mut named = self.by_len.get(name.len().min(LENGTHS - 1))?.iter().filter_map(entry);
        named.find(|entry| entry.name.eq_ignore_ascii_case(name)).map(|entry| entry.algorithm)
    }

    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] for a name that is not a symmetric algorithm's.
    pub(crate) fn symmetric(&self, name: &str) -> Result<Construction> {
        match self.find(name) {
            Some(Algorithm::Symmetric(construction)) => Ok(construction),
            _ => Err(Errno::UnsupportedAlgorithm),
        }
    }

    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] for a name that is not an algorithm's of type `kind`.
    pub(crate) fn asymmetric(&self, kind: AlgorithmType, name: &str) -> Result<Scheme> {
        match self.find(name) {
            Some(Algorithm::Asymmetric(scheme)) if scheme.algorithm_type() == kind => Ok(scheme),
            _ => Err(Errno::UnsupportedAlgorithm),
        }
    }

    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] for a name that is not a signature scheme's.
    pub(crate) fn signature(&self, name: &str) -> Result<&'static dyn backend::Signature> {
        match self.find(name) {
            Some(Algorithm::Asymmetric(Scheme::Signature(scheme))) => Ok(scheme),
            _ => Err(Errno::UnsupportedAlgorithm),
        }
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
            };
            match entry.algorithm {
                Algorithm::Symmetric(construction) => construction.describe(&mut info),
                Algorithm::Asymmetric(scheme) => scheme.describe(&mut info),
            }
            info
        })
    }
}
