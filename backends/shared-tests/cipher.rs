//! AES-CBC and AES-CTR.

use hostcrypt::Errno;
use hostcrypt::backend::{Cipher, CipherKey};

use super::error;
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
