//! BoringSSL's random numbers.

use hostcrypt::backend::Random;
use hostcrypt::{Errno, Result};
use zeroize::Zeroizing;

/// BoringSSL's generator, seeded by the operating system. Where that has no random numbers, the process ends.
pub(crate) struct System;

impl Random for System {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        boring::rand::rand_bytes(bytes).map_err(|_| Errno::RngError)
    }
}

/// Draws the bytes of a secret key.
pub(crate) fn secret(len: usize) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; len]);
    System.fill(&mut bytes)?;
    Ok(bytes)
}
