//! Encodings of asymmetric keys, made of their canonical form.
//!
//! PKCS#8 is RFC 5958, SubjectPublicKeyInfo RFC 5280, elliptic-curve private keys RFC 5915, Curve25519 keys
//! RFC 8410, PEM RFC 7468. DER is strict, and nothing may follow it.

use der::{
    AnyRef, Decode, Encode,
    asn1::{BitStringRef, ObjectIdentifier, OctetStringRef},
};
use pem_rfc7468::LineEnding;
use pkcs8::{
    PrivateKeyInfoRef,
    spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef},
};
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::{KeyFormat, Scheme, SecretHalf};
use crate::{Errno, Result, backend::Secret};

/// How a key is encoded, whatever its revision calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Raw,
    /// PKCS#8 of a secret key or pair, SubjectPublicKeyInfo of a public key.
    Pkcs8,
    /// The same content as `pkcs8`.
    Der,
    Pem,
    Sec,
    CompressedSec,
    /// Of the host's own; this one has none.
    Local,
}

/// No key of any algorithm is longer in any encoding. What is longer is refused before it is read.
const LONGEST: usize = 1 << 16;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

const PUBLIC_LABEL: &str = "PUBLIC KEY";
const SECRET_LABEL: &str = "PRIVATE KEY";
const SEC1_LABEL: &str = "EC PRIVATE KEY";
const ENCRYPTED_LABEL: &str = "ENCRYPTED PRIVATE KEY";

/// A secret key that was decoded, with the public half if that came along.
pub(super) struct Decoded {
    secret: Secret,
    public: Option<Vec<u8>>,
}

impl Decoded {
    /// What the library makes of it.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`] if it is no key, or the halves do not belong together.
    pub(super) fn secret_half(&self, scheme: Scheme) -> Result<SecretHalf> {
        let half = scheme.secret(&self.secret)?;
        if let Some(public) = &self.public {
            half.belongs_to(&scheme.public(public)?.key().public())?;
        }
        Ok(half)
    }

    fn alone(secret: &[u8]) -> Self {
        Self { secret: Zeroizing::new(secret.to_vec()), public: None }
    }
}

/// Malformed DER is no key.
fn invalid(_: der::Error) -> Errno {
    Errno::InvalidKey
}

/// What the library cannot encode is a defect of ours.
fn internal<E>(_: E) -> Errno {
    Errno::InternalError
}

/// # Errors
///
/// [`Errno::InvalidKey`] for what is no key at all.
fn check_len(encoded: &[u8]) -> Result<()> {
    if encoded.len() <= LONGEST { Ok(()) } else { Err(Errno::InvalidKey) }
}

pub(super) fn decode_pair(format: KeyFormat, encoding: Encoding, encoded: &[u8]) -> Result<Decoded> {
    check_len(encoded)?;
    match (encoding, format) {
        (Encoding::Raw, KeyFormat::Octets { len, .. }) => {
            let (secret, public) = encoded.split_at_checked(len).ok_or(Errno::InvalidKey)?;
            if public.len() != len {
                return Err(Errno::InvalidKey);
            }
            Ok(Decoded { public: Some(public.to_vec()), ..Decoded::alone(secret) })
        }
        _ => decode_secret(format, encoding, encoded),
    }
}

pub(super) fn encode_pair(format: KeyFormat, encoding: Encoding, half: &SecretHalf) -> Result<Secret> {
    match (encoding, format) {
        (Encoding::Raw, KeyFormat::Octets { len, .. }) => {
            let mut pair = Zeroizing::new(Vec::with_capacity(2 * len));
            pair.extend_from_slice(&half.key().secret());
            pair.extend_from_slice(&half.public().key().public());
            Ok(pair)
        }
        _ => encode_secret(format, encoding, half),
    }
}

