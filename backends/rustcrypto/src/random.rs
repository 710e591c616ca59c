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
pub(crate) fn secret<const LEN: usize>() -> Result<Zeroizing<[u8; LEN]>> {
    let mut bytes = Zeroizing::new([0; LEN]);
    System.fill(&mut *bytes)?;
    Ok(bytes)
}

/// How often a scalar is drawn before the generator is held to be broken: at most one draw in 2³² misses the range.
const DRAWS: usize = 8;

/// Draws bytes until `key` takes them for a scalar of its group.
pub(crate) fn scalar<const LEN: usize, K>(key: impl Fn(&[u8; LEN]) -> Option<K>) -> Result<K> {
    for _ in 0..DRAWS {
        if let Some(key) = key(&*secret()?) {
            return Ok(key);
        }
    }
    Err(Errno::RngError)
}
