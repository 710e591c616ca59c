//! What the operator of a host forbids.

use std::fmt;

use crate::{
    Revision,
    abi::{self, FunctionSet},
};

/// What guests may not do: algorithms, key sizes and functions, each by its name in the interface. A call that it
/// forbids answers `prohibited_operation`.
///
/// Names are compared without regard to case; a `*` stands for any characters. An algorithm that is built of another
/// one has a name of its own: `HKDF-EXTRACT/SHA-256` computes `HMAC/SHA-256`, and `X-WING` has X25519 within.
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

/// A name in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    spelt: String,
    lower: String,
}

impl Pattern {
    fn matches(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let mut parts = self.lower.split('*');
        let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }
}

impl<S: AsRef<str>> From<S> for Pattern {
    fn from(name: S) -> Self {
        let spelt = name.as_ref().to_owned();
        Self { lower: spelt.to_ascii_lowercase(), spelt }
    }
}

/// A pattern that no function of either revision matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFunction(pub String);

impl fmt::Display for UnknownFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no function of the interface is called `{}`", self.0)
    }
}

impl std::error::Error for UnknownFunction {}

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
    /// symmetric key. Lattice parameter sets, whose names are their sizes, are not concerned.
    #[must_use]
    pub fn require_key_bits(mut self, pattern: impl AsRef<str>, bits: usize) -> Self {
        self.least_key_bits.push((pattern.into(), bits));
        self
    }

    /// Forbids the functions that these patterns match, such as `secretkey_export` or `*_generate`.
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
            let mut named = Revision::ALL.into_iter().flat_map(abi::functions).map(|function| function.name);
            let mut matched = false;
            for name in named.by_ref().filter(|name| pattern.matches(name)) {
                self.functions.insert(name);
                matched = true;
            }
            if !matched {
                return Err(UnknownFunction(text.as_ref().to_owned()));
            }
        }
        Ok(self)
    }

    /// The patterns for algorithms that match none of these names: most likely misspelt.
    pub fn unmatched<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = &'a str> {
        let allowed = self.allowed.iter().flatten();
        let patterns = allowed.chain(&self.forbidden).chain(self.least_key_bits.iter().map(|(pattern, _)| pattern));
        patterns.filter(|pattern| !names.iter().any(|name| pattern.matches(name))).map(|pattern| pattern.spelt.as_str())
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
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, matching, others) in [
            ("SHA-256", &["SHA-256", "sha-256"][..], &["SHA-2567", "XSHA-256", "SHA-25"][..]),
            ("RSA_*", &["RSA_", "rsa_pss_2048"], &["XRSA_", "RSA"]),
            ("*_export", &["keypair_export", "_export"], &["keypair_exports"]),
            ("AES-*-GCM", &["AES-128-GCM", "AES--GCM"], &["AES-GCM", "AES-128-GCM-SIV"]),
            ("a*b*b", &["abb", "a-b-b", "abab-b"], &["ab", "a-b-c"]),
            ("*", &["", "anything"], &[]),
        ] {
            let pattern = Pattern::from(pattern);
            assert!(matching.iter().all(|name| pattern.matches(name)), "{pattern:?}");
            assert!(!others.iter().any(|name| pattern.matches(name)), "{pattern:?}");
        }
    }

    #[test]
    fn a_function_that_is_none_is_named() {
        let error = Policy::new().forbid_functions(["keypair_generate", "keypair_generat"]).unwrap_err();
        assert_eq!(error.to_string(), "no function of the interface is called `keypair_generat`");
    }

    #[test]
    fn patterns_that_match_nothing_are_reported() {
        let policy = Policy::new().forbid_algorithms(["SHA-*", "RSA_PKCS_*"]).require_key_bits("hmac/*", 128);
        let names = ["SHA-256", "HMAC/SHA-256", "RSA_PKCS1_2048_SHA256"].map(String::from);
        assert_eq!(policy.unmatched(&names).collect::<Vec<_>>(), ["RSA_PKCS_*"]);
    }
}
