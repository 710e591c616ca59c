//! AES-CBC and AES-CTR.

use hostcrypt::Errno;
use hostcrypt::backend::{Cipher, CipherKey};

use super::{error, hex};
use crate::BACKEND;

fn cipher(name: &str) -> &'static dyn Cipher {
    *BACKEND.ciphers.iter().find(|cipher| cipher.name() == name).unwrap()
}

fn encrypted(cipher: &dyn Cipher, key: &dyn CipherKey, iv: &[u8], text: &[u8]) -> Vec<u8> {
    let mut output = vec![0xff; text.len() + cipher.padding_len()];
    let len = key.encrypt(iv, text, &mut output).unwrap();
    output.truncate(len);
    output
}

fn decrypted(cipher: &dyn Cipher, key: &dyn CipherKey, iv: &[u8], encrypted: &[u8]) -> hostcrypt::Result<Vec<u8>> {
    let mut output = vec![0xff; encrypted.len() + cipher.padding_len()];
    let len = key.decrypt(iv, encrypted, &mut output)?;
    output.truncate(len);
    Ok(output)
}

const KEY_128: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const KEY_256: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
const VECTOR: &str = "000102030405060708090a0b0c0d0e0f";
const COUNTER: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
const TEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51
                    30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

/// SP 800-38A, F.2 and F.5.
const ENCRYPTED: [(&str, &str, &str, &str); 4] = [
    (
        "AES-128-CBC",
        KEY_128,
        VECTOR,
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2
         73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
    ),
    (
        "AES-256-CBC",
        KEY_256,
        VECTOR,
        "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d
         39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
    ),
    (
        "AES-128-CTR",
        KEY_128,
        COUNTER,
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff
         5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
    ),
    (
        "AES-256-CTR",
        KEY_256,
        COUNTER,
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5
         2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
    ),
];

#[test]
fn ciphers_agree_with_sp_800_38a() {
    for (name, key, iv, expected) in ENCRYPTED {
        let (cipher, iv, text, expected) = (cipher(name), hex(iv), hex(TEXT), hex(expected));
        let key = cipher.key(&hex(key)).unwrap();
        let output = encrypted(cipher, &*key, &iv, &text);
        assert_eq!(output.len(), text.len() + cipher.padding_len(), "{name}");
        // What is padded has one block more.
        assert_eq!(output[..text.len()], expected, "{name}");
        assert_eq!(decrypted(cipher, &*key, &iv, &output).unwrap(), text, "{name}");
    }
}

#[test]
fn texts_of_any_length_go_round() {
    for cipher in BACKEND.ciphers {
        let key = cipher.key(&vec![7; cipher.key_len()]).unwrap();
        for len in 0..100 {
            let text: Vec<u8> = (0..len).collect();
            let output = encrypted(*cipher, &*key, &[3; 16], &text);
            let padded = if cipher.padding_len() == 0 { text.len() } else { text.len() / 16 * 16 + 16 };
            assert_eq!(output.len(), padded, "{}", cipher.name());
            assert_eq!(decrypted(*cipher, &*key, &[3; 16], &output).unwrap(), text, "{}", cipher.name());
        }
    }
}

#[test]
fn what_is_padded_wrong_or_no_whole_blocks_does_not_decrypt() {
    for name in ["AES-128-CBC", "AES-256-CBC"] {
        let cipher = cipher(name);
        let key = cipher.key(&vec![7; cipher.key_len()]).unwrap();
        let iv = [3; 16];
        // Four bytes of padding.
        let output = encrypted(cipher, &*key, &iv, &[0x55; 12]);
        for len in (0..16).chain(17..32) {
            let cut: Vec<u8> = output.iter().copied().cycle().take(len).collect();
            assert_eq!(decrypted(cipher, &*key, &iv, &cut), Err(Errno::InvalidTag), "{name}, {len} bytes");
        }
        // The initial vector changes the first block as one likes.
        for last in 0..=255 {
            let mut altered = iv;
            altered[15] ^= 4 ^ last;
            let expected = match last {
                1 => Ok([&[0x55; 12][..], &[4; 3]].concat()),
                4 => Ok(vec![0x55; 12]),
                _ => Err(Errno::InvalidTag),
            };
            assert_eq!(decrypted(cipher, &*key, &altered, &output), expected, "{name}, {last} at the end");
        }
    }
}

#[test]
fn the_counter_has_128_bits_and_wraps() {
    for name in ["AES-128-CTR", "AES-256-CTR"] {
        let cipher = cipher(name);
        let key = cipher.key(&vec![7; cipher.key_len()]).unwrap();
        let mut before = [0xff; 16];
        for ones in 1..=16 {
            // The carry goes through so many bytes.
            before[..16 - ones].fill(0x20);
            let mut after = before;
            after[16 - ones..].fill(0);
            if let Some(byte) = after[..16 - ones].last_mut() {
                *byte += 1;
            }
            let output = encrypted(cipher, &*key, &before, &[0; 48]);
            assert_eq!(output[16..], encrypted(cipher, &*key, &after, &[0; 32]), "{name}, {ones} bytes");
            before = [0xff; 16];
        }
    }
}

#[test]
fn keys_and_vectors_of_another_length_are_refused() {
    for cipher in BACKEND.ciphers {
        assert_eq!(cipher.iv_len(), 16);
        for len in [0, cipher.key_len() - 1, cipher.key_len() + 1, 24] {
            assert_eq!(error(cipher.key(&vec![0; len])), Errno::InvalidKey);
        }
        let key = cipher.key(&vec![0; cipher.key_len()]).unwrap();
        for len in [0, 12, 15, 17] {
            assert_eq!(key.encrypt(&vec![0; len], b"", &mut [0; 16]), Err(Errno::InvalidNonce));
            assert_eq!(key.decrypt(&vec![0; len], &[0; 16], &mut [0; 32]), Err(Errno::InvalidNonce));
        }
        assert_eq!(key.encrypt(&[0; 16], &[0; 16], &mut [0; 15]), Err(Errno::InternalError));
    }
}
