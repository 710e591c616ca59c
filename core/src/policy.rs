//! The operator's policy: forbidden algorithms, key sizes and functions.

mod error;
mod names;
mod pattern;

pub use error::{InvalidPolicy, UnknownFunction};

use self::pattern::Pattern;
use crate::function::{FunctionId, FunctionSet};

/// A policy: the algorithms, key sizes and functions that guests may not use, each by its name in the interface. A
/// forbidden call answers `prohibited_operation`.
///
/// Names are case-insensitive; a `*` stands for any characters. Forbidding an algorithm does not forbid algorithms that
/// contain it: `HKDF-EXTRACT/SHA-256` computes `HMAC/SHA-256`, and `X-WING` contains X25519.
///
/// A misspelt name is an error: the name of a function in [`forbid_functions`](Self::forbid_functions), the name of an
/// algorithm in [`HostBuilder::policy`](crate::HostBuilder::policy).
///
/// ```
/// # use hostcrypt::Policy;
/// let policy = Policy::new()
///     .forbid_algorithms(["RSA_PKCS1_*"])
///     .require_key_bits("RSA_*", 3072)
///     .forbid_functions(["*_export"])?;
/// # Ok::<(), hostcrypt::UnknownFunction>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// If set, only these are allowed.
    allowed: Option<Vec<Pattern>>,
    forbidden: Vec<Pattern>,
    least_key_bits: Vec<(Pattern, usize)>,
    functions: FunctionSet,
}

/// The algorithms that NIST approves, of all that the interface names.
const APPROVED: [&str; 25] = [
    // FIPS 180-4, FIPS 198-1, SP 800-56C
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "SHA-512/256",
    "HMAC/*",
    "HKDF-*",
    // SP 800-38A, SP 800-38B, SP 800-38D
    "AES-128-GCM",
    "AES-256-GCM",
    "AES-*-CMAC",
    "AES-*-CBC",
    "AES-*-CTR",
    // SP 800-185, SP 800-232, SP 800-132
    "CSHAKE-*",
    "KMAC-*",
    "ASCON-AEAD",
    "ASCON-HASH",
    "PBKDF2/*",
    // FIPS 186-5, FIPS 204
    "ECDSA_P256_SHA256",
    "ECDSA_P384_SHA384",
    "Ed25519",
    "Ed448",
    "RSA_*",
    "ML-DSA-*",
    // SP 800-56A, FIPS 203
    "P256-SHA256",
    "P384-SHA384",
    "ML-KEM-*",
];

impl Policy {
    /// A policy that forbids nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A policy that allows only algorithms that NIST approves, and keys of at least 112 bits (SP 800-131A).
    ///
    /// It restricts the algorithms that guests name; it does not make a library a validated module. Guests still choose
    /// the nonces of AES-GCM, and the exponent of an RSA key that they import (FIPS 186-5 requires one above 2¹⁶).
    #[must_use]
    pub fn fips() -> Self {
        Self::new().allow_only(APPROVED).require_key_bits("HMAC/*", 112).require_key_bits("HKDF-*", 112)
    }

