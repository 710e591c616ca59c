//! `symmetric_*`: which algorithm has which operation, and how each keeps its state.

use super::behaviours;
use crate::{
    Guest,
    guest::{SYMMETRIC, refuses},
};

behaviours!("symmetric":
    names_are_compared_without_regard_to_case,
    what_the_host_does_not_list_is_an_unsupported_algorithm,
    an_asymmetric_algorithm_is_no_symmetric_one,
    a_hash_squeeze_finalises_a_copy_and_the_state_goes_on,
    a_hash_is_truncated_but_never_extended,
    a_hash_takes_no_key,
    a_key_is_required_where_the_algorithm_has_one,
    a_key_of_a_wrong_length_is_refused_at_import,
    a_key_of_another_algorithm_is_an_invalid_key,
    an_imported_key_is_exported_as_it_came,
    generated_keys_have_the_recommended_length_and_differ,
    operations_that_an_algorithm_does_not_have_are_invalid,
    a_tag_is_compared_whole,
    a_tag_is_pulled_into_a_buffer_of_its_own_length_and_then_closed,
    a_mac_goes_on_after_its_tag,
    a_clone_of_a_hash_or_mac_is_independent [needs symmetric_state_clone],
    a_clone_of_an_aead_state_only_decrypts [needs symmetric_state_clone],
    a_nonce_encrypts_only_once,
    a_refused_encryption_does_not_spend_the_nonce,
    a_state_that_decrypted_does_not_encrypt_with_the_same_nonce,
    a_nonce_is_required_and_has_its_length,
    an_extended_nonce_is_drawn_at_random_where_none_is_set,
    output_buffers_fit_exactly,
    ciphertext_shorter_than_a_tag_is_an_invalid_tag,
    a_failed_decryption_leaves_only_zeros,
    additional_data_is_authenticated_however_it_is_split,
    extract_gives_a_key_for_the_matching_expand_only,
    expand_repeats_itself_and_has_an_end,
    expand_takes_no_key_shorter_than_its_hash,
    expand_takes_no_more_information_than_it_can_hash_in_a_moment,
    extract_takes_an_empty_key,
);

/// Every symmetric algorithm of the published specification, and of the designs that hosts announce.
const PUBLISHED: &[&str] = &[
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "SHA-512/256",
    "HMAC/SHA-256",
    "HMAC/SHA-512",
    "HKDF-EXTRACT/SHA-256",
    "HKDF-EXTRACT/SHA-512",
    "HKDF-EXPAND/SHA-256",
    "HKDF-EXPAND/SHA-512",
    "AES-128-GCM",
    "AES-256-GCM",
    "CHACHA20-POLY1305",
    "XCHACHA20-POLY1305",
    "XOODYAK-128",
    "ASCON-AEAD",
    "ASCON-HASH",
    "BLAKE2B-512",
    "BLAKE2B-256",
    "BLAKE3",
    "CSHAKE-128",
    "CSHAKE-256",
    "TURBOSHAKE-128",
    "TURBOSHAKE-256",
    "KT128",
    "KT256",
    "AEGIS-128L",
    "AEGIS-128X2",
    "AEGIS-128X4",
    "AEGIS-256",
    "AEGIS-256X2",
    "AEGIS-256X4",
    "ARGON2-ID-13",
    "SCRYPT",
];

const HASHES: [(&str, usize); 4] = [("SHA-256", 32), ("SHA-384", 48), ("SHA-512", 64), ("SHA-512/256", 32)];
const MACS: [(&str, usize); 2] = [("HMAC/SHA-256", 32), ("HMAC/SHA-512", 64)];
/// Name, lengths of key and nonce; each tag has 16 bytes.
const AEADS: [(&str, usize, usize); 4] =
    [("AES-128-GCM", 16, 12), ("AES-256-GCM", 32, 12), ("CHACHA20-POLY1305", 32, 12), ("XCHACHA20-POLY1305", 32, 24)];

fn served<T: Copy>(guest: &Guest<'_>, of: &'static [T], name: fn(&T) -> &'static str) -> Vec<T> {
    of.iter().copied().filter(|algorithm| guest.subject().serves(name(algorithm))).collect()
}

