//! SHA-2 and BLAKE2b.

use std::marker::PhantomData;

use hostcrypt::backend::{Hash, HashState};

use crate::ffi::hash::{self, Blake2b256, Digest, Sha256, Sha384, Sha512, Sha512_256};

pub(crate) const ALL: &[&dyn Hash] = &[
    &SHA256,
    &SHA384,
    &SHA512,
    &Function::<Sha512_256>::new("SHA-512/256"),
    &Function::<Blake2b256>::new("BLAKE2B-256"),
];

pub(crate) const SHA256: Function<Sha256> = Function::new("SHA-256");
pub(crate) const SHA384: Function<Sha384> = Function::new("SHA-384");
pub(crate) const SHA512: Function<Sha512> = Function::new("SHA-512");

/// A hash function of the library's, under the interface's name.
pub(crate) struct Function<F>(&'static str, PhantomData<fn() -> F>);

impl<F> Function<F> {
    const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }
}

impl<F: hash::Function> Hash for Function<F> {
    fn name(&self) -> &'static str {
        self.0
    }

    fn output_len(&self) -> usize {
        F::OUTPUT_LEN
    }

    fn start(&self) -> Box<dyn HashState> {
        Box::new(Digest::<F>::new())
    }
}

impl<F: hash::Function> HashState for Digest<F> {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }

    fn digest(&self, digest: &mut [u8]) {
        self.digest(digest);
    }

    fn copy(&self) -> Box<dyn HashState> {
        Box::new(self.clone())
    }
}
