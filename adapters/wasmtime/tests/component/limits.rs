//! What a guest may use of the host, and how it comes back.

use hostcrypt_wasmtime::{Host, Limits, component::WasiCryptoCtx, host};
use wasmtime::Engine;

use super::{
    guest::{
        Guest, SIGNATURES, SYMMETRIC, Setup,
        errno::{OVERFLOW, TOO_MANY_HANDLES},
    },
    probe::Probe,
};

fn limited(change: impl FnOnce(&mut Limits)) -> Host {
    let mut limits = Limits::default();
    change(&mut limits);
    Host::builder(hostcrypt_wasmtime::backend()).limits(limits).build()
}

#[test]
fn resources_count_against_the_limit_on_handles_until_they_are_dropped_or_closed() {
    let mut guest = Guest::new(&limited(|limits| limits.handles = 2));
    let states = [guest.hash(""), guest.hash("")];
    assert_eq!(guest.state("SHA-256", None, None), Err(TOO_MANY_HANDLES));
    guest.drop("symmetric-state", states[0]);
    let again = guest.hash("");
    assert_eq!(guest.state("SHA-256", None, None), Err(TOO_MANY_HANDLES));
    guest.call("symmetric-state-close", &[&[again]]).unwrap();
    guest.call("symmetric-state-close", &[&[states[1]]]).unwrap();
    // What a refused call took room for is free again.
    for _ in 0..3 {
        guest.state("no such algorithm", None, None).unwrap_err();
    }
    guest.hash("");
    guest.hash("");
}

#[test]
fn a_dropped_resource_gives_back_its_bytes() {
    let mut guest = Guest::new(&host());
    let pair = guest.key_pair(SIGNATURES, "Ed25519");
    let before = guest.store.data().bytes_held();
    let state = guest.open("signature-state-open", &[&[pair]]);
    let message = guest.bytes([1; 10_000]);
    guest.call("signature-state-update", &[&[state], &message]).unwrap();
    assert!(guest.store.data().bytes_held() >= before + 10_000);
    guest.drop("signature-state", state);
    assert_eq!(guest.store.data().bytes_held(), before);
}

#[test]
fn a_limit_on_bytes_is_an_overflow_and_room_comes_back() {
    let mut guest = Guest::new(&limited(|limits| limits.bytes = 50_000));
    let pair = guest.key_pair(SIGNATURES, "Ed25519");
    let state = guest.open("signature-state-open", &[&[pair]]);
    let message = guest.bytes([1; 60_000]);
    assert_eq!(guest.call("signature-state-update", &[&[state], &message]), Err(OVERFLOW));
    let half = [message[0], 30_000];
    guest.call("signature-state-update", &[&[state], &half]).unwrap();
    // An output on its way to the guest counts, and no longer than to the next call.
    let aead = guest.aead(1);
    assert_eq!(guest.call("symmetric-state-encrypt", &[&[aead], &half]), Err(OVERFLOW));
    guest.drop("signature-state", state);
    for _ in 0..3 {
        let aead = guest.aead(1);
        assert_eq!(guest.get("symmetric-state-encrypt", &[&[aead], &half]).unwrap().len(), 30_016);
    }
}

