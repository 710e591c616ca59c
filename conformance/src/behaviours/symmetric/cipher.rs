//! Ciphers without authentication.

use super::{super::behaviours, ciphers};
use crate::{
    Capability, Guest, Object,
    guest::{SYMMETRIC, refuses},
};

behaviours!("symmetric::cipher":
    what_padding_may_add_is_told_as_the_length_of_a_tag,
    output_buffers_of_a_cipher_hold_the_text_and_at_most_its_padding,
    a_decryption_into_too_small_a_buffer_writes_nothing [needs Memory],
    an_initial_vector_is_required_and_has_its_length,
    an_initial_vector_encrypts_only_once,
    a_clone_of_a_cipher_only_decrypts [needs symmetric_state_clone],
    a_refused_encryption_does_not_spend_the_initial_vector,
    a_cipher_without_authentication_has_neither_data_nor_tag,
    ciphertext_that_no_text_has_is_an_invalid_tag_and_leaves_only_zeros [needs Memory],
    without_padding_any_ciphertext_decrypts,
    the_input_and_the_output_of_a_cipher_may_overlap [needs Memory],
    the_counter_of_ctr_wraps_around,
    a_text_longer_than_the_host_keeps_is_an_overflow,
);

type Cipher = (&'static str, usize, usize);

/// A state with a fixed key and an initial vector.
fn with_vector(guest: &mut Guest<'_>, (name, key_len, _): Cipher, vector: &[u8]) -> Object {
    let key = guest.symmetric_key_import(name, &vec![7; key_len]).unwrap();
    let options = guest.nonce(vector);
    let state = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
    guest.close("symmetric_key", key).unwrap();
    guest.close("options", options).unwrap();
    state
}

fn open(guest: &mut Guest<'_>, cipher: Cipher) -> Object {
    with_vector(guest, cipher, &[3; 16])
}

/// The length of an encrypted text: all blocks are full, and there is always some padding, where there is any.
fn encrypted_len((_, _, block): Cipher, len: usize) -> usize {
    match block {
        0 => len,
        _ => (len / block + 1) * block,
    }
}

fn counting(len: usize) -> Vec<u8> {
    (0..len).map(|byte| byte as u8).collect()
}

fn encrypted(guest: &mut Guest<'_>, cipher: Cipher, text: &[u8]) -> Vec<u8> {
    let state = open(guest, cipher);
    let encrypted = guest.symmetric_state_encrypt(state, encrypted_len(cipher, text.len()), text).unwrap();
    guest.close("symmetric_state", state).unwrap();
    encrypted
}

/// The text is held once while it is encrypted or decrypted.
fn a_text_longer_than_the_host_keeps_is_an_overflow(guest: &mut Guest<'_>) {
    let mut limits = hostcrypt::Limits::default();
    limits.bytes = 10_000;
    for cipher in ciphers(guest) {
        let mut guest = guest.set_up(limits);
        let state = open(&mut guest, cipher);
        let (short, long) = (counting(9_000), counting(20_000));
        let answer = guest.symmetric_state_encrypt(state, encrypted_len(cipher, long.len()), &long);
        refuses!(answer, Overflow, "{}", cipher.0);
        refuses!(guest.symmetric_state_decrypt(state, long.len(), &long), Overflow, "{}", cipher.0);
        // Neither spent the initial vector, and what was taken came back.
        for _ in 0..2 {
            let state = open(&mut guest, cipher);
            guest.symmetric_state_encrypt(state, encrypted_len(cipher, short.len()), &short).unwrap();
            guest.close("symmetric_state", state).unwrap();
        }
        guest.symmetric_state_encrypt(state, encrypted_len(cipher, short.len()), &short).unwrap();
    }
}

fn what_padding_may_add_is_told_as_the_length_of_a_tag(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest) {
        for len in [0, 1, 15, 16, 17, 31, 32, 1000] {
            let text = counting(len);
            let state = open(guest, cipher);
            let most = guest.symmetric_state_max_tag_len(state).unwrap();
            assert_eq!(most as usize, cipher.2, "{}", cipher.0);
            // A guest knows no more than that, and is told how long the output is.
            let encrypted = guest.symmetric_state_encrypt(state, len + cipher.2, &text).unwrap();
            assert_eq!(encrypted.len(), encrypted_len(cipher, len), "{} {len}", cipher.0);
            let receiver = open(guest, cipher);
            assert_eq!(guest.symmetric_state_decrypt(receiver, encrypted.len(), &encrypted).unwrap(), text);
        }
    }
}

