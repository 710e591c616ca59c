//! The limit on the bytes of guest memory that one call goes over.

use hostcrypt::{Limits, abi::functions};

use super::{
    calls::{Call, Owned, Role, TypedCall, working},
    cast,
};
use crate::{
    Capability, Guest,
    guest::{RAW, SIGNATURES, SYMMETRIC, refuses},
};

/// What one call may go over in these behaviours, in bytes.
const MOST: usize = 4000;

/// A guest whose calls go over at most [`MOST`] bytes.
fn with_short_calls<'a>(guest: &Guest<'a>) -> Guest<'a> {
    let mut limits = Limits::default();
    limits.call_bytes = MOST;
    guest.set_up(limits)
}

pub(super) fn an_input_of_more_bytes_than_a_call_goes_over_is_an_overflow(guest: &mut Guest<'_>) {
    for function in functions(guest.revision()) {
        let mut guest = with_short_calls(guest);
        let call = Call::plausible(&mut guest, &function);
        let inputs = |role| matches!(role, Role::Name | Role::Input);
        let inputs: Vec<_> = (0..call.ranges.len()).filter(|range| inputs(call.ranges[*range].role)).collect();
        for range in inputs {
            let mut long = call.clone();
            long.replace(range, vec![b'a'; MOST + 1]);
            long.place_all(&mut guest, 0);
            let before = guest.memory().all();
            refuses!(long.send(&mut guest), Overflow, "{}", function.name);
            assert!(guest.memory().all() == before, "{} wrote to memory", function.name);
            // A range that leaves memory stays that, however long it is.
            long.integers[long.ranges[range].pointer] = i64::from(u32::MAX);
            refuses!(long.send(&mut guest), GuestError, "{}", function.name);
        }
        // What was refused changed nothing.
        let mut elsewhere = guest.neighbour();
        let mut expected = Call::plausible(&mut elsewhere, &function);
        expected.place_all(&mut elsewhere, 0);
        let mut call = call;
        call.place_all(&mut guest, 0);
        assert_eq!(call.outcome(&mut guest), expected.outcome(&mut elsewhere), "{}", function.name);
    }
}

pub(super) fn every_name_and_input_that_is_too_long_for_a_call_is_an_overflow(guest: &mut Guest<'_>) {
    let mut spoilt = 0;
    for function in working(guest) {
        for index in 0..function.parameters.len() {
            let mut guest = with_short_calls(guest);
            let mut call = TypedCall::plausible(&mut guest, &function);
            match &mut call.arguments[index] {
                Owned::Text(name) => *name = "a".repeat(MOST + 1),
                Owned::Bytes(input) => *input = vec![b'a'; MOST + 1],
                Owned::Other(_) => continue,
            }
            refuses!(call.send(&mut guest), Overflow, "{} {}", function.name, function.parameters[index].names[0]);
            spoilt += 1;
        }
    }
    assert!(spoilt > 20, "{spoilt} calls were spoilt");
}

pub(super) fn a_long_text_is_passed_in_parts(guest: &mut Guest<'_>) {
    let mut short = with_short_calls(guest);
    let text = vec![0x61; 5 * MOST];
    let digest = |guest: &mut Guest<'_>, part: usize| {
        let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
        text.chunks(part).for_each(|part| guest.symmetric_state_absorb(state, part).unwrap());
        guest.symmetric_state_squeeze(state, 32).unwrap()
    };
    assert_eq!(digest(&mut short, MOST), digest(guest, text.len()));

    let pair = short.import("keypair", SIGNATURES, "Ed25519", &pair_of_cast(guest), RAW).unwrap();
    let state = short.signature_state_open(pair).unwrap();
    refuses!(short.signature_state_update(state, &text), Overflow);
    text.chunks(MOST).for_each(|part| short.signature_state_update(state, part).unwrap());
    let signature = short.signature_state_sign(state).unwrap();
    let signature = short.export("signature", signature, RAW).unwrap();
    let (public, signature) =
        (cast::open(guest, "publickey"), guest.signature_import("Ed25519", &signature, RAW).unwrap());
    guest.verify(public, &text, signature).unwrap();
}

