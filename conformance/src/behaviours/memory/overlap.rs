//! Ciphers whose input, output and tag lie over one another.

use crate::{Guest, Object, guest::refuses};

/// How far the output starts after the input, around the length of a block.
const SHIFTS: [i64; 9] = [0, 1, 15, 16, 17, -1, -15, -16, -17];
const LENS: [usize; 8] = [0, 1, 15, 16, 17, 48, 255, 1000];
const TAG_LEN: usize = 16;
/// What the guest's part of memory holds before a call.
const BEFORE: u8 = 0x55;

/// A cipher with a fixed key and nonce, a text, and what becomes of it where nothing overlaps.
struct Case {
    algorithm: &'static str,
    text: Vec<u8>,
    sealed: Vec<u8>,
    tag: Vec<u8>,
}

/// Where input and output of one call start.
#[derive(Clone, Copy, Debug)]
struct Place {
    input: i64,
    out: i64,
}

impl Case {
    fn new(guest: &mut Guest<'_>, algorithm: &'static str, len: usize) -> Self {
        let text: Vec<_> = (0..=u8::MAX).cycle().take(len).collect();
        let state = state(guest, algorithm);
        let (sealed, tag) = guest.symmetric_state_encrypt_detached(state, len, &text).unwrap();
        let tag = guest.symmetric_tag_pull(tag, TAG_LEN).unwrap();
        Self { algorithm, text, sealed, tag }
    }

    fn attached(&self) -> Vec<u8> {
        [&self.sealed[..], &self.tag].concat()
    }

    /// Runs a transformation of `input` to `len` bytes at `place` and gives the output's bytes.
    ///
    /// `more` are the integers after those of the input. Nothing but the output may change.
    fn run(&self, guest: &mut Guest<'_>, call: &str, place: Place, input: &[u8], len: usize, more: &[i64]) -> Vec<u8> {
        let state = state(guest, self.algorithm);
        guest.memory().write(place.input, input);
        let integers = [state.into(), place.out, len as i64, place.input, input.len() as i64];
        let result = guest.memory().room(4);
        let integers: Vec<_> = integers.iter().chain(more).copied().chain([result]).collect();
        let (start, area) = (guest.memory().own(), guest.memory_len() - usize::try_from(guest.memory().own()).unwrap());
        let mut expected = guest.memory().read(start, area);
        guest
            .memory()
            .call(call, &integers)
            .unwrap_or_else(|refusal| panic!("{} {place:?}: {refusal:?}", self.algorithm));
        let out = guest.memory().read(place.out, len);
        let from = usize::try_from(place.out - start).unwrap();
        expected[from..from + len].copy_from_slice(&out);
        assert!(guest.memory().read(start, area) == expected, "{} {place:?} wrote beside its output", self.algorithm);
        out
    }
}

fn state(guest: &mut Guest<'_>, algorithm: &str) -> Object {
    let key = guest.symmetric_key_import(algorithm, &[7; 32]).unwrap();
    let options = guest.nonce(&[3; 12]);
    let state = guest.symmetric_state_open(algorithm, Some(key), Some(options)).unwrap();
    guest.close("symmetric_key", key).unwrap();
    guest.close("options", options).unwrap();
    state
}

/// Every cipher, length and distance; memory is filled anew each time.
fn each(guest: &mut Guest<'_>, test: impl Fn(&mut Guest<'_>, &Case, Place)) {
    for algorithm in ["AES-256-GCM", "CHACHA20-POLY1305"] {
        if guest.lacks(algorithm) {
            continue;
        }
        for len in LENS {
            let case = Case::new(guest, algorithm, len);
            let own = guest.memory().own();
            let input = own + 2048;
            for shift in SHIFTS {
                guest.memory().write(own, &vec![BEFORE; 8192]);
                test(guest, &case, Place { input, out: input + shift });
            }
        }
    }
}

