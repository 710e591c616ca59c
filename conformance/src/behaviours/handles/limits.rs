//! The limits of a guest: how many handles, how many bytes.

use hostcrypt::{Limits, abi::functions};

use super::{
    calls::{Call, Role, TypedCall, opens, working},
    cast,
};
use crate::{
    Guest, Object,
    behaviours::algorithms::{Algorithm, served},
    guest::{KEY_EXCHANGE, PKCS8, RAW, SIGNATURES, SYMMETRIC, refuses},
};

/// A guest that may hold so many handles open.
pub(in crate::behaviours) fn with_handles<'a>(guest: &Guest<'a>, handles: u32) -> Guest<'a> {
    let mut limits = Limits::default();
    limits.handles = handles;
    guest.set_up(limits)
}

/// A guest that may make the host hold so many bytes.
fn with_bytes<'a>(guest: &Guest<'a>, bytes: usize) -> Guest<'a> {
    let mut limits = Limits::default();
    limits.bytes = bytes;
    guest.set_up(limits)
}

/// Opens option sets up to the limit.
pub(in crate::behaviours) fn fill(guest: &mut Guest<'_>) -> Vec<Object> {
    let mut opened = vec![guest.options_open(SYMMETRIC).expect("the limit is higher")];
    loop {
        match guest.options_open(SYMMETRIC) {
            Ok(handle) => opened.push(handle),
            refused => {
                refuses!(refused, TooManyHandles);
                return opened;
            }
        }
    }
}

pub(super) fn a_limit_on_handles_is_kept_and_room_comes_back(guest: &mut Guest<'_>) {
    let mut guest = with_handles(guest, 10);
    let mut handles: Vec<_> = (0..10).map(|_| guest.options_open(SYMMETRIC).unwrap()).collect();
    for round in 0..1_000 {
        refuses!(guest.options_open(SYMMETRIC), TooManyHandles, "round {round}");
        guest.close("options", handles.remove(round % 10)).unwrap();
        handles.push(guest.options_open(SYMMETRIC).unwrap());
    }
    // What is refused takes no room.
    guest.close("options", handles.remove(0)).unwrap();
    refuses!(guest.symmetric_key_import("AES-256-GCM", b"short"), InvalidKey);
    handles.push(guest.options_open(SYMMETRIC).unwrap());
    refuses!(guest.options_open(SYMMETRIC), TooManyHandles);
}

pub(super) fn what_is_closed_twice_gives_back_no_room(guest: &mut Guest<'_>) {
    let mut guest = with_handles(guest, 10);
    let closed = fill(&mut guest).remove(0);
    guest.close("options", closed).unwrap();
    refuses!(guest.close("options", closed), Closed);
    refuses!(guest.symmetric_state_open("SHA-256", Some(closed), None), InvalidHandle);
    guest.options_open(SYMMETRIC).unwrap();
    refuses!(guest.options_open(SYMMETRIC), TooManyHandles);
}

pub(super) fn every_function_that_opens_an_object_is_refused_at_the_limit(guest: &mut Guest<'_>) {
    for function in working(guest) {
        let needed = opens(guest, &function).len();
        if needed == 0 {
            continue;
        }
        // What the host does not serve is refused otherwise.
        let mut elsewhere = guest.neighbour();
        if TypedCall::plausible(&mut elsewhere, &function).send(&mut elsewhere).is_err() {
            continue;
        }
        let mut guest = with_handles(guest, 64);
        let call = TypedCall::plausible(&mut guest, &function);
        let filled = fill(&mut guest);
        // One short of what it needs, and then enough.
        for handle in &filled[..needed - 1] {
            guest.close("options", *handle).unwrap();
        }
        refuses!(call.send(&mut guest), TooManyHandles, "{}", function.name);
        guest.close("options", filled[needed - 1]).unwrap();
        assert_eq!(call.send(&mut guest), Ok(()), "{} after a closing", function.name);
    }
}

