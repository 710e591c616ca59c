//! Labels of objects.

use hostcrypt::store::{Identifier, Kind, Name, StoreError};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The application of every data object, and the beginning of every label.
pub(crate) const APPLICATION: &str = "hostcrypt";

/// The meaning of a label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    /// A version of a name.
    Named { namespace: String, kind: Kind, identifier: Identifier },
    /// An object without a name yet, and when it was made, in seconds since 1970.
    Unnamed { since: u64 },
    /// An object that lost its name, because it was invalidated while it was in use.
    Invalidated,
}

const KINDS: [(Kind, &str); 4] =
    [(Kind::KeyPair, "pair"), (Kind::SymmetricKey, "key"), (Kind::Secret, "secret"), (Kind::Seal, "seal")];

/// The label of a name. It is unique, because all characters of a namespace except letters and digits are encoded.
///
/// # Errors
///
/// [`StoreError::Failed`] for a kind that this version does not know.
pub(crate) fn of(name: &Name<'_>) -> Result<Vec<u8>, StoreError> {
    let known = KINDS.iter().find(|(kind, _)| *kind == name.kind);
    let unknown = || StoreError::failed(format!("the token store does not know the kind {}", name.kind));
    let (_, kind) = known.ok_or_else(unknown)?;
    let namespace = utf8_percent_encode(name.namespace, NON_ALPHANUMERIC);
    Ok(format!("{APPLICATION}:{kind}:{}:{namespace}", name.identifier).into_bytes())
}

/// The label of an object without a name yet.
pub(crate) fn unnamed(since: u64) -> Vec<u8> {
    format!("{APPLICATION}:unnamed:{since}").into_bytes()
}

/// The label of an object that was invalidated while it was in use.
pub(crate) fn invalidated() -> Vec<u8> {
    format!("{APPLICATION}:invalidated").into_bytes()
}

/// Parses a label, if it is of this crate.
pub(crate) fn read(label: &[u8]) -> Option<Label> {
    let mut parts = std::str::from_utf8(label).ok()?.split(':');
    if parts.next()? != APPLICATION {
        return None;
    }
    let label = match parts.next()? {
        "unnamed" => Label::Unnamed { since: parts.next()?.parse().ok()? },
        "invalidated" => Label::Invalidated,
        word => {
            let (kind, _) = KINDS.iter().find(|(_, of)| *of == word)?;
            let identifier = parts.next()?.parse().ok()?;
            let namespace = percent_decode_str(parts.next()?).decode_utf8().ok()?.into_owned();
            Label::Named { namespace, kind: *kind, identifier }
        }
    };
    parts.next().is_none().then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_they_are_written_and_no_two_names_share_one() {
        let mut seen = std::collections::HashSet::new();
        for namespace in ["", "a", "A", "a:b", "a%3Ab", "é\0", "hostcrypt:pair"] {
            for (kind, _) in KINDS {
                let identifier = Identifier([7; 16]);
                let label = of(&Name { namespace, kind, identifier }).unwrap();
                assert_eq!(read(&label), Some(Label::Named { namespace: namespace.to_owned(), kind, identifier }));
                assert!(seen.insert(label));
            }
        }
        assert_eq!(read(&unnamed(5)), Some(Label::Unnamed { since: 5 }));
        assert_eq!(read(&invalidated()), Some(Label::Invalidated));
        for foreign in [&b"my key"[..], b"hostcrypt", b"hostcrypt:pair:00:a", b"hostcrypt:invalidated:x", b"\xff"] {
            assert_eq!(read(foreign), None);
        }
    }
}
