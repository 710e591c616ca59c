//! HMAC.

use hostcrypt::backend::{Mac, MacState};

use super::hex;
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
fn macs_agree_with_rfc_4231() {
    let long = [0xaa; 131];
    let cases: [(&[u8], &[u8], &str, &str); 2] = [
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554
             9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        (
            &long,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352
             6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
    ];
    for (key, text, sha256, sha512) in cases {
        for (name, expected) in [("HMAC/SHA-256", sha256), ("HMAC/SHA-512", sha512)] {
            let mac = mac(name);
            let mut state = mac.key(key).unwrap().start();
            state.update(text);
            assert_eq!(tag(mac, &*state), hex(expected), "{name}");
        }
    }
}

#[test]
fn a_mac_key_starts_fresh_states_and_their_copies_are_independent() {
    for mac in BACKEND.macs {
        let key = mac.key(&[]).unwrap();
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
fn generated_mac_keys_are_as_long_as_the_digest() {
    assert_eq!(mac("HMAC/SHA-256").key_len(), 32);
    assert_eq!(mac("HMAC/SHA-512").key_len(), 64);
}