#[test]
fn a_guest_at_its_limit_on_bytes_gets_what_the_host_holds_for_it() {
    let mut guest = Guest::new(&limited(|limits| limits.bytes = 10_000));
    let key = guest.key("HMAC/SHA-256", &[1; 4_000]);
    let output = guest.open("symmetric-key-export", &[&[key]]);
    assert_eq!(guest.pull(output), [1; 4_000]);
    guest.drop("symmetric-key", key);
    // A text with padding, which is encrypted in a buffer.
    let text = guest.bytes([2; 9_000]);
    let key = guest.key("AES-128-CBC", &[7; 16]);
    let options = guest.options(&[("nonce", &[3; 16])]);
    let state = guest.state("AES-128-CBC", Some(key), Some(options)).unwrap().handle();
    let sealed = guest.get("symmetric-state-encrypt", &[&[state], &text]).unwrap();
    let sealed = guest.bytes(sealed);
    assert_eq!(guest.get("symmetric-state-decrypt", &[&[state], &sealed, &[9_000]]).unwrap(), [2; 9_000]);
    // Digests and tags fit always.
    let pair = guest.key_pair(SIGNATURES, "Ed25519");
    let state = guest.open("signature-state-open", &[&[pair]]);
    let mut len = 8_192;
    while len > 0 {
        if guest.call("signature-state-update", &[&[state], &[text[0], len]]) == Err(OVERFLOW) {
            len /= 2;
        }
    }
    assert!(guest.store.data().bytes_held() > 10_000 - 32);
    let hash = guest.hash("");
    assert_eq!(guest.get("symmetric-state-squeeze", &[&[hash]]).unwrap().len(), 32);
}

#[test]
fn a_call_that_goes_over_too_many_bytes_is_an_overflow() {
    let mut guest = Guest::new(&limited(|limits| limits.call_bytes = 1000));
    let state = guest.hash("");
    let data = guest.bytes([1; 1001]);
    assert_eq!(guest.call("symmetric-state-absorb", &[&[state], &data]), Err(OVERFLOW));
    guest.call("symmetric-state-absorb", &[&[state], &[data[0], 1000]]).unwrap();
    // A text counts once, and its tag does not.
    let aead = guest.aead(1);
    assert_eq!(guest.call("symmetric-state-encrypt", &[&[aead], &data]), Err(OVERFLOW));
    let sealed = guest.get("symmetric-state-encrypt", &[&[aead], &[data[0], 1000]]).unwrap();
    let sealed = guest.bytes(sealed);
    assert_eq!(guest.get("symmetric-state-decrypt", &[&[aead], &sealed, &[1000]]).unwrap(), [1; 1000]);
    let batch = guest.elements(&[&[aead, data[0], 600], &[aead, data[0], 600]]);
    assert_eq!(guest.call("batch-symmetric-state-encrypt", &[&batch]), Err(OVERFLOW));
}

#[test]
fn wasmtimes_own_limits_are_above_those_of_the_guest() {
    // More handles than Wasmtime allows a store by default.
    let handles = 101_000;
    let mut guest = Guest::new(&limited(|limits| limits.handles = handles));
    guest.repeat(handles, "options-open", &[SYMMETRIC]);
    assert_eq!(guest.call("options-open", &[&[SYMMETRIC]]), Err(TOO_MANY_HANDLES));

    // A name, and as many bytes as a call may go over, which are more than Wasmtime lets one hand over.
    let mut guest = Guest::new(&host());
    let (state, most) = (guest.hash(""), Limits::default().call_bytes as u64);
    let [data, _] = guest.bytes(vec![0; Limits::default().call_bytes + 1]);
    guest.call("symmetric-state-absorb", &[&[state], &[data, most]]).unwrap();
    assert_eq!(guest.call("symmetric-state-absorb", &[&[state], &[data, most + 1]]), Err(OVERFLOW));
    // Elements that lie in one place, and are more together than there is memory.
    let aead = guest.aead(1);
    let batch = guest.elements(&[&[aead, data, most][..]; 10]);
    assert_eq!(guest.call("batch-symmetric-state-encrypt", &[&batch]), Err(OVERFLOW));
}

#[test]
fn a_guest_of_the_text_without_close_functions_is_served_as_well() {
    let probe = Probe::new(|name| !name.ends_with("-close"));
    let setup = Setup::<WasiCryptoCtx>::new(&Engine::default(), probe, |crypto| crypto);
    let mut guest = Guest::of(&setup, &limited(|limits| limits.handles = 1));
    for _ in 0..3 {
        let state = guest.hash("abc");
        assert_eq!(guest.get("symmetric-state-squeeze", &[&[state]]).unwrap().len(), 32);
        guest.drop("symmetric-state", state);
    }
}
