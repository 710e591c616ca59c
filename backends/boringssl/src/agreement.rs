//! Diffie-Hellman: the parts that all curves share.

use boring::derive::Deriver;
use boring::pkey::{PKeyRef, Private, Public};
use hostcrypt::backend::Secret;
use hostcrypt::{Errno, Result};

/// The secret that two keys share.
///
/// # Errors
///
/// [`Errno::InvalidKey`] for a point of low order.
pub(crate) fn shared(key: &PKeyRef<Private>, peer: &PKeyRef<Public>) -> Result<Secret> {
    let mut deriver = Deriver::new(key).map_err(|_| Errno::AlgorithmFailure)?;
    deriver.set_peer(peer).map_err(|_| Errno::InvalidKey)?;
    Ok(deriver.derive_to_vec().map_err(|_| Errno::InvalidKey)?.into())
}
