//! What each kind of function answers.

use std::sync::Arc;

use hostcrypt_wasmtime::{Host, Policy, host, store::MemoryStore};

use super::guest::{
    Guest, KEY_EXCHANGE, LATEST, RAW, SIGNATURES, SYMMETRIC,
    errno::{
        GUEST_ERROR, INVALID_LENGTH, INVALID_OPERATION, INVALID_TAG, KEY_REQUIRED, NONCE_REQUIRED, NOT_FOUND,
        OPTION_NOT_SET, OVERFLOW, PROHIBITED_OPERATION, UNSUPPORTED_ALGORITHM, UNSUPPORTED_FEATURE, UNSUPPORTED_OPTION,
        VERIFICATION_FAILED,
    },
    optional,
};

/// FIPS 180-4, example B.1.
pub(crate) const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_hash_is_squeezed_as_long_as_its_digest() {
    let mut guest = Guest::new(&host());
    let state = guest.hash("abc");
    assert_eq!(hex(&guest.get("symmetric-state-squeeze", &[&[state]]).unwrap()), ABC);
    let copy = guest.open("symmetric-state-clone", &[&[state]]);
    assert_eq!(hex(&guest.get("symmetric-state-squeeze", &[&[copy]]).unwrap()), ABC);
}

#[test]
fn what_is_squeezed_is_as_long_as_the_state_was_opened_for() {
    let mut guest = Guest::new(&host());
    let name = guest.bytes("HKDF-EXTRACT/SHA-256");
    let raw = guest.bytes([1; 32]);
    let key = guest.open("symmetric-key-import", &[&name, &raw]);
    let extract = guest.state("HKDF-EXTRACT/SHA-256", Some(key), None).unwrap().handle();
    let name = guest.bytes("HKDF-EXPAND/SHA-256");
    let key = guest.open("symmetric-state-squeeze-key", &[&[extract], &name]);
    let squeeze = |guest: &mut Guest, len: Option<u64>| {
        let options = guest.open("options-open", &[&[SYMMETRIC]]);
        if let Some(len) = len {
            let name = guest.bytes("output_len");
            guest.call("options-set-u64", &[&[options], &name, &[len]]).unwrap();
        }
        let state = guest.state("HKDF-EXPAND/SHA-256", Some(key), Some(options)).unwrap().handle();
        let name = guest.bytes("output_len");
        let told = guest.call("symmetric-state-options-get-u64", &[&[state], &name]).map(|value| value.u64(0));
        assert_eq!(told, len.ok_or(OPTION_NOT_SET));
        guest.get("symmetric-state-squeeze", &[&[state]])
    };
    let whole = squeeze(&mut guest, Some(100)).unwrap();
    assert_eq!(whole.len(), 100);
    assert_eq!(squeeze(&mut guest, None).unwrap(), whole[..32]);
    assert_eq!(squeeze(&mut guest, Some(0)), Ok(Vec::new()));
    assert_eq!(squeeze(&mut guest, Some(255 * 32)).unwrap().len(), 255 * 32);
    assert_eq!(squeeze(&mut guest, Some(255 * 32 + 1)), Err(INVALID_LENGTH));
    assert_eq!(squeeze(&mut guest, Some(u64::MAX)), Err(INVALID_LENGTH));
}

#[test]
fn a_session_gives_as_much_as_it_was_opened_for_and_32_bytes_by_default() {
    let mut guest = Guest::new(&host());
    for (chosen, len) in [(None, 32), (Some(1000), 1000), (Some(0), 0)] {
        let options = guest.open("options-open", &[&[SYMMETRIC]]);
        if let Some(chosen) = chosen {
            let name = guest.bytes("output_len");
            guest.call("options-set-u64", &[&[options], &name, &[chosen]]).unwrap();
        }
        let state = guest.state("XOODYAK-128", None, Some(options)).unwrap().handle();
        let squeezed = guest.get("symmetric-state-squeeze", &[&[state]]).unwrap();
        assert_eq!(squeezed.len(), len);
        // The session rolls on.
        assert_eq!(squeezed == guest.get("symmetric-state-squeeze", &[&[state]]).unwrap(), len == 0);
    }
}

