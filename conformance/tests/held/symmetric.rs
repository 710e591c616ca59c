//! Symmetric keys, their states and tags.

use hostcrypt_conformance::{Guest, Object, Subject};

use super::Kind;

/// Every symmetric algorithm that takes keys, the length of its key in bytes, and of its nonce if it has one.
const KEYED: [(&str, usize, usize); 19] = [
    ("HMAC/SHA-256", 64, 0),
    ("HMAC/SHA-512", 64, 0),
    ("AES-128-CMAC", 16, 0),
    ("AES-256-CMAC", 32, 0),
    ("HKDF-EXTRACT/SHA-256", 64, 0),
    ("HKDF-EXTRACT/SHA-512", 64, 0),
    ("HKDF-EXPAND/SHA-256", 64, 0),
    ("HKDF-EXPAND/SHA-512", 64, 0),
    ("AES-128-GCM", 16, 12),
    ("AES-256-GCM", 32, 12),
    ("AES-128-GCM-SIV", 16, 12),
    ("AES-256-GCM-SIV", 32, 12),
    ("CHACHA20-POLY1305", 32, 12),
    ("XCHACHA20-POLY1305", 32, 24),
    ("AES-128-CBC", 16, 16),
    ("AES-256-CBC", 32, 16),
    ("AES-128-CTR", 16, 16),
    ("AES-256-CTR", 32, 16),
    ("XOODYAK-128", 16, 16),
];

const HASHES: [&str; 7] = ["SHA-256", "SHA-384", "SHA-512", "SHA-512/256", "BLAKE2B-256", "BLAKE2B-512", "XOODYAK-128"];

/// A set of every option, as long as is held without being counted, or longer.
fn options(guest: &mut Guest<'_>, nonce: usize, len: usize) -> Object {
    let options = guest.nonce(&vec![7; nonce]);
    for name in ["context", "salt"] {
        guest.options_set(options, name, &vec![7; len]).unwrap();
    }
    for name in ["memory_limit", "ops_limit", "parallelism"] {
        guest.options_set_u64(options, name, 7).unwrap();
    }
    guest.options_set_guest_buffer(options, "buffer", 0, 1).unwrap();
    options
}

/// A state that has absorbed so much, with all that it was made of closed.
fn state(guest: &mut Guest<'_>, name: &str, key: Option<usize>, nonce: usize, absorbed: usize) -> Object {
    let key = key.map(|len| guest.symmetric_key_import(name, &vec![7; len]).unwrap());
    // What has no nonce ignores one.
    let options = options(guest, if nonce == 0 { 64 } else { nonce }, 64);
    let state = guest.symmetric_state_open(name, key, Some(options)).unwrap();
    guest.close("options", options).unwrap();
    if let Some(key) = key {
        guest.close("symmetric_key", key).unwrap();
    }
    for part in vec![7; absorbed].chunks(50) {
        // What it has of these.
        let _ = guest.symmetric_state_absorb(state, part);
    }
    if let Ok(tag) = guest.symmetric_state_squeeze_tag(state) {
        guest.close("symmetric_tag", tag).unwrap();
    }
    let _ = guest.symmetric_state_squeeze(state, 16);
    let room = guest.symmetric_state_max_tag_len(state).unwrap_or_default() as usize;
    let _ = guest.symmetric_state_encrypt(state, 30 + room, &[7; 30]);
    state
}

/// A key that a state was opened with.
fn key(guest: &mut Guest<'_>, name: &str, len: usize, nonce: usize) -> Object {
    let key = guest.symmetric_key_import(name, &vec![7; len]).unwrap();
    let options = guest.nonce(&vec![7; nonce]);
    let state = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
    guest.close("symmetric_state", state).unwrap();
    guest.close("options", options).unwrap();
    key
}

pub(crate) fn kinds<'k>(subject: &dyn Subject) -> Vec<Kind<'k>> {
    let mut kinds = Vec::new();
    for (name, key_len, nonce) in KEYED.into_iter().filter(|(name, ..)| subject.serves(name)) {
        kinds.push(Kind::small(format!("{name}: key"), move |guest| {
            key(guest, name, key_len, nonce);
            1
        }));
        for absorbed in [64, 65, 1000] {
            kinds.push(Kind::small(format!("{name}: state of {absorbed} bytes"), move |guest| {
                state(guest, name, Some(key_len), nonce, absorbed);
                1
            }));
        }
        kinds.push(Kind::small(format!("{name}: clone of a state"), move |guest| {
            let original = state(guest, name, Some(key_len), nonce, 300);
            guest.symmetric_state_clone(original).unwrap();
            guest.close("symmetric_state", original).unwrap();
            1
        }));
        if name.starts_with("HMAC") || name.starts_with("HKDF-EXTRACT") {
            kinds.push(Kind::small(format!("{name}: key of 1000 bytes"), move |guest| {
                key(guest, name, 1000, nonce);
                1
            }));
        }
    }
    for name in HASHES.into_iter().filter(|name| subject.serves(name)) {
        kinds.push(Kind::small(format!("{name}: state"), move |guest| {
            state(guest, name, None, 0, 100);
            1
        }));
        kinds.push(Kind::small(format!("{name}: clone of a state"), move |guest| {
            let original = state(guest, name, None, 0, 100);
            guest.symmetric_state_clone(original).unwrap();
            guest.close("symmetric_state", original).unwrap();
            1
        }));
    }
    for name in ["HMAC/SHA-512", "XOODYAK-128"].into_iter().filter(|name| subject.serves(name)) {
        kinds.push(Kind::small(format!("{name}: tag"), move |guest| {
            let state = state(guest, name, (name != "XOODYAK-128").then_some(64), 0, 64);
            guest.symmetric_state_squeeze_tag(state).unwrap();
            guest.close("symmetric_state", state).unwrap();
            1
        }));
    }
    for (nonce, len) in [(12, 0), (32, 64), (64, 64), (65, 65), (100, 1000)] {
        kinds.push(Kind::small(format!("options of {nonce} and {len} bytes"), move |guest| {
            options(guest, nonce, len);
            1
        }));
    }
    kinds
}
