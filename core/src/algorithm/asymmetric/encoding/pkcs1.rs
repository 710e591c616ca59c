//! PKCS #1: bounds of RSA keys (RFC 8017), the same for every backend.
//!
//! Backends check that the numbers are consistent. This module only checks their sizes, without arithmetic whose cost
//! grows with them.

use der::{Decode, asn1::UintRef};
use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};

use super::invalid;
use crate::{Errno, Result};

/// Checks the bounds of an `RSAPrivateKey`.
///
/// # Errors
///
/// [`Errno::InvalidKey`] for more than two factors, a factor that is shorter than a quarter of the modulus, a private
/// exponent that is not below the modulus, and a public half that [`check_public`] refuses.
pub(super) fn check_secret(bits: usize, encoded: &[u8]) -> Result<()> {
    let key = RsaPrivateKeyRef::from_der(encoded).map_err(invalid)?;
    check(bits, key.modulus, key.public_exponent)?;
    let has_long_factors = [key.prime1, key.prime2].into_iter().all(|factor| 4 * len_in_bits(factor) >= bits);
    // For a random exponent, the first byte usually decides.
    let is_reduced = is_below(key.private_exponent, key.modulus);
    let fits = key.other_prime_infos.is_none() && has_long_factors && is_reduced;
    if fits { Ok(()) } else { Err(Errno::InvalidKey) }
}

/// Checks the bounds of an `RSAPublicKey`.
///
/// # Errors
///
/// [`Errno::InvalidKey`] for a modulus of another length or that is even, and for a public exponent that is even,
/// below 3 or not below 2³³.
pub(super) fn check_public(bits: usize, encoded: &[u8]) -> Result<()> {
    let key = RsaPublicKeyRef::from_der(encoded).map_err(invalid)?;
    check(bits, key.modulus, key.public_exponent)
}

fn check(bits: usize, modulus: UintRef<'_>, exponent: UintRef<'_>) -> Result<()> {
    let in_range = (2..=33).contains(&len_in_bits(exponent));
    let fits = len_in_bits(modulus) == bits && is_odd(modulus) && is_odd(exponent) && in_range;
    if fits { Ok(()) } else { Err(Errno::InvalidKey) }
}

fn is_odd(number: UintRef<'_>) -> bool {
    number.as_bytes().last().is_some_and(|low| low & 1 == 1)
}

fn is_below(one: UintRef<'_>, other: UintRef<'_>) -> bool {
    (one.as_bytes().len(), one.as_bytes()) < (other.as_bytes().len(), other.as_bytes())
}

fn len_in_bits(number: UintRef<'_>) -> usize {
    let bytes = number.as_bytes();
    8 * bytes.len() - bytes.first().map_or(0, |high| high.leading_zeros() as usize)
}