pub(super) fn decode_secret(format: KeyFormat, encoding: Encoding, encoded: &[u8]) -> Result<Decoded> {
    check_len(encoded)?;
    match encoding {
        Encoding::Raw => {
            if encoded.len() == format.secret_len() {
                Ok(Decoded::alone(encoded))
            } else {
                Err(Errno::InvalidKey)
            }
        }
        Encoding::Pkcs8 | Encoding::Der => decode_pkcs8(format, encoded),
        Encoding::Pem => {
            let (label, der) = decode_pem(encoded)?;
            match label {
                SECRET_LABEL => decode_pkcs8(format, &der),
                SEC1_LABEL => decode_sec1(format, &der),
                ENCRYPTED_LABEL => Err(Errno::UnsupportedEncoding),
                _ => Err(Errno::InvalidKey),
            }
        }
        Encoding::Sec | Encoding::CompressedSec => match format {
            // A bare scalar (SEC 1, section 2.3.7), or the structure of its appendix C.4.
            KeyFormat::Point { len, .. } if encoded.len() == len => Ok(Decoded::alone(encoded)),
            KeyFormat::Point { .. } => decode_sec1(format, encoded),
            KeyFormat::Octets { .. } => Err(Errno::UnsupportedEncoding),
        },
        Encoding::Local => Err(Errno::UnsupportedEncoding),
    }
}

pub(super) fn encode_secret(format: KeyFormat, encoding: Encoding, half: &SecretHalf) -> Result<Secret> {
    match encoding {
        Encoding::Raw => Ok(half.key().secret()),
        Encoding::Pkcs8 | Encoding::Der => encode_pkcs8(format, half),
        Encoding::Pem => encode_pem(SECRET_LABEL, &encode_pkcs8(format, half)?),
        Encoding::Sec | Encoding::CompressedSec => match format {
            KeyFormat::Point { curve, .. } => encode_sec1(half, Some(curve)),
            KeyFormat::Octets { .. } => Err(Errno::UnsupportedEncoding),
        },
        Encoding::Local => Err(Errno::UnsupportedEncoding),
    }
}

/// The public key in canonical form, or a compressed point.
pub(super) fn decode_public(format: KeyFormat, encoding: Encoding, encoded: &[u8]) -> Result<Vec<u8>> {
    check_len(encoded)?;
    let raw = match encoding {
        Encoding::Raw => encoded.to_vec(),
        Encoding::Pkcs8 | Encoding::Der => decode_spki(format, encoded)?,
        Encoding::Pem => match decode_pem(encoded)? {
            (PUBLIC_LABEL, der) => decode_spki(format, &der)?,
            _ => return Err(Errno::InvalidKey),
        },
        Encoding::Sec | Encoding::CompressedSec => match format {
            KeyFormat::Point { .. } => encoded.to_vec(),
            KeyFormat::Octets { .. } => return Err(Errno::UnsupportedEncoding),
        },
        Encoding::Local => return Err(Errno::UnsupportedEncoding),
    };
    let fits = match format {
        KeyFormat::Octets { len, .. } => raw.len() == len,
        KeyFormat::Point { len, .. } => match raw.first() {
            Some(2 | 3) => raw.len() == 1 + len,
            Some(4) => raw.len() == 1 + 2 * len,
            _ => false,
        },
    };
    if fits { Ok(raw) } else { Err(Errno::InvalidKey) }
}

pub(super) fn encode_public(format: KeyFormat, encoding: Encoding, public: &[u8]) -> Result<Secret> {
    let plain = |bytes: Vec<u8>| Ok(Zeroizing::new(bytes));
    match (encoding, format) {
        (Encoding::Raw, KeyFormat::Octets { .. }) | (Encoding::Sec, KeyFormat::Point { .. }) => plain(public.to_vec()),
        (Encoding::Raw | Encoding::CompressedSec, KeyFormat::Point { len, .. }) => plain(compress(public, len)?),
        (Encoding::Pkcs8 | Encoding::Der, _) => plain(encode_spki(format, public)?),
        (Encoding::Pem, _) => encode_pem(PUBLIC_LABEL, &encode_spki(format, public)?),
        (Encoding::Sec | Encoding::CompressedSec, KeyFormat::Octets { .. }) | (Encoding::Local, _) => {
            Err(Errno::UnsupportedEncoding)
        }
    }
}

/// The compressed form of an uncompressed point (SEC 1, section 2.3.3).
fn compress(point: &[u8], len: usize) -> Result<Vec<u8>> {
    let x = point.get(1..=len).ok_or(Errno::InternalError)?;
    let odd = point.last().ok_or(Errno::InternalError)? & 1;
    let mut compressed = vec![2 | odd];
    compressed.extend_from_slice(x);
    Ok(compressed)
}

/// How a format is named in PKCS#8 and SubjectPublicKeyInfo.
fn with_identifier<R>(format: KeyFormat, make: impl FnOnce(AlgorithmIdentifierRef<'_>) -> Result<R>) -> Result<R> {
    match &format {
        KeyFormat::Octets { algorithm, .. } => make(AlgorithmIdentifierRef { oid: *algorithm, parameters: None }),
        KeyFormat::Point { curve, .. } => {
            make(AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some(AnyRef::from(curve)) })
        }
    }
}

