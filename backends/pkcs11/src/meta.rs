//! The properties of a version beside its name, which are in `CKA_ID` or `CKA_OBJECT_ID`.

use hostcrypt::store::Quotas;

use crate::held::KeyId;

/// The first byte of this layout.
const LAYOUT: u8 = 1;

/// The properties of an object beside its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The version's number; for an object that keeps numbers, the last issued one.
    pub(crate) version: u64,
    /// The last second in which it is valid.
    pub(crate) expires: Option<u64>,
    /// Its permanent id, which does not change with its name and number.
    pub(crate) id: KeyId,
    /// How often another object replaced it, because the token allows no changes to it.
    pub(crate) revision: u64,
    /// Its kind.
    pub(crate) kind: ObjectKind,
}

/// The kind of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    /// A key that the token generated, with its public half if the key object does not have it.
    Key { algorithm: String, public: Vec<u8> },
    /// Bytes, and their length.
    Bytes { algorithm: String, len: u64 },
    /// The issued numbers of a name. Versions up to one of them are invalid, whether they exist or not.
    Numbers { invalid: u64 },
}

impl Meta {
    /// The layout: a byte for the layout and one for the kind, the version, whether it expires and when, the id, the
    /// revision; then the content of the kind. Numbers have eight bytes, big-endian.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let tag = match self.kind {
            ObjectKind::Key { .. } => 1,
            ObjectKind::Bytes { .. } => 2,
            ObjectKind::Numbers { .. } => 3,
        };
        let mut bytes = vec![LAYOUT, tag];
        bytes.extend(self.version.to_be_bytes());
        bytes.push(self.expires.is_some().into());
        bytes.extend(self.expires.unwrap_or_default().to_be_bytes());
        bytes.extend(self.id);
        bytes.extend(self.revision.to_be_bytes());
        match &self.kind {
            ObjectKind::Key { algorithm, public } => {
                bytes.push(u8::try_from(algorithm.len()).unwrap_or(u8::MAX));
                bytes.extend(algorithm.as_bytes());
                bytes.extend(public);
            }
            ObjectKind::Bytes { algorithm, len } => {
                bytes.extend(len.to_be_bytes());
                bytes.extend(algorithm.as_bytes());
            }
            ObjectKind::Numbers { invalid } => bytes.extend(invalid.to_be_bytes()),
        }
        bytes
    }

    /// Parses bytes, if they have this layout.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let ([LAYOUT, tag], rest) = bytes.split_first_chunk()? else { return None };
        let (version, rest) = number(rest)?;
        let (expires, rest) = rest.split_first()?;
        let (last, rest) = number(rest)?;
        let (id, rest) = rest.split_first_chunk()?;
        let (revision, rest) = number(rest)?;
        let kind = match tag {
            1 => {
                let (len, rest) = rest.split_first()?;
                let (algorithm, public) = rest.split_at_checked((*len).into())?;
                ObjectKind::Key { algorithm: text(algorithm)?, public: public.to_vec() }
            }
            2 => {
                let (len, algorithm) = number(rest)?;
                ObjectKind::Bytes { algorithm: text(algorithm)?, len }
            }
            3 => ObjectKind::Numbers { invalid: number(rest)?.0 },
            _ => return None,
        };
        Some(Self { version, expires: (*expires == 1).then_some(last), id: *id, revision, kind })
    }

    /// The interface's name of the algorithm.
    pub(crate) fn algorithm(&self) -> &str {
        match &self.kind {
            ObjectKind::Key { algorithm, .. } | ObjectKind::Bytes { algorithm, .. } => algorithm,
            ObjectKind::Numbers { .. } => "",
        }
    }

    /// The bytes that it counts against the quotas.
    pub(crate) fn counted_bytes(&self) -> u64 {
        Quotas::bytes_of(self.content_len())
    }

    /// The length that counts against quotas: 0 for a key that stays in the token.
    pub(crate) fn content_len(&self) -> u64 {
        if let ObjectKind::Bytes { len, .. } = self.kind { len } else { 0 }
    }
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), rest))
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let algorithm = || "Ed25519".to_owned();
        let all = [
            ObjectKind::Key { algorithm: algorithm(), public: vec![4; 97] },
            ObjectKind::Key { algorithm: algorithm(), public: Vec::new() },
            ObjectKind::Bytes { algorithm: algorithm(), len: 1 << 40 },
            ObjectKind::Bytes { algorithm: String::new(), len: 0 },
            ObjectKind::Numbers { invalid: 7 },
        ];
        for kind in all {
            for expires in [None, Some(0), Some(u64::MAX)] {
                let meta = Meta { version: 1 << 60, expires, id: [9; 16], revision: 3, kind: kind.clone() };
                let bytes = meta.to_bytes();
                assert_eq!(Meta::read(&bytes), Some(meta));
                assert_eq!(Meta::read(&bytes[..30]), None);
            }
        }
        for foreign in [&b""[..], b"\x01", b"my key", &[1; 16], &[0; 64], &[1; 64]] {
            assert!(Meta::read(foreign).is_none_or(|meta| matches!(meta.kind, ObjectKind::Key { .. })), "{foreign:?}");
        }
    }
}