#[test]
fn a_text_that_is_encrypted_is_decrypted_again() {
    let mut guest = Guest::new(&host());
    let text = b"attack at dawn".as_slice();
    let (state, data) = (guest.aead(1), guest.bytes(text));
    let sealed = guest.get("symmetric-state-encrypt", &[&[state], &data]).unwrap();
    assert_eq!(sealed.len(), text.len() + 16);
    assert_eq!(guest.call("symmetric-state-encrypt", &[&[state], &data]), Err(NONCE_REQUIRED));
    let sealed_at = guest.bytes(&sealed);
    assert_eq!(guest.get("symmetric-state-decrypt", &[&[state], &sealed_at, &[14]]).unwrap(), text);
    assert_eq!(guest.call("symmetric-state-decrypt", &[&[state], &sealed_at, &[13]]), Err(OVERFLOW));
    assert_eq!(guest.call("symmetric-state-decrypt", &[&[state], &sealed_at, &[15]]), Err(INVALID_LENGTH));
    assert_eq!(guest.call("symmetric-state-decrypt", &[&[state], &[sealed_at[0], 15], &[0]]), Err(INVALID_TAG));

    let state = guest.aead(1);
    let value = guest.call("symmetric-state-encrypt-detached", &[&[state], &data]).unwrap();
    assert_eq!(guest.list(&value, 0), sealed[..14]);
    let tag = u64::from(value.u32(8));
    assert_eq!(guest.call("symmetric-tag-len", &[&[tag]]).unwrap().u32(0), 16);
    let expected = guest.bytes(&sealed[14..]);
    guest.call("symmetric-tag-verify", &[&[tag], &expected]).unwrap();
    assert_eq!(guest.call("symmetric-tag-verify", &[&[tag], &data]), Err(INVALID_TAG));
    assert_eq!(guest.get("symmetric-tag-pull", &[&[tag]]).unwrap(), sealed[14..]);
    let text_at = [sealed_at[0], 14];
    let decrypt =
        |guest: &mut Guest, tag: &[u64]| guest.get("symmetric-state-decrypt-detached", &[&[state], &text_at, tag]);
    assert_eq!(decrypt(&mut guest, &expected).unwrap(), text);
    assert_eq!(decrypt(&mut guest, &data), Err(INVALID_TAG));
    assert_eq!(guest.call("symmetric-state-max-tag-len", &[&[state]]).unwrap().u32(0), 16);
}

#[test]
fn a_signature_verifies_with_its_own_key_and_message() {
    let mut guest = Guest::new(&host());
    let pair = guest.key_pair(SIGNATURES, "Ed25519");
    let state = guest.open("signature-state-open", &[&[pair]]);
    let message = guest.bytes("a message");
    guest.call("signature-state-update", &[&[state], &message]).unwrap();
    let signature = guest.open("signature-state-sign", &[&[state]]);

    let public = guest.open("keypair-publickey", &[&[pair]]);
    let exported = guest.open("publickey-export", &[&[public], &[RAW]]);
    assert_eq!(guest.call("array-output-len", &[&[exported]]).unwrap().u32(0), 32);
    let (exported, name) = (guest.pull(exported), guest.bytes("Ed25519"));
    let exported = guest.bytes(exported);
    let public = guest.open("publickey-import", &[&[SIGNATURES], &name, &exported, &[RAW]]);
    guest.call("publickey-verify", &[&[public]]).unwrap();

    let exported = guest.open("signature-export", &[&[signature], &[RAW]]);
    let raw = guest.pull(exported);
    assert_eq!(raw.len(), 64);
    let raw = guest.bytes(raw);
    let signature = guest.open("signature-import", &[&name, &raw, &[RAW]]);

    let verify = guest.open("signature-verification-state-open", &[&[public]]);
    guest.call("signature-verification-state-update", &[&[verify], &message]).unwrap();
    guest.call("signature-verification-state-verify", &[&[verify], &[signature]]).unwrap();
    guest.call("signature-verification-state-update", &[&[verify], &message]).unwrap();
    let verified = guest.call("signature-verification-state-verify", &[&[verify], &[signature]]);
    assert_eq!(verified, Err(VERIFICATION_FAILED));
}

