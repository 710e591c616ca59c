//! Encodings of asymmetric keys, converted to and from their canonical form.
//!
//! PKCS#8 is RFC 5958, SubjectPublicKeyInfo RFC 5280, elliptic-curve private keys RFC 5915, Curve25519 keys
//! RFC 8410, RSA keys RFC 8017, lattice keys RFC 9881 and RFC 9935, PEM RFC 7468. DER is strict, without trailing
//! bytes; PEM may have any text around it.

mod blocks;
mod pem;
mod pkcs1;
mod pkcs8;
mod sec1;

use zeroize::Zeroizing;

use self::pem::Half;
use super::{AsymmetricAlgorithm, SecretHalf};
use crate::{
    Errno, RefusalCause, Result,
    backend::{KeyFormat, Secret},
    refusal,
};

/// The encoding of a key: `keypair_encoding`, `publickey_encoding`, `secretkey_encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyEncoding {
    /// The raw bytes of the key, as `docs/semantics.md` describes them; RSA keys have no raw form.
    Raw,
    /// PKCS #8 of a secret key or a pair, SubjectPublicKeyInfo of a public key, in DER.
    Pkcs8,
    /// The same content as [`Pkcs8`](Self::Pkcs8).
    Der,
    /// The same content in PEM (RFC 7468).
    Pem,
    /// SEC 1: a point or a scalar.
    Sec,
    /// SEC 1: a compressed point or a scalar.
    CompressedSec,
    /// An encoding of the host's own; this host has none.
    Local,
}

/// The maximal length of a key in DER, in bytes. A longer key is refused before it is parsed.
const LONGEST: usize = 1 << 16;

/// A decoded secret key, with each public half that came with it.
pub(crate) struct Decoded {
    secret: Secret,
    publics: Vec<Vec<u8>>,
}

impl Decoded {
    /// The library's key.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`] if the bytes are not a key, or the halves do not match.
    pub(crate) fn secret_half(&self, scheme: AsymmetricAlgorithm) -> Result<SecretHalf> {
        let half = scheme.secret(&self.secret)?;
        for public in &self.publics {
            half.belongs_to(&scheme.public(public)?.key().public())?;
        }
        Ok(half)
    }

    fn alone(secret: &[u8]) -> Self {
        Self { secret: Zeroizing::new(secret.to_vec()), publics: Vec::new() }
    }
}

/// Malformed DER is an invalid key.
fn invalid(_: der::Error) -> Errno {
    Errno::InvalidKey
}

/// A failure to encode is a bug of the core.
fn internal<E>(_: E) -> Errno {
    Errno::InternalError
}

/// # Errors
///
/// [`Errno::Overflow`] for more than [`LONGEST`].
fn check_len(encoded: &[u8]) -> Result<()> {
    if encoded.len() <= LONGEST { Ok(()) } else { Err(refusal::limit(RefusalCause::Length)) }
}

pub(crate) fn decode_pair(format: KeyFormat, encoding: KeyEncoding, encoded: &[u8]) -> Result<Decoded> {
    let public_len = match (encoding, format) {
        (KeyEncoding::Raw, KeyFormat::Octets { len, .. }) => len,
        (KeyEncoding::Raw, KeyFormat::Seed { public, .. }) => public,
        _ => return decode_secret(format, encoding, encoded),
    };
    let secret_len = encoded.len().checked_sub(public_len).ok_or(Errno::InvalidKey)?;
    let (secret, public) = encoded.split_at_checked(secret_len).ok_or(Errno::InvalidKey)?;
    Ok(Decoded { publics: vec![public.to_vec()], ..decode_raw_secret(format, secret)? })
}

pub(crate) fn encode_pair(format: KeyFormat, encoding: KeyEncoding, half: &SecretHalf) -> Result<Secret> {
    match (encoding, format) {
        (KeyEncoding::Raw, KeyFormat::Octets { .. } | KeyFormat::Seed { .. }) => {
            let (secret, public) = (half.key().secret(), half.public().key().public());
            let mut pair = Zeroizing::new(Vec::with_capacity(secret.len() + public.len()));
            pair.extend_from_slice(&secret);
            pair.extend_from_slice(&public);
            Ok(pair)
        }
        _ => encode_secret(format, encoding, half),
    }
}

/// Returns a secret key in canonical form, which is the raw form if there is one.
fn decode_raw_secret(format: KeyFormat, encoded: &[u8]) -> Result<Decoded> {
    let fits = match format {
        KeyFormat::Octets { len, .. } | KeyFormat::Point { len, .. } => encoded.len() == len,
        KeyFormat::Seed { seed, expanded, .. } => encoded.len() == seed || Some(encoded.len()) == expanded,
        KeyFormat::Rsa { .. } => return Err(Errno::UnsupportedEncoding),
    };
    if fits { Ok(Decoded::alone(encoded)) } else { Err(Errno::InvalidKey) }
}