pub(super) fn every_kind_of_object_counts(guest: &mut Guest<'_>) {
    for function in functions(guest.revision()) {
        let mut guest = with_handles(guest, 64);
        let mut call = Call::plausible(&mut guest, &function);
        call.place_all(&mut guest, 0);
        if !call.ranges.iter().any(|range| range.role == Role::Opened) {
            continue;
        }
        let expected = {
            let mut elsewhere = guest.neighbour();
            let mut call = Call::plausible(&mut elsewhere, &function);
            call.place_all(&mut elsewhere, 0);
            call.outcome(&mut elsewhere)
        };
        let filled = fill(&mut guest);
        let needed = opens(&guest, &function).len();
        // One short of what it needs, and then enough.
        for handle in &filled[..needed - 1] {
            guest.close("options", *handle).unwrap();
        }
        if expected.0.is_ok() {
            let before = guest.memory().all();
            refuses!(call.send(&mut guest), TooManyHandles, "{}", function.name);
            assert!(guest.memory().all() == before, "{} wrote to memory at the limit", function.name);
        }
        guest.close("options", filled[needed - 1]).unwrap();
        assert_eq!(call.outcome(&mut guest), expected, "{} after a closing", function.name);
    }
}

pub(super) fn an_encryption_that_has_no_handle_for_its_tag_does_not_happen(guest: &mut Guest<'_>) {
    let (text, tag) = cast::sealed(guest);
    let mut guest = with_handles(guest, 64);
    let state = cast::open(&mut guest, "symmetric_state");
    let last = fill(&mut guest)[0];
    let len = cast::MESSAGE.len();
    refuses!(guest.symmetric_state_encrypt_detached(state, len, cast::MESSAGE), TooManyHandles);
    guest.close("options", last).unwrap();
    let (sealed, handle) =
        guest.symmetric_state_encrypt_detached(state, len, cast::MESSAGE).expect("the nonce is not spent");
    assert_eq!((sealed, guest.symmetric_tag_pull(handle, 16)), (text, Ok(tag)));
}

pub(super) fn an_encryption_that_has_no_handle_for_its_tag_writes_nothing(guest: &mut Guest<'_>) {
    let mut guest = with_handles(guest, 64);
    let state = cast::open(&mut guest, "symmetric_state");
    fill(&mut guest);
    let memory = guest.memory();
    let (out, len) = (memory.own(), cast::MESSAGE.len());
    let (data, tag) = (out + 1024, memory.room(4));
    memory.write(out, &vec![0x55; len]);
    memory.write(data, cast::MESSAGE);
    let integers = [state.into(), out, len as i64, data, len as i64, tag];
    refuses!(memory.call("symmetric_state_encrypt_detached", &integers), TooManyHandles);
    assert_eq!(memory.read(out, len), vec![0x55; len], "the buffer is as it was");
}

