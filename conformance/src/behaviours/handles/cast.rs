//! One object of each kind, made of fixed material, so that two of a kind do the same.

use crate::{
    Guest, Object,
    guest::{Answer, RAW, SIGNATURES},
};

/// Every kind of object that both revisions call the same, as the names of its functions begin.
pub(in crate::behaviours) const KINDS: [&str; 11] = [
    "options",
    "array_output",
    "keypair",
    "publickey",
    "secretkey",
    "signature",
    "signature_state",
    "signature_verification_state",
    "symmetric_key",
    "symmetric_state",
    "symmetric_tag",
];

/// Every kind of object.
pub(in crate::behaviours) fn kinds(guest: &Guest<'_>) -> impl Iterator<Item = &'static str> + use<> {
    KINDS.into_iter().chain([guest.manager_kind()])
}

/// What is encrypted, signed and authenticated.
pub(in crate::behaviours) const MESSAGE: &[u8] = b"What one guest says is no other guest's.";
pub(in crate::behaviours) const KEY: [u8; 32] = [7; 32];
pub(in crate::behaviours) const NONCE: [u8; 12] = [3; 12];
/// A mechanism that encapsulates, and a mode that can forget, where the host has them.
pub(in crate::behaviours) const KEM: &str = "ML-KEM-768";
pub(in crate::behaviours) const SESSION: &str = "XOODYAK-128";
/// The `ops_limit` of the option sets.
pub(in crate::behaviours) const OPS_LIMIT: u64 = 3;

/// Opens an object; what it is made of stays open as well.
pub(in crate::behaviours) fn open(guest: &mut Guest<'_>, kind: &str) -> Object {
    try_open(guest, kind).unwrap_or_else(|refusal| panic!("no {kind} can be opened: {refusal:?}"))
}

fn try_open(guest: &mut Guest<'_>, kind: &str) -> Answer<Object> {
    match kind {
        "options" => {
            let options = guest.nonce(&NONCE);
            guest.options_set_u64(options, "ops_limit", OPS_LIMIT)?;
            Ok(options)
        }
        "array_output" => {
            let key = open(guest, "symmetric_key");
            guest.symmetric_key_output(key)
        }
        "keypair" => {
            let (public, secret) = (open(guest, "publickey"), open(guest, "secretkey"));
            guest.keypair_from_pk_and_sk(public, secret)
        }
        "publickey" => {
            let secret = open(guest, "secretkey");
            guest.publickey_from_secretkey(secret)
        }
        "secretkey" => guest.import("secretkey", SIGNATURES, "Ed25519", &KEY, RAW),
        "signature" => {
            let state = open(guest, "signature_state");
            guest.signature_state_sign(state)
        }
        "signature_state" => {
            let pair = open(guest, "keypair");
            let state = guest.signature_state_open(pair)?;
            guest.signature_state_update(state, MESSAGE)?;
            Ok(state)
        }
        "signature_verification_state" => {
            let public = open(guest, "publickey");
            let state = guest.signature_verification_state_open(public)?;
            guest.signature_verification_state_update(state, MESSAGE)?;
            Ok(state)
        }
        "symmetric_key" => guest.symmetric_key_import("AES-256-GCM", &KEY),
        "symmetric_state" => {
            let (key, options) = (open(guest, "symmetric_key"), open(guest, "options"));
            guest.symmetric_state_open("AES-256-GCM", Some(key), Some(options))
        }
        "symmetric_tag" => {
            let state = keyed(guest, "HMAC/SHA-256");
            guest.symmetric_state_squeeze_tag(state)
        }
        "key_manager" | "secrets_manager" => guest.manager_open(None),
        _ => panic!("no such kind: {kind}"),
    }
}

/// A state of a keyed algorithm without options, which has absorbed the message.
pub(in crate::behaviours) fn keyed(guest: &mut Guest<'_>, algorithm: &str) -> Object {
    let key = guest.symmetric_key_import(algorithm, &KEY).unwrap();
    let state = guest.symmetric_state_open(algorithm, Some(key), None).unwrap();
    guest.symmetric_state_absorb(state, MESSAGE).unwrap();
    state
}

/// A state of SHA-256 that has absorbed the message.
pub(in crate::behaviours) fn hash(guest: &mut Guest<'_>) -> Object {
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    guest.symmetric_state_absorb(state, MESSAGE).unwrap();
    state
}

/// The message as a state of the cast encrypts it, and its tag.
pub(in crate::behaviours) fn sealed(guest: &mut Guest<'_>) -> (Vec<u8>, Vec<u8>) {
    let state = open(guest, "symmetric_state");
    let (text, tag) = guest.symmetric_state_encrypt_detached(state, MESSAGE.len(), MESSAGE).unwrap();
    let len = guest.symmetric_tag_len(tag).unwrap() as usize;
    (text, guest.symmetric_tag_pull(tag, len).unwrap())
}

/// The function that closes a kind; outputs have none, and close as they are pulled.
pub(in crate::behaviours) fn closer(kind: &str) -> Option<String> {
    (kind != "array_output").then(|| format!("{kind}_close"))
}

/// Closes an object, or pulls it.
pub(in crate::behaviours) fn close(guest: &mut Guest<'_>, kind: &str, handle: Object) -> Answer {
    match closer(kind) {
        Some(_) => guest.close(kind, handle),
        None => guest.pull(handle).map(drop),
    }
}
