//! SEC 1: points and `ECPrivateKey`.

use der::{Decode, Encode, asn1::ObjectIdentifier};
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::{Decoded, internal, invalid};
use crate::{Errno, Result, asymmetric::SecretHalf, backend::Secret};

/// The compressed form of an uncompressed point (SEC 1, section 2.3.3).
pub(super) fn compress(point: &[u8], len: usize) -> Result<Vec<u8>> {
    let x = point.get(1..=len).ok_or(Errno::InternalError)?;
    let odd = point.last().ok_or(Errno::InternalError)? & 1;
    let mut compressed = vec![2 | odd];
    compressed.extend_from_slice(x);
    Ok(compressed)
}

/// A key that stands alone, and so must name its curve (RFC 5915, section 3).
pub(super) fn decode_named(curve: ObjectIdentifier, len: usize, encoded: &[u8]) -> Result<Decoded> {
    match EcPrivateKey::from_der(encoded).map_err(invalid)?.parameters {
        Some(_) => decode(curve, len, encoded),
        None => Err(Errno::InvalidKey),
    }
}

/// A key whose curve is known from elsewhere.
pub(super) fn decode(curve: ObjectIdentifier, len: usize, encoded: &[u8]) -> Result<Decoded> {
    let key = EcPrivateKey::from_der(encoded).map_err(invalid)?;
    let other_curve = key.parameters.is_some_and(|named| named.named_curve() != Some(curve));
    if other_curve || key.private_key.len() != len {
        return Err(Errno::InvalidKey);
    }
    Ok(Decoded { publics: key.public_key.map(<[u8]>::to_vec).into_iter().collect(), ..Decoded::alone(key.private_key) })
}

pub(super) fn encode(half: &SecretHalf, curve: Option<ObjectIdentifier>) -> Result<Secret> {
    let (secret, public) = (half.key().secret(), half.public().key().public());
    let key = EcPrivateKey {
        private_key: &secret,
        parameters: curve.map(sec1::EcParameters::NamedCurve),
        public_key: Some(&public),
    };
    Ok(Zeroizing::new(key.to_der().map_err(internal)?))
}
