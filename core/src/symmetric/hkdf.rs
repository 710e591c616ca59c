//! HKDF (RFC 5869) over a backend's HMAC.

use zeroize::Zeroize;

use crate::{
    Errno, Result,
    backend::{LONGEST_OUTPUT, Mac, MacKey},
};

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

/// Fills `output` with keying material.
///
/// # Errors
///
/// [`Errno::InvalidLength`] for more than [`longest_output`].
pub(super) fn expand(mac: &dyn Mac, key: &dyn MacKey, info: &[u8], output: &mut [u8]) -> Result<()> {
    if output.len() > longest_output(mac) {
        return Err(Errno::InvalidLength);
    }
    let mut block = [0; LONGEST_OUTPUT];
    let block = block.get_mut(..mac.tag_len()).ok_or(Errno::InternalError)?;
    for (index, chunk) in output.chunks_mut(block.len()).enumerate() {
        let mut state = key.start();
        if index > 0 {
            state.update(block);
        }
        state.update(info);
        state.update(&[u8::try_from(index + 1).map_err(|_| Errno::InternalError)?]);
        state.tag(block);
        chunk.copy_from_slice(block.get(..chunk.len()).ok_or(Errno::InternalError)?);
    }
    block.zeroize();
    Ok(())
}