fn hashes(guest: &Guest<'_>) -> Vec<(&'static str, usize)> {
    served(guest, &HASHES, |hash| hash.0)
}

fn macs(guest: &Guest<'_>) -> Vec<(&'static str, usize)> {
    served(guest, &MACS, |mac| mac.0)
}

fn aeads(guest: &Guest<'_>) -> Vec<(&'static str, usize, usize)> {
    served(guest, &AEADS, |aead| aead.0)
}

/// A state of an AEAD with a fixed key and nonce.
fn aead(guest: &mut Guest<'_>, (name, key_len, nonce_len): (&str, usize, usize)) -> u32 {
    let key = guest.symmetric_key_import(name, &vec![7; key_len]).unwrap();
    let options = guest.nonce(&vec![3; nonce_len]);
    let state = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
    guest.close("symmetric_key", key).unwrap();
    guest.close("options", options).unwrap();
    state
}

fn mac(guest: &mut Guest<'_>, name: &str) -> u32 {
    let key = guest.symmetric_key_import(name, b"key").unwrap();
    guest.symmetric_state_open(name, Some(key), None).unwrap()
}

fn names_are_compared_without_regard_to_case(guest: &mut Guest<'_>) {
    for name in PUBLISHED.iter().filter(|name| guest.subject().serves(name)).collect::<Vec<_>>() {
        for spelling in [name.to_lowercase(), name.to_uppercase()] {
            let answer = guest.symmetric_key_generate(&spelling, None);
            assert!(answer.is_ok() || answer.is_err_and(|e| e == hostcrypt::Errno::KeyNotSupported), "{spelling}");
        }
    }
    let key = guest.symmetric_key_generate("aes-256-gcm", None).unwrap();
    let options = guest.nonce(&[0; 12]);
    guest.symmetric_state_open("AES-256-gcm", Some(key), Some(options)).unwrap();
}

fn what_the_host_does_not_list_is_an_unsupported_algorithm(guest: &mut Guest<'_>) {
    let absent = PUBLISHED.iter().copied().filter(|name| !guest.subject().serves(name)).collect::<Vec<_>>();
    let long = "A".repeat(5000);
    for name in absent.into_iter().chain(["", "SHA-25", "SHA-256 ", "SHA-2566", "MD5", "\u{1f511}", &long]) {
        refuses!(guest.symmetric_key_generate(name, None), UnsupportedAlgorithm, "{name}");
        refuses!(guest.symmetric_key_import(name, b"0123456789abcdef"), UnsupportedAlgorithm, "{name}");
        refuses!(guest.symmetric_state_open(name, None, None), UnsupportedAlgorithm, "{name}");
    }
}

fn an_asymmetric_algorithm_is_no_symmetric_one(guest: &mut Guest<'_>) {
    for name in ["Ed25519", "ECDSA_P256_SHA256", "X25519"] {
        refuses!(guest.symmetric_state_open(name, None, None), UnsupportedAlgorithm, "{name}");
        refuses!(guest.symmetric_key_generate(name, None), UnsupportedAlgorithm, "{name}");
        refuses!(guest.keypair_generate(SYMMETRIC, name, None), UnsupportedAlgorithm, "{name}");
    }
}

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

fn a_key_is_required_where_the_algorithm_has_one(guest: &mut Guest<'_>) {
    let extras = ["HKDF-EXTRACT/SHA-256", "HKDF-EXPAND/SHA-256"].into_iter();
    let names = aeads(guest).into_iter().map(|aead| aead.0).chain(macs(guest).into_iter().map(|mac| mac.0));
    for name in names.chain(extras).collect::<Vec<_>>() {
        refuses!(guest.symmetric_state_open(name, None, None), KeyRequired, "{name}");
        let options = guest.nonce(&[0; 12]);
        refuses!(guest.symmetric_state_open(name, None, Some(options)), KeyRequired, "{name}");
    }
}

