//! SHA-2 and BLAKE2b.

use hostcrypt::backend::{Hash, HashState};

use super::{hash, hex};
use crate::BACKEND;

fn digest(hash: &dyn Hash, state: &dyn HashState) -> Vec<u8> {
    let mut digest = vec![0; hash.output_len()];
    state.digest(&mut digest);
    digest
}

#[test]
fn hashes_agree_with_published_vectors() {
    // FIPS 180-4; the digest of BLAKE2b is of libsodium's making.
    for (name, expected) in [
        ("SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("SHA-384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
        (
            "SHA-512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        ("SHA-512/256", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
        ("BLAKE2B-256", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
    ] {
        let hash = hash(name);
        let mut state = hash.start();
        state.update(b"abc");
        assert_eq!(digest(hash, &*state), hex(expected), "{name}");
    }
}

#[test]
fn a_hash_goes_on_after_its_digest_and_its_copy_is_independent() {
    for hash in BACKEND.hashes {
        let mut once = hash.start();
        once.update(b"abcdef");

        let mut state = hash.start();
        state.update(b"abc");
        let before = digest(*hash, &*state);
        let mut copy = state.copy();
        state.update(b"def");
        assert_eq!(digest(*hash, &*state), digest(*hash, &*once));
        assert_eq!(digest(*hash, &*copy), before);
        copy.update(b"def");
        assert_eq!(digest(*hash, &*copy), digest(*hash, &*once));
    }
}
