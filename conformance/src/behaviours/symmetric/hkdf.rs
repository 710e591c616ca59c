//! Key derivation.

use super::super::behaviours;
use crate::{Capability, Guest, guest::refuses};

behaviours!("symmetric::hkdf":
    extract_gives_a_key_for_the_matching_expand_only,
    expand_repeats_itself_and_has_an_end,
    expand_takes_no_key_shorter_than_its_hash,
    expand_takes_no_more_information_than_it_can_hash_in_a_moment,
    extract_takes_an_empty_key,
);

fn extract_gives_a_key_for_the_matching_expand_only(guest: &mut Guest<'_>) {
    for (hash, len) in [("SHA-256", 32), ("SHA-512", 64)] {
        let (extract, expand) = (format!("HKDF-EXTRACT/{hash}"), format!("HKDF-EXPAND/{hash}"));
        let key = guest.symmetric_key_import(&extract, b"input").unwrap();
        let state = guest.symmetric_state_open(&extract, Some(key), None).unwrap();
        guest.symmetric_state_absorb(state, b"sa").unwrap();
        guest.symmetric_state_absorb(state, b"lt").unwrap();
        let derived = guest.symmetric_state_squeeze_key(state, &expand).unwrap();
        assert_eq!(guest.symmetric_key_export(derived).unwrap().len(), len);
        guest.symmetric_state_open(&expand, Some(derived), None).unwrap();
        refuses!(guest.symmetric_state_squeeze_key(state, "NO-SUCH-THING"), UnsupportedAlgorithm);
        refuses!(guest.symmetric_state_squeeze_key(state, "Ed25519"), UnsupportedAlgorithm);
        let other = if hash == "SHA-256" { "HKDF-EXPAND/SHA-512" } else { "HKDF-EXPAND/SHA-256" };
        for known in [other, &extract, "AES-256-GCM", "SHA-256"] {
            refuses!(guest.symmetric_state_squeeze_key(state, known), InvalidOperation, "{known}");
        }
    }
}

fn expand_repeats_itself_and_has_an_end(guest: &mut Guest<'_>) {
    for (name, len) in [("HKDF-EXPAND/SHA-256", 32), ("HKDF-EXPAND/SHA-512", 64)] {
        let key = guest.symmetric_key_generate(name, None).unwrap();
        let open = |guest: &mut Guest<'_>, len| {
            let state = guest.symmetric_state_open_for(len, name, Some(key), None).unwrap();
            guest.symmetric_state_absorb(state, b"info").unwrap();
            state
        };
        let whole = open(guest, 255 * len);
        let most = guest.symmetric_state_squeeze(whole, 255 * len).unwrap();
        // From one state, if it has not been opened for one length.
        let mut squeeze = |len| {
            let state = if guest.has(Capability::Buffers) { whole } else { open(guest, len) };
            guest.symmetric_state_squeeze(state, len)
        };
        refuses!(squeeze(255 * len + 1), InvalidLength, "{name}");
        for shorter in [0, 1, len, len + 1, 100] {
            assert_eq!(squeeze(shorter).unwrap(), most[..shorter], "{name}");
        }
    }
}

fn expand_takes_no_key_shorter_than_its_hash(guest: &mut Guest<'_>) {
    for (name, len) in [("HKDF-EXPAND/SHA-256", 32), ("HKDF-EXPAND/SHA-512", 64)] {
        refuses!(guest.symmetric_key_import(name, &vec![1; len - 1]), InvalidKey, "{name}");
        refuses!(guest.symmetric_key_import(name, b""), InvalidKey, "{name}");
        guest.symmetric_key_import(name, &vec![1; len]).unwrap();
        guest.symmetric_key_import(name, &vec![1; len + 1]).unwrap();
    }
}

fn expand_takes_no_more_information_than_it_can_hash_in_a_moment(guest: &mut Guest<'_>) {
    let key = guest.symmetric_key_generate("HKDF-EXPAND/SHA-512", None).unwrap();
    let state = guest.symmetric_state_open_for(255 * 64, "HKDF-EXPAND/SHA-512", Some(key), None).unwrap();
    guest.symmetric_state_absorb(state, &[1; 1 << 16]).unwrap();
    refuses!(guest.symmetric_state_absorb(state, &[1]), Overflow);
    guest.symmetric_state_absorb(state, b"").unwrap();
    guest.symmetric_state_squeeze(state, 255 * 64).unwrap();
}

fn extract_takes_an_empty_key(guest: &mut Guest<'_>) {
    let key = guest.symmetric_key_import("HKDF-EXTRACT/SHA-256", b"").unwrap();
    let state = guest.symmetric_state_open("HKDF-EXTRACT/SHA-256", Some(key), None).unwrap();
    let derived = guest.symmetric_state_squeeze_key(state, "HKDF-EXPAND/SHA-256").unwrap();
    // HMAC of nothing under a key of nothing.
    let expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    assert_eq!(guest.symmetric_key_export(derived).unwrap(), crate::vectors::hex(expected));
}