fn check_identifier(format: KeyFormat, found: AlgorithmIdentifierRef<'_>) -> Result<()> {
    with_identifier(format, |expected| if found == expected { Ok(()) } else { Err(Errno::InvalidKey) })
}

fn decode_pkcs8(format: KeyFormat, encoded: &[u8]) -> Result<Decoded> {
    let info = PrivateKeyInfoRef::from_der(encoded).map_err(invalid)?;
    check_identifier(format, info.algorithm)?;
    let inner = info.private_key.as_bytes();
    let mut decoded = match format {
        KeyFormat::Octets { len, .. } => {
            let secret = <&OctetStringRef>::from_der(inner).map_err(invalid)?.as_bytes();
            if secret.len() != len {
                return Err(Errno::InvalidKey);
            }
            Decoded::alone(secret)
        }
        KeyFormat::Point { .. } => decode_sec1(format, inner)?,
    };
    if let Some(public) = info.public_key {
        decoded.public = Some(public.as_bytes().ok_or(Errno::InvalidKey)?.to_vec());
    }
    Ok(decoded)
}

fn encode_pkcs8(format: KeyFormat, half: &SecretHalf) -> Result<Secret> {
    let inner = match format {
        KeyFormat::Octets { .. } => {
            let secret = half.key().secret();
            Zeroizing::new(OctetStringRef::new(&secret).and_then(|secret| secret.to_der()).map_err(internal)?)
        }
        // RFC 5915: the curve is already named by the algorithm.
        KeyFormat::Point { .. } => encode_sec1(half, None)?,
    };
    with_identifier(format, |algorithm| {
        let private_key = OctetStringRef::new(&inner).map_err(internal)?;
        let info = PrivateKeyInfoRef::new(algorithm, private_key);
        Ok(Zeroizing::new(info.to_der().map_err(internal)?))
    })
}

fn decode_sec1(format: KeyFormat, encoded: &[u8]) -> Result<Decoded> {
    let KeyFormat::Point { curve, len } = format else { return Err(Errno::InvalidKey) };
    let key = EcPrivateKey::from_der(encoded).map_err(invalid)?;
    let other_curve = key.parameters.is_some_and(|named| named.named_curve() != Some(curve));
    if other_curve || key.private_key.len() != len {
        return Err(Errno::InvalidKey);
    }
    Ok(Decoded { public: key.public_key.map(<[u8]>::to_vec), ..Decoded::alone(key.private_key) })
}

fn encode_sec1(half: &SecretHalf, curve: Option<ObjectIdentifier>) -> Result<Secret> {
    let (secret, public) = (half.key().secret(), half.public().key().public());
    let key = EcPrivateKey {
        private_key: &secret,
        parameters: curve.map(sec1::EcParameters::NamedCurve),
        public_key: Some(&public),
    };
    Ok(Zeroizing::new(key.to_der().map_err(internal)?))
}

fn decode_spki(format: KeyFormat, encoded: &[u8]) -> Result<Vec<u8>> {
    let info = SubjectPublicKeyInfoRef::from_der(encoded).map_err(invalid)?;
    check_identifier(format, info.algorithm)?;
    Ok(info.subject_public_key.as_bytes().ok_or(Errno::InvalidKey)?.to_vec())
}

fn encode_spki(format: KeyFormat, public: &[u8]) -> Result<Vec<u8>> {
    with_identifier(format, |algorithm| {
        let subject_public_key = BitStringRef::from_bytes(public).map_err(internal)?;
        SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().map_err(internal)
    })
}

fn decode_pem(encoded: &[u8]) -> Result<(&str, Secret)> {
    // Into a place of our own, which is wiped also where the text breaks off.
    let mut der = Zeroizing::new(vec![0; encoded.len()]);
    let (label, decoded) = pem_rfc7468::decode(encoded, &mut der).map_err(|_| Errno::InvalidKey)?;
    let len = decoded.len();
    der.truncate(len);
    Ok((label, der))
}

fn encode_pem(label: &str, der: &[u8]) -> Result<Secret> {
    let pem = pem_rfc7468::encode_string(label, LineEnding::LF, der).map_err(internal)?;
    Ok(Zeroizing::new(pem.into_bytes()))
}
