//! What is of use for a while only. Until the last second has passed, it is.

use std::{sync::Arc, time::Duration};

use hostcrypt::{Revision, store::KeyRules};

use super::{KEY, KINDS, PAIR, Time, mark, one, plain, store};
use crate::{
    Capability, Guest, Keys, Setup,
    guest::{KEY_EXCHANGE, LATEST, RAW, SIGNATURES, refuses},
};

const LIFETIME: u64 = 100;

/// A guest whose keys expire, and the time that its host goes by.
fn mortal<'a>(guest: &Guest<'a>) -> (Guest<'a>, Time) {
    let mut rules = KeyRules::default();
    rules.lifetime = Some(Duration::from_secs(LIFETIME));
    let (keys, time) = (Keys::In(store(guest, rules, Default::default())), Time::new());
    (guest.set_up(Setup { keys, clock: Some(Arc::clone(&time.0)), ..Setup::default() }), time)
}

pub(super) fn a_key_expires_after_its_lifetime(guest: &mut Guest<'_>) {
    for kind in KINDS {
        let (mut guest, time) = mortal(guest);
        let manager = guest.manager();
        let (_, id) = one(&mut guest, kind, manager);
        let stored = (guest.revision() == Revision::V0_10).then(|| {
            let own = plain(&mut guest, kind);
            guest.store_managed(kind, manager, own).unwrap()
        });
        let ids: Vec<_> = [id].into_iter().chain(stored).collect();
        for (after, alive) in [(0, true), (LIFETIME, true), (LIFETIME + 1, false), (LIFETIME * 1000, false)] {
            time.set(after);
            for id in &ids {
                for version in [1, LATEST] {
                    let answer = guest.from_id(kind, manager, id, version);
                    if alive {
                        answer.unwrap_or_else(|refusal| panic!("{kind} after {after} s: {refusal:?}"));
                    } else {
                        refuses!(answer, Expired, "{kind} after {after} s");
                    }
                }
            }
        }
    }
}

pub(super) fn what_was_opened_before_it_expired_opens_no_more_states(guest: &mut Guest<'_>) {
    let (mut guest, time) = mortal(guest);
    let manager = guest.manager();
    let ((pair, id), (key, _)) = (one(&mut guest, "keypair", manager), one(&mut guest, "symmetric_key", manager));
    let signing = guest.signature_state_open(pair).unwrap();
    guest.signature_state_update(signing, b"text").unwrap();
    let secret = guest.keypair_secretkey(pair).unwrap();
    let public = guest.keypair_publickey(pair).unwrap();
    let kx = (guest.revision() == Revision::V0_10).then(|| {
        let pair = guest.keypair_generate_managed(manager, KEY_EXCHANGE, "X25519").unwrap();
        let kem = guest.keypair_generate_managed(manager, KEY_EXCHANGE, "ML-KEM-768");
        (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap(), kem.ok())
    });
    let sealed = kx.and_then(|(.., kem)| kem).map(|kem| {
        let (public, secret) = (guest.keypair_publickey(kem).unwrap(), guest.keypair_secretkey(kem).unwrap());
        (secret, guest.kx_encapsulate(public).unwrap().1)
    });
    time.set(LIFETIME + 1);
    refuses!(guest.signature_state_open(pair), Expired);
    let again = guest.keypair_from_pk_and_sk(public, secret).unwrap();
    refuses!(guest.signature_state_open(again), Expired, "its halves put together again");
    let nonce = guest.nonce(&[3; 12]);
    refuses!(guest.symmetric_state_open(KEY, Some(key), Some(nonce)), Expired);
    if let Some((public, secret, _)) = kx {
        refuses!(guest.kx_dh(public, secret), Expired);
    }
    if let Some((secret, encapsulated)) = sealed {
        refuses!(guest.kx_decapsulate(secret, &encapsulated), Expired);
    }
    // A state that is open goes on, and what is public verifies.
    let signature = guest.signature_state_sign(signing).unwrap();
    guest.verify(public, b"text", signature).unwrap();
    assert_eq!(guest.id("keypair", pair).unwrap().0, id);
    refuses!(guest.export("keypair", pair, RAW), ProhibitedOperation);
}

