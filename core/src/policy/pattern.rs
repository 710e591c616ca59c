//! Names with stars in them.

/// A name in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) spelt: String,
    lower: String,
}

impl Pattern {
    pub(super) fn matches(&self, name: &str) -> bool {
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
}
