//! Many elements in one call: each is answered as a call of its own would be.

use hostcrypt::{Limits, Policy};

use super::{algorithms::served, behaviours, handles::cast};
use crate::{
    Argument, Element, Guest, Object, Value,
    guest::{RAW, SIGNATURES, refuses},
};

behaviours!("batch":
    each_element_has_the_result_of_a_call_of_its_own [needs Batches],
    signatures_of_a_batch_are_raw_and_those_of_others_do_not_verify [needs Batches],
    an_element_that_fails_fails_alone [needs Batches],
    elements_run_in_order_on_one_state_too [needs Batches],
    an_object_of_a_failed_element_has_no_operation [needs Batches],
    an_element_without_room_for_its_object_fails_alone [needs Batches],
    a_batch_without_elements_has_no_results [needs Batches],
    a_batch_that_is_forbidden_or_too_long_is_refused_as_a_whole [needs Batches],
);

/// The bytes of an element that succeeded.
fn text(result: &Element) -> &[u8] {
    match (&result.values[..], result.answer) {
        ([Value::Bytes(bytes), ..], Ok(())) => bytes,
        other => panic!("no bytes, but {other:?}"),
    }
}

fn bytes(results: &[Element]) -> Vec<&[u8]> {
    results.iter().map(text).collect()
}

/// The object of an element, whatever became of it.
fn object(result: &Element) -> Object {
    let object = result.values.iter().find_map(|value| match value {
        Value::Object(object) => Some(*object),
        _ => None,
    });
    object.unwrap_or_else(|| panic!("no object, but {result:?}"))
}

/// Elements of one state each.
fn states(states: &[Object]) -> Vec<Vec<Argument<'static>>> {
    states.iter().map(|state| vec![Argument::Object(*state)]).collect()
}

/// Independent states of AES-256-GCM under one key and nonce.
fn aeads<const N: usize>(guest: &mut Guest<'_>) -> [Object; N] {
    [(); N].map(|()| cast::open(guest, "symmetric_state"))
}

const TEXTS: [&[u8]; 3] = [b"one", b"", &[7; 1000]];

fn each_element_has_the_result_of_a_call_of_its_own(guest: &mut Guest<'_>) {
    let hashes = TEXTS.map(|text| {
        let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
        guest.symmetric_state_absorb(state, text).unwrap();
        state
    });
    let squeezed = guest.batch("batch_symmetric_state_squeeze", &states(&hashes)).unwrap();
    let single = hashes.map(|state| guest.symmetric_state_squeeze(state, 32).unwrap());
    assert_eq!(bytes(&squeezed), single);

    let macs = [(); 3].map(|()| cast::keyed(guest, "HMAC/SHA-256"));
    for result in guest.batch("batch_symmetric_state_squeeze_tag", &states(&macs)).unwrap() {
        let tag = guest.symmetric_tag_pull(object(&result), 32).unwrap();
        let single = guest.symmetric_state_squeeze_tag(macs[0]).unwrap();
        guest.symmetric_tag_verify(single, &tag).unwrap();
    }

    let single = TEXTS.map(|text| {
        let state = cast::open(guest, "symmetric_state");
        guest.symmetric_state_encrypt(state, text.len() + 16, text).unwrap()
    });
    let [sealing, detached] = [(); 2].map(|()| aeads::<3>(guest));
    let with = |states: [Object; 3], texts: [&'static [u8]; 3]| {
        states.into_iter().zip(texts).map(|(state, text)| vec![state.into(), text.into()]).collect::<Vec<_>>()
    };
    let sealed = guest.batch("batch_symmetric_state_encrypt", &with(sealing, TEXTS)).unwrap();
    assert_eq!(bytes(&sealed), single);
    let apart = guest.batch("batch_symmetric_state_encrypt_detached", &with(detached, TEXTS)).unwrap();
    let tags: Vec<_> = apart.iter().map(|result| guest.symmetric_tag_pull(object(result), 16).unwrap()).collect();
    let joined: Vec<_> = bytes(&apart).into_iter().zip(&tags).map(|(text, tag)| [text, &tag[..]].concat()).collect();
    assert_eq!(joined, single);

    let [opening, opening_apart] = [(); 2].map(|()| aeads::<3>(guest));
    let whole: Vec<_> =
        opening.iter().zip(&single).map(|(state, text)| vec![(*state).into(), text[..].into()]).collect();
    let opened = guest.batch("batch_symmetric_state_decrypt", &whole).unwrap();
    assert_eq!(bytes(&opened), TEXTS);
    let texts = bytes(&apart);
    let parts = opening_apart.iter().zip(texts).zip(&tags);
    let parts: Vec<_> = parts.map(|((state, text), tag)| vec![(*state).into(), text.into(), tag[..].into()]).collect();
    let opened = guest.batch("batch_symmetric_state_decrypt_detached", &parts).unwrap();
    assert_eq!(bytes(&opened), TEXTS);
}

