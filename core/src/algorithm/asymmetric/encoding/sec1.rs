//! SEC 1: points and `ECPrivateKey`.

use der::{Decode, Encode, asn1::ObjectIdentifier};
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::{Decoded, internal, invalid};
use crate::{Errno, Result, algorithm::asymmetric::SecretHalf, backend::Secret};

/// The compressed form of an uncompressed point (SEC 1, section 2.3.3).
pub(super) fn compress(point: &[u8], len: usize) -> Result<Vec<u8>> {
    let x = point.get(1..=len).ok_or(Errno::InternalError)?;
    let odd = point.last().ok_or(Errno::InternalError)? & 1;
    let mut compressed = vec![2 | odd];
    compressed.extend_from_slice(x);
    Ok(compressed)
}

/// Reads a bare key, which must name its curve (RFC 5915, section 3) unless PEM parameters do.
pub(super) fn decode_alone(
    curve: ObjectIdentifier,
    len: usize,
    encoded: &[u8],
    is_curve_named: bool,
) -> Result<Decoded> {
    let key = EcPrivateKey::from_der(encoded).map_err(invalid)?;
    if is_curve_named || key.parameters.is_some() { read(curve, len, &key) } else { Err(Errno::InvalidKey) }
}

/// Reads a key whose curve is already known.
pub(super) fn decode(curve: ObjectIdentifier, len: usize, encoded: &[u8]) -> Result<Decoded> {
    read(curve, len, &EcPrivateKey::from_der(encoded).map_err(invalid)?)
}

fn read(curve: ObjectIdentifier, len: usize, key: &EcPrivateKey<'_>) -> Result<Decoded> {
    if key.parameters.is_some_and(|named| named.named_curve() != Some(curve)) {
        return Err(Errno::InvalidKey);
    }
    let publics = key.public_key.map(<[u8]>::to_vec).into_iter().collect();
    Ok(Decoded { secret: scalar(key.private_key, len)?, publics })
}

/// Returns a scalar in its full length. Some libraries write it as an integer: without leading zeros, or with a zero
/// for the sign.
fn scalar(written: &[u8], len: usize) -> Result<Secret> {
    let zeros = written.iter().take_while(|byte| **byte == 0).count();
    let digits = written.get(zeros..).unwrap_or_default();
    let mut scalar = Zeroizing::new(vec![0; len]);
    let start = len.checked_sub(digits.len()).ok_or(Errno::InvalidKey)?;
    scalar.get_mut(start..).ok_or(Errno::InvalidKey)?.copy_from_slice(digits);
    Ok(scalar)
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
