//! PKCS#8 of secret keys and SubjectPublicKeyInfo of public ones.

use ::pkcs1::RsaPssParamsOwned;
use der::{
    AnyRef, Decode, Encode, Reader, Sequence, SliceReader, Tag, TagMode, TagNumber, Tagged,
    asn1::{BitStringRef, ContextSpecific, ObjectIdentifier, OctetStringRef, SequenceRef},
};
use pkcs8::{
    PrivateKeyInfoRef,
    spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef},
};
use zeroize::Zeroizing;

use super::{Decoded, internal, invalid, pkcs1, sec1};
use crate::{
    Errno, Result,
    algorithm::asymmetric::SecretHalf,
    backend::{KeyFormat, PssHash, Secret},
};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// `OneAsymmetricKey` of RFC 5958. The library's parser requires a public key in version 2, and accepts anything as
/// attributes.
struct OneAsymmetricKey<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    private_key: &'a [u8],
    public_key: Option<BitStringRef<'a>>,
}

impl<'a> OneAsymmetricKey<'a> {
    fn from_der(encoded: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(encoded)?;
        let key = reader.sequence(Self::read)?;
        reader.finish()?;
        Ok(key)
    }

    fn read(reader: &mut SliceReader<'a>) -> der::Result<Self> {
        let version = u8::decode(reader)?;
        let algorithm = AlgorithmIdentifierRef::decode(reader)?;
        let private_key = <&OctetStringRef>::decode(reader)?.as_bytes();
        if let Some(attributes) = reader.context_specific::<&SequenceRef>(TagNumber(0), TagMode::Implicit)? {
            let mut attributes = SliceReader::new(attributes.as_bytes())?;
            while !attributes.is_finished() {
                attributes.sequence(|attribute| {
                    <ObjectIdentifier>::decode(attribute)?;
                    AnyRef::decode(attribute)?.tag().assert_eq(Tag::Set)
                })?;
            }
        }
        let public_key = match version {
            0 => None,
            1 => reader.context_specific(TagNumber(1), TagMode::Implicit)?,
            _ => return Err(Tag::Integer.value_error().into()),
        };
        Ok(Self { algorithm, private_key, public_key })
    }
}

/// `EncryptedPrivateKeyInfo` of RFC 5958, to distinguish it from malformed keys.
#[derive(Sequence)]
struct Encrypted<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

/// A lattice key with both its seed and its expanded form (RFC 9881, section 6).
#[derive(Sequence)]
struct Both<'a> {
    seed: &'a OctetStringRef,
    expanded: &'a OctetStringRef,
}

