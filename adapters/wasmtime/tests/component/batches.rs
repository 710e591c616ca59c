//! Batches: what each element answers, and what the call as a whole.

use hostcrypt_wasmtime::{Host, Limits, Policy, host};

use super::{
    guest::{
        Guest, SIGNATURES,
        errno::{
            INVALID_OPERATION, INVALID_TAG, OVERFLOW, PROHIBITED_OPERATION, SUCCESS, TOO_MANY_HANDLES,
            VERIFICATION_FAILED,
        },
    },
    operations::{ABC, hex},
};

/// The length in bytes of `tuple<list<u8>, crypto-errno>`.
const OUTPUT: u32 = 12;
/// Of `tuple<own<…>, crypto-errno>`.
const OPENED: u32 = 8;
/// Of `tuple<list<u8>, own<…>, crypto-errno>`.
const BOTH: u32 = 16;

#[test]
fn each_state_is_squeezed_in_order_and_one_that_cannot_be_fails_alone() {
    let mut guest = Guest::new(&host());
    let states = [guest.hash("abc"), guest.aead(1), guest.hash("abc")];
    let batch = guest.elements(&states.each_ref().map(std::slice::from_ref));
    let results = guest.results("batch-symmetric-state-squeeze", &[&batch], OUTPUT).unwrap();
    let results: Vec<_> = results.iter().map(|result| (hex(&guest.list(result, 0)), result.u32(8) as u8)).collect();
    let digest = (ABC.to_owned(), SUCCESS);
    assert_eq!(results, [digest.clone(), (String::new(), INVALID_OPERATION), digest]);
    assert_eq!(guest.results("batch-symmetric-state-squeeze", &[&[0, 0]], OUTPUT).unwrap(), []);
}

#[test]
fn texts_are_encrypted_and_decrypted_as_single_calls_would() {
    let mut guest = Guest::new(&host());
    let texts = [guest.bytes("one"), guest.bytes("another")];
    let states = [guest.aead(1), guest.aead(2)];
    let elements = [0, 1].map(|index| [&[states[index]][..], &texts[index]].concat());
    let batch = guest.elements(&elements.each_ref().map(Vec::as_slice));
    let results = guest.results("batch-symmetric-state-encrypt", &[&batch], OUTPUT).unwrap();
    let sealed: Vec<_> = results.iter().map(|result| (guest.list(result, 0), result.u32(8) as u8)).collect();
    for (index, (sealed, code)) in sealed.iter().enumerate() {
        let state = guest.aead(index as u8 + 1);
        let single = guest.get("symmetric-state-encrypt", &[&[state], &texts[index]]).unwrap();
        assert_eq!((sealed, *code), (&single, SUCCESS));
    }

    let sealed_at = sealed.iter().map(|(sealed, _)| guest.bytes(sealed)).collect::<Vec<_>>();
    let elements: Vec<_> = (0..2).map(|index| [&[states[index]][..], &sealed_at[index]].concat()).collect();
    let batch = guest.elements(&[&elements[0], &elements[1], &[states[0], sealed_at[1][0], sealed_at[1][1]]]);
    let results = guest.results("batch-symmetric-state-decrypt", &[&batch], OUTPUT).unwrap();
    let texts: Vec<_> = results.iter().map(|result| (guest.list(result, 0), result.u32(8) as u8)).collect();
    assert_eq!(texts, [(b"one".to_vec(), SUCCESS), (b"another".to_vec(), SUCCESS), (vec![], INVALID_TAG)]);

    let tag = [sealed_at[0][0] + 3, 16];
    let detached = [&[states[0], sealed_at[0][0], 3][..], &tag].concat();
    let wrong = [&[states[1], sealed_at[0][0], 3][..], &tag].concat();
    let batch = guest.elements(&[&detached, &wrong]);
    let results = guest.results("batch-symmetric-state-decrypt-detached", &[&batch], OUTPUT).unwrap();
    let texts: Vec<_> = results.iter().map(|result| (guest.list(result, 0), result.u32(8) as u8)).collect();
    assert_eq!(texts, [(b"one".to_vec(), SUCCESS), (vec![], INVALID_TAG)]);
}

