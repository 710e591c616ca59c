//! HKDF (RFC 5869) over a backend's HMAC.

use zeroize::Zeroizing;

use crate::{
    Errno, Result,
    backend::{LONGEST_OUTPUT, Mac},
};

use super::key::MacOf;

/// What `EXPAND` takes for its information in bytes. Each of up to 255 blocks hashes all of it, in one call.
pub(super) const LONGEST_INFO: usize = 1 << 16;

/// What `EXPAND` can give in bytes: 255 blocks.
pub(super) fn longest_output(mac: &dyn Mac) -> usize {
    255 * mac.tag_len()
}

/// Writes the pseudorandom key of `salt` and `input` to `key`, which is as long as the hash.
pub(super) fn extract(mac: &dyn Mac, salt: &[u8], input: &[u8], key: &mut [u8]) -> Result<()> {
    // An absent salt is a block of zeros, which HMAC makes of an empty key as well.
    let mut state = mac.key(salt)?.start();
    state.update(input);
    state.tag(key);
    Ok(())
}

/// Fills `output`, at most [`longest_output`], with keying material.
pub(super) fn expand(mac: &dyn Mac, key: MacOf<'_>, info: &[u8], output: &mut [u8]) -> Result<()> {
    let (mut whole, len) = (Zeroizing::new([0; LONGEST_OUTPUT]), mac.tag_len());
    for (index, chunk) in output.chunks_mut(len).enumerate() {
        // A copy, since the block is written as well.
        let last = Zeroizing::new(*whole);
        let last = last.get(..if index > 0 { len } else { 0 }).ok_or(Errno::InternalError)?;
        let counter = [u8::try_from(index + 1).map_err(|_| Errno::InternalError)?];
        let block = whole.get_mut(..len).ok_or(Errno::InternalError)?;
        key.tag_of(&[last, info, &counter], block)?;
        chunk.copy_from_slice(block.get(..chunk.len()).ok_or(Errno::InternalError)?);
    }
    Ok(())
}
