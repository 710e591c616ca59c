//! How long objects live, and to which guest they belong.

use super::cast;
use crate::{
    Guest, Object,
    guest::{Answer, RAW, SYMMETRIC, refuses},
};

/// Opens an object of another and closes that.
fn orphan<'a>(
    guest: &mut Guest<'a>,
    source: &str,
    make: impl FnOnce(&mut Guest<'a>, Object) -> Answer<Object>,
) -> Object {
    let source_handle = cast::open(guest, source);
    let orphan = make(guest, source_handle).unwrap();
    cast::close(guest, source, source_handle).unwrap();
    orphan
}

pub(super) fn objects_outlive_what_they_were_opened_from(guest: &mut Guest<'_>) {
    // A cipher's state: its key and its options.
    let (text, tag) = cast::sealed(guest);
    let options = cast::open(guest, "options");
    let open = |guest: &mut Guest<'_>, key| guest.symmetric_state_open("AES-256-GCM", Some(key), Some(options));
    let state = orphan(guest, "symmetric_key", open);
    guest.close("options", options).unwrap();
    let (sealed, handle) = guest.symmetric_state_encrypt_detached(state, text.len(), cast::MESSAGE).unwrap();
    guest.close("symmetric_state", state).unwrap();
    assert_eq!((sealed, guest.symmetric_tag_pull(handle, tag.len())), (text, Ok(tag)));

    // An exported key.
    let output = orphan(guest, "symmetric_key", |guest, key| guest.symmetric_key_output(key));
    assert_eq!(guest.pull(output).unwrap(), cast::KEY);

    // Halves of a pair, and a pair of halves.
    let pair = orphan(guest, "publickey", |guest, public| {
        Ok(orphan(guest, "secretkey", |guest, secret| guest.keypair_from_pk_and_sk(public, secret)))
    });
    let secret = guest.keypair_secretkey(pair).unwrap();
    guest.close("keypair", pair).unwrap();
    assert_eq!(guest.export("secretkey", secret, RAW).unwrap(), cast::KEY);
    let public = orphan(guest, "keypair", Guest::keypair_publickey);

    // States of signatures, and a signature.
    let signing = orphan(guest, "keypair", Guest::signature_state_open);
    guest.signature_state_update(signing, cast::MESSAGE).unwrap();
    let signature = guest.signature_state_sign(signing).unwrap();
    guest.close("signature_state", signing).unwrap();
    guest.verify(public, cast::MESSAGE, signature).unwrap();
    let verifying = orphan(guest, "publickey", Guest::signature_verification_state_open);
    guest.signature_verification_state_update(verifying, cast::MESSAGE).unwrap();
    guest.signature_verification_state_verify(verifying, signature).unwrap();
}

pub(super) fn options_that_change_do_not_reach_a_state_opened_before(guest: &mut Guest<'_>) {
    let (key, options) = (cast::open(guest, "symmetric_key"), cast::open(guest, "options"));
    let state = guest.symmetric_state_open("AES-256-GCM", Some(key), Some(options)).unwrap();
    guest.options_set(options, "nonce", &[4; 12]).unwrap();
    guest.options_set(options, "context", b"late").unwrap();
    guest.options_set_u64(options, "ops_limit", 99).unwrap();
    assert_eq!(guest.symmetric_state_options_get(state, "nonce", 12).unwrap(), cast::NONCE);
    refuses!(guest.symmetric_state_options_get(state, "context", 12), OptionNotSet);
    assert_eq!(guest.symmetric_state_options_get_u64(state, "ops_limit").unwrap(), cast::OPS_LIMIT);
    let (text, _) = guest.symmetric_state_encrypt_detached(state, cast::MESSAGE.len(), cast::MESSAGE).unwrap();
    assert_eq!(text, cast::sealed(guest).0);

    let later = guest.symmetric_state_open("AES-256-GCM", Some(key), Some(options)).unwrap();
    assert_eq!(guest.symmetric_state_options_get(later, "nonce", 12).unwrap(), [4; 12]);
    assert_eq!(guest.symmetric_state_options_get_u64(later, "ops_limit").unwrap(), 99);
}

pub(super) fn two_guests_share_no_handles(guest: &mut Guest<'_>) {
    let mut neighbour = guest.neighbour();
    for kind in cast::kinds(guest) {
        let handle = cast::open(guest, kind);
        if cast::closer(kind).is_some() {
            refuses!(neighbour.close(kind, handle), InvalidHandle, "{kind}");
        }
        refuses!(neighbour.options_set_u64(handle, "ops_limit", 1), InvalidHandle, "{kind}");
        refuses!(neighbour.array_output_len(handle), InvalidHandle, "{kind}");
        refuses!(neighbour.symmetric_tag_len(handle), InvalidHandle, "{kind}");
        refuses!(neighbour.export("publickey", handle, RAW), InvalidHandle, "{kind}");
    }
}

pub(super) fn what_one_guest_closes_stays_open_in_another(guest: &mut Guest<'_>) {
    let (mut left, mut right) = (guest.neighbour(), guest.neighbour());
    // The same openings on both sides, with values that tell them apart.
    let open = |guest: &mut Guest<'_>, value: u64| {
        let options = guest.options_open(SYMMETRIC).unwrap();
        guest.options_set_u64(options, "ops_limit", value).unwrap();
        (options, guest.symmetric_state_open("SHA-256", None, Some(options)).unwrap())
    };
    let ((left_options, left_state), (right_options, right_state)) = (open(&mut left, 1), open(&mut right, 2));
    assert_eq!(left.symmetric_state_options_get_u64(left_state, "ops_limit"), Ok(1));
    left.close("options", left_options).unwrap();
    left.close("symmetric_state", left_state).unwrap();
    assert_eq!(right.symmetric_state_options_get_u64(right_state, "ops_limit"), Ok(2));
    drop(left);
    right.options_set_u64(right_options, "ops_limit", 3).unwrap();
    assert_eq!(right.symmetric_state_options_get_u64(right_state, "ops_limit"), Ok(2));
}
