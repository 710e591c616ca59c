//! Hash functions.

use super::{super::behaviours, hashes};
use crate::{Guest, guest::refuses};

behaviours!("symmetric::hash":
    a_hash_squeeze_finalises_a_copy_and_the_state_goes_on,
    a_hash_is_truncated_but_never_extended [needs Buffers],
    a_hash_takes_no_key,
);

fn a_hash_squeeze_finalises_a_copy_and_the_state_goes_on(guest: &mut Guest<'_>) {
    for (name, len) in hashes(guest) {
        let state = guest.symmetric_state_open(name, None, None).unwrap();
        guest.symmetric_state_absorb(state, b"one ").unwrap();
        let first = guest.symmetric_state_squeeze(state, len).unwrap();
        assert_eq!(guest.symmetric_state_squeeze(state, len).unwrap(), first, "{name}");
        guest.symmetric_state_absorb(state, b"two").unwrap();
        let second = guest.symmetric_state_squeeze(state, len).unwrap();
        assert_ne!(first, second);
        let whole = guest.symmetric_state_open(name, None, None).unwrap();
        guest.symmetric_state_absorb(whole, b"one two").unwrap();
        assert_eq!(guest.symmetric_state_squeeze(whole, len).unwrap(), second, "{name}");
    }
}

fn a_hash_is_truncated_but_never_extended(guest: &mut Guest<'_>) {
    for (name, len) in hashes(guest) {
        let state = guest.symmetric_state_open(name, None, None).unwrap();
        let whole = guest.symmetric_state_squeeze(state, len).unwrap();
        for shorter in [0, 1, len / 2, len - 1] {
            assert_eq!(guest.symmetric_state_squeeze(state, shorter).unwrap(), whole[..shorter], "{name}");
        }
        for longer in [len + 1, 2 * len, 4096] {
            refuses!(guest.symmetric_state_squeeze(state, longer), InvalidLength, "{name}");
        }
    }
}

fn a_hash_takes_no_key(guest: &mut Guest<'_>) {
    let key = guest.symmetric_key_generate("HMAC/SHA-256", None).unwrap();
    for (name, _) in hashes(guest) {
        refuses!(guest.symmetric_state_open(name, Some(key), None), KeyNotSupported, "{name}");
        refuses!(guest.symmetric_key_generate(name, None), KeyNotSupported, "{name}");
        refuses!(guest.symmetric_key_import(name, &[1; 32]), KeyNotSupported, "{name}");
        refuses!(guest.symmetric_key_import(name, b""), KeyNotSupported, "{name}");
    }
}
