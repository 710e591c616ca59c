//! HMAC and CMAC.

use hostcrypt::Errno;
use hostcrypt::backend::{Mac, MacState};

use super::{error, hex};
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
fn macs_agree_with_sp_800_38b() {
    let message = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51
                       30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    let cases = [
        ("AES-128-CMAC", "2b7e151628aed2a6abf7158809cf4f3c", 0, "bb1d6929e95937287fa37d129b756746"),
        ("AES-128-CMAC", "2b7e151628aed2a6abf7158809cf4f3c", 16, "070a16b46b4d4144f79bdd9dd04a287c"),
        ("AES-128-CMAC", "2b7e151628aed2a6abf7158809cf4f3c", 40, "dfa66747de9ae63030ca32611497c827"),
        ("AES-128-CMAC", "2b7e151628aed2a6abf7158809cf4f3c", 64, "51f0bebf7e3b9d92fc49741779363cfe"),
        ("AES-256-CMAC", AES_256, 0, "028962f61b7bf89efc6b551f4667d983"),
        ("AES-256-CMAC", AES_256, 16, "28a7023f452e8f82bd4bf28d8c37c35c"),
        ("AES-256-CMAC", AES_256, 40, "aaf3d8f1de5640c232f5b169b9c911e6"),
        ("AES-256-CMAC", AES_256, 64, "e1992190549f6ed5696a2c056c315410"),
    ];
    for (name, key, len, expected) in cases {
        let mac = mac(name);
        let mut state = mac.key(&hex(key)).unwrap().start();
        for piece in message[..len].chunks(7) {
            state.update(piece);
        }
        assert_eq!(tag(mac, &*state), hex(expected), "{name}, {len} bytes");
    }
}

const AES_256: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

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
