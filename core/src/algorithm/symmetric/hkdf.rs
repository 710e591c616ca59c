//! HKDF (RFC 5869) over a backend's HMAC, in its two steps.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{
    AllowedAlgorithm, Constructed, Construction, Family, Key, KeyLens, SHORT, SymmetricAlgorithm, chosen_len,
    key::MacKeyRef,
};
use crate::{
    Errno, RefusalCause, Result,
    algorithm::AlgorithmInfo,
    backend::{LONGEST_OUTPUT, Mac},
    refusal,
    secret::{Budget, SecretBytes},
};

/// The longest `info` of `EXPAND`, in bytes. Each of up to 255 blocks hashes all of it, in one call.
const LONGEST_INFO: usize = 1 << 16;

/// The longest output of `EXPAND` in bytes: 255 blocks.
fn longest_output(mac: &dyn Mac) -> usize {
    255 * mac.tag_len()
}

/// `EXTRACT` over HMAC with a hash function of this name.
#[derive(Clone, Copy)]
pub(crate) struct ExtractAlgorithm {
    pub(crate) mac: &'static dyn Mac,
    pub(crate) hash: &'static str,
}

/// `EXPAND` over HMAC with a hash function of this name.
#[derive(Clone, Copy)]
pub(crate) struct ExpandAlgorithm {
    pub(crate) mac: &'static dyn Mac,
    pub(crate) hash: &'static str,
}

impl Family for ExtractAlgorithm {
    fn name_parts(&self) -> [&'static str; 2] {
        ["HKDF-EXTRACT/", self.hash]
    }

    /// RFC 5869 allows input keying material of any length, even empty.
    fn key_lens(&self) -> Option<KeyLens> {
        Some(KeyLens { generated: self.mac.tag_len(), shortest: 0, is_exact: false })
    }

    fn memory(&self) -> usize {
        self.mac.memory()
    }

    fn describe(&self, info: &mut AlgorithmInfo) {
        info.kind = "key derivation";
    }

    fn open(&self, key: Option<Arc<Key>>, _: Option<&[u8]>) -> Result<Constructed> {
        let key = key.ok_or(Errno::KeyRequired)?;
        Ok(Constructed::Extract(ExtractState { algorithm: *self, key, salt: SecretBytes::new() }))
    }
}

impl Family for ExpandAlgorithm {
    fn name_parts(&self) -> [&'static str; 2] {
        ["HKDF-EXPAND/", self.hash]
    }

    /// At least as long as the output of the hash function (RFC 5869, section 2.3).
    fn key_lens(&self) -> Option<KeyLens> {
        Some(KeyLens { generated: self.mac.tag_len(), shortest: self.mac.tag_len(), is_exact: false })
    }

    fn memory(&self) -> usize {
        self.mac.memory()
    }

    fn describe(&self, info: &mut AlgorithmInfo) {
        info.kind = "key derivation";
        info.output_len = Some(longest_output(self.mac));
    }

    fn open(&self, key: Option<Arc<Key>>, _: Option<&[u8]>) -> Result<Constructed> {
        let key = key.ok_or(Errno::KeyRequired)?;
        Ok(Constructed::Expand(ExpandState { mac: self.mac, key, info: SecretBytes::new() }))
    }
}

pub(crate) struct ExtractState {
    algorithm: ExtractAlgorithm,
    key: Arc<Key>,
    salt: SecretBytes,
}

impl Construction for ExtractState {
    fn copy(&self, budget: &Arc<Budget>) -> Result<Constructed> {
        let (key, salt) = (Arc::clone(&self.key), SecretBytes::copy_of(&self.salt, budget)?);
        Ok(Constructed::Extract(Self { algorithm: self.algorithm, key, salt }))
    }

    fn may_take_long(&self) -> bool {
        self.salt.len() > SHORT
    }

    fn absorb(&mut self, data: &[u8], budget: &Arc<Budget>) -> Result<()> {
        self.salt.push(data, budget)
    }

    fn squeeze_key(&mut self, target: AllowedAlgorithm<'_>, budget: &Arc<Budget>) -> Result<Key> {
        let ExtractAlgorithm { mac, hash } = self.algorithm;
        match &target.0.algorithm {
            SymmetricAlgorithm::Expand(expand) if expand.hash == hash => {}
            _ => return Err(Errno::InvalidOperation),
        }
        let mut derived = target.blank_key(mac.tag_len(), budget)?;
        extract(mac, &self.salt, self.key.raw()?, derived.raw_mut()?)?;
        Ok(derived)
    }
}

pub(crate) struct ExpandState {
    mac: &'static dyn Mac,
    key: Arc<Key>,
    info: SecretBytes,
}

impl Construction for ExpandState {
    fn copy(&self, budget: &Arc<Budget>) -> Result<Constructed> {
        let (key, info) = (Arc::clone(&self.key), SecretBytes::copy_of(&self.info, budget)?);
        Ok(Constructed::Expand(Self { mac: self.mac, key, info }))
    }

    fn may_take_long(&self) -> bool {
        self.info.len() > SHORT
    }

    fn absorb(&mut self, data: &[u8], budget: &Arc<Budget>) -> Result<()> {
        if self.info.len().saturating_add(data.len()) > LONGEST_INFO {
            return Err(refusal::limit(RefusalCause::Length));
        }
        self.info.push(data, budget)
    }

    fn longest_squeeze(&self) -> Result<usize> {
        Ok(longest_output(self.mac))
    }

    /// The length of the digest by default.
    fn squeeze_len(&self, chosen: Option<u64>) -> Result<usize> {
        chosen_len(chosen, self.mac.tag_len())
    }

    fn squeeze(&mut self, out: &mut [u8]) -> Result<()> {
        expand(self.mac, self.key.mac(self.mac)?, &self.info, out)
    }
}

/// Writes the pseudorandom key of `salt` and `input` to `key`, which is as long as the hash.
fn extract(mac: &dyn Mac, salt: &[u8], input: &[u8], key: &mut [u8]) -> Result<()> {
    // An absent salt is a block of zeros, to which HMAC also pads an empty key.
    let mut state = mac.key(salt)?.start();
    state.update(input);
    state.tag(key);
    Ok(())
}

/// Fills `output`, at most [`longest_output`], with keying material.
fn expand(mac: &dyn Mac, key: MacKeyRef<'_>, info: &[u8], output: &mut [u8]) -> Result<()> {
    let (mut whole, len) = (Zeroizing::new([0; LONGEST_OUTPUT]), mac.tag_len());
    for (index, chunk) in output.chunks_mut(len).enumerate() {
        // A copy, because the block is written at the same time.
        let last = Zeroizing::new(*whole);
        let last = last.get(..if index > 0 { len } else { 0 }).ok_or(Errno::InternalError)?;
        let counter = [u8::try_from(index + 1).map_err(|_| Errno::InternalError)?];
        let block = whole.get_mut(..len).ok_or(Errno::InternalError)?;
        key.tag_of(&[last, info, &counter], block)?;
        chunk.copy_from_slice(block.get(..chunk.len()).ok_or(Errno::InternalError)?);
    }
    Ok(())
}
