//! Names with stars in them.

use wildmatch::WildMatchPattern;

/// A name in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) spelt: String,
}

impl Pattern {
    pub(super) fn matches(&self, name: &str) -> bool {
        // NUL, which no name has, is the sign for one character: there is none.
        WildMatchPattern::<'*', '\0'>::new_case_insensitive(&self.spelt).matches(name)
    }
}

impl<S: AsRef<str>> From<S> for Pattern {
    fn from(name: S) -> Self {
        Self { spelt: name.as_ref().to_owned() }
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
            ("", &[""], &["a"]),
            ("a?c", &["a?c"], &["abc"]),
        ] {
            let pattern = Pattern::from(pattern);
            assert!(matching.iter().all(|name| pattern.matches(name)), "{pattern:?}");
            assert!(!others.iter().any(|name| pattern.matches(name)), "{pattern:?}");
        }
    }
}
