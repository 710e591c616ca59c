//! HMAC and CMAC.

use hostcrypt::Errno;
use hostcrypt::backend::{Mac, MacState};

use super::error;
use crate::BACKEND;

fn mac(name: &str) -> &'static dyn Mac {
    *BACKEND.macs.iter().find(|mac| mac.name() == name).unwrap()
}

fn tag(mac: &dyn Mac, state: &dyn MacState) -> Vec<u8> {
    let mut tag = vec![0; mac.tag_len()];
    state.tag(&mut tag);
    tag
}

#[test]
fn a_mac_key_starts_fresh_states_and_their_copies_are_independent() {
    for mac in BACKEND.macs {
        let key = mac.key(&vec![0; mac.key_len()]).unwrap();
        let empty = tag(*mac, &*key.start());

        let mut state = key.start();
        state.update(b"abc");
        let copy = state.copy();
        let before = tag(*mac, &*state);
        state.update(b"def");
        assert_ne!(tag(*mac, &*state), before);
        assert_eq!(tag(*mac, &*copy), before);
        assert_eq!(tag(*mac, &*key.start()), empty);
    }
}

#[test]
fn hmac_takes_any_key_and_cmac_one_length() {
    for (name, len, fixed) in [
        ("HMAC/SHA-256", 32, false),
        ("HMAC/SHA-512", 64, false),
        ("AES-128-CMAC", 16, true),
        ("AES-256-CMAC", 32, true),
    ] {
        let mac = mac(name);
        assert_eq!((mac.key_len(), mac.has_fixed_keys()), (len, fixed), "{name}");
        for other in [0, 1, len - 1, len + 1, 24, 200] {
            let key = mac.key(&vec![0; other]);
            if fixed {
                assert_eq!(error(key), Errno::InvalidKey, "{name}, {other} bytes");
            } else {
                key.unwrap();
            }
        }
    }
}