/// The algorithm identifiers of a format.
fn with_identifier<R>(format: KeyFormat, make: impl FnOnce(AlgorithmIdentifierRef<'_>) -> Result<R>) -> Result<R> {
    let (oid, parameters) = match &format {
        KeyFormat::Octets { algorithm, .. } | KeyFormat::Seed { algorithm, .. } => (*algorithm, None),
        KeyFormat::Point { curve, .. } => (EC_PUBLIC_KEY, Some(AnyRef::from(curve))),
        KeyFormat::Rsa { .. } => (RSA_ENCRYPTION, Some(AnyRef::NULL)),
    };
    make(AlgorithmIdentifierRef { oid, parameters })
}

/// # Errors
///
/// [`Errno::InvalidKey`] for a key of another algorithm.
fn check_identifier(format: KeyFormat, found: AlgorithmIdentifierRef<'_>) -> Result<()> {
    let fits = match format {
        KeyFormat::Rsa { pss: Some(hash), .. } if found.oid == RSASSA_PSS => match found.parameters {
            // A key that is restricted to PSS, or to one hash function and a salt of its length.
            None => true,
            Some(parameters) => is_bound_to(hash, parameters),
        },
        _ => with_identifier(format, |expected| Ok(found == expected))?,
    };
    if fits { Ok(()) } else { Err(Errno::InvalidKey) }
}

/// Whether a key's parameters allow the interface's algorithms, with one hash function for everything, and a salt as
/// long as its output.
fn is_bound_to(hash: PssHash, parameters: AnyRef<'_>) -> bool {
    parameters.to_der().and_then(|der| RsaPssParamsOwned::from_der(&der)).is_ok_and(|bound| {
        bound.hash.oid == hash.algorithm
            && bound.mask_gen.parameters.is_some_and(|mask| mask.oid == hash.algorithm)
            // The salt length in a key is the minimum that it allows.
            && bound.salt_len <= hash.len
    })
}

/// Reads a secret key in PKCS#8, or a bare inner structure of it: other hosts call that `pkcs8`, `openssl pkey` writes
/// it as DER, and it has PEM labels of its own.
pub(super) fn decode_secret(format: KeyFormat, encoded: &[u8], is_curve_named: bool) -> Result<Decoded> {
    let info = match OneAsymmetricKey::from_der(encoded) {
        Ok(info) => info,
        Err(_) if Encrypted::from_der(encoded).is_ok() => return Err(Errno::UnsupportedEncoding),
        Err(_) => match format {
            KeyFormat::Rsa { bits, .. } => return decode_rsa(bits, encoded),
            KeyFormat::Point { curve, len } => return sec1::decode_alone(curve, len, encoded, is_curve_named),
            KeyFormat::Octets { .. } | KeyFormat::Seed { .. } => return Err(Errno::InvalidKey),
        },
    };
    check_identifier(format, info.algorithm)?;
    let inner = info.private_key;
    let mut decoded = match format {
        KeyFormat::Octets { len, .. } => {
            exactly(<&OctetStringRef>::from_der(inner).map_err(invalid)?.as_bytes(), len).map(Decoded::alone)?
        }
        KeyFormat::Point { curve, len } => sec1::decode(curve, len, inner)?,
        KeyFormat::Rsa { bits, .. } => decode_rsa(bits, inner)?,
        KeyFormat::Seed { seed, expanded: None, .. } => exactly(inner, seed).map(Decoded::alone)?,
        KeyFormat::Seed { seed, expanded: Some(expanded), .. } => decode_choice(inner, seed, expanded)?,
    };
    if let Some(public) = info.public_key {
        decoded.publics.push(public.as_bytes().ok_or(Errno::InvalidKey)?.to_vec());
    }
    Ok(decoded)
}

fn decode_rsa(bits: usize, encoded: &[u8]) -> Result<Decoded> {
    pkcs1::check_secret(bits, encoded)?;
    Ok(Decoded::alone(encoded))
}

fn exactly(bytes: &[u8], len: usize) -> Result<&[u8]> {
    if bytes.len() == len { Ok(bytes) } else { Err(Errno::InvalidKey) }
}

/// `ML-DSA-PrivateKey` of RFC 9881 and `ML-KEM-PrivateKey` of RFC 9935: a seed, an expanded key, or both.
fn decode_choice(inner: &[u8], seed: usize, expanded: usize) -> Result<Decoded> {
    let choice = AnyRef::from_der(inner).map_err(invalid)?;
    match choice.tag() {
        Tag::ContextSpecific { constructed: false, number: TagNumber(0) } => {
            exactly(choice.value(), seed).map(Decoded::alone)
        }
        Tag::OctetString => exactly(choice.value(), expanded).map(Decoded::alone),
        Tag::Sequence => {
            let both = Both::from_der(inner).map_err(invalid)?;
            let mut decoded = Decoded::alone(exactly(both.seed.as_bytes(), seed)?);
            let expanded = exactly(both.expanded.as_bytes(), expanded)?;
            decoded.secret = Zeroizing::new([&decoded.secret, expanded].concat());
            Ok(decoded)
        }
        _ => Err(Errno::InvalidKey),
    }
}

pub(super) fn encode_secret(format: KeyFormat, half: &SecretHalf) -> Result<Secret> {
    let secret = half.key().secret();
    let octets = || OctetStringRef::new(&secret).map_err(internal);
    let inner = match format {
        KeyFormat::Octets { .. } => Zeroizing::new(octets()?.to_der().map_err(internal)?),
        // RFC 5915: the algorithm already names the curve.
        KeyFormat::Point { .. } => sec1::encode(half, None)?,
        KeyFormat::Rsa { .. } | KeyFormat::Seed { expanded: None, .. } => secret,
        KeyFormat::Seed { seed, .. } if secret.len() == seed => {
            let tagged =
                ContextSpecific { tag_number: TagNumber(0), tag_mode: der::TagMode::Implicit, value: octets()? };
            Zeroizing::new(tagged.to_der().map_err(internal)?)
        }
        // The seed of an expanded key is not known.
        KeyFormat::Seed { .. } => Zeroizing::new(octets()?.to_der().map_err(internal)?),
    };
    with_identifier(format, |algorithm| {
        let private_key = OctetStringRef::new(&inner).map_err(internal)?;
        let info = PrivateKeyInfoRef::new(algorithm, private_key);
        Ok(Zeroizing::new(info.to_der().map_err(internal)?))
    })
}

/// Reads a public key in SubjectPublicKeyInfo, or a bare `RSAPublicKey`.
pub(super) fn decode_public(format: KeyFormat, encoded: &[u8]) -> Result<&[u8]> {
    let info = match SubjectPublicKeyInfoRef::from_der(encoded) {
        Ok(info) => info,
        Err(_) if matches!(format, KeyFormat::Rsa { .. }) => return Ok(encoded),
        Err(_) => return Err(Errno::InvalidKey),
    };
    check_identifier(format, info.algorithm)?;
    info.subject_public_key.as_bytes().ok_or(Errno::InvalidKey)
}

pub(super) fn encode_public(format: KeyFormat, public: &[u8]) -> Result<Vec<u8>> {
    with_identifier(format, |algorithm| {
        let subject_public_key = BitStringRef::from_bytes(public).map_err(internal)?;
        SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().map_err(internal)
    })
}
