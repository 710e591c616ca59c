//! SHA-2 and BLAKE2b.

use hostcrypt::backend::{Hash, HashState};

use crate::BACKEND;

fn digest(hash: &dyn Hash, state: &dyn HashState) -> Vec<u8> {
    let mut digest = vec![0; hash.output_len()];
    state.digest(&mut digest);
    digest
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