    /// Forbids every algorithm that matches none of these patterns. A second call adds its patterns to the first's.
    #[must_use]
    pub fn allow_only<S: AsRef<str>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.allowed.get_or_insert_default().extend(patterns.into_iter().map(Pattern::from));
        self
    }

    /// Forbids the algorithms that match these patterns, even if [`allow_only`](Self::allow_only) allows them.
    #[must_use]
    pub fn forbid_algorithms<S: AsRef<str>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.forbidden.extend(patterns.into_iter().map(Pattern::from));
        self
    }

    /// Forbids keys of fewer bits for the algorithms that match a pattern: the bits of an RSA modulus, of a curve, of a
    /// symmetric key. It does not apply to lattice algorithms, which are named by parameter sets. If a pattern matches
    /// only algorithms whose keys have no size, [`HostBuilder::policy`](crate::HostBuilder::policy) returns an error.
    #[must_use]
    pub fn require_key_bits(mut self, pattern: impl AsRef<str>, bits: usize) -> Self {
        self.least_key_bits.push((pattern.into(), bits));
        self
    }

    /// Forbids the functions that match these patterns, such as `secretkey_export` or `*_generate`.
    ///
    /// The functions `secrets_manager_open`, `secrets_manager_close` and `secrets_manager_invalidate` of one revision
    /// are `key_manager_…` in the other: either name forbids both. Every other function is forbidden only by its own
    /// name, even if other functions have the same effect. Forbid these together:
    ///
    /// - `*_export`: `secretkey_export` and `keypair_export` export a secret key, `symmetric_key_export` a symmetric
    ///   one
    /// - `*_generate*` and `symmetric_state_squeeze_key`: these generate keys, with and without a store, and derive
    ///   them
    /// - `*_import` and `keypair_from_pk_and_sk`: a key pair can also be made from two halves
    /// - `*_managed` and `external_secret_*`: these store keys (`…_generate_managed`, `…_store_managed`,
    ///   `…_replace_managed`) and secrets
    /// - `*_invalidate`: keys and external secrets have separate functions
    /// - `symmetric_state_encrypt*`, `symmetric_state_decrypt*`: the tag is attached or detached
    ///
    /// # Errors
    ///
    /// [`UnknownFunction`] for a pattern that matches no function.
    pub fn forbid_functions<S: AsRef<str>>(
        mut self,
        patterns: impl IntoIterator<Item = S>,
    ) -> Result<Self, UnknownFunction> {
        for text in patterns {
            let pattern = Pattern::from(&text);
            let mut matched = false;
            for function in FunctionId::ALL.iter().filter(|function| pattern.matches(function.name())) {
                self.functions.insert(*function);
                matched = true;
            }
            if !matched {
                let nearest = names::nearest(&pattern.spelt, FunctionId::ALL.iter().map(|function| function.name()));
                return Err(UnknownFunction { pattern: pattern.spelt, nearest });
            }
        }
        Ok(self)
    }

    /// Checks that each pattern for algorithms matches one: an algorithm of the interface, which other hosts may serve,
    /// or an algorithm of this host. `served` has the names of the latter, and whether their keys have a size in bits.
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`] for the first pattern that does not.
    pub(crate) fn check(&self, served: &[(String, bool)]) -> Result<(), InvalidPolicy> {
        let served = || served.iter().map(|(name, sized)| (name.as_str(), *sized));
        let known = || names::all().chain(served());
        // Whether the keys of each algorithm that a pattern matches have a size.
        let matched = |pattern: &Pattern| -> Vec<bool> {
            known().filter(|(name, _)| pattern.matches(name)).map(|(_, sized)| sized).collect()
        };
        let named = self.allowed.iter().flatten().chain(&self.forbidden);
        for pattern in named.chain(self.least_key_bits.iter().map(|(pattern, _)| pattern)) {
            if matched(pattern).is_empty() {
                let nearest = names::nearest(&pattern.spelt, known().map(|(name, _)| name));
                return Err(InvalidPolicy::UnknownAlgorithm { pattern: pattern.spelt.clone(), nearest });
            }
        }
        match self.least_key_bits.iter().find(|(pattern, _)| !matched(pattern).contains(&true)) {
            Some((pattern, _)) => Err(InvalidPolicy::NoKeySize { pattern: pattern.spelt.clone() }),
            None => Ok(()),
        }
    }

    pub(crate) fn allows_algorithm(&self, name: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(name));
        self.allowed.as_deref().is_none_or(any) && !any(&self.forbidden)
    }

    /// The minimal size of an algorithm's keys, in bits.
    pub(crate) fn least_key_bits(&self, name: &str) -> usize {
        let bits = self.least_key_bits.iter().filter(|(pattern, _)| pattern.matches(name)).map(|(_, bits)| *bits);
        bits.max().unwrap_or(0)
    }

    pub(crate) fn functions(&self) -> FunctionSet {
        self.functions
    }
}

#[cfg(test)]
mod tests;