fn signatures_of_a_batch_are_raw_and_those_of_others_do_not_verify(guest: &mut Guest<'_>) {
    let signers: Vec<_> = served(guest).into_iter().filter(|algorithm| algorithm.kind == SIGNATURES).collect();
    let keys: Vec<_> = signers.iter().map(|algorithm| algorithm.key(guest)).collect();
    let signing: Vec<_> = keys.iter().map(|keys| guest.signature_state_open(keys.pair).unwrap()).collect();
    for state in &signing {
        guest.signature_state_update(*state, cast::MESSAGE).unwrap();
    }
    let signed = guest.batch("batch_signature_state_sign", &states(&signing)).unwrap();
    assert_eq!(signed.len(), signing.len());
    let mut elements = Vec::new();
    for ((algorithm, keys), result) in signers.iter().zip(&keys).zip(&signed) {
        assert_eq!(result.answer, Ok(()), "{}", algorithm.name);
        let raw = guest.pull(object(result)).unwrap();
        let signature = guest.signature_import(algorithm.name, &raw, RAW).unwrap();
        guest.verify(keys.public, cast::MESSAGE, signature).unwrap();
        let [right, empty] = [(); 2].map(|()| guest.signature_verification_state_open(keys.public).unwrap());
        guest.signature_verification_state_update(right, cast::MESSAGE).unwrap();
        elements.extend([right, empty].map(|state| vec![state.into(), signature.into()]));
    }
    // A signature of another algorithm.
    let (of_first, of_last): (Argument<'_>, Argument<'_>) = (elements[0][0], elements[elements.len() - 1][1]);
    elements.push(vec![of_first, of_last]);
    let mut verdicts = guest.batch("batch_signature_state_verify", &elements).unwrap();
    let stranger = verdicts.pop().expect("as many as elements");
    refuses!(stranger.answer, InvalidSignature);
    for (verdicts, algorithm) in verdicts.chunks(2).zip(&signers) {
        assert_eq!(verdicts[0].answer, Ok(()), "{}", algorithm.name);
        refuses!(verdicts[1].answer, VerificationFailed, "{}", algorithm.name);
    }
}

fn an_element_that_fails_fails_alone(guest: &mut Guest<'_>) {
    let [hash, other] = [(); 2].map(|()| cast::hash(guest));
    let [aead, mac] = [cast::open(guest, "symmetric_state"), cast::keyed(guest, "HMAC/SHA-256")];
    let squeezed = guest.batch("batch_symmetric_state_squeeze", &states(&[hash, aead, mac, other])).unwrap();
    let digest = guest.symmetric_state_squeeze(hash, 32).unwrap();
    let is_digest =
        |result: &Element| *result == Element { values: vec![Value::Bytes(digest.clone())], answer: Ok(()) };
    assert!(is_digest(&squeezed[0]) && is_digest(&squeezed[3]), "{squeezed:?}");
    for failed in &squeezed[1..3] {
        refuses!(failed.answer, InvalidOperation);
        assert_eq!(failed.values, [Value::Bytes(Vec::new())]);
    }
    let (text, tag) = cast::sealed(guest);
    let sealed = [&text[..], &tag].concat();
    let [right, wrong, short] = aeads(guest);
    let elements = [
        vec![right.into(), sealed[..].into()],
        vec![wrong.into(), text[..].into()],
        vec![short.into(), tag[..15].into()],
        vec![hash.into(), sealed[..].into()],
    ];
    let opened = guest.batch("batch_symmetric_state_decrypt", &elements).unwrap();
    assert_eq!(opened[0], Element { values: vec![Value::Bytes(cast::MESSAGE.to_vec())], answer: Ok(()) });
    refuses!(opened[1].answer, InvalidTag);
    refuses!(opened[2].answer, InvalidTag);
    refuses!(opened[3].answer, InvalidOperation);
    assert!(opened[1..].iter().all(|failed| failed.values == [Value::Bytes(Vec::new())]), "{opened:?}");
}