fn output_buffers_of_a_cipher_hold_the_text_and_at_most_its_padding(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest) {
        for len in [0, 1, 15, 16, 20] {
            let (text, needed) = (counting(len), encrypted_len(cipher, len));
            let state = open(guest, cipher);
            if guest.has(Capability::Buffers) {
                for smaller in (0..needed).rev().take(3) {
                    refuses!(guest.symmetric_state_encrypt(state, smaller, &text), Overflow, "{} {len}", cipher.0);
                }
                for larger in [len + cipher.2 + 1, len + cipher.2 + 100] {
                    refuses!(guest.symmetric_state_encrypt(state, larger, &text), InvalidLength, "{} {len}", cipher.0);
                }
            }
            let encrypted = guest.symmetric_state_encrypt(state, needed, &text).unwrap();
            for smaller in (0..len).rev().take(3) {
                refuses!(guest.symmetric_state_decrypt(state, smaller, &encrypted), Overflow, "{} {len}", cipher.0);
            }
            for larger in [needed + 1, needed + 100] {
                refuses!(guest.symmetric_state_decrypt(state, larger, &encrypted), InvalidLength, "{} {len}", cipher.0);
            }
            for fitting in len..=needed {
                assert_eq!(guest.symmetric_state_decrypt(state, fitting, &encrypted).unwrap(), text, "{}", cipher.0);
            }
        }
    }
}

fn a_decryption_into_too_small_a_buffer_writes_nothing(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest) {
        let encrypted = encrypted(guest, cipher, &[0x55; 50]);
        let state = open(guest, cipher);
        let output = guest.memory().own();
        guest.memory().write(output, &[0xee; 100]);
        let ([data, data_len], len) = (guest.memory().put(&encrypted), guest.memory().room(4));
        let integers = [state.into(), output, 49, data, data_len, len];
        refuses!(guest.memory().call("symmetric_state_decrypt", &integers), Overflow, "{}", cipher.0);
        assert_eq!(guest.memory().read(output, 100), [0xee; 100], "{}", cipher.0);
    }
}

fn an_initial_vector_is_required_and_has_its_length(guest: &mut Guest<'_>) {
    for (name, ..) in ciphers(guest) {
        let key = guest.symmetric_key_generate(name, None).unwrap();
        let empty = guest.options_open(SYMMETRIC).unwrap();
        for options in [None, Some(empty)] {
            refuses!(guest.symmetric_state_open(name, Some(key), options), NonceRequired, "{name}");
        }
        for len in [0, 1, 8, 12, 15, 17, 32] {
            let options = guest.nonce(&vec![0; len]);
            refuses!(guest.symmetric_state_open(name, Some(key), Some(options)), InvalidNonce, "{name} {len}");
        }
        let options = guest.nonce(&[9; 16]);
        let state = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
        assert_eq!(guest.symmetric_state_options_get(state, "nonce", 16).unwrap(), [9; 16], "{name}");
    }
}

fn an_initial_vector_encrypts_only_once(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest) {
        let (text, len) = (counting(20), encrypted_len(cipher, 20));
        let sender = open(guest, cipher);
        let encrypted = guest.symmetric_state_encrypt(sender, len, &text).unwrap();
        refuses!(guest.symmetric_state_encrypt(sender, len, &text), NonceRequired, "{}", cipher.0);
        // What a peer encrypted spent it, too.
        let receiver = open(guest, cipher);
        for _ in 0..2 {
            assert_eq!(guest.symmetric_state_decrypt(receiver, 20, &encrypted).unwrap(), text, "{}", cipher.0);
            refuses!(guest.symmetric_state_encrypt(receiver, len, &text), NonceRequired, "{}", cipher.0);
            assert_eq!(guest.symmetric_state_decrypt(sender, 20, &encrypted).unwrap(), text, "{}", cipher.0);
        }
    }
}

