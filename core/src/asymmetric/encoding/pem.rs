//! PEM.

use der::{Decode, asn1::ObjectIdentifier};
use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

use super::internal;
use crate::{Errno, Result, asymmetric::KeyFormat, backend::Secret};

pub(super) const PUBLIC: &str = "PUBLIC KEY";
pub(super) const SECRET: &str = "PRIVATE KEY";
pub(super) const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// `ECPrivateKey` of RFC 5915.
pub(super) const EC_SECRET: &str = "EC PRIVATE KEY";
/// `RSAPrivateKey` and `RSAPublicKey` of RFC 8017.
pub(super) const RSA_SECRET: &str = "RSA PRIVATE KEY";
pub(super) const RSA_PUBLIC: &str = "RSA PUBLIC KEY";

/// What `openssl ecparam -genkey` writes before a key that names its curve again.
const PARAMETERS: &str = "EC PARAMETERS";
/// The header by which keys were encrypted before PKCS#8 (RFC 1421).
const PROC_TYPE: &[u8] = b"Proc-Type: 4,ENCRYPTED";

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// The key behind a block of parameters, which must name its curve.
///
/// # Errors
///
/// [`Errno::InvalidKey`] for parameters of another curve, or of what has no curve.
pub(super) fn without_parameters(format: KeyFormat, encoded: &[u8]) -> Result<&[u8]> {
    let begins = format!("-----BEGIN {PARAMETERS}-----");
    if !encoded.starts_with(begins.as_bytes()) {
        return Ok(encoded);
    }
    let end = format!("-----END {PARAMETERS}-----");
    let end = find(encoded, end.as_bytes()).ok_or(Errno::InvalidKey)? + end.len();
    let (parameters, key) = encoded.split_at_checked(end).ok_or(Errno::InvalidKey)?;
    let (_, parameters) = decode(parameters)?;
    let named = ObjectIdentifier::from_der(&parameters).map_err(|_| Errno::InvalidKey)?;
    let key = key.trim_ascii_start();
    let of_key = key.starts_with(format!("-----BEGIN {EC_SECRET}-----").as_bytes());
    match format {
        KeyFormat::Point { curve, .. } if named == curve && of_key => Ok(key),
        _ => Err(Errno::InvalidKey),
    }
}

/// The label and the content of the one block that there is.
///
/// # Errors
///
/// [`Errno::UnsupportedEncoding`] for a block that is encrypted by its headers, [`Errno::InvalidKey`] for what is no
/// PEM.
pub(super) fn decode(encoded: &[u8]) -> Result<(&str, Secret)> {
    // Into a place of our own, which is wiped also where the text breaks off.
    let mut der = Zeroizing::new(vec![0; encoded.len()]);
    let (label, decoded) = pem_rfc7468::decode(encoded, &mut der)
        .map_err(|_| if find(encoded, PROC_TYPE).is_some() { Errno::UnsupportedEncoding } else { Errno::InvalidKey })?;
    let len = decoded.len();
    der.truncate(len);
    Ok((label, der))
}

pub(super) fn encode(label: &str, der: &[u8]) -> Result<Secret> {
    let pem = pem_rfc7468::encode_string(label, LineEnding::LF, der).map_err(internal)?;
    Ok(Zeroizing::new(pem.into_bytes()))
}
