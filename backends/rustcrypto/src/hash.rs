//! SHA-2 and BLAKE2b.

use std::marker::PhantomData;

use blake2::{Blake2b256, Blake2b512};
use hostcrypt::backend::{Hash, HashState};
use sha2::{Digest, Sha256, Sha384, Sha512, Sha512_256, digest::Output};

use crate::stack;

pub(crate) static ALL: [&dyn Hash; 6] = [
    &SHA256,
    &SHA384,
    &SHA512,
    &Function::<Sha512_256>::new("SHA-512/256"),
    &Function::<Blake2b256>::new("BLAKE2B-256"),
    &Function::<Blake2b512>::new("BLAKE2B-512"),
];

pub(crate) const SHA256: Function<Sha256> = Function::new("SHA-256");
pub(crate) const SHA384: Function<Sha384> = Function::new("SHA-384");
pub(crate) const SHA512: Function<Sha512> = Function::new("SHA-512");

/// A hash function of the library's, under the interface's name.
pub(crate) struct Function<D>(&'static str, PhantomData<fn() -> D>);

/// A digest under way.
struct State<D>(D);

impl<D> Function<D> {
    const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }
}

impl<D: Digest + Clone + Send + 'static> Hash for Function<D> {
    fn name(&self) -> &'static str {
        self.0
    }

    fn output_len(&self) -> usize {
        <D as Digest>::output_size()
    }

    fn start(&self) -> Box<dyn HashState> {
        Box::new(State(D::new()))
    }
}

impl<D: Digest + Clone + Send + 'static> HashState for State<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn digest(&self, digest: &mut [u8]) {
        let Ok(digest) = <&mut Output<D>>::try_from(digest) else { unreachable!("the core gives room for a digest") };
        stack::wiped(|| self.0.clone().finalize_into(digest));
    }

    fn copy(&self) -> Box<dyn HashState> {
        Box::new(Self(self.0.clone()))
    }
}