fn a_key_of_a_wrong_length_is_refused_at_import(guest: &mut Guest<'_>) {
    for (name, key_len, _) in aeads(guest) {
        for len in [0, 1, key_len - 1, key_len + 1, 2 * key_len, 24] {
            refuses!(guest.symmetric_key_import(name, &vec![1; len]), InvalidKey, "{name} {len}");
        }
    }
}

fn a_key_of_another_algorithm_is_an_invalid_key(guest: &mut Guest<'_>) {
    let key = guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
    let options = guest.nonce(&[0; 12]);
    for name in ["CHACHA20-POLY1305", "AES-128-GCM", "HMAC/SHA-256", "HKDF-EXTRACT/SHA-256"] {
        refuses!(guest.symmetric_state_open(name, Some(key), Some(options)), InvalidKey, "{name}");
    }
    let extract = guest.symmetric_key_generate("HKDF-EXTRACT/SHA-256", None).unwrap();
    for name in ["HKDF-EXPAND/SHA-256", "HKDF-EXTRACT/SHA-512"] {
        refuses!(guest.symmetric_state_open(name, Some(extract), None), InvalidKey, "{name}");
    }
}

fn an_imported_key_is_exported_as_it_came(guest: &mut Guest<'_>) {
    for (name, key_len, _) in aeads(guest) {
        let raw: Vec<u8> = (0..key_len).map(|byte| byte as u8).collect();
        let key = guest.symmetric_key_import(name, &raw).unwrap();
        assert_eq!(guest.symmetric_key_export(key).unwrap(), raw, "{name}");
    }
    for raw in [&b""[..], b"short", &[9; 1000]] {
        for name in ["HMAC/SHA-256", "HMAC/SHA-512", "HKDF-EXTRACT/SHA-256"] {
            let key = guest.symmetric_key_import(name, raw).unwrap();
            assert_eq!(guest.symmetric_key_export(key).unwrap(), raw, "{name}");
        }
    }
}

fn generated_keys_have_the_recommended_length_and_differ(guest: &mut Guest<'_>) {
    let sized =
        [("HMAC/SHA-256", 32), ("HMAC/SHA-512", 64), ("HKDF-EXTRACT/SHA-256", 32), ("HKDF-EXTRACT/SHA-512", 64)];
    let aeads = aeads(guest).into_iter().map(|(name, key_len, _)| (name, key_len));
    for (name, len) in sized.into_iter().chain(aeads) {
        let mut raw = || {
            let key = guest.symmetric_key_generate(name, None).unwrap();
            guest.symmetric_key_export(key).unwrap()
        };
        let (one, other) = (raw(), raw());
        assert_eq!((one.len(), other.len()), (len, len), "{name}");
        assert_ne!(one, other, "{name}");
    }
}

fn operations_that_an_algorithm_does_not_have_are_invalid(guest: &mut Guest<'_>) {
    let hash = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    let mac = mac(guest, "HMAC/SHA-256");
    let aead = aead(guest, AEADS[1]);
    let extract = guest.symmetric_key_generate("HKDF-EXTRACT/SHA-256", None).unwrap();
    let extract = guest.symmetric_state_open("HKDF-EXTRACT/SHA-256", Some(extract), None).unwrap();
    let expand = guest.symmetric_key_generate("HKDF-EXPAND/SHA-256", None).unwrap();
    let expand = guest.symmetric_state_open("HKDF-EXPAND/SHA-256", Some(expand), None).unwrap();
    for state in [hash, mac, extract, expand] {
        refuses!(guest.symmetric_state_max_tag_len(state), InvalidOperation);
        refuses!(guest.symmetric_state_encrypt(state, 20, b"text"), InvalidOperation);
        refuses!(guest.symmetric_state_encrypt_detached(state, 4, b"text"), InvalidOperation);
        refuses!(guest.symmetric_state_decrypt(state, 4, &[0; 20]), InvalidOperation);
        refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &[0; 16]), InvalidOperation);
    }
    for state in [hash, extract, expand, aead] {
        refuses!(guest.symmetric_state_squeeze_tag(state), InvalidOperation);
    }
    for state in [mac, extract, aead] {
        refuses!(guest.symmetric_state_squeeze(state, 16), InvalidOperation);
    }
    for state in [hash, mac, expand, aead] {
        refuses!(guest.symmetric_state_squeeze_key(state, "HKDF-EXPAND/SHA-256"), InvalidOperation);
    }
    for state in [hash, mac, extract, expand, aead] {
        refuses!(guest.symmetric_state_ratchet(state), InvalidOperation);
    }
}