fn pair_of_cast(guest: &mut Guest<'_>) -> Vec<u8> {
    let pair = cast::open(guest, "keypair");
    guest.export("keypair", pair, RAW).unwrap()
}

pub(super) fn a_text_that_is_encrypted_counts_once(guest: &mut Guest<'_>) {
    let mut short = with_short_calls(guest);
    for name in ["AES-256-GCM", "AES-128-CTR", "XOODYAK-128"] {
        if short.lacks(name) {
            continue;
        }
        let raw = &[7; 32][..if name.starts_with("AES-256") { 32 } else { 16 }];
        let nonce = short.nonce(&[3; 16][..if name.ends_with("GCM") { 12 } else { 16 }]);
        let key = short.symmetric_key_import(name, raw).unwrap();
        let state = short.symmetric_state_open(name, Some(key), Some(nonce)).unwrap();
        let room = short.symmetric_state_max_tag_len(state).unwrap() as usize;
        refuses!(short.symmetric_state_encrypt(state, MOST + 1 + room, &[1; MOST + 1]), Overflow, "{name}");
        // A buffer of a wrong length is refused as ever.
        if short.has(Capability::Buffers) {
            refuses!(short.symmetric_state_encrypt(state, MOST + 2 + room, &[1; MOST + 1]), InvalidLength, "{name}");
        }
        let encrypted = short.symmetric_state_encrypt(state, MOST + room, &[1; MOST]).expect("the nonce is not spent");
        let state = short.symmetric_state_open(name, Some(key), Some(nonce)).unwrap();
        refuses!(short.symmetric_state_decrypt(state, 3 * MOST - room, &[1; 3 * MOST]), Overflow, "{name}");
        let text = short.symmetric_state_decrypt(state, MOST, &encrypted);
        assert_eq!(text, Ok(vec![1; MOST]), "{name}");
    }
}

pub(super) fn what_is_squeezed_counts_and_what_is_left_of_a_buffer_does_not(guest: &mut Guest<'_>) {
    let mut short = with_short_calls(guest);
    // An output that is pulled is held already.
    let key = short.symmetric_key_import("HMAC/SHA-256", &[7; 100]).unwrap();
    let output = short.symmetric_key_output(key).unwrap();
    assert_eq!(short.array_output_pull(output, 50 * MOST), Ok(vec![7; 100]));
    let options = short.options_open(SYMMETRIC).unwrap();
    short.options_set(options, "context", &[1; 100]).unwrap();
    let state = short.symmetric_state_open("SHA-256", None, Some(options)).unwrap();
    assert_eq!(short.symmetric_state_options_get(state, "context", 50 * MOST), Ok(vec![1; 100]));
    // More than there can be is refused as ever.
    if short.has(Capability::Buffers) {
        refuses!(short.symmetric_state_squeeze(state, 50 * MOST), InvalidLength);
    }
    if short.lacks(cast::SESSION) {
        return;
    }
    let open = |short: &mut Guest<'_>, len| short.symmetric_state_open_for(len, cast::SESSION, None, None).unwrap();
    let [state, other] = [MOST; 2].map(|len| open(&mut short, len));
    let long = if short.has(Capability::Buffers) { state } else { open(&mut short, MOST + 1) };
    refuses!(short.symmetric_state_squeeze(long, MOST + 1), Overflow);
    let squeezed = short.symmetric_state_squeeze(state, MOST).unwrap();
    assert_eq!(squeezed, short.symmetric_state_squeeze(other, MOST).unwrap(), "what was refused changed nothing");
}

pub(super) fn a_squeezing_of_more_bytes_than_a_call_goes_over_writes_nothing(guest: &mut Guest<'_>) {
    let mut short = with_short_calls(guest);
    if short.lacks(cast::SESSION) {
        return;
    }
    let state = short.symmetric_state_open(cast::SESSION, None, None).unwrap();
    let memory = short.memory();
    let (out, len) = (memory.own(), MOST as i64 + 1);
    memory.write(out, &[0x55; MOST + 1]);
    refuses!(memory.call("symmetric_state_squeeze", &[state.into(), out, len]), Overflow);
    assert_eq!(memory.read(out, MOST + 1), [0x55; MOST + 1]);
}
