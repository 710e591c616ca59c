//! HMAC.

use std::marker::PhantomData;

use hmac::{Hmac, KeyInit};
use hostcrypt::backend::{Mac, MacKey, MacState};
use hostcrypt::{Errno, Result};
use sha2::{Sha256, Sha512};

pub(crate) const ALL: &[&dyn Mac] =
    &[&Code::<Hmac<Sha256>>::new("HMAC/SHA-256"), &Code::<Hmac<Sha512>>::new("HMAC/SHA-512")];

/// A code of the library's, under the interface's name.
struct Code<M>(&'static str, PhantomData<fn() -> M>);

/// A state that has absorbed the key and nothing else, to be cloned.
struct Key<M>(M);

/// A code under way.
struct State<M>(M);

impl<M> Code<M> {
    const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }
}

impl<M: hmac::Mac + KeyInit + Clone + Send + Sync + 'static> Mac for Code<M> {
    fn name(&self) -> &'static str {
        self.0
    }

    fn tag_len(&self) -> usize {
        M::output_size()
    }

    // RFC 2104, section 3: shorter weakens the code, longer adds little.
    fn key_len(&self) -> usize {
        M::output_size()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn MacKey>> {
        let keyed = M::new_from_slice(key).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(keyed)))
    }
}

impl<M: hmac::Mac + Clone + Send + Sync + 'static> MacKey for Key<M> {
    fn start(&self) -> Box<dyn MacState> {
        Box::new(State(self.0.clone()))
    }
}

impl<M: hmac::Mac + Clone + Send + 'static> MacState for State<M> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn tag(&self, tag: &mut [u8]) {
        // The library's output wipes itself: a tag may be a derived key.
        tag.copy_from_slice(self.0.clone().finalize().as_bytes());
    }

    fn copy(&self) -> Box<dyn MacState> {
        Box::new(Self(self.0.clone()))
    }
}