pub(crate) fn decode_secret(format: KeyFormat, encoding: KeyEncoding, encoded: &[u8]) -> Result<Decoded> {
    match encoding {
        KeyEncoding::Raw => decode_raw_secret(format, encoded),
        KeyEncoding::Pkcs8 | KeyEncoding::Der => {
            check_len(encoded)?;
            pkcs8::decode_secret(format, encoded, false)
        }
        KeyEncoding::Pem => {
            pem::read(format, Half::Secret, encoded, |der, is_named| pkcs8::decode_secret(format, der, is_named))
        }
        KeyEncoding::Sec | KeyEncoding::CompressedSec => match format {
            // A bare scalar (SEC 1, section 2.3.7), or the structure of its appendix C.4.
            KeyFormat::Point { len, .. } if encoded.len() == len => Ok(Decoded::alone(encoded)),
            KeyFormat::Point { curve, len } => {
                check_len(encoded)?;
                sec1::decode_alone(curve, len, encoded, false)
            }
            _ => Err(Errno::UnsupportedEncoding),
        },
        KeyEncoding::Local => Err(Errno::UnsupportedEncoding),
    }
}

pub(crate) fn encode_secret(format: KeyFormat, encoding: KeyEncoding, half: &SecretHalf) -> Result<Secret> {
    match (encoding, format) {
        (KeyEncoding::Raw, KeyFormat::Rsa { .. }) => Err(Errno::UnsupportedEncoding),
        (KeyEncoding::Raw, _) => Ok(half.key().secret()),
        (KeyEncoding::Pkcs8 | KeyEncoding::Der, _) => pkcs8::encode_secret(format, half),
        (KeyEncoding::Pem, _) => pem::encode(pem::SECRET, &pkcs8::encode_secret(format, half)?),
        (KeyEncoding::Sec | KeyEncoding::CompressedSec, KeyFormat::Point { curve, .. }) => {
            sec1::encode(half, Some(curve))
        }
        (KeyEncoding::Sec | KeyEncoding::CompressedSec | KeyEncoding::Local, _) => Err(Errno::UnsupportedEncoding),
    }
}

/// The public key in canonical form, or a compressed point.
pub(crate) fn decode_public(format: KeyFormat, encoding: KeyEncoding, encoded: &[u8]) -> Result<Vec<u8>> {
    match (encoding, format) {
        (KeyEncoding::Raw, KeyFormat::Rsa { .. }) => Err(Errno::UnsupportedEncoding),
        (KeyEncoding::Raw, _) | (KeyEncoding::Sec | KeyEncoding::CompressedSec, KeyFormat::Point { .. }) => {
            check_public(format, encoded)
        }
        (KeyEncoding::Pkcs8 | KeyEncoding::Der, _) => {
            check_len(encoded)?;
            check_public(format, pkcs8::decode_public(format, encoded)?)
        }
        (KeyEncoding::Pem, _) => {
            pem::read(format, Half::Public, encoded, |der, _| check_public(format, pkcs8::decode_public(format, der)?))
        }
        (KeyEncoding::Sec | KeyEncoding::CompressedSec | KeyEncoding::Local, _) => Err(Errno::UnsupportedEncoding),
    }
}

/// Checks that a public key has the right length, or is within the bounds of RSA.
fn check_public(format: KeyFormat, public: &[u8]) -> Result<Vec<u8>> {
    let fits = match format {
        KeyFormat::Octets { len, .. } => public.len() == len,
        KeyFormat::Point { len, .. } => match public.first() {
            Some(2 | 3) => public.len() == 1 + len,
            Some(4) => public.len() == 1 + 2 * len,
            _ => false,
        },
        KeyFormat::Seed { public: len, .. } => public.len() == len,
        KeyFormat::Rsa { bits, .. } => {
            pkcs1::check_public(bits, public)?;
            true
        }
    };
    if fits { Ok(public.to_vec()) } else { Err(Errno::InvalidKey) }
}

pub(crate) fn encode_public(format: KeyFormat, encoding: KeyEncoding, public: &[u8]) -> Result<Secret> {
    let plain = |bytes: Vec<u8>| Ok(Zeroizing::new(bytes));
    match (encoding, format) {
        (KeyEncoding::Raw, KeyFormat::Octets { .. } | KeyFormat::Seed { .. })
        | (KeyEncoding::Sec, KeyFormat::Point { .. }) => plain(public.to_vec()),
        (KeyEncoding::Raw | KeyEncoding::CompressedSec, KeyFormat::Point { len, .. }) => {
            plain(sec1::compress(public, len)?)
        }
        (KeyEncoding::Pkcs8 | KeyEncoding::Der, _) => plain(pkcs8::encode_public(format, public)?),
        (KeyEncoding::Pem, _) => pem::encode(pem::PUBLIC, &pkcs8::encode_public(format, public)?),
        (KeyEncoding::Raw | KeyEncoding::Sec | KeyEncoding::CompressedSec | KeyEncoding::Local, _) => {
            Err(Errno::UnsupportedEncoding)
        }
    }
}
