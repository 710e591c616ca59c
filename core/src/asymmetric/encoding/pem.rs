//! PEM.

use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

use super::internal;
use crate::{Errno, Result, backend::Secret};

pub(super) const PUBLIC: &str = "PUBLIC KEY";
pub(super) const SECRET: &str = "PRIVATE KEY";
pub(super) const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// `ECPrivateKey` of RFC 5915.
pub(super) const EC_SECRET: &str = "EC PRIVATE KEY";
/// `RSAPrivateKey` and `RSAPublicKey` of RFC 8017.
pub(super) const RSA_SECRET: &str = "RSA PRIVATE KEY";
pub(super) const RSA_PUBLIC: &str = "RSA PUBLIC KEY";

/// What `openssl ecparam -genkey` writes before a key that names its curve again.
const PARAMETERS: &[u8] = b"-----BEGIN EC PARAMETERS-----";
const PARAMETERS_END: &[u8] = b"-----END EC PARAMETERS-----";
/// The header by which keys were encrypted before PKCS#8 (RFC 1421).
const PROC_TYPE: &[u8] = b"Proc-Type: 4,ENCRYPTED";

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// The label and the content of the one block that there is.
///
/// # Errors
///
/// [`Errno::UnsupportedEncoding`] for a block that is encrypted by its headers, [`Errno::InvalidKey`] for what is no
/// PEM.
pub(super) fn decode(encoded: &[u8]) -> Result<(&str, Secret)> {
    let key = match encoded.strip_prefix(PARAMETERS).and_then(|rest| Some((rest, find(rest, PARAMETERS_END)?))) {
        Some((rest, end)) => rest.get(end + PARAMETERS_END.len()..).unwrap_or_default().trim_ascii_start(),
        None => encoded,
    };
    // Into a place of our own, which is wiped also where the text breaks off.
    let mut der = Zeroizing::new(vec![0; key.len()]);
    let (label, decoded) = pem_rfc7468::decode(key, &mut der)
        .map_err(|_| if find(key, PROC_TYPE).is_some() { Errno::UnsupportedEncoding } else { Errno::InvalidKey })?;
    let len = decoded.len();
    der.truncate(len);
    Ok((label, der))
}

pub(super) fn encode(label: &str, der: &[u8]) -> Result<Secret> {
    let pem = pem_rfc7468::encode_string(label, LineEnding::LF, der).map_err(internal)?;
    Ok(Zeroizing::new(pem.into_bytes()))
}
