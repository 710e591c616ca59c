//! Session modes: one rolling state.

use super::super::behaviours;
use crate::{
    Capability, Guest, Object,
    guest::{SYMMETRIC, refuses},
};

behaviours!("symmetric::session":
    two_sides_of_a_session_stay_in_step,
    a_session_depends_on_all_that_was_done_before,
    successive_outputs_of_a_session_differ,
    a_session_without_a_key_is_a_hash,
    a_failed_decryption_leaves_only_zeros [needs Memory],
    a_session_goes_on_after_a_failed_decryption,
    a_session_forgets_by_ratcheting,
    a_session_gives_a_key_for_itself_only,
    a_session_key_of_a_wrong_length_is_refused_at_import,
    a_session_takes_nonces_of_some_lengths_and_draws_one_where_none_is_set,
    a_clone_of_a_session_does_not_encrypt [needs symmetric_state_clone],
    output_buffers_of_a_session_fit_exactly,
);

/// The session modes that the host serves, and the length of their keys.
fn sessions(guest: &Guest<'_>) -> Vec<(&'static str, usize)> {
    [("XOODYAK-128", 16)].into_iter().filter(|(name, _)| guest.subject().serves(name)).collect()
}

/// The length of an output in bytes, unless a test says otherwise: of the option `output_len`, the default.
const OUTPUT_LEN: usize = 32;

/// A session with a fixed key and nonce.
fn open(guest: &mut Guest<'_>, session: (&str, usize)) -> Object {
    open_for(guest, OUTPUT_LEN, session)
}

fn open_for(guest: &mut Guest<'_>, len: usize, (name, key_len): (&str, usize)) -> Object {
    let key = guest.symmetric_key_import(name, &vec![7; key_len]).unwrap();
    let options = guest.nonce(&[3; 16]);
    guest.symmetric_state_open_for(len, name, Some(key), Some(options)).unwrap()
}

fn pair(guest: &mut Guest<'_>, session: (&str, usize)) -> (Object, Object) {
    (open(guest, session), open(guest, session))
}

fn tag(guest: &mut Guest<'_>, state: Object) -> Vec<u8> {
    let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
    guest.symmetric_tag_pull(tag, 16).unwrap()
}

fn two_sides_of_a_session_stay_in_step(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let [one, other] = [40; 2].map(|len| open_for(guest, len, session));
        for (round, text) in [&b"first"[..], b"", &[0xa5; 1000], b"last"].into_iter().enumerate() {
            // Both directions over one state.
            let (sender, receiver) = if round % 2 == 0 { (one, other) } else { (other, one) };
            for side in [one, other] {
                guest.symmetric_state_absorb(side, b"data").unwrap();
            }
            let sealed = guest.symmetric_state_encrypt(sender, text.len() + 16, text).unwrap();
            assert_eq!(guest.symmetric_state_decrypt(receiver, text.len(), &sealed).unwrap(), text);
            let (sealed, tag) = guest.symmetric_state_encrypt_detached(sender, text.len(), text).unwrap();
            let tag = guest.symmetric_tag_pull(tag, 16).unwrap();
            let opened = guest.symmetric_state_decrypt_detached(receiver, text.len(), &sealed, &tag).unwrap();
            assert_eq!(opened, text);
            let [of_one, of_other] = [one, other].map(|side| guest.symmetric_state_squeeze(side, 40).unwrap());
            assert_eq!(of_one, of_other, "round {round}");
        }
        assert_eq!(tag(guest, one), tag(guest, other));
    }
}

fn a_session_depends_on_all_that_was_done_before(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let mut outputs = Vec::new();
        for past in 0..6 {
            let state = open(guest, session);
            match past {
                0 => {}
                1 => guest.symmetric_state_absorb(state, b"ab").unwrap(),
                // Not the same as both at once.
                2 => [b"a", b"b"].into_iter().for_each(|data| guest.symmetric_state_absorb(state, data).unwrap()),
                3 => drop(guest.symmetric_state_squeeze(state, OUTPUT_LEN).unwrap()),
                4 => drop(guest.symmetric_state_encrypt(state, 18, b"ab").unwrap()),
                _ => guest.symmetric_state_ratchet(state).unwrap(),
            }
            let output = guest.symmetric_state_squeeze(state, OUTPUT_LEN).unwrap();
            assert!(!outputs.contains(&output), "{past}");
            outputs.push(output);
        }
    }
}

fn successive_outputs_of_a_session_differ(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let state = open_for(guest, 100, session);
        let [first, second] = [0, 1].map(|_| guest.symmetric_state_squeeze(state, 100).unwrap());
        assert_ne!(first, second);
        assert_eq!([first.len(), second.len()], [100; 2]);
        assert_ne!(tag(guest, state), tag(guest, state));
        let state = if guest.has(Capability::Buffers) { state } else { open_for(guest, 0, session) };
        assert_eq!(guest.symmetric_state_squeeze(state, 0).unwrap(), b"");
    }
}