pub(super) fn a_limit_on_bytes_is_kept_and_room_comes_back(guest: &mut Guest<'_>) {
    let mut guest = with_bytes(guest, 4096);
    let [first, second] = [3_000, 1_000].map(|len| {
        let options = guest.options_open(SYMMETRIC).unwrap();
        guest.options_set(options, "context", &vec![1; len]).unwrap();
        options
    });
    // Whatever holds bytes is held to the one limit.
    refuses!(guest.options_set(second, "salt", &[2; 2_000]), Overflow);
    refuses!(guest.options_set(second, "context", &[2; 2_000]), Overflow);
    refuses!(guest.symmetric_key_import("HMAC/SHA-256", &[2; 2_000]), Overflow);
    let state = cast::open(&mut guest, "symmetric_state");
    refuses!(guest.symmetric_state_absorb(state, &[2; 2_000]), Overflow);
    let signing = cast::open(&mut guest, "signature_state");
    refuses!(guest.signature_state_update(signing, &[2; 2_000]), Overflow);
    let verifying = cast::open(&mut guest, "signature_verification_state");
    refuses!(guest.signature_verification_state_update(verifying, &[2; 2_000]), Overflow);

    // What was refused changed nothing: no additional data was absorbed, and the option has its value.
    let text = guest.symmetric_state_encrypt_detached(state, cast::MESSAGE.len(), cast::MESSAGE).unwrap().0;
    assert_eq!(text, cast::sealed(&mut guest).0);
    guest.close("options", first).unwrap();
    let opened = guest.symmetric_state_open("SHA-256", None, Some(second)).unwrap();
    assert_eq!(guest.symmetric_state_options_get(opened, "context", 1_000).unwrap(), vec![1; 1_000]);
    refuses!(guest.symmetric_state_options_get(opened, "salt", 2_000), OptionNotSet);

    let key = guest.symmetric_key_import("HMAC/SHA-256", &[2; 2_000]).expect("room again");
    let export = |guest: &mut Guest<'_>| guest.symmetric_key_output(key);
    refuses!(export(&mut guest), Overflow, "a second copy");
    guest.close("options", second).unwrap();
    guest.close("symmetric_state", opened).unwrap();
    let output = export(&mut guest).expect("room again");
    refuses!(export(&mut guest), Overflow, "a third copy");
    assert_eq!(guest.pull(output).unwrap(), vec![2; 2_000]);
    export(&mut guest).expect("an output that was pulled holds nothing");
}

pub(super) fn reading_an_option_takes_no_room(guest: &mut Guest<'_>) {
    let mut guest = with_bytes(guest, 4096);
    let options = guest.options_open(SYMMETRIC).unwrap();
    guest.options_set(options, "context", &[1; 4_000]).unwrap();
    let state = guest.symmetric_state_open("SHA-256", None, Some(options)).unwrap();
    // The value is held once, and stays so.
    assert_eq!(guest.symmetric_state_options_get(state, "context", 4_000), Ok(vec![1; 4_000]));
}

pub(super) fn a_message_that_would_be_too_long_is_refused_and_not_taken_in_part(guest: &mut Guest<'_>) {
    let mut small = with_bytes(guest, 4096);
    let state = cast::open(&mut small, "signature_state");
    let mut taken = cast::MESSAGE.to_vec();
    let piece = |turn: u8| vec![turn; 300];
    let refused = (0..100).find(|turn| match small.signature_state_update(state, &piece(*turn)) {
        Ok(()) => {
            taken.extend(piece(*turn));
            false
        }
        refused => {
            refuses!(refused, Overflow);
            true
        }
    });
    assert!(refused.is_some() && taken.len() > 300, "{} bytes were taken", taken.len());
    let signature = small.signature_state_sign(state).unwrap();
    let signature = small.export("signature", signature, RAW).unwrap();

    // The signature is of exactly what was granted.
    let public = cast::open(guest, "publickey");
    let signature = guest.signature_import("Ed25519", &signature, RAW).unwrap();
    guest.verify(public, &taken, signature).unwrap();

    small.close("signature_state", state).unwrap();
    let state = cast::open(&mut small, "signature_state");
    small.signature_state_update(state, &[0; 3_000]).expect("room again");
}

/// Exports and the like go into outputs, which count beyond a few dozen bytes.
pub(super) fn an_output_that_there_is_no_room_for_is_an_overflow(guest: &mut Guest<'_>) {
    let mut guest = with_bytes(guest, 100);
    let name = "ECDSA_P384_SHA384";
    let pair = guest.keypair_generate(SIGNATURES, name, None).unwrap();
    let (public, secret) = (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap());
    let signature = guest.sign(pair, b"message").unwrap();
    // PKCS#8, SubjectPublicKeyInfo, and two integers of 48 bytes.
    for (kind, handle, encoding) in [
        ("keypair", pair, PKCS8),
        ("publickey", public, PKCS8),
        ("secretkey", secret, PKCS8),
        ("signature", signature, RAW),
    ] {
        for _ in 0..3 {
            refuses!(guest.export(kind, handle, encoding), Overflow, "{kind}");
        }
    }
    guest.export("secretkey", secret, RAW).expect("48 bytes are free");
    // A second signature of 96 bytes, made or imported.
    refuses!(guest.sign(pair, b"message"), Overflow);
    refuses!(guest.signature_import(name, &[1; 96], RAW), Overflow);
    guest.close("signature", signature).unwrap();
    guest.sign(pair, b"message").unwrap();
}

