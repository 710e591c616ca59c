//! External secrets that the guest keeps, sealed by the host.

use std::collections::HashSet;

use hostcrypt::{
    Policy,
    store::{Identifier, Kind, Name, Versions},
};

use super::{store, tenant};
use crate::{Guest, Keys, Setup, guest::refuses};

const SECRET: &[u8] = b"a token that opens another door";

pub(super) fn a_sealed_secret_comes_back_and_nothing_else_does(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let sealed = guest.external_secret_encapsulate(manager, SECRET, u64::MAX).unwrap();
    assert_eq!(guest.external_secret_decapsulate(manager, &sealed).unwrap(), SECRET);
    assert!(!sealed.windows(8).any(|window| SECRET.windows(8).any(|text| text == window)), "it can be read");
    // Another manager opens it as well, and again.
    guest.manager_close(manager).unwrap();
    let manager = guest.manager();
    assert_eq!(guest.external_secret_decapsulate(manager, &sealed).unwrap(), SECRET);
    for len in 0..sealed.len() {
        refuses!(guest.external_secret_decapsulate(manager, &sealed[..len]), VerificationFailed, "{len} bytes");
    }
    for more in [&[0][..], &[0xff; 100]] {
        let longer = [&sealed, more].concat();
        refuses!(guest.external_secret_decapsulate(manager, &longer), VerificationFailed);
    }
    refuses!(guest.external_secret_decapsulate(manager, &[1; 4096]), VerificationFailed);
}

pub(super) fn a_secret_is_sealed_afresh_each_time(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let sealed = guest.external_secret_encapsulate(manager, SECRET, u64::MAX).unwrap();
        // The encrypted secret alone, before its tag, differs as well.
        let end = sealed.len() - 16;
        assert!(seen.insert(sealed[end - SECRET.len()..end].to_vec()), "a nonce comes twice");
    }
}

pub(super) fn a_sealed_secret_that_is_altered_anywhere_fails_to_verify(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    // In the past: a changed expiry would show as another answer.
    for expires in [u64::MAX, 1] {
        let sealed = guest.external_secret_encapsulate(manager, SECRET, expires).unwrap();
        for index in 0..sealed.len() {
            for change in [1, 0x80, 0xff] {
                let mut altered = sealed.clone();
                altered[index] ^= change;
                let answer = guest.external_secret_decapsulate(manager, &altered);
                refuses!(answer, VerificationFailed, "byte {index} ^ {change:x}, expires {expires:x}");
            }
        }
    }
    // Parts of two do not make a third.
    let [one, other] = [SECRET, &[7; SECRET.len()]]
        .map(|secret| guest.external_secret_encapsulate(manager, secret, u64::MAX).unwrap());
    for cut in 1..one.len() {
        let mixed = [&one[..cut], &other[cut..]].concat();
        if mixed != one && mixed != other {
            refuses!(guest.external_secret_decapsulate(manager, &mixed), VerificationFailed, "cut at {cut}");
        }
    }
}

pub(super) fn what_another_namespace_sealed_fails_to_verify(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Default::default());
    let [mut left, mut right] = ["left", "right"].map(|namespace| tenant(guest, &store, namespace));
    let [left_manager, right_manager] = [left.manager(), right.manager()];
    let sealed = left.external_secret_encapsulate(left_manager, SECRET, u64::MAX).unwrap();
    refuses!(right.external_secret_decapsulate(right_manager, &sealed), VerificationFailed, "it has no key yet");
    right.external_secret_encapsulate(right_manager, SECRET, u64::MAX).unwrap();
    refuses!(right.external_secret_decapsulate(right_manager, &sealed), VerificationFailed);
    // A guest of the same namespace opens it, later too.
    drop(left);
    let mut later = tenant(guest, &store, "left");
    let manager = later.manager();
    assert_eq!(later.external_secret_decapsulate(manager, &sealed).unwrap(), SECRET);
    // Nor does a key open anything once the operator has invalidated it.
    let name = Name { namespace: "left", kind: Kind::Seal, identifier: Identifier::SEAL };
    store.invalidate(&name, Versions::All).unwrap();
    refuses!(later.external_secret_decapsulate(manager, &sealed), VerificationFailed);
    let again = later.external_secret_encapsulate(manager, SECRET, u64::MAX).unwrap();
    assert_eq!(later.external_secret_decapsulate(manager, &again).unwrap(), SECRET);
    refuses!(later.external_secret_decapsulate(manager, &sealed), VerificationFailed);
    let version = store.open(&name, None).unwrap().version;
    assert_eq!(version, 2, "the number of the first is not given out again");
}

pub(super) fn what_the_policy_forbids_does_not_seal(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Default::default());
    let under = |policy: Policy| guest.set_up(Setup { policy, keys: Keys::In(store.clone()), ..Setup::default() });
    let mut none = under(Policy::new().forbid_algorithms(["AES-*", "*CHACHA*"]));
    let manager = none.manager();
    refuses!(none.external_secret_encapsulate(manager, SECRET, u64::MAX), ProhibitedOperation);
    // What is left serves, also where the namespace has a key of a cipher that is forbidden now.
    let mut open = under(Policy::new());
    let manager = open.manager();
    let before = open.external_secret_encapsulate(manager, SECRET, u64::MAX).unwrap();
    let mut one = under(Policy::fips());
    let manager = one.manager();
    let sealed = one.external_secret_encapsulate(manager, SECRET, u64::MAX).unwrap();
    assert_eq!(one.external_secret_decapsulate(manager, &sealed).unwrap(), SECRET);
    let manager = open.manager();
    for sealed in [&before, &sealed] {
        assert_eq!(open.external_secret_decapsulate(manager, sealed).unwrap(), SECRET);
    }
    let manager = none.manager();
    refuses!(none.external_secret_decapsulate(manager, &sealed), ProhibitedOperation);
}
