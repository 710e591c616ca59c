//! Whose keys a guest reaches.

use hostcrypt::Revision;

use super::{KINDS, PAIR, is_not_found, mark, one, plain, quotas, store, tenant};
use crate::{
    Capability, Guest, Keys,
    guest::{ALL, LATEST, SIGNATURES, refuses},
};

pub(super) fn a_guest_reaches_only_its_own_namespace(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Default::default());
    let mut owner = tenant(guest, &store, "owner");
    let manager = owner.manager();
    for kind in KINDS {
        let (key, id) = one(&mut owner, kind, manager);
        let before = mark(&mut owner, kind, key);
        let secret = (owner.revision() == Revision::V0_10)
            .then(|| owner.external_secret_store(manager, b"secret", u64::MAX).unwrap());
        // Names that could be taken for one another, and that of guests for which the embedder names none.
        for other in ["other", "owner/", "OWNER", "owne", "", "default", "owner\0"] {
            let mut stranger = tenant(guest, &store, other);
            let manager = stranger.manager();
            for version in [1, LATEST, ALL] {
                is_not_found(&mut stranger, manager, &id, version);
            }
            if let Some(secret) = &secret {
                refuses!(stranger.external_secret_from_id(manager, secret, LATEST), NotFound, "{other:?}");
                refuses!(stranger.external_secret_invalidate(manager, secret, ALL), NotFound, "{other:?}");
                if stranger.has(Capability::NamedSecrets) {
                    refuses!(stranger.external_secret_replace(manager, b"x", u64::MAX, secret), NotFound, "{other:?}");
                }
            }
        }
        let again = owner.from_id(kind, manager, &id, LATEST).unwrap();
        assert_eq!(mark(&mut owner, kind, again), before, "{kind}");
        if let Some(secret) = secret {
            assert_eq!(owner.external_secret_from_id(manager, &secret, LATEST).unwrap(), b"secret");
        }
    }
}

pub(super) fn guests_of_one_namespace_share_its_keys(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Default::default());
    let [mut left, mut right] = [(); 2].map(|()| tenant(guest, &store, "shared"));
    let (left_manager, right_manager) = (left.manager(), right.manager());
    for kind in KINDS {
        let (key, id) = one(&mut left, kind, left_manager);
        let shared = right.from_id(kind, right_manager, &id, LATEST).unwrap();
        assert_eq!(mark(&mut right, kind, shared), mark(&mut left, kind, key), "{kind}");
        if left.revision() == Revision::V0_10 {
            let new = plain(&mut right, kind);
            assert_eq!(right.replace_managed(kind, right_manager, shared, new), Ok(2), "{kind}");
            let latest = left.from_id(kind, left_manager, &id, LATEST).unwrap();
            assert_eq!(mark(&mut left, kind, latest), mark(&mut right, kind, new), "{kind}");
        }
        right.manager_invalidate(right_manager, &id, ALL).unwrap();
        is_not_found(&mut left, left_manager, &id, LATEST);
    }
}

pub(super) fn what_a_guest_stored_outlives_it(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Default::default());
    for namespace in ["default", "tenant"] {
        let mut first = tenant(guest, &store, namespace);
        let manager = first.manager();
        let (pair, id) = one(&mut first, "keypair", manager);
        let before = mark(&mut first, "keypair", pair);
        drop(first);
        let mut later = match namespace {
            // The namespace of guests for which the embedder names none.
            "default" => guest.set_up(Keys::In(store.clone())),
            _ => tenant(guest, &store, namespace),
        };
        let manager = later.manager();
        let again = later.from_id("keypair", manager, &id, LATEST).unwrap();
        assert_eq!(mark(&mut later, "keypair", again), before);
    }
}

pub(super) fn quotas_are_each_namespaces_own(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), quotas(|quotas| quotas.keys = 2));
    let [mut left, mut right] = ["left", "right"].map(|namespace| tenant(guest, &store, namespace));
    let (left_manager, right_manager) = (left.manager(), right.manager());
    for _ in 0..2 {
        one(&mut left, "keypair", left_manager);
    }
    refuses!(left.keypair_generate_managed(left_manager, SIGNATURES, PAIR), Overflow);
    one(&mut right, "keypair", right_manager);
    // Another guest of the namespace has no more.
    let mut another = tenant(guest, &store, "left");
    let manager = another.manager();
    refuses!(another.keypair_generate_managed(manager, SIGNATURES, PAIR), Overflow);
}
