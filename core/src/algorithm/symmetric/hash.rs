//! Hash functions.

use std::sync::Arc;

use zeroize::Zeroize;

use super::{Constructed, Construction, Family, Key, KeyLens};
use crate::{
    Errno, Result,
    algorithm::AlgorithmInfo,
    backend::{Hash, HashState, LONGEST_OUTPUT},
    secret::Budget,
};

#[derive(Clone, Copy)]
pub(crate) struct HashAlgorithm(pub(crate) &'static dyn Hash);

impl Family for HashAlgorithm {
    fn name_parts(&self) -> [&'static str; 2] {
        ["", self.0.name()]
    }

    fn key_lens(&self) -> Option<KeyLens> {
        None
    }

    fn memory(&self) -> usize {
        self.0.memory()
    }

    fn describe(&self, info: &mut AlgorithmInfo) {
        info.kind = "hash";
        info.output_len = Some(self.0.output_len());
    }

    fn open(&self, _: Option<Arc<Key>>, _: Option<&[u8]>) -> Result<Constructed> {
        Ok(Constructed::Hash(State { hash: self.0, state: self.0.start() }))
    }
}

pub(crate) struct State {
    hash: &'static dyn Hash,
    state: Box<dyn HashState>,
}

impl Construction for State {
    fn copy(&self, _: &Arc<Budget>) -> Result<Constructed> {
        Ok(Constructed::Hash(Self { hash: self.hash, state: self.state.copy() }))
    }

    fn absorb(&mut self, data: &[u8], _: &Arc<Budget>) -> Result<()> {
        // 0 bytes need no call of the library.
        if !data.is_empty() {
            self.state.update(data);
        }
        Ok(())
    }

    fn longest_squeeze(&self) -> Result<usize> {
        Ok(self.hash.output_len())
    }

    /// A digest is as long as it is.
    fn squeeze_len(&self, _: Option<u64>) -> Result<usize> {
        Ok(self.hash.output_len())
    }

    fn squeeze(&mut self, out: &mut [u8]) -> Result<()> {
        let len = self.hash.output_len();
        if out.len() == len {
            self.state.digest(out);
            return Ok(());
        }
        let mut digest = [0; LONGEST_OUTPUT];
        let digest = digest.get_mut(..len).ok_or(Errno::InternalError)?;
        self.state.digest(digest);
        out.copy_from_slice(digest.get(..out.len()).ok_or(Errno::InternalError)?);
        digest.zeroize();
        Ok(())
    }
}