pub(super) fn encryption_may_go_where_its_input_is(guest: &mut Guest<'_>) {
    each(guest, |guest, case, place| {
        let len = case.text.len() + TAG_LEN;
        let out = case.run(guest, "symmetric_state_encrypt", place, &case.text, len, &[]);
        assert_eq!(out, case.attached(), "{} {place:?}", case.algorithm);
    });
}

pub(super) fn detached_encryption_may_go_where_its_input_is(guest: &mut Guest<'_>) {
    each(guest, |guest, case, place| {
        let out = case.run(guest, "symmetric_state_encrypt_detached", place, &case.text, case.text.len(), &[]);
        assert_eq!(out, case.sealed, "{} {place:?}", case.algorithm);
    });
}

pub(super) fn decryption_may_go_where_its_input_is(guest: &mut Guest<'_>) {
    each(guest, |guest, case, place| {
        let out = case.run(guest, "symmetric_state_decrypt", place, &case.attached(), case.text.len(), &[]);
        assert_eq!(out, case.text, "{} {place:?}", case.algorithm);
    });
}

/// Where a tag may lie: apart, and at every place on the edges and inside of the output that the input leaves free.
fn tag_places(place: Place, len: i64) -> Vec<i64> {
    let tag_len = TAG_LEN as i64;
    let around = [-tag_len, -tag_len + 1, -8, 0, 1, len / 2, len - tag_len, len - 8, len - 1, len];
    let free = |ptr: &i64| *ptr >= place.input + len || *ptr + tag_len <= place.input;
    let near = around.map(|distance| place.out + distance).into_iter().filter(free);
    near.chain([place.input - 1024]).collect()
}

pub(super) fn detached_decryption_may_go_where_its_input_and_tag_are(guest: &mut Guest<'_>) {
    each(guest, |guest, case, near| {
        let len = case.text.len();
        let apart = Place { out: near.input + 3000, ..near };
        for place in [near, apart] {
            for tag in tag_places(place, len as i64) {
                guest.memory().write(tag, &case.tag);
                let more = [tag, TAG_LEN as i64];
                let out = case.run(guest, "symmetric_state_decrypt_detached", place, &case.sealed, len, &more);
                assert_eq!(out, case.text, "{} {place:?}, tag at {tag}", case.algorithm);
            }
        }
    });
}

pub(super) fn a_failed_decryption_leaves_only_zeros_wherever_it_goes(guest: &mut Guest<'_>) {
    each(guest, |guest, case, place| {
        let (len, tag) = (case.text.len(), place.input - 1024);
        guest.memory().write(tag, &case.tag);
        let calls: [(&str, Vec<u8>, &[i64]); 2] = [
            ("symmetric_state_decrypt", case.attached(), &[]),
            ("symmetric_state_decrypt_detached", case.sealed.clone(), &[tag, TAG_LEN as i64]),
        ];
        for (call, right, more) in calls {
            let state = state(guest, case.algorithm);
            // A bit of the text at either end, or of the tag; detached, there may be no text to spoil.
            for spoilt in [0, right.len() / 2, right.len().saturating_sub(1)] {
                let mut wrong = right.clone();
                let Some(byte) = wrong.get_mut(spoilt) else { continue };
                *byte ^= 0x80;
                guest.memory().write(place.out, &vec![BEFORE; len]);
                guest.memory().write(place.input, &wrong);
                let integers = [state.into(), place.out, len as i64, place.input, wrong.len() as i64];
                let result = guest.memory().room(4);
                let integers: Vec<_> = integers.iter().chain(more).copied().chain([result]).collect();
                refuses!(guest.memory().call(call, &integers), InvalidTag, "{} {place:?}", case.algorithm);
                assert_eq!(guest.memory().read(place.out, len), vec![0; len], "{call} {} {place:?}", case.algorithm);
            }
            // The state can still decrypt what is right.
            let open = match more {
                [] => guest.symmetric_state_decrypt(state, len, &right),
                _ => guest.symmetric_state_decrypt_detached(state, len, &right, &case.tag),
            };
            assert_eq!(open.as_ref(), Ok(&case.text), "{call} {}", case.algorithm);
        }
    });
}