#[test]
fn keys_agree_on_a_secret() {
    let mut guest = Guest::new(&host());
    let pairs = [(); 2].map(|()| guest.key_pair(KEY_EXCHANGE, "X25519"));
    let publics = pairs.map(|pair| guest.open("keypair-publickey", &[&[pair]]));
    let secrets = pairs.map(|pair| guest.open("keypair-secretkey", &[&[pair]]));
    let again = guest.open("publickey-from-secretkey", &[&[secrets[1]]]);
    let one = guest.open("kx-dh", &[&[again], &[secrets[0]]]);
    let other = guest.open("kx-dh", &[&[publics[0]], &[secrets[1]]]);
    let shared = guest.pull(one);
    assert_eq!((shared.len(), &shared), (32, &guest.pull(other)));
    assert_eq!(guest.call("kx-encapsulate", &[&[publics[0]]]), Err(INVALID_OPERATION));
    let pair = guest.open("keypair-from-pk-and-sk", &[&[again], &[secrets[1]]]);
    let encoded = guest.open("keypair-export", &[&[pair], &[1]]);
    let encoded = guest.pull(encoded);
    let (name, encoded) = (guest.bytes("X25519"), guest.bytes(encoded));
    guest.open("keypair-import", &[&[KEY_EXCHANGE], &name, &encoded, &[1]]);
}

#[test]
fn a_secret_is_encapsulated_and_recovered() {
    let mut guest = Guest::new(&host());
    let pair = guest.key_pair(KEY_EXCHANGE, "ML-KEM-768");
    let (public, secret) = (guest.open("keypair-publickey", &[&[pair]]), guest.open("keypair-secretkey", &[&[pair]]));
    let made = guest.call("kx-encapsulate", &[&[public]]).unwrap();
    let [shared, encapsulation] = [0, 4].map(|at| guest.pull(made.u32(at).into()));
    let encapsulation = guest.bytes(encapsulation);
    let recovered = guest.open("kx-decapsulate", &[&[secret], &encapsulation]);
    assert_eq!((shared.len(), shared), (32, guest.pull(recovered)));
}

#[test]
fn wrong_input_is_an_error_code_and_no_trap() {
    let mut guest = Guest::new(&host());
    let (name, nothing) = (guest.bytes("no such algorithm"), guest.bytes(""));
    assert_eq!(guest.state("no such algorithm", None, None), Err(UNSUPPORTED_ALGORITHM));
    assert_eq!(guest.state("AES-256-GCM", None, None), Err(KEY_REQUIRED));
    assert_eq!(guest.call("symmetric-key-import", &[&name, &nothing]), Err(UNSUPPORTED_ALGORITHM));
    let not_utf_8 = guest.bytes([0xff; 3]);
    assert_eq!(guest.call("symmetric-key-import", &[&not_utf_8, &nothing]), Err(GUEST_ERROR));
    let set = guest.open("options-open", &[&[SYMMETRIC]]);
    assert_eq!(guest.call("options-set", &[&[set], &name, &nothing]), Err(UNSUPPORTED_OPTION));
    let buffer = guest.bytes("buffer");
    guest.call("options-set-guest-buffer", &[&[set], &buffer, &nothing]).unwrap();
    let state = guest.hash("");
    assert_eq!(guest.call("symmetric-state-max-tag-len", &[&[state]]), Err(INVALID_OPERATION));
    assert_eq!(guest.call("symmetric-state-ratchet", &[&[state]]), Err(INVALID_OPERATION));
    assert_eq!(guest.call("secrets-manager-open", &[&optional(None)]), Err(UNSUPPORTED_FEATURE));
    // A list out of memory is not the host's to answer.
    assert!(guest.try_call("symmetric-state-absorb", &[&[state], &[u64::from(u32::MAX), 1]]).is_err());
}

#[test]
fn options_reach_a_state() {
    let mut guest = Guest::new(&host());
    let state = guest.aead(9);
    let (nonce, salt) = (guest.bytes("nonce"), guest.bytes("salt"));
    assert_eq!(guest.get("symmetric-state-options-get", &[&[state], &nonce]).unwrap(), [9; 12]);
    assert_eq!(guest.call("symmetric-state-options-get", &[&[state], &salt]), Err(OPTION_NOT_SET));
}