fn a_session_without_a_key_is_a_hash(guest: &mut Guest<'_>) {
    for (name, _) in sessions(guest) {
        let mut digest = |data: &[u8]| {
            let state = guest.symmetric_state_open(name, None, None).unwrap();
            guest.symmetric_state_absorb(state, data).unwrap();
            guest.symmetric_state_squeeze(state, 32).unwrap()
        };
        assert_eq!(digest(b"message"), digest(b"message"));
        assert_ne!(digest(b"message"), digest(b"another"));
        let options = guest.options_open(SYMMETRIC).unwrap();
        let state = guest.symmetric_state_open(name, None, Some(options)).unwrap();
        refuses!(guest.symmetric_state_options_get(state, "nonce", 32), OptionNotSet);
        assert_eq!(guest.symmetric_state_max_tag_len(state), Ok(16));
        assert_eq!(tag(guest, state).len(), 16);
        guest.symmetric_state_squeeze_key(state, name).unwrap();
        refuses!(guest.symmetric_state_encrypt(state, 20, b"text"), InvalidOperation);
        refuses!(guest.symmetric_state_encrypt_detached(state, 4, b"text"), InvalidOperation);
        refuses!(guest.symmetric_state_decrypt(state, 4, &[0; 20]), InvalidOperation);
        refuses!(guest.symmetric_state_decrypt_detached(state, 4, b"text", &[0; 16]), InvalidOperation);
        refuses!(guest.symmetric_state_ratchet(state), InvalidOperation);
    }
}

fn a_failed_decryption_leaves_only_zeros(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let (sender, receiver) = pair(guest, session);
        let sealed = guest.symmetric_state_encrypt(sender, 20, b"text").unwrap();
        for bit in [0, 31, 32, 159] {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let memory = guest.memory();
            let (output, [data, data_len], len) = (memory.own(), memory.put(&altered), memory.room(4));
            memory.write(output, &[0xee; 4]);
            let integers = [receiver.into(), output, 4, data, data_len, len];
            refuses!(memory.call("symmetric_state_decrypt", &integers), InvalidTag, "bit {bit}");
            assert_eq!(memory.read(output, 4), [0; 4]);
        }
    }
}

fn a_session_goes_on_after_a_failed_decryption(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let (sender, receiver) = pair(guest, session);
        let sealed = guest.symmetric_state_encrypt(sender, 20, b"text").unwrap();
        for bit in [0, 31, 32, 159] {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            refuses!(guest.symmetric_state_decrypt(receiver, 4, &altered), InvalidTag, "bit {bit}");
        }
        for len in [0, 1, 15] {
            refuses!(guest.symmetric_state_decrypt(receiver, 0, &vec![0; len]), InvalidTag, "{len}");
            refuses!(guest.symmetric_state_decrypt_detached(receiver, 4, b"text", &vec![0; len]), InvalidTag, "{len}");
        }
        assert_eq!(guest.symmetric_state_decrypt(receiver, 4, &sealed).unwrap(), b"text");
        assert_eq!(tag(guest, sender), tag(guest, receiver));
    }
}

fn a_session_forgets_by_ratcheting(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let (one, other) = pair(guest, session);
        for side in [one, other] {
            guest.symmetric_state_ratchet(side).unwrap();
        }
        assert_eq!(tag(guest, one), tag(guest, other));
        guest.symmetric_state_ratchet(one).unwrap();
        assert_ne!(tag(guest, one), tag(guest, other));
    }
}

fn a_session_gives_a_key_for_itself_only(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let (name, key_len) = session;
        let [one, other] = [key_len; 2].map(|len| open_for(guest, len, session));
        for refused in ["AES-128-GCM", "HKDF-EXPAND/SHA-256", "SHA-256"] {
            refuses!(guest.symmetric_state_squeeze_key(one, refused), InvalidOperation, "{refused}");
        }
        for unknown in ["NO-SUCH-THING", "Ed25519"] {
            refuses!(guest.symmetric_state_squeeze_key(one, unknown), UnsupportedAlgorithm, "{unknown}");
        }
        // What was refused changed nothing.
        let [of_one, of_other] = [one, other].map(|side| guest.symmetric_state_squeeze_key(side, name).unwrap());
        let [raw, same] = [of_one, of_other].map(|key| guest.symmetric_key_export(key).unwrap());
        assert_eq!((raw.len(), &raw), (key_len, &same));
        assert_ne!(guest.symmetric_state_squeeze(one, key_len).unwrap(), raw);
        guest.symmetric_state_open(name, Some(of_one), None).unwrap();
    }
}