fn a_clone_of_a_cipher_only_decrypts(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest) {
        let (text, len) = (counting(20), encrypted_len(cipher, 20));
        let original = open(guest, cipher);
        let clone = guest.symmetric_state_clone(original).unwrap();
        let of_clone = guest.symmetric_state_clone(clone).unwrap();
        for copy in [clone, of_clone] {
            refuses!(guest.symmetric_state_encrypt(copy, len, &text), NonceRequired, "{}", cipher.0);
        }
        let encrypted = guest.symmetric_state_encrypt(original, len, &text).unwrap();
        for copy in [clone, of_clone] {
            assert_eq!(guest.symmetric_state_decrypt(copy, 20, &encrypted).unwrap(), text, "{}", cipher.0);
            assert_eq!(guest.symmetric_state_max_tag_len(copy), Ok(cipher.2 as u32));
        }
    }
}

fn a_refused_encryption_does_not_spend_the_initial_vector(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest) {
        let len = encrypted_len(cipher, 20);
        let state = open(guest, cipher);
        if guest.has(Capability::Buffers) {
            refuses!(guest.symmetric_state_encrypt(state, len - 1, &counting(20)), Overflow);
            refuses!(guest.symmetric_state_encrypt(state, 20 + cipher.2 + 1, &counting(20)), InvalidLength);
        }
        refuses!(guest.symmetric_state_encrypt_detached(state, 20, &counting(20)), InvalidOperation);
        refuses!(guest.symmetric_state_decrypt(state, 21, &counting(20)), InvalidLength);
        if cipher.2 > 0 {
            refuses!(guest.symmetric_state_decrypt(state, 20, &counting(20)), InvalidTag);
        }
        // A text that was decrypted, and is longer than the buffer.
        let peer = open(guest, cipher);
        let encrypted = guest.symmetric_state_encrypt(peer, len, &counting(20)).unwrap();
        refuses!(guest.symmetric_state_decrypt(state, 19, &encrypted), Overflow);
        guest.symmetric_state_encrypt(state, len, &counting(20)).unwrap();
    }
}

fn a_cipher_without_authentication_has_neither_data_nor_tag(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest) {
        let state = open(guest, cipher);
        for data in [&b""[..], b"data"] {
            refuses!(guest.symmetric_state_absorb(state, data), InvalidOperation, "{}", cipher.0);
        }
        for len in [0, 16] {
            refuses!(guest.symmetric_state_squeeze(state, len), InvalidOperation, "{}", cipher.0);
        }
        refuses!(guest.symmetric_state_squeeze_tag(state), InvalidOperation, "{}", cipher.0);
        for target in [cipher.0, "HKDF-EXPAND/SHA-256"] {
            refuses!(guest.symmetric_state_squeeze_key(state, target), InvalidOperation, "{}", cipher.0);
        }
        refuses!(guest.symmetric_state_ratchet(state), InvalidOperation, "{}", cipher.0);
        for len in [16, 32] {
            refuses!(guest.symmetric_state_encrypt_detached(state, len, &[1; 16]), InvalidOperation, "{}", cipher.0);
        }
        for tag in [&b""[..], &[0; 16]] {
            let answer = guest.symmetric_state_decrypt_detached(state, 16, &[1; 16], tag);
            refuses!(answer, InvalidOperation, "{}", cipher.0);
        }
        let answer = guest.symmetric_state_encrypt(state, encrypted_len(cipher, 20), &counting(20));
        assert_eq!(answer.unwrap(), encrypted(guest, cipher, &counting(20)), "{}", cipher.0);
    }
}