#[test]
fn tags_are_resources_and_those_of_failed_elements_have_no_operation() {
    let mut guest = Guest::new(&host());
    let (text, hash) = (guest.bytes("one"), guest.hash(""));
    let aead = guest.aead(1);
    let batch = guest.elements(&[&[aead, text[0], text[1]], &[hash, text[0], text[1]]]);
    let results = guest.results("batch-symmetric-state-encrypt-detached", &[&batch], BOTH).unwrap();
    let codes: Vec<_> = results.iter().map(|result| result.u32(12) as u8).collect();
    assert_eq!(codes, [SUCCESS, INVALID_OPERATION]);
    assert_eq!((guest.list(&results[0], 0).len(), guest.list(&results[1], 0)), (3, vec![]));
    let [tag, failed] = [0, 1].map(|index| u64::from(results[index].u32(8)));
    assert_eq!(guest.get("symmetric-tag-pull", &[&[tag]]).unwrap().len(), 16);
    assert_eq!(guest.call("symmetric-tag-len", &[&[failed]]), Err(INVALID_OPERATION));
    assert_eq!(guest.call("symmetric-tag-pull", &[&[failed]]), Err(INVALID_OPERATION));

    let key = guest.key("HMAC/SHA-256", &[1; 32]);
    let mac = guest.state("HMAC/SHA-256", Some(key), None).unwrap().handle();
    let batch = guest.elements(&[&[hash], &[mac]]);
    let results = guest.results("batch-symmetric-state-squeeze-tag", &[&batch], OPENED).unwrap();
    let codes: Vec<_> = results.iter().map(|result| result.u32(4) as u8).collect();
    assert_eq!(codes, [INVALID_OPERATION, SUCCESS]);
    assert_eq!(guest.get("symmetric-tag-pull", &[&[results[1].handle()]]).unwrap().len(), 32);
    guest.drop("symmetric-tag", results[0].handle());
}

#[test]
fn signatures_of_a_batch_are_raw_and_verify() {
    let mut guest = Guest::new(&host());
    let pairs = ["Ed25519", "ECDSA_P256_SHA256"].map(|algorithm| guest.key_pair(SIGNATURES, algorithm));
    let states = pairs.map(|pair| guest.open("signature-state-open", &[&[pair]]));
    let batch = guest.elements(&states.each_ref().map(std::slice::from_ref));
    let results = guest.results("batch-signature-state-sign", &[&batch], OPENED).unwrap();
    let mut elements = Vec::new();
    for (index, algorithm) in ["Ed25519", "ECDSA_P256_SHA256"].into_iter().enumerate() {
        assert_eq!(results[index].u32(4) as u8, SUCCESS);
        let raw = guest.pull(results[index].handle());
        assert_eq!(raw.len(), 64);
        let (name, raw) = (guest.bytes(algorithm), guest.bytes(raw));
        let signature = guest.open("signature-import", &[&name, &raw, &[0]]);
        let public = guest.open("keypair-publickey", &[&[pairs[index]]]);
        let state = guest.open("signature-verification-state-open", &[&[public]]);
        elements.push([state, signature]);
    }
    let message = guest.bytes("another message");
    guest.call("signature-verification-state-update", &[&[elements[1][0]], &message]).unwrap();
    let batch = guest.elements(&[&elements[0], &elements[1]]);
    let value = guest.call("batch-signature-state-verify", &[&batch]).unwrap();
    assert_eq!(guest.list(&value, 0), [SUCCESS, VERIFICATION_FAILED]);
}

