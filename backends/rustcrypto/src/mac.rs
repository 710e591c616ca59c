//! HMAC and CMAC.

use std::marker::PhantomData;

use aes::{Aes128Enc, Aes256Enc};
use cmac::Cmac;
use hmac::{Hmac, KeyInit};
use hostcrypt::backend::{Mac, MacKey, MacState};
use hostcrypt::{Errno, Result};
use sha2::{Sha256, Sha512};

use crate::stack;

pub(crate) static ALL: [&dyn Mac; 4] = [
    &Code::<Hmac<Sha256>>::hmac("HMAC/SHA-256", "SHA-256"),
    &Code::<Hmac<Sha512>>::hmac("HMAC/SHA-512", "SHA-512"),
    &Code::<Cmac<Aes128Enc>>::cmac("AES-128-CMAC"),
    &Code::<Cmac<Aes256Enc>>::cmac("AES-256-CMAC"),
];

/// A code of the library's, under the interface's name.
struct Code<M> {
    name: &'static str,
    /// The hash function of HMAC, which takes keys of any length; CMAC takes one.
    hash: Option<&'static str>,
    of: PhantomData<fn() -> M>,
}

/// A state that has absorbed the key and nothing else, to be cloned.
struct Key<M>(M);

/// A code under way.
struct State<M>(M);

impl<M> Code<M> {
    const fn hmac(name: &'static str, hash: &'static str) -> Self {
        Self { name, hash: Some(hash), of: PhantomData }
    }

    const fn cmac(name: &'static str) -> Self {
        Self { name, hash: None, of: PhantomData }
    }
}

impl<M: hmac::Mac + KeyInit + Clone + Send + Sync + 'static> Mac for Code<M> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn tag_len(&self) -> usize {
        M::output_size()
    }

    // RFC 2104, section 3: shorter weakens HMAC, longer adds little.
    fn key_len(&self) -> usize {
        if self.hash.is_none() { M::key_size() } else { M::output_size() }
    }

    fn has_fixed_keys(&self) -> bool {
        self.hash.is_none()
    }

    fn hmac_hash(&self) -> Option<&'static str> {
        self.hash
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
        // A tag may be a derived key.
        stack::wiped(|| tag.copy_from_slice(self.0.clone().finalize().as_bytes()));
    }

    fn copy(&self) -> Box<dyn MacState> {
        Box::new(Self(self.0.clone()))
    }
}
