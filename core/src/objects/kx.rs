//! Key exchange: `kx_*`.

use crate::{
    Errno, Operation, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, PublicHalf, SecretHalf},
    objects::asymmetric::{PublicKey, SecretKey},
    secret::SecretBytes,
};

/// Computes the secret shared by the owners of two keys of one agreement: `kx_dh`.
///
/// # Errors
///
/// [`Errno::IncompatibleKeys`] for keys of two algorithms, [`Errno::Expired`] for a managed key that has expired,
/// [`Errno::InvalidOperation`] for keys of an algorithm that is not a key agreement, [`Errno::InvalidKey`] for a point
/// of low order.
pub fn agree(operation: Operation<'_>, public: &PublicKey, secret: &SecretKey) -> Result<SecretBytes> {
    if !public.algorithm.is(secret.algorithm) {
        return Err(Errno::IncompatibleKeys);
    }
    operation.store().check(&secret.managed)?;
    let SecretHalf::Agreement(secret) = &**secret.half else { return Err(Errno::InvalidOperation) };
    SecretBytes::copy_of(&secret.agree(&public.half.key().public())?, operation.budget())
}

/// A shared secret, and its encapsulation for the owner of a key: the result of `kx_encapsulate`.
#[derive(Debug)]
pub struct Encapsulated {
    /// The secret.
    pub secret: SecretBytes,
    /// Its encapsulation: the holder of the secret key recovers the secret from it.
    pub encapsulation: SecretBytes,
}

/// Refuses a key that does not encapsulate, before room is taken for what [`encapsulate`] makes.
///
/// # Errors
///
/// [`Errno::InvalidOperation`] for such a key.
pub fn check_encapsulates(public: &PublicKey) -> Result<()> {
    if matches!(**public.half, PublicHalf::Encapsulation(_)) { Ok(()) } else { Err(Errno::InvalidOperation) }
}

/// Draws a secret and encapsulates it for the owner of a key: `kx_encapsulate`.
///
/// # Errors
///
/// [`Errno::InvalidOperation`] for a key that does not encapsulate, [`Errno::RngError`] if there are no random numbers,
/// [`Errno::Overflow`] if the result exceeds the guest's limit on bytes.
pub fn encapsulate(operation: Operation<'_>, public: &PublicKey) -> Result<Encapsulated> {
    let PublicHalf::Encapsulation(public) = &**public.half else { return Err(Errno::InvalidOperation) };
    let (secret, encapsulation) = public.encapsulate()?;
    let copy = |bytes: &[u8]| SecretBytes::copy_of(bytes, operation.budget());
    Ok(Encapsulated { secret: copy(&secret)?, encapsulation: copy(&encapsulation)? })
}

/// Recovers the secret from an encapsulation: `kx_decapsulate`.
///
/// # Errors
///
/// [`Errno::Expired`] for a managed key that has expired, [`Errno::InvalidOperation`] for a key that does not decapsulate,
/// [`Errno::VerificationFailed`] for an encapsulation of the wrong length.
pub fn decapsulate(operation: Operation<'_>, secret: &SecretKey, encapsulation: &[u8]) -> Result<SecretBytes> {
    operation.store().check(&secret.managed)?;
    let (AsymmetricAlgorithm::Kem(kem), SecretHalf::Decapsulation(key)) = (secret.algorithm, &**secret.half) else {
        return Err(Errno::InvalidOperation);
    };
    if encapsulation.len() != kem.encapsulated_len() {
        return Err(Errno::VerificationFailed);
    }
    SecretBytes::copy_of(&key.decapsulate(encapsulation)?, operation.budget())
}