fn a_session_key_of_a_wrong_length_is_refused_at_import(guest: &mut Guest<'_>) {
    for (name, key_len) in sessions(guest) {
        for len in [0, 1, key_len - 1, key_len + 1, 2 * key_len, 44, 100] {
            refuses!(guest.symmetric_key_import(name, &vec![1; len]), InvalidKey, "{len}");
        }
        let key = guest.symmetric_key_generate(name, None).unwrap();
        assert_eq!(guest.symmetric_key_export(key).unwrap().len(), key_len);
        let other = guest.symmetric_key_generate("AES-128-GCM", None).unwrap();
        refuses!(guest.symmetric_state_open(name, Some(other), None), InvalidKey);
    }
}

fn a_session_takes_nonces_of_some_lengths_and_draws_one_where_none_is_set(guest: &mut Guest<'_>) {
    for (name, key_len) in sessions(guest) {
        let key = guest.symmetric_key_import(name, &vec![7; key_len]).unwrap();
        let mut tags = Vec::new();
        // Published programs use 12 bytes; the algorithm takes what fits beside the key.
        for len in [1, 12, 16, 27] {
            let options = guest.nonce(&vec![5; len]);
            let state = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
            assert_eq!(guest.symmetric_state_options_get(state, "nonce", 27).unwrap(), vec![5; len]);
            tags.push(tag(guest, state));
        }
        for len in [0, 28, 44, 1000] {
            let options = guest.nonce(&vec![5; len]);
            refuses!(guest.symmetric_state_open(name, Some(key), Some(options)), InvalidNonce, "{len}");
        }
        let empty = guest.options_open(SYMMETRIC).unwrap();
        for options in [None, Some(empty)] {
            let state = guest.symmetric_state_open(name, Some(key), options).unwrap();
            let drawn = guest.symmetric_state_options_get(state, "nonce", 16).unwrap();
            assert_eq!(drawn.len(), 16);
            let options = guest.nonce(&drawn);
            let peer = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
            let sealed = guest.symmetric_state_encrypt(state, 20, b"text").unwrap();
            assert_eq!(guest.symmetric_state_decrypt(peer, 4, &sealed).unwrap(), b"text");
            tags.push(tag(guest, state));
        }
        let count = tags.len();
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), count, "each nonce makes a session of its own");
    }
}

/// Two texts under one keystream would tell what they have in common.
fn a_clone_of_a_session_does_not_encrypt(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let original = open(guest, session);
        guest.symmetric_state_absorb(original, b"data").unwrap();
        let clone = guest.symmetric_state_clone(original).unwrap();
        let of_clone = guest.symmetric_state_clone(clone).unwrap();
        for copy in [clone, of_clone] {
            refuses!(guest.symmetric_state_encrypt(copy, 20, b"text"), NonceRequired);
            refuses!(guest.symmetric_state_encrypt_detached(copy, 4, b"text"), NonceRequired);
        }
        let sealed = guest.symmetric_state_encrypt(original, 20, b"text").unwrap();
        for copy in [clone, of_clone] {
            assert_eq!(guest.symmetric_state_decrypt(copy, 4, &sealed).unwrap(), b"text");
            refuses!(guest.symmetric_state_encrypt(copy, 20, b"text"), NonceRequired);
        }
        assert_eq!(tag(guest, original), tag(guest, clone));
        let hash = guest.symmetric_state_open(session.0, None, None).unwrap();
        let copy = guest.symmetric_state_clone(hash).unwrap();
        guest.symmetric_state_absorb(hash, b"more").unwrap();
        assert_ne!(guest.symmetric_state_squeeze(hash, 32), guest.symmetric_state_squeeze(copy, 32));
    }
}

fn output_buffers_of_a_session_fit_exactly(guest: &mut Guest<'_>) {
    for session in sessions(guest) {
        let (sender, receiver) = pair(guest, session);
        if guest.has(Capability::Buffers) {
            refuses!(guest.symmetric_state_encrypt(sender, 19, b"text"), Overflow);
            refuses!(guest.symmetric_state_encrypt(sender, 21, b"text"), InvalidLength);
            refuses!(guest.symmetric_state_encrypt_detached(sender, 3, b"text"), Overflow);
            refuses!(guest.symmetric_state_encrypt_detached(sender, 5, b"text"), InvalidLength);
        }
        let sealed = guest.symmetric_state_encrypt(sender, 20, b"text").unwrap();
        refuses!(guest.symmetric_state_decrypt(receiver, 3, &sealed), Overflow);
        refuses!(guest.symmetric_state_decrypt(receiver, 5, &sealed), InvalidLength);
        assert_eq!(guest.symmetric_state_decrypt(receiver, 4, &sealed).unwrap(), b"text");
    }
}