fn elements_run_in_order_on_one_state_too(guest: &mut Guest<'_>) {
    let state = cast::open(guest, "symmetric_state");
    let element = vec![state.into(), cast::MESSAGE.into()];
    let sealed = guest.batch("batch_symmetric_state_encrypt", &[element.clone(), element]).unwrap();
    let (text, tag) = cast::sealed(guest);
    assert_eq!(sealed[0], Element { values: vec![Value::Bytes([text, tag].concat())], answer: Ok(()) });
    refuses!(sealed[1].answer, NonceRequired);
    if guest.lacks(cast::SESSION) {
        return;
    }
    let [one, other] = [(); 2].map(|()| guest.symmetric_state_open(cast::SESSION, None, None).unwrap());
    let squeezed = guest.batch("batch_symmetric_state_squeeze", &states(&[one, one])).unwrap();
    let single = [(); 2].map(|()| guest.symmetric_state_squeeze(other, 32).unwrap());
    assert_eq!(bytes(&squeezed), single);
}

fn an_object_of_a_failed_element_has_no_operation(guest: &mut Guest<'_>) {
    let hash = cast::hash(guest);
    let elements = [vec![hash.into(), cast::MESSAGE.into()], vec![hash.into(), cast::MESSAGE.into()]];
    let failed = guest.batch("batch_symmetric_state_encrypt_detached", &elements).unwrap();
    for result in &failed {
        refuses!(result.answer, InvalidOperation);
        assert_eq!(result.values[0], Value::Bytes(Vec::new()));
    }
    let [tag, other] = [object(&failed[0]), object(&failed[1])];
    refuses!(guest.symmetric_tag_len(tag), InvalidOperation);
    refuses!(guest.symmetric_tag_verify(tag, &[0; 16]), InvalidOperation);
    refuses!(guest.symmetric_tag_pull(tag, 16), InvalidOperation);
    refuses!(guest.close("symmetric_tag", other), InvalidOperation);
}

fn an_element_without_room_for_its_object_fails_alone(guest: &mut Guest<'_>) {
    let mut limits = Limits::default();
    limits.handles = 4;
    let mut guest = guest.set_up(limits);
    // A key, and two states that hold it.
    let [one, other] = {
        let key = guest.symmetric_key_import("HMAC/SHA-256", &cast::KEY).unwrap();
        [(); 2].map(|()| guest.symmetric_state_open("HMAC/SHA-256", Some(key), None).unwrap())
    };
    let tags = guest.batch("batch_symmetric_state_squeeze_tag", &states(&[one, other])).unwrap();
    assert_eq!(tags[0].answer, Ok(()));
    refuses!(tags[1].answer, TooManyHandles);
    // The failed one has no room that it could give back.
    refuses!(guest.close("symmetric_tag", object(&tags[1])), InvalidOperation);
    refuses!(guest.symmetric_state_squeeze_tag(one), TooManyHandles);
    guest.symmetric_tag_pull(object(&tags[0]), 32).unwrap();
    guest.symmetric_state_squeeze_tag(one).unwrap();
}

const ALL_FUNCTIONS: [&str; 8] = [
    "batch_signature_state_sign",
    "batch_signature_state_verify",
    "batch_symmetric_state_decrypt",
    "batch_symmetric_state_decrypt_detached",
    "batch_symmetric_state_encrypt",
    "batch_symmetric_state_encrypt_detached",
    "batch_symmetric_state_squeeze",
    "batch_symmetric_state_squeeze_tag",
];

fn a_batch_without_elements_has_no_results(guest: &mut Guest<'_>) {
    for function in ALL_FUNCTIONS {
        assert_eq!(guest.batch(function, &[]), Ok(Vec::new()), "{function}");
    }
}

fn a_batch_that_is_forbidden_or_too_long_is_refused_as_a_whole(guest: &mut Guest<'_>) {
    // Under the name of the function that each element calls.
    for function in ALL_FUNCTIONS {
        let single = match function.trim_start_matches("batch_") {
            "signature_state_verify" => "signature_verification_state_verify",
            single => single,
        };
        let mut forbidden = guest.set_up(Policy::new().forbid_functions([single]).unwrap());
        refuses!(forbidden.batch(function, &[]), ProhibitedOperation, "{function}");
    }
    let mut limits = Limits::default();
    limits.call_bytes = 1000;
    let mut guest = guest.set_up(limits);
    let states = aeads::<2>(&mut guest);
    let texts = [&[1; 600][..]; 2];
    let elements: Vec<_> = states.into_iter().zip(texts).map(|(state, text)| vec![state.into(), text.into()]).collect();
    refuses!(guest.batch("batch_symmetric_state_encrypt", &elements), Overflow);
    // No nonce is spent.
    let sealed = guest.batch("batch_symmetric_state_encrypt", &elements[..1]).unwrap();
    assert_eq!(bytes(&sealed)[0].len(), 616);
    guest.symmetric_state_encrypt(states[1], 616, texts[1]).unwrap();
}
