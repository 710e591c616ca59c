//! The operating system's random numbers.

use hostcrypt::backend::Random;
use hostcrypt::{Errno, Result};
use zeroize::Zeroizing;

/// The operating system's generator.
pub(crate) struct System;

impl Random for System {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|_| Errno::RngError)
    }
}

/// Draws the bytes of a secret key. The libraries' own key generation panics where the generator fails.
pub(crate) fn secret() -> Result<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    System.fill(&mut *bytes)?;
    Ok(bytes)
}
