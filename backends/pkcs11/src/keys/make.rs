//! Generating keys in the token.

use std::sync::Arc;

use cryptoki::{
    error::RvError,
    object::{Attribute, AttributeType, KeyType, ObjectHandle},
};
use der::{
    Decode, Encode,
    asn1::{BitStringRef, ObjectIdentifier, OctetStringRef, UintRef},
};
use hostcrypt::backend::KeyFormat;
use pkcs1::RsaPublicKey;

use super::TokenKey;
use crate::{
    Error,
    algorithm::{Algorithm, Family},
    error::Failure,
    held, label,
    meta::{Meta, ObjectKind},
    objects,
    session::TokenSession,
    token::Token,
};

/// 65537, which every RSA key of the token has.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// Generates a key without a name, with all its properties except its number; `None` if the token generates no keys of
/// the algorithm.
pub(crate) fn make(
    token: &Arc<Token>,
    algorithm: &Algorithm,
    key_len: Option<usize>,
    mut meta: Meta,
    now: u64,
) -> Result<Option<(TokenKey, Meta)>, Failure> {
    // The id is new, so the key can be recorded as in use at once.
    held::hold(meta.id);
    let name = [Attribute::Label(label::unnamed(now)), objects::attribute(&meta)];
    let made = token.run(|session| {
        let (handle, public) = match algorithm.family.pair() {
            Some(_) => pair(session, algorithm.family, &name)?,
            None => (secret(session, algorithm.family, key_len, &name)?, Vec::new()),
        };
        Ok((TokenKey::new(token, meta.id, handle, session), public))
    });
    match made {
        Ok((key, public)) => {
            meta.kind = ObjectKind::Key { algorithm: algorithm.name.to_owned(), public };
            Ok(Some((key, meta)))
        }
        Err(failure) => {
            held::release(meta.id);
            let unable = matches!(
                failure.value(),
                Some(
                    RvError::CurveNotSupported
                        | RvError::DomainParamsInvalid
                        | RvError::KeySizeRange
                        | RvError::MechanismInvalid
                )
            );
            if !unable {
                return Err(failure);
            }
            token.is_unable(algorithm);
            Ok(None)
        }
    }
}

/// The attributes of every key that stays in the token, and its permitted uses.
fn resident_attributes(family: Family) -> Vec<Attribute> {
    vec![
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(family.signs()),
        Attribute::Decrypt(family.crypts()),
        Attribute::Derive(family.agrees()),
        Attribute::Unwrap(false),
    ]
}

fn secret(
    session: &TokenSession<'_>,
    family: Family,
    key_len: Option<usize>,
    name: &[Attribute],
) -> Result<ObjectHandle, Failure> {
    let (mechanism, len) = family.secret().ok_or(Error::Deviates("a pair is no secret"))?;
    let len = len.or(key_len).ok_or(Error::Deviates("a key has a length"))?;
    let len = len.try_into().map_err(Failure::Token)?;
    let mut template = resident_attributes(family);
    template.extend([
        Attribute::Encrypt(family.crypts()),
        Attribute::Verify(false),
        Attribute::Wrap(false),
        Attribute::ValueLen(len),
    ]);
    template.extend_from_slice(name);
    session.generate(&mechanism, &template)
}

/// Generates a pair; returns the private key, and its public half if the key object does not have it. The object of the
/// public half ends with the session, or earlier.
fn pair(session: &TokenSession<'_>, family: Family, name: &[Attribute]) -> Result<(ObjectHandle, Vec<u8>), Failure> {
    let (mechanism, key_type) = family.pair().ok_or(Error::Deviates("a secret is no pair"))?;
    let mut private = resident_attributes(family);
    private.extend([Attribute::KeyType(key_type), Attribute::SignRecover(false)]);
    private.extend_from_slice(name);
    let mut public = vec![
        Attribute::Token(false),
        Attribute::Private(false),
        Attribute::KeyType(key_type),
        Attribute::Verify(family.signs()),
        Attribute::Encrypt(false),
        Attribute::Wrap(false),
    ];
    match family {
        Family::Rsa(bits, ..) => {
            let bits = bits.try_into().map_err(Failure::Token)?;
            public.extend([Attribute::ModulusBits(bits), Attribute::PublicExponent(EXPONENT.to_vec())]);
        }
        _ => public.push(Attribute::EcParams(parameters(family)?)),
    }
    let (public, private) = session.generate_pair(&mechanism, &public, &private)?;
    let point = if key_type == KeyType::RSA { Ok(Vec::new()) } else { point(session, family, public) };
    let point = point.and_then(|point| session.destroy(public).map(|()| point));
    match point {
        Ok(point) => Ok((private, point)),
        Err(failure) => {
            // Without its public half it is useless.
            session.destroy(private)?;
            Err(failure)
        }
    }
}

/// The name of the curve, in DER.
fn parameters(family: Family) -> Result<Vec<u8>, Failure> {
    let curve: Option<ObjectIdentifier> = match family.curve() {
        Some(KeyFormat::Point { curve, .. }) => Some(curve),
        Some(KeyFormat::Octets { algorithm, .. }) => Some(algorithm),
        _ => None,
    };
    curve.and_then(|curve| curve.to_der().ok()).ok_or_else(|| Error::Deviates("a curve has a name").into())
}

/// The public half of a pair on a curve. It comes in an OCTET STRING; some tokens return a BIT STRING, or the bare
/// bytes.
fn point(session: &TokenSession<'_>, family: Family, public: ObjectHandle) -> Result<Vec<u8>, Failure> {
    let len = match family.curve() {
        Some(KeyFormat::Point { len, .. }) => 1 + 2 * len,
        Some(KeyFormat::Octets { len, .. }) => len,
        _ => 0,
    };
    for attribute in session.read(public, &[AttributeType::EcPoint])? {
        let Attribute::EcPoint(value) = attribute else { continue };
        let octets = <&OctetStringRef>::from_der(&value).map(OctetStringRef::as_bytes).ok();
        let bits = || BitStringRef::from_der(&value).ok().and_then(|bits| bits.as_bytes());
        for bytes in [Some(&*value), octets, bits()].into_iter().flatten() {
            if bytes.len() == len {
                return Ok(bytes.to_vec());
            }
        }
    }
    Err(Error::Deviates("CKA_EC_POINT is no point of the curve, uncompressed").into())
}

/// The canonical form of a key's public half; empty if it has none.
pub(crate) fn public(
    session: &TokenSession<'_>,
    family: Family,
    key: ObjectHandle,
    meta: &Meta,
) -> Result<Vec<u8>, Failure> {
    let Family::Rsa(..) = family else {
        return Ok(match &meta.kind {
            ObjectKind::Key { public, .. } => public.clone(),
            _ => Vec::new(),
        });
    };
    for attribute in session.read(key, &[AttributeType::Modulus])? {
        let Attribute::Modulus(modulus) = attribute else { continue };
        let (modulus, exponent) = (UintRef::new(&modulus), UintRef::new(&EXPONENT));
        if let (Ok(modulus), Ok(public_exponent)) = (modulus, exponent)
            && let Ok(public) = (RsaPublicKey { modulus, public_exponent }).to_der()
        {
            return Ok(public);
        }
    }
    Err(Error::Deviates("a private RSA key does not tell its CKA_MODULUS").into())
}