pub(super) fn what_expired_can_be_replaced_and_invalidated(guest: &mut Guest<'_>) {
    for kind in KINDS {
        let (mut guest, time) = mortal(guest);
        let manager = guest.manager();
        let (old, id) = one(&mut guest, kind, manager);
        time.set(LIFETIME + 1);
        let new = plain(&mut guest, kind);
        assert_eq!(guest.replace_managed(kind, manager, old, new), Ok(2), "{kind}");
        let latest = guest.from_id(kind, manager, &id, LATEST).unwrap();
        assert_eq!(mark(&mut guest, kind, latest), mark(&mut guest, kind, new), "{kind}");
        refuses!(guest.from_id(kind, manager, &id, 1), Expired, "{kind}");
        guest.manager_invalidate(manager, &id, 1).unwrap();
        refuses!(guest.from_id(kind, manager, &id, 1), NotFound, "{kind}");
        // The latest is the latest, also when it has expired and others have not.
        time.set(2 * LIFETIME + 2);
        refuses!(guest.from_id(kind, manager, &id, LATEST), Expired, "{kind}");
    }
}

pub(super) fn what_is_moved_keeps_its_expiry(guest: &mut Guest<'_>) {
    for kind in KINDS {
        let (mut guest, time) = mortal(guest);
        let manager = guest.manager();
        let ((old, id), (new, _)) = (one(&mut guest, kind, manager), one(&mut guest, kind, manager));
        time.set(LIFETIME / 2);
        guest.replace_managed(kind, manager, old, new).unwrap();
        time.set(LIFETIME);
        guest.from_id(kind, manager, &id, 2).unwrap();
        time.set(LIFETIME + 1);
        refuses!(guest.from_id(kind, manager, &id, 2), Expired, "{kind}");
        let state = match kind {
            "keypair" => guest.signature_state_open(new),
            _ => {
                let nonce = guest.nonce(&[3; 12]);
                guest.symmetric_state_open(KEY, Some(new), Some(nonce))
            }
        };
        refuses!(state, Expired, "{kind}");
    }
}

/// A guest whose host goes by a time of ours.
fn timed<'a>(guest: &Guest<'a>) -> (Guest<'a>, Time) {
    let time = Time::new();
    (guest.set_up(Setup { clock: Some(Arc::clone(&time.0)), ..Setup::default() }), time)
}

pub(super) fn a_secret_expires_after_the_second_that_the_guest_says(guest: &mut Guest<'_>) {
    let (mut guest, time) = timed(guest);
    let manager = guest.manager();
    let id = guest.external_secret_store(manager, b"secret", Time::START + 10).unwrap();
    for (after, alive) in [(0, true), (10, true), (11, false)] {
        time.set(after);
        for version in [1, LATEST] {
            let answer = guest.external_secret_from_id(manager, &id, version);
            if alive {
                assert_eq!(answer.as_deref(), Ok(&b"secret"[..]), "after {after} s");
            } else {
                refuses!(answer, Expired, "after {after} s");
            }
        }
    }
    if guest.has(Capability::NamedSecrets) {
        assert_eq!(guest.external_secret_replace(manager, b"new", Time::START + 20, &id), Ok(2));
        assert_eq!(guest.external_secret_from_id(manager, &id, LATEST).unwrap(), b"new");
    }
    refuses!(guest.external_secret_from_id(manager, &id, 1), Expired);
    guest.external_secret_invalidate(manager, &id, 1).unwrap();
    refuses!(guest.external_secret_from_id(manager, &id, 1), NotFound);
    // What has expired before it is stored is of no use, and no mistake.
    let id = guest.external_secret_store(manager, b"late", 0).unwrap();
    refuses!(guest.external_secret_from_id(manager, &id, LATEST), Expired);
    // Keys have the host's word for it, which says nothing.
    let pair = guest.keypair_generate_managed(manager, SIGNATURES, PAIR).unwrap();
    time.set(1 << 40);
    guest.sign(pair, b"text").unwrap();
}

pub(super) fn a_sealed_secret_expires_after_the_second_that_the_guest_says(guest: &mut Guest<'_>) {
    let (mut guest, time) = timed(guest);
    let manager = guest.manager();
    let sealed = guest.external_secret_encapsulate(manager, b"secret", Time::START + 10).unwrap();
    for (after, alive) in [(0, true), (10, true), (11, false)] {
        time.set(after);
        let answer = guest.external_secret_decapsulate(manager, &sealed);
        if alive {
            assert_eq!(answer.as_deref(), Ok(&b"secret"[..]), "after {after} s");
        } else {
            refuses!(answer, Expired, "after {after} s");
        }
    }
    // That it has expired is said of what was sealed so, and of nothing else.
    let mut altered = sealed;
    *altered.last_mut().unwrap() ^= 1;
    refuses!(guest.external_secret_decapsulate(manager, &altered), VerificationFailed);
}
