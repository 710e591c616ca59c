//! The operating system's random numbers.

use getrandom::rand_core::{TryCryptoRng, TryRng};
use hostcrypt::backend::{Interrupt, Random};
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

/// The number of draws of a scalar until the generator counts as broken: at most one draw in 2³² misses the range.
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

/// The operating system's generator as libraries take it. It fails once the work is interrupted, which ends theirs.
pub(crate) struct Interruptible<'a>(pub(crate) &'a Interrupt);

impl TryRng for Interruptible<'_> {
    type Error = Errno;

    fn try_next_u32(&mut self) -> Result<u32> {
        let mut bytes = Zeroizing::new([0; 4]);
        self.try_fill_bytes(&mut *bytes)?;
        Ok(u32::from_le_bytes(*bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64> {
        let mut bytes = Zeroizing::new([0; 8]);
        self.try_fill_bytes(&mut *bytes)?;
        Ok(u64::from_le_bytes(*bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<()> {
        if self.0.is_raised() {
            return Err(Errno::RngError);
        }
        System.fill(bytes)
    }
}

impl TryCryptoRng for Interruptible<'_> {}
