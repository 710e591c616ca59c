//! Authenticated ciphers.

use hostcrypt::Errno;

use super::{Miss, Verdict, hex, holds, refused, same, send, tests};
use crate::{Guest, Object, guest::Answer};

/// A cipher and its lengths in bytes.
struct Cipher {
    algorithm: &'static str,
    key_len: usize,
    nonce_len: usize,
    /// The key length of the cipher that shares a file with this one: such vectors are sent to that one.
    other_key_len: Option<usize>,
}

const AES_128_GCM: Cipher = Cipher { algorithm: "AES-128-GCM", key_len: 16, nonce_len: 12, other_key_len: Some(32) };
const AES_256_GCM: Cipher = Cipher { algorithm: "AES-256-GCM", key_len: 32, nonce_len: 12, other_key_len: Some(16) };
const AES_128_GCM_SIV: Cipher =
    Cipher { algorithm: "AES-128-GCM-SIV", key_len: 16, nonce_len: 12, other_key_len: Some(32) };
const AES_256_GCM_SIV: Cipher =
    Cipher { algorithm: "AES-256-GCM-SIV", key_len: 32, nonce_len: 12, other_key_len: Some(16) };
const CHACHA20_POLY1305: Cipher =
    Cipher { algorithm: "CHACHA20-POLY1305", key_len: 32, nonce_len: 12, other_key_len: None };
const XCHACHA20_POLY1305: Cipher =
    Cipher { algorithm: "XCHACHA20-POLY1305", key_len: 32, nonce_len: 24, other_key_len: None };

/// What a text becomes under a key and a nonce.
struct Sealing<'a> {
    key: &'a [u8],
    nonce: &'a [u8],
    data: &'a [u8],
    text: &'a [u8],
    sealed: &'a [u8],
    tag: &'a [u8],
    /// Whether the tag is right.
    valid: bool,
}

pub(super) fn aes_128_gcm_seals_and_opens_and_refuses_what_was_altered(guest: &mut Guest<'_>) {
    wycheproof(guest, "aes_gcm", &AES_128_GCM);
}

pub(super) fn aes_256_gcm_seals_and_opens_and_refuses_what_was_altered(guest: &mut Guest<'_>) {
    wycheproof(guest, "aes_gcm", &AES_256_GCM);
}

pub(super) fn aes_128_gcm_siv_seals_and_opens_and_refuses_what_was_altered(guest: &mut Guest<'_>) {
    wycheproof(guest, "aes_gcm_siv", &AES_128_GCM_SIV);
}

pub(super) fn aes_256_gcm_siv_seals_and_opens_and_refuses_what_was_altered(guest: &mut Guest<'_>) {
    wycheproof(guest, "aes_gcm_siv", &AES_256_GCM_SIV);
}

pub(super) fn chacha20_poly1305_seals_and_opens_and_refuses_what_was_altered(guest: &mut Guest<'_>) {
    wycheproof(guest, "chacha20_poly1305", &CHACHA20_POLY1305);
}

pub(super) fn xchacha20_poly1305_seals_and_opens_and_refuses_what_was_altered(guest: &mut Guest<'_>) {
    wycheproof(guest, "xchacha20_poly1305", &XCHACHA20_POLY1305);
}

fn wycheproof(guest: &mut Guest<'_>, file: &str, cipher: &Cipher) {
    // Two ciphers share one file.
    let set = format!("Wycheproof {file}, {}-bit keys", 8 * cipher.key_len);
    send(guest, &set, &[cipher.algorithm], tests!(aead, file), |guest, (_, test)| {
        let sealing = Sealing {
            key: &test.key,
            nonce: &test.nonce,
            data: &test.aad,
            text: &test.pt,
            sealed: &test.ct,
            tag: &test.tag,
            valid: !test.result.must_fail(),
        };
        judge(guest, cipher, &sealing)
    });
}

fn judge(guest: &mut Guest<'_>, cipher: &Cipher, sealing: &Sealing<'_>) -> Verdict {
    if cipher.other_key_len == Some(sealing.key.len()) {
        return Err(Miss::Skipped("for the other key length"));
    }
    if sealing.key.len() != cipher.key_len {
        return refused(&guest.symmetric_key_import(cipher.algorithm, sealing.key), Errno::InvalidKey);
    }
    if sealing.nonce.len() != cipher.nonce_len {
        return refused(&in_state(guest, cipher, sealing, |_, _| Ok(())), Errno::InvalidNonce);
    }
    seals(guest, cipher, sealing)?;
    opens(guest, cipher, sealing)
}

