//! The hosts under test, without a runtime.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use hostcrypt::{
    Result, Revision,
    backend::{Aead, Agreement, Backend, Cipher, Hash, Kem, Mac, Random, Session, Signature},
};
use hostcrypt_boringssl::BACKEND as BORINGSSL;
use hostcrypt_conformance::{Subject, native};
use hostcrypt_rustcrypto::BACKEND as RUSTCRYPTO;

/// Random numbers that are the same in every run, so that an input always does the same.
pub(crate) struct Fixed(AtomicU64);

impl Fixed {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Begins anew.
    pub(crate) fn reset(&self) {
        self.0.store(0, Relaxed);
    }
}

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        for chunk in bytes.chunks_mut(8) {
            let mixed = (self.0.fetch_add(1, Relaxed) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ mixed >> 29).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// One source for each backend, so that both draw the same numbers.
pub(crate) static RANDOM: [Fixed; 2] = [Fixed::new(), Fixed::new()];

/// The algorithms of one backend that the other has as well.
macro_rules! shared {
    ($one:ident, $other:ident, $list:ident, $name:expr) => {{
        let name = $name;
        let both = $one.$list.iter().copied().filter(|of| $other.$list.iter().any(|other| name(*other) == name(*of)));
        both.collect::<Vec<_>>().leak()
    }};
}

/// A backend that has what another one has as well.
fn like(one: Backend, other: &Backend, random: &'static Fixed) -> Backend {
    Backend {
        hashes: shared!(one, other, hashes, |of: &dyn Hash| of.name()),
        macs: shared!(one, other, macs, |of: &dyn Mac| of.name()),
        aeads: shared!(one, other, aeads, |of: &dyn Aead| of.name()),
        ciphers: shared!(one, other, ciphers, |of: &dyn Cipher| of.name()),
        sessions: shared!(one, other, sessions, |of: &dyn Session| of.name()),
        signatures: shared!(one, other, signatures, |of: &dyn Signature| of.scheme().name),
        agreements: shared!(one, other, agreements, |of: &dyn Agreement| of.name()),
        kems: shared!(one, other, kems, |of: &dyn Kem| of.name()),
        random,
        ..one
    }
}

/// Hosts in both revisions, the older one first.
type Hosts<const N: usize> = LazyLock<[[Box<dyn Subject>; N]; 2]>;

/// Pure Rust.
static ALONE: Hosts<1> = LazyLock::new(|| {
    let backend = Backend { random: &RANDOM[0], ..RUSTCRYPTO };
    Revision::ALL.map(|revision| [native(backend, revision)])
});

/// Pure Rust and BoringSSL, with the algorithms that both have.
static PAIR: Hosts<2> = LazyLock::new(|| {
    let backends = [like(RUSTCRYPTO, &BORINGSSL, &RANDOM[0]), like(BORINGSSL, &RUSTCRYPTO, &RANDOM[1])];
    Revision::ALL.map(|revision| backends.map(|backend| native(backend, revision)))
});

/// The pure-Rust host that speaks a revision.
pub(crate) fn alone(newer: bool) -> &'static dyn Subject {
    RANDOM.iter().for_each(Fixed::reset);
    &*ALONE[usize::from(newer)][0]
}

/// The hosts over either backend that speak a revision.
pub(crate) fn pair(newer: bool) -> &'static [Box<dyn Subject>; 2] {
    RANDOM.iter().for_each(Fixed::reset);
    &PAIR[usize::from(newer)]
}