#[test]
fn what_the_policy_forbids_is_prohibited_and_what_the_call_owned_is_gone() {
    let policy = Policy::new().forbid_functions(["symmetric_key_close", "symmetric_state_squeeze"]).unwrap();
    let host = Host::builder(hostcrypt_wasmtime::backend()).policy(policy).unwrap().build();
    let mut guest = Guest::new(&host);
    let key = guest.key("AES-256-GCM", &[7; 32]);
    assert_eq!(guest.call("symmetric-key-close", &[&[key]]), Err(PROHIBITED_OPERATION));
    assert!(guest.try_call("symmetric-key-close", &[&[key]]).is_err());
    let mut guest = Guest::new(&host);
    let state = guest.hash("abc");
    let states = guest.elements(&[&[state]]);
    assert_eq!(guest.call("symmetric-state-squeeze", &[&[state]]), Err(PROHIBITED_OPERATION));
    assert_eq!(guest.call("batch-symmetric-state-squeeze", &[&states]), Err(PROHIBITED_OPERATION));
}

#[test]
fn keys_and_secrets_are_kept_in_the_store() {
    let host = Host::builder(hostcrypt_wasmtime::backend()).key_store(Arc::new(MemoryStore::new())).build();
    let mut guest = Guest::new(&host);
    let manager = guest.open("secrets-manager-open", &[&optional(None)]);
    let key = guest.key("AES-256-GCM", &[7; 32]);
    let id = guest.get("symmetric-key-store-managed", &[&[manager], &[key]]).unwrap();
    let told = guest.call("symmetric-key-id", &[&[key]]).unwrap();
    // The identifier, and `specified(1)`.
    assert_eq!((guest.list(&told, 0), told.u32(8) & 0xff, told.u64(16)), (id.clone(), 3, 1));
    let id = guest.bytes(id);
    let next = guest.key("AES-256-GCM", &[8; 32]);
    let replaced = guest.call("symmetric-key-replace-managed", &[&[manager], &[key], &[next]]).unwrap();
    assert_eq!(replaced.u64(8), 2);
    let latest = guest.open("symmetric-key-from-id", &[&[manager], &id, LATEST]);
    assert_eq!(guest.call("symmetric-key-id", &[&[latest]]).unwrap().u64(16), 2);
    // A reserved number is never `latest`.
    let from_id =
        |guest: &mut Guest, version: &[u64]| guest.call("symmetric-key-from-id", &[&[manager], &id, version]).err();
    assert_eq!(from_id(&mut guest, &[3, 0xff00_0000_0000_0001]), Some(NOT_FOUND));
    assert_eq!(from_id(&mut guest, &[0, 0]), Some(NOT_FOUND));
    assert_eq!(from_id(&mut guest, &[3, 1]), None);
    guest.call("secrets-manager-invalidate", &[&[manager], &id, &[2, 0]]).unwrap();
    assert_eq!(from_id(&mut guest, LATEST), Some(NOT_FOUND));

    let name = guest.bytes("Ed25519");
    let pair = guest.open("keypair-generate-managed", &[&[manager], &[SIGNATURES], &name, &optional(None)]);
    let value = guest.call("keypair-id", &[&[pair]]).unwrap();
    let id = guest.list(&value, 0);
    let id = guest.bytes(id);
    guest.open("keypair-from-id", &[&[manager], &id, &[3, 1]]);

    let secret = guest.bytes("a secret");
    let never = [u64::MAX];
    let id = guest.get("external-secret-store", &[&[manager], &secret, &never]).unwrap();
    let id = guest.bytes(id);
    let found = guest.open("external-secret-from-id", &[&[manager], &id, LATEST]);
    assert_eq!(guest.pull(found), b"a secret");
    assert_eq!(guest.call("external-secret-replace", &[&[manager], &secret, &never]), Err(UNSUPPORTED_FEATURE));
    guest.call("external-secret-invalidate", &[&[manager], &id, LATEST]).unwrap();
    assert_eq!(guest.call("external-secret-from-id", &[&[manager], &id, LATEST]), Err(NOT_FOUND));
    let sealed = guest.open("external-secret-encapsulate", &[&[manager], &secret, &never]);
    let sealed = guest.pull(sealed);
    let sealed = guest.bytes(sealed);
    let opened = guest.open("external-secret-decapsulate", &[&[manager], &sealed]);
    assert_eq!(guest.pull(opened), b"a secret");
    guest.call("secrets-manager-close", &[&[manager]]).unwrap();
}