/// Does something in a fresh state: a nonce encrypts only once.
fn in_state<R>(
    guest: &mut Guest<'_>,
    cipher: &Cipher,
    sealing: &Sealing<'_>,
    work: impl FnOnce(&mut Guest<'_>, Object) -> Answer<R>,
) -> Answer<R> {
    let key = guest.symmetric_key_import(cipher.algorithm, sealing.key)?;
    let options = guest.nonce(sealing.nonce);
    let opened = guest.symmetric_state_open(cipher.algorithm, Some(key), Some(options));
    guest.close("options", options)?;
    guest.close("symmetric_key", key)?;
    let state = opened?;
    guest.symmetric_state_absorb(state, sealing.data)?;
    let answer = work(guest, state);
    guest.close("symmetric_state", state)?;
    answer
}

/// Encrypts; under an altered tag, the text is still the right one.
fn seals(guest: &mut Guest<'_>, cipher: &Cipher, sealing: &Sealing<'_>) -> Verdict {
    let Sealing { text, sealed, tag, valid, .. } = *sealing;
    let whole = in_state(guest, cipher, sealing, |guest, state| {
        guest.symmetric_state_encrypt(state, text.len() + tag.len(), text)
    })?;
    let (apart, matched, pulled) = in_state(guest, cipher, sealing, |guest, state| {
        let (apart, handle) = guest.symmetric_state_encrypt_detached(state, text.len(), text)?;
        let matched = guest.symmetric_tag_verify(handle, tag);
        // Pulling closes the tag.
        Ok((apart, matched, guest.symmetric_tag_pull(handle, tag.len())?))
    })?;
    same("the text with its tag", &whole, &[&*apart, &*pulled].concat())?;
    if valid {
        matched?;
        return same("the text with its tag", &whole, &[sealed, tag].concat());
    }
    refused(&matched, Errno::InvalidTag)?;
    holds(whole != [sealed, tag].concat(), || "sealed to what was altered".to_owned())
}

/// Decrypts, or refuses the tag.
fn opens(guest: &mut Guest<'_>, cipher: &Cipher, sealing: &Sealing<'_>) -> Verdict {
    let Sealing { text, sealed, tag, valid, .. } = *sealing;
    let whole = in_state(guest, cipher, sealing, |guest, state| {
        guest.symmetric_state_decrypt(state, sealed.len(), &[sealed, tag].concat())
    });
    let apart = in_state(guest, cipher, sealing, |guest, state| {
        guest.symmetric_state_decrypt_detached(state, sealed.len(), sealed, tag)
    });
    for answer in [whole, apart] {
        if valid {
            same("the opened text", &answer?, text)?;
        } else {
            refused(&answer, Errno::InvalidTag)?;
        }
    }
    Ok(())
}

/// Section 2.8.2.
pub(super) fn chacha20_poly1305_agrees_with_rfc_8439(guest: &mut Guest<'_>) {
    let nonce = hex("070000004041424344454647");
    let sealed = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
                  3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
                  92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
                  3ff4def08e4b7a9de576d26586cec64b6116";
    sunscreen(guest, "RFC 8439", &CHACHA20_POLY1305, &nonce, sealed, "1ae10b594f09e26a7e902ecbd0600691");
}

/// Section A.3.1 of draft-irtf-cfrg-xchacha-03.
pub(super) fn xchacha20_poly1305_agrees_with_its_draft(guest: &mut Guest<'_>) {
    let nonce: Vec<u8> = (0x40..=0x57).collect();
    let sealed = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
                  731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
                  2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
                  21f9664c97637da9768812f615c68b13b52e";
    let set = "draft-irtf-cfrg-xchacha";
    sunscreen(guest, set, &XCHACHA20_POLY1305, &nonce, sealed, "c0875924c1c7987947deafd8780acf49");
}

/// The key, the data and the text that both documents have.
fn sunscreen(guest: &mut Guest<'_>, set: &str, cipher: &Cipher, nonce: &[u8], sealed: &str, tag: &str) {
    let text = b"Ladies and Gentlemen of the class of '99: \
                 If I could offer you only one tip for the future, sunscreen would be it.";
    let (key, data): (Vec<u8>, _) = ((0x80..=0x9f).collect(), hex("50515253c0c1c2c3c4c5c6c7"));
    let (sealed, tag) = (hex(sealed), hex(tag));
    let sealing = Sealing { key: &key, nonce, data: &data, text, sealed: &sealed, tag: &tag, valid: true };
    let set = format!("{set}, {}", cipher.algorithm);
    send(guest, &set, &[cipher.algorithm], [("the AEAD example", sealing)], |guest, sealing| {
        judge(guest, cipher, &sealing)
    });
}
