//! PEM: selects the block of a text that is read.

use der::{AnyRef, Decode, asn1::ObjectIdentifier};
use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

use super::{blocks::blocks, internal};
use crate::{
    Errno, RefusalCause, Result,
    backend::{KeyFormat, Secret},
    refusal,
};

pub(super) const PUBLIC: &str = "PUBLIC KEY";
pub(super) const SECRET: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// Names the curve of a key (RFC 5915, section 4).
const PARAMETERS: &str = "EC PARAMETERS";

/// The maximal length of a text, in bytes. A longer text is refused before it is parsed.
const LONGEST_TEXT: usize = 1 << 20;

/// A half of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Secret,
    Public,
}

impl Half {
    /// Whether a block with this label can be this half of a key.
    fn is_labelled(self, format: KeyFormat, label: &[u8]) -> bool {
        let plain = match self {
            Self::Secret => SECRET,
            Self::Public => PUBLIC,
        };
        let family: &[u8] = match format {
            KeyFormat::Rsa { .. } => b"RSA ",
            KeyFormat::Point { .. } => b"EC ",
            KeyFormat::Octets { .. } | KeyFormat::Seed { .. } => b"",
        };
        let is_plain = label.strip_prefix(family).unwrap_or(label) == plain.as_bytes();
        is_plain || self == Self::Secret && label == ENCRYPTED.as_bytes()
    }
}

/// Reads the first block that can be this half of a key, by its content. The parser gets whether parameters name the
/// curve of the format.
///
/// # Errors
///
/// [`Errno::Overflow`] for a longer text than [`LONGEST_TEXT`], [`Errno::UnsupportedEncoding`] if all such blocks are
/// encrypted, [`Errno::InvalidKey`] if there is none, and for parameters of another curve.
pub(super) fn read<T>(
    format: KeyFormat,
    half: Half,
    text: &[u8],
    parse: impl Fn(&[u8], bool) -> Result<T>,
) -> Result<T> {
    if text.len() > LONGEST_TEXT {
        return Err(refusal::limit(RefusalCause::Length));
    }
    let is_curve_named = match format {
        KeyFormat::Point { curve, .. } => is_named(curve, text)?,
        KeyFormat::Octets { .. } | KeyFormat::Rsa { .. } | KeyFormat::Seed { .. } => false,
    };
    let mut none = Errno::InvalidKey;
    for block in blocks(text).filter(|block| block.text.is_some() && half.is_labelled(format, block.label)) {
        match block.decode().and_then(|der| parse(&der, is_curve_named)) {
            Ok(key) => return Ok(key),
            // A plain key may follow.
            Err(Errno::UnsupportedEncoding) => none = Errno::UnsupportedEncoding,
            Err(_) if block.label == ENCRYPTED.as_bytes() => none = Errno::UnsupportedEncoding,
            Err(Errno::Overflow) => return Err(refusal::limit(RefusalCause::Length)),
            Err(refusal) => return Err(refusal),
        }
    }
    Err(none)
}

/// Whether parameters anywhere in a text name this curve.
///
/// # Errors
///
/// [`Errno::InvalidKey`] for parameters that name another curve, are explicit, or cannot be read.
fn is_named(curve: ObjectIdentifier, text: &[u8]) -> Result<bool> {
    let mut is_named = false;
    for block in blocks(text).filter(|block| block.label == PARAMETERS.as_bytes()) {
        match block.decode() {
            Ok(der) if ObjectIdentifier::from_der(&der) == Ok(curve) => is_named = true,
            Ok(der) if AnyRef::from_der(&der) == Ok(AnyRef::NULL) => {}
            _ => return Err(Errno::InvalidKey),
        }
    }
    Ok(is_named)
}

pub(super) fn encode(label: &str, der: &[u8]) -> Result<Secret> {
    let pem = pem_rfc7468::encode_string(label, LineEnding::LF, der).map_err(internal)?;
    Ok(Zeroizing::new(pem.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_text_than_is_read_is_an_overflow() {
        let key = "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n";
        let read = |len: usize| {
            let text = " ".repeat(len - key.len()) + key;
            super::read(KeyFormat::ED25519, Half::Secret, text.as_bytes(), |der, _| Ok(der.to_vec()))
        };
        assert_eq!(read(LONGEST_TEXT), Ok(vec![1, 2, 3]));
        assert_eq!(read(LONGEST_TEXT + 1), Err(Errno::Overflow));
    }
}