fn a_tag_is_compared_whole(guest: &mut Guest<'_>) {
    for (name, len) in macs(guest) {
        let state = mac(guest, name);
        guest.symmetric_state_absorb(state, b"message").unwrap();
        let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
        let pulled = guest.symmetric_state_squeeze_tag(state).unwrap();
        let raw = guest.symmetric_tag_pull(pulled, len).unwrap();
        guest.symmetric_tag_verify(tag, &raw).unwrap();
        for bit in [0, 8 * len / 2, 8 * len - 1] {
            let mut flipped = raw.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refuses!(guest.symmetric_tag_verify(tag, &flipped), InvalidTag, "{name}, bit {bit}");
        }
        for other in [&raw[..len - 1], &raw[..1], b"", &[&raw[..], &[0]].concat()] {
            refuses!(guest.symmetric_tag_verify(tag, other), InvalidTag, "{name}");
        }
        guest.symmetric_tag_verify(tag, &raw).unwrap();
    }
}

fn a_tag_is_pulled_into_a_buffer_of_its_own_length_and_then_closed(guest: &mut Guest<'_>) {
    for (name, len) in macs(guest) {
        let state = mac(guest, name);
        let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
        assert_eq!(guest.symmetric_tag_len(tag), Ok(len as u32), "{name}");
        refuses!(guest.symmetric_tag_pull(tag, len - 1), Overflow, "{name}");
        refuses!(guest.symmetric_tag_pull(tag, len + 1), InvalidLength, "{name}");
        assert_eq!(guest.symmetric_tag_pull(tag, len).unwrap().len(), len);
        refuses!(guest.symmetric_tag_len(tag), InvalidHandle, "{name}");
        refuses!(guest.close("symmetric_tag", tag), Closed, "{name}");
    }
}

fn a_mac_goes_on_after_its_tag(guest: &mut Guest<'_>) {
    for (name, len) in macs(guest) {
        let mut tag_of = |parts: &[&[u8]]| {
            let state = mac(guest, name);
            let mut last = None;
            for part in parts {
                guest.symmetric_state_absorb(state, part).unwrap();
                let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
                last = Some(guest.symmetric_tag_pull(tag, len).unwrap());
            }
            last
        };
        assert_eq!(tag_of(&[b"a", b"", b"bc"]), tag_of(&[b"abc"]), "{name}");
    }
}

fn a_clone_of_a_hash_or_mac_is_independent(guest: &mut Guest<'_>) {
    let original = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    guest.symmetric_state_absorb(original, b"shared").unwrap();
    let clone = guest.symmetric_state_clone(original).unwrap();
    let before = guest.symmetric_state_squeeze(clone, 32).unwrap();
    guest.symmetric_state_absorb(original, b" and more").unwrap();
    assert_eq!(guest.symmetric_state_squeeze(clone, 32).unwrap(), before);
    guest.close("symmetric_state", original).unwrap();
    guest.symmetric_state_absorb(clone, b" and more").unwrap();
    assert_ne!(guest.symmetric_state_squeeze(clone, 32).unwrap(), before);

    for (name, len) in macs(guest) {
        let original = mac(guest, name);
        guest.symmetric_state_absorb(original, b"m").unwrap();
        let clone = guest.symmetric_state_clone(original).unwrap();
        let [one, other] = [original, clone].map(|state| guest.symmetric_state_squeeze_tag(state).unwrap());
        let raw = guest.symmetric_tag_pull(one, len).unwrap();
        guest.symmetric_tag_verify(other, &raw).unwrap();
    }
}