fn ciphertext_that_no_text_has_is_an_invalid_tag_and_leaves_only_zeros(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest).into_iter().filter(|cipher| cipher.2 > 0) {
        let (name, _, block) = cipher;
        // The last block has four bytes of padding.
        let whole = encrypted(guest, cipher, &[0x55; 28]);
        let cut = [0, 1, block - 1, block, block + 1, 2 * block - 1].map(|len| whole[..len].to_vec());
        // What is changed of a block is changed of the text in the next one.
        let altered = [(1, 4), (1, 4 ^ 17), (1, 4 ^ 0xff), (1, 4 ^ 5), (2, 1), (4, 0x80)].map(|(from_end, change)| {
            let mut altered = whole.clone();
            altered[block - from_end] ^= change;
            altered
        });
        for wrong in cut.into_iter().chain(altered).chain([whole.repeat(2)[..3 * block].to_vec()]) {
            let state = open(guest, cipher);
            let output = guest.memory().own();
            guest.memory().write(output, &[0xee; 100]);
            let ([data, data_len], len) = (guest.memory().put(&wrong), guest.memory().room(4));
            let integers = [state.into(), output, data_len, data, data_len, len];
            refuses!(guest.memory().call("symmetric_state_decrypt", &integers), InvalidTag, "{name} {wrong:02x?}");
            let expected = [vec![0; wrong.len()], vec![0xee; 100 - wrong.len()]].concat();
            assert_eq!(guest.memory().read(output, 100), expected, "{name} {wrong:02x?}");
            // Neither is any of it shown where there is little room.
            refuses!(guest.symmetric_state_decrypt(state, 0, &wrong), InvalidTag, "{name} {wrong:02x?}");
            assert_eq!(guest.symmetric_state_decrypt(state, 28, &whole).unwrap(), [0x55; 28], "{name}");
        }
    }
}

fn without_padding_any_ciphertext_decrypts(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest).into_iter().filter(|cipher| cipher.2 == 0) {
        let text = counting(50);
        let mut encrypted = encrypted(guest, cipher, &text);
        let state = open(guest, cipher);
        for len in [0, 1, 15, 16, 17, 49] {
            // A beginning is a beginning of the text.
            let decrypted = guest.symmetric_state_decrypt(state, len, &encrypted[..len]).unwrap();
            assert_eq!(decrypted, text[..len], "{}", cipher.0);
        }
        encrypted[20] ^= 0x81;
        let decrypted = guest.symmetric_state_decrypt(state, 50, &encrypted).unwrap();
        assert_eq!((&decrypted[..20], decrypted[20]), (&text[..20], text[20] ^ 0x81), "{}", cipher.0);
        assert_eq!(decrypted[21..], text[21..], "{}", cipher.0);
    }
}

fn the_input_and_the_output_of_a_cipher_may_overlap(guest: &mut Guest<'_>) {
    let text = counting(50);
    for cipher in ciphers(guest) {
        let encrypted = encrypted(guest, cipher, &text);
        for distance in [-60, -17, -16, -1, 0, 1, 16, 17, 60] {
            let from = guest.memory().own() + 100;
            let to = from + distance;
            let mut transform = |function: &str, input: &[u8], room: usize| {
                let state = open(guest, cipher);
                guest.memory().write(from, input);
                let len = guest.memory().room(4);
                let integers = [state.into(), to, room as i64, from, input.len() as i64, len];
                guest.memory().call(function, &integers).unwrap();
                let written = u32::from_le_bytes(guest.memory().read(len, 4).try_into().unwrap());
                guest.memory().read(to, written as usize)
            };
            let output = transform("symmetric_state_encrypt", &text, text.len() + cipher.2);
            assert_eq!(output, encrypted, "{} {distance}", cipher.0);
            let output = transform("symmetric_state_decrypt", &encrypted, encrypted.len());
            assert_eq!(output, text, "{} {distance}", cipher.0);
        }
    }
}

/// The whole initial vector is the counter.
fn the_counter_of_ctr_wraps_around(guest: &mut Guest<'_>) {
    for cipher in ciphers(guest).into_iter().filter(|cipher| cipher.2 == 0) {
        let mut keystream = |counter: [u8; 16], len| {
            let state = with_vector(guest, cipher, &counter);
            guest.symmetric_state_encrypt(state, len, &vec![0; len]).unwrap()
        };
        let before = keystream([0xff; 16], 100);
        assert_eq!(before[16..], keystream([0; 16], 84), "{}", cipher.0);
        // The carry goes through all of it, and not through 32 or 64 bits.
        let (mut low, mut high) = ([0xff; 16], [0; 16]);
        (low[0], high[0]) = (4, 5);
        assert_eq!(keystream(low, 100)[16..], keystream(high, 84), "{}", cipher.0);
    }
}