pub(super) fn a_copy_that_there_is_no_room_for_is_an_overflow(guest: &mut Guest<'_>) {
    let mut guest = with_bytes(guest, 150);
    let state = cast::open(&mut guest, "symmetric_state");
    guest.symmetric_state_absorb(state, &[1; 100]).unwrap();
    refuses!(guest.symmetric_state_clone(state), Overflow);
    // The original is as it was.
    let sealed = guest.symmetric_state_encrypt(state, 20, b"text").unwrap();
    assert_eq!(guest.symmetric_state_decrypt(state, 4, &sealed).unwrap(), b"text");
}

pub(super) fn an_encapsulation_that_there_is_no_room_for_is_an_overflow(guest: &mut Guest<'_>) {
    if guest.lacks(cast::KEM) {
        return;
    }
    let mut guest = with_bytes(guest, 200 << 10);
    let pair = guest.keypair_generate(KEY_EXCHANGE, cast::KEM, None).unwrap();
    let public = guest.keypair_publickey(pair).unwrap();
    // As much of what is left as is larger than half an encapsulation.
    let filler = guest.options_open(SYMMETRIC).unwrap();
    let fits = |guest: &mut Guest<'_>, len: &usize| guest.options_set(filler, "context", &vec![1; *len]).is_ok();
    let len = (0..200 << 10).rev().step_by(512).find(|len| fits(&mut guest, len)).expect("a key is smaller");
    for _ in 0..3 {
        refuses!(guest.kx_encapsulate(public), Overflow, "beside {len} bytes");
    }
    guest.close("options", filler).unwrap();
    guest.kx_encapsulate(public).expect("room again");
}

/// What libraries make of RSA and lattice keys is large enough to count.
pub(super) fn a_key_that_there_is_no_room_for_is_an_overflow(guest: &mut Guest<'_>) {
    let heavy = |algorithm: &Algorithm| algorithm.name.starts_with("ML-DSA") || algorithm.name.starts_with("RSA_");
    for algorithm in served(guest).into_iter().filter(heavy) {
        let Algorithm { name, kind, .. } = algorithm;
        let keys = algorithm.key(guest);
        let (der, public) = (guest.export("secretkey", keys.secret, PKCS8).unwrap(), keys.public);
        let public = guest.export("publickey", public, PKCS8).unwrap();

        let mut narrow = with_bytes(guest, 1000);
        refuses!(narrow.keypair_generate(kind, name, None), Overflow, "{name}");
        for (key, encoded) in [("keypair", &der), ("secretkey", &der), ("publickey", &public)] {
            refuses!(narrow.import(key, kind, name, encoded, PKCS8), Overflow, "{name} {key}");
        }
        // Room comes back with the last handle that needs it, and never for what was refused.
        let mut wide = with_bytes(guest, 1 << 20);
        let mut open = Vec::new();
        while let Ok(secret) = wide.import("secretkey", kind, name, &der, PKCS8) {
            open.push(secret);
        }
        assert!(open.len() > 1 && open.len() < 1000, "{name}: {} keys in a MiB", open.len());
        // A public half may be smaller.
        while wide.publickey_from_secretkey(open[0]).is_ok() {}
        refuses!(wide.publickey_from_secretkey(open[0]), Overflow, "{name}");
        wide.close("secretkey", open.pop().unwrap()).unwrap();
        let derived = wide.publickey_from_secretkey(open[0]).unwrap();
        refuses!(wide.import("secretkey", kind, name, &der, PKCS8), Overflow, "{name}");
        wide.close("publickey", derived).unwrap();
        wide.import("secretkey", kind, name, &der, PKCS8).unwrap();
    }
}