fn a_clone_of_an_aead_state_only_decrypts(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let original = aead(guest, cipher);
        guest.symmetric_state_absorb(original, b"data").unwrap();
        let clone = guest.symmetric_state_clone(original).unwrap();
        let of_clone = guest.symmetric_state_clone(clone).unwrap();
        for copy in [clone, of_clone] {
            refuses!(guest.symmetric_state_encrypt(copy, 20, b"text"), NonceRequired);
            refuses!(guest.symmetric_state_encrypt_detached(copy, 4, b"text"), NonceRequired);
        }
        let text = guest.symmetric_state_encrypt(original, 20, b"text").unwrap();
        for copy in [clone, of_clone] {
            assert_eq!(guest.symmetric_state_decrypt(copy, 4, &text).unwrap(), b"text");
        }
    }
}

fn a_nonce_encrypts_only_once(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let state = aead(guest, cipher);
        let text = guest.symmetric_state_encrypt(state, 20, b"text").unwrap();
        refuses!(guest.symmetric_state_encrypt(state, 20, b"text"), NonceRequired);
        refuses!(guest.symmetric_state_encrypt_detached(state, 4, b"text"), NonceRequired);
        assert_eq!(guest.symmetric_state_decrypt(state, 4, &text).unwrap(), b"text", "{}", cipher.0);
        let state = aead(guest, cipher);
        let (detached, tag) = guest.symmetric_state_encrypt_detached(state, 4, b"text").unwrap();
        refuses!(guest.symmetric_state_encrypt(state, 20, b"text"), NonceRequired);
        let raw = guest.symmetric_tag_pull(tag, 16).unwrap();
        assert_eq!([detached, raw].concat(), text, "{}", cipher.0);
    }
}

fn a_refused_encryption_does_not_spend_the_nonce(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let state = aead(guest, cipher);
        refuses!(guest.symmetric_state_encrypt(state, 19, b"text"), Overflow);
        refuses!(guest.symmetric_state_encrypt(state, 21, b"text"), InvalidLength);
        refuses!(guest.symmetric_state_encrypt_detached(state, 3, b"text"), Overflow);
        guest.symmetric_state_encrypt(state, 20, b"text").unwrap();
    }
}

fn a_state_that_decrypted_does_not_encrypt_with_the_same_nonce(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let sender = aead(guest, cipher);
        let text = guest.symmetric_state_encrypt(sender, 20, b"text").unwrap();
        let receiver = aead(guest, cipher);
        refuses!(guest.symmetric_state_decrypt(receiver, 4, &[1; 20]), InvalidTag);
        guest.symmetric_state_decrypt(receiver, 4, &text).unwrap();
        refuses!(guest.symmetric_state_encrypt(receiver, 20, b"text"), NonceRequired);
        assert_eq!(guest.symmetric_state_decrypt(receiver, 4, &text).unwrap(), b"text");
    }
}

fn a_nonce_is_required_and_has_its_length(guest: &mut Guest<'_>) {
    for (name, _, nonce_len) in aeads(guest) {
        let key = guest.symmetric_key_generate(name, None).unwrap();
        let empty = guest.options_open(SYMMETRIC).unwrap();
        if name != "XCHACHA20-POLY1305" {
            refuses!(guest.symmetric_state_open(name, Some(key), None), NonceRequired, "{name}");
            refuses!(guest.symmetric_state_open(name, Some(key), Some(empty)), NonceRequired, "{name}");
        }
        for len in [0, 1, nonce_len - 1, nonce_len + 1, 2 * nonce_len] {
            let options = guest.nonce(&vec![0; len]);
            refuses!(guest.symmetric_state_open(name, Some(key), Some(options)), InvalidNonce, "{name} {len}");
        }
    }
}

fn an_extended_nonce_is_drawn_at_random_where_none_is_set(guest: &mut Guest<'_>) {
    let name = "XCHACHA20-POLY1305";
    if !guest.subject().serves(name) {
        return;
    }
    let key = guest.symmetric_key_generate(name, None).unwrap();
    let empty = guest.options_open(SYMMETRIC).unwrap();
    let mut seen = Vec::new();
    for options in [None, Some(empty), None, Some(empty)] {
        let state = guest.symmetric_state_open(name, Some(key), options).unwrap();
        let nonce = guest.symmetric_state_options_get(state, "nonce", 24).unwrap();
        assert_eq!(nonce.len(), 24);
        assert!(!seen.contains(&nonce), "a nonce came twice");
        let text = guest.symmetric_state_encrypt(state, 21, b"hello").unwrap();
        let options = guest.nonce(&nonce);
        let peer = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
        assert_eq!(guest.symmetric_state_decrypt(peer, 5, &text).unwrap(), b"hello");
        seen.push(nonce);
    }
}

