//! What the operator of a host forbids.

mod error;
mod names;
mod pattern;

pub use error::{InvalidPolicy, UnknownFunction};

use self::pattern::Pattern;
use crate::function::{FunctionId, FunctionSet};

/// What guests may not do: algorithms, key sizes and functions, each by its name in the interface. A call that it
/// forbids answers `prohibited_operation`.
///
/// Names are compared without regard to case; a `*` stands for any characters. An algorithm that is built of another
/// one has a name of its own: `HKDF-EXTRACT/SHA-256` computes `HMAC/SHA-256`, and `X-WING` has X25519 within.
///
/// A misspelt name is an error: of a function here, of an algorithm where a host is given the policy, by
/// [`HostBuilder::policy`](crate::HostBuilder::policy).
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
    /// If any, only these.
    allowed: Option<Vec<Pattern>>,
    forbidden: Vec<Pattern>,
    least_key_bits: Vec<(Pattern, usize)>,
    functions: FunctionSet,
}

/// What NIST approves, of all that the interface has names for.
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

    /// Algorithms that NIST approves, and keys of 112 bits at least (SP 800-131A).
    ///
    /// It restricts what guests name; it makes no library a validated module. The nonces of AES-GCM are still the
    /// guest's own, and so is the exponent of an RSA key that a guest imports (FIPS 186-5 wants one above 2¹⁶).
    #[must_use]
    pub fn fips() -> Self {
        Self::new().allow_only(APPROVED).require_key_bits("HMAC/*", 112).require_key_bits("HKDF-*", 112)
    }

    /// Forbids every algorithm that none of these patterns matches. Called again, it allows what either call names.
    #[must_use]
    pub fn allow_only<S: AsRef<str>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.allowed.get_or_insert_default().extend(patterns.into_iter().map(Pattern::from));
        self
    }

    /// Forbids the algorithms that these patterns match, also where they were allowed.
    #[must_use]
    pub fn forbid_algorithms<S: AsRef<str>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.forbidden.extend(patterns.into_iter().map(Pattern::from));
        self
    }

    /// Forbids keys of fewer bits to the algorithms that a pattern matches: of an RSA modulus, of a curve, of a
    /// symmetric key. Lattice parameter sets, whose names are their sizes, are not concerned; a pattern that matches
    /// only such is an error where a host is given the policy.
    #[must_use]
    pub fn require_key_bits(mut self, pattern: impl AsRef<str>, bits: usize) -> Self {
        self.least_key_bits.push((pattern.into(), bits));
        self
    }

    /// Forbids the functions that these patterns match, such as `secretkey_export` or `*_generate`.
    ///
    /// What one revision calls `secrets_manager_open`, `secrets_manager_close` and `secrets_manager_invalidate`, the
    /// other calls `key_manager_…`: either name forbids both. Beyond that, each function is forbidden by its own name
    /// alone, also where others come to the same. Forbid together:
    ///
    /// - `*_export`: a secret key leaves by `secretkey_export`, by `keypair_export`, and a symmetric one by
    ///   `symmetric_key_export`
    /// - `*_generate*` and `symmetric_state_squeeze_key`: keys are made with and without a store, and derived
    /// - `*_import` and `keypair_from_pk_and_sk`: key pairs are also made of two halves
    /// - `*_managed` and `external_secret_*`: what is stored, by `…_generate_managed`, `…_store_managed`,
    ///   `…_replace_managed`, or as a secret
    /// - `*_invalidate`: keys and external secrets are invalidated by functions of their own
    /// - `symmetric_state_encrypt*`, `symmetric_state_decrypt*`: the tag is attached or detached
    ///
    /// # Errors
    ///
    /// [`UnknownFunction`] for a pattern that matches none.
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

    /// Checks that each pattern for algorithms names one: of the interface, which other hosts may serve, or of the host,
    /// given as its name and whether its keys have a size in bits.
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`] for the first that does not.
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

    /// How many bits the keys of an algorithm must have.
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
