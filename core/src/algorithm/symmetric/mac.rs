//! Message authentication codes.

use std::sync::Arc;

use super::{Constructed, Construction, Family, Key, KeyLens, key::MacKeyRef};
use crate::{
    Errno, Result,
    algorithm::AlgorithmInfo,
    backend::{Mac, MacState},
    secret::{Budget, SecretBytes},
};

#[derive(Clone, Copy)]
pub(crate) struct MacAlgorithm(pub(crate) &'static dyn Mac);

impl Family for MacAlgorithm {
    fn name_parts(&self) -> [&'static str; 2] {
        ["", self.0.name()]
    }

    fn key_lens(&self) -> Option<KeyLens> {
        let (generated, is_exact) = (self.0.key_len(), self.0.has_fixed_keys());
        Some(KeyLens { generated, shortest: if is_exact { generated } else { 0 }, is_exact })
    }

    fn memory(&self) -> usize {
        self.0.memory()
    }

    fn describe(&self, info: &mut AlgorithmInfo) {
        info.kind = "mac";
        info.tag_len = Some(self.0.tag_len());
    }

    fn open(&self, key: Option<Arc<Key>>, _: Option<&[u8]>) -> Result<Constructed> {
        let key = key.ok_or(Errno::KeyRequired)?;
        let absorbed = match key.mac(self.0)? {
            MacKeyRef::InProcess(key) => Absorbed::Streamed(key.start()),
            MacKeyRef::InStore(_) => Absorbed::Whole { message: SecretBytes::new(), key },
        };
        Ok(Constructed::Mac(State { mac: self.0, absorbed }))
    }
}

pub(crate) struct State {
    mac: &'static dyn Mac,
    absorbed: Absorbed,
}

enum Absorbed {
    Streamed(Box<dyn MacState>),
    /// For a key that computes inside a store, on whole messages.
    Whole {
        message: SecretBytes,
        key: Arc<Key>,
    },
}

impl Construction for State {
    fn copy(&self, budget: &Arc<Budget>) -> Result<Constructed> {
        let absorbed = match &self.absorbed {
            Absorbed::Streamed(state) => Absorbed::Streamed(state.copy()),
            Absorbed::Whole { message, key } => {
                Absorbed::Whole { message: SecretBytes::copy_of(message, budget)?, key: Arc::clone(key) }
            }
        };
        Ok(Constructed::Mac(Self { mac: self.mac, absorbed }))
    }

    fn may_take_long(&self) -> bool {
        matches!(self.absorbed, Absorbed::Whole { .. })
    }

    fn absorb(&mut self, data: &[u8], budget: &Arc<Budget>) -> Result<()> {
        match &mut self.absorbed {
            // 0 bytes need no call of the library.
            Absorbed::Streamed(_) if data.is_empty() => {}
            Absorbed::Streamed(state) => state.update(data),
            Absorbed::Whole { message, .. } => message.push(data, budget)?,
        }
        Ok(())
    }

    fn squeeze_tag(&mut self, budget: &Arc<Budget>) -> Result<SecretBytes> {
        let mut tag = SecretBytes::zeroed(self.mac.tag_len(), budget)?;
        match &self.absorbed {
            Absorbed::Streamed(state) => state.tag(&mut tag),
            Absorbed::Whole { message, key } => key.mac(self.mac)?.tag_of(&[message], &mut tag)?,
        }
        Ok(tag)
    }
}