fn output_buffers_fit_exactly(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let state = aead(guest, cipher);
        assert_eq!(guest.symmetric_state_max_tag_len(state), Ok(16), "{}", cipher.0);
        let text = guest.symmetric_state_encrypt(state, 20, b"text").unwrap();
        refuses!(guest.symmetric_state_decrypt(state, 3, &text), Overflow);
        refuses!(guest.symmetric_state_decrypt(state, 5, &text), InvalidLength);
        refuses!(guest.symmetric_state_decrypt_detached(state, 3, &text[..4], &text[4..]), Overflow);
        refuses!(guest.symmetric_state_decrypt_detached(state, 5, &text[..4], &text[4..]), InvalidLength);
        assert_eq!(guest.symmetric_state_decrypt_detached(state, 4, &text[..4], &text[4..]).unwrap(), b"text");
        let state = aead(guest, cipher);
        assert_eq!(guest.symmetric_state_encrypt(state, 16, b"").unwrap().len(), 16, "an empty text has a tag");
    }
}

fn ciphertext_shorter_than_a_tag_is_an_invalid_tag(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let state = aead(guest, cipher);
        for len in [0, 1, 15] {
            refuses!(guest.symmetric_state_decrypt(state, 0, &vec![0; len]), InvalidTag, "{} {len}", cipher.0);
            refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &vec![0; len]), InvalidTag);
        }
        refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &[0; 17]), InvalidTag);
        refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &[0; 500]), InvalidTag);
    }
}

fn a_failed_decryption_leaves_only_zeros(guest: &mut Guest<'_>) {
    for cipher in aeads(guest) {
        let sender = aead(guest, cipher);
        let mut text = guest.symmetric_state_encrypt(sender, 116, &[0x55; 100]).unwrap();
        text[50] ^= 1;
        let (input, output) = (guest.own(), guest.own() + 1000);
        guest.write(input, &text);
        guest.write(output, &[0xee; 104]);
        let len = guest.room(4);
        refuses!(guest.call("symmetric_state_decrypt", &[sender.into(), output, 100, input, 116, len]), InvalidTag);
        assert_eq!(guest.read(output, 104), [&[0; 100][..], &[0xee; 4]].concat(), "{}", cipher.0);
    }
}

fn additional_data_is_authenticated_however_it_is_split(guest: &mut Guest<'_>) {
    let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for cipher in aeads(guest) {
        let sender = aead(guest, cipher);
        for chunk in data.chunks(37) {
            guest.symmetric_state_absorb(sender, chunk).unwrap();
        }
        let text = guest.symmetric_state_encrypt(sender, 20, b"text").unwrap();
        let receiver = aead(guest, cipher);
        refuses!(guest.symmetric_state_decrypt(receiver, 4, &text), InvalidTag, "{}", cipher.0);
        guest.symmetric_state_absorb(receiver, &data).unwrap();
        assert_eq!(guest.symmetric_state_decrypt(receiver, 4, &text).unwrap(), b"text", "{}", cipher.0);
    }
}

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
        let state = guest.symmetric_state_open(name, Some(key), None).unwrap();
        guest.symmetric_state_absorb(state, b"info").unwrap();
        let most = guest.symmetric_state_squeeze(state, 255 * len).unwrap();
        refuses!(guest.symmetric_state_squeeze(state, 255 * len + 1), InvalidLength, "{name}");
        for shorter in [0, 1, len, len + 1, 100] {
            assert_eq!(guest.symmetric_state_squeeze(state, shorter).unwrap(), most[..shorter], "{name}");
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
    let state = guest.symmetric_state_open("HKDF-EXPAND/SHA-512", Some(key), None).unwrap();
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
