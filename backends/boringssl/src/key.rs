//! The library's keys, with their canonical form.

use boring::memcmp;
use boring::pkey::{self, PKey, PKeyRef, Private};
use hostcrypt::backend::{KeyFormat, Secret};
use hostcrypt::{Errno, Result};

use crate::ffi;
use crate::ffi::expanded::Expanded;

/// A secret key with its public half.
pub(crate) struct Pair {
    pub(crate) key: PKey<Private>,
    pub(crate) secret: Secret,
    pub(crate) public: Public,
}

/// A public key. Copies share the library's object.
#[derive(Clone)]
pub(crate) struct Public {
    pub(crate) key: PKey<pkey::Public>,
    pub(crate) encoded: Vec<u8>,
}

impl Pair {
    /// A key of an algorithm whose public half is a byte string.
    pub(crate) fn new(key: PKey<Private>, secret: &[u8]) -> Result<Self> {
        let public = Public {
            key: ffi::key::public_half(&key).map_err(|_| Errno::AlgorithmFailure)?,
            encoded: encoded(&key).map_err(|_| Errno::AlgorithmFailure)?,
        };
        Ok(Self { key, secret: secret.to_vec().into(), public })
    }
}

impl Public {
    /// The key that is this byte string.
    pub(crate) fn new(algorithm: ffi::key::Algorithm, public: &[u8]) -> Result<Self> {
        let key = algorithm.public(public).map_err(|_| Errno::InvalidKey)?;
        Ok(Self { key, encoded: public.to_vec() })
    }
}

fn encoded(key: &PKeyRef<Private>) -> Result<Vec<u8>, boring::error::ErrorStack> {
    let mut encoded = vec![0; key.raw_public_key_len()?];
    key.raw_public_key(&mut encoded)?;
    Ok(encoded)
}

/// The length of the seeds in a format.
pub(crate) fn seed_len(format: KeyFormat) -> usize {
    match format {
        KeyFormat::Seed { seed, .. } => seed,
        _ => 0,
    }
}

/// The seed in a secret key, which is the seed alone, or the seed before its expanded key.
///
/// # Errors
///
/// [`Errno::UnsupportedEncoding`] for an expanded key without its seed, which the library does not support.
/// [`Errno::InvalidKey`] for one that is broken, and for one that is not the seed's.
pub(crate) fn seed(format: KeyFormat, library: Expanded, secret: &[u8]) -> Result<&[u8]> {
    let len = seed_len(format);
    let KeyFormat::Seed { expanded: Some(expanded_len), .. } = format else { return Err(Errno::InvalidKey) };
    if secret.len() == expanded_len {
        let is_key = (library.is_key)(secret);
        return Err(if is_key { Errno::UnsupportedEncoding } else { Errno::InvalidKey });
    }
    let (seed, expanded) = secret.split_at_checked(len).ok_or(Errno::InvalidKey)?;
    if expanded.is_empty() {
        return Ok(seed);
    }
    if expanded.len() != expanded_len {
        return Err(Errno::InvalidKey);
    }
    let own = (library.of_seed)(seed).map_err(|_| Errno::AlgorithmFailure)?;
    if memcmp::eq(&own, expanded) { Ok(seed) } else { Err(Errno::InvalidKey) }
}