#[test]
fn an_element_without_room_for_its_handle_fails_alone_and_its_resource_counts_as_none() {
    let mut limits = Limits::default();
    limits.handles = 4;
    let mut guest = Guest::new(&Host::builder(hostcrypt_wasmtime::backend()).limits(limits).build());
    let key = guest.key("HMAC/SHA-256", &[1; 32]);
    let macs = [(); 2].map(|()| guest.state("HMAC/SHA-256", Some(key), None).unwrap().handle());
    let batch = guest.elements(&macs.each_ref().map(std::slice::from_ref));
    let results = guest.results("batch-symmetric-state-squeeze-tag", &[&batch], OPENED).unwrap();
    assert_eq!([0, 1].map(|index| results[index].u32(4) as u8), [SUCCESS, TOO_MANY_HANDLES]);
    // Closing it gives back no room that it never had.
    assert_eq!(guest.call("symmetric-tag-close", &[&[results[1].handle()]]), Err(INVALID_OPERATION));
    assert_eq!(guest.call("symmetric-state-squeeze-tag", &[&[macs[0]]]), Err(TOO_MANY_HANDLES));
    // A guest cannot pile up resources of failed elements.
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.extend(guest.results("batch-symmetric-state-squeeze-tag", &[&batch], OPENED).unwrap());
    }
    assert_eq!(guest.call("batch-symmetric-state-squeeze-tag", &[&batch]), Err(TOO_MANY_HANDLES));
    for failed in kept {
        guest.drop("symmetric-tag", failed.handle());
    }
    guest.results("batch-symmetric-state-squeeze-tag", &[&batch], OPENED).unwrap();
}

#[test]
fn a_batch_has_no_more_elements_than_a_guest_may_have_handles() {
    let mut limits = Limits::default();
    limits.handles = 50_000;
    let mut guest = Guest::new(&Host::builder(hostcrypt_wasmtime::backend()).limits(limits).build());
    let state = guest.hash("abc");
    let squeeze = |guest: &mut Guest, elements: usize| {
        let batch = guest.elements(&vec![&[state][..]; elements]);
        guest.results("batch-symmetric-state-squeeze", &[&batch], OUTPUT)
    };
    let results = squeeze(&mut guest, 50_000).unwrap();
    assert_eq!((results.len(), results[49_999].u32(4), results[49_999].u32(8) as u8), (50_000, 32, SUCCESS));
    assert_eq!(squeeze(&mut guest, 50_001), Err(TOO_MANY_HANDLES));
}

/// The errnos of signing with one state so many times in one batch.
fn signed(guest: &mut Guest, state: u64, times: usize) -> Vec<u8> {
    let batch = guest.elements(&vec![&[state][..]; times]);
    let results = guest.results("batch-signature-state-sign", &[&batch], OPENED).unwrap();
    results.iter().map(|result| result.u32(4) as u8).collect()
}

#[test]
fn a_policy_that_forbids_to_export_signatures_holds_for_batches() {
    let policy = Policy::new().forbid_functions(["signature_export"]).unwrap();
    let mut guest = Guest::new(&Host::builder(hostcrypt_wasmtime::backend()).policy(policy).unwrap().build());
    let pair = guest.key_pair(SIGNATURES, "Ed25519");
    let state = guest.open("signature-state-open", &[&[pair]]);
    assert_eq!(signed(&mut guest, state, 2), [PROHIBITED_OPERATION; 2]);
    guest.open("signature-state-sign", &[&[state]]);
}

/// A call cannot be interrupted. Each of these elements is a signature of 60 MiB.
#[test]
fn a_batch_begins_no_long_element_once_its_time_is_over() {
    let mut guest = Guest::new(&host());
    let pair = guest.key_pair(SIGNATURES, "Ed25519");
    let state = guest.open("signature-state-open", &[&[pair]]);
    let part = guest.bytes(vec![1; 1 << 20]);
    guest.repeat(60, "signature-state-update", &[state, part[0], part[1]]);

    let codes = signed(&mut guest, state, 1000);
    let done = codes.iter().take_while(|code| **code == SUCCESS).count();
    assert!((1..1000).contains(&done), "{done}");
    assert!(codes[done..].iter().all(|code| *code == OVERFLOW));
    // What was not begun may be passed again.
    assert_eq!(signed(&mut guest, state, 1), [SUCCESS]);
}
