//! Versions of keys: how they come and go.

use hostcrypt::{
    Revision,
    store::{KeyRules, Quotas},
};

use super::{KEY, KINDS, PAIR, is_not_found, mark, one, plain, quotas, ruled, store, tenant};
use crate::{
    Capability, Guest, Keys, Object,
    guest::{ALL, LATEST, RAW, SIGNATURES, UNSPECIFIED, refuses},
};

pub(super) fn versions_begin_at_one_and_grow_by_one(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let (mut key, id) = one(guest, kind, manager);
        let mut marks = vec![mark(guest, kind, key)];
        assert_eq!(guest.id(kind, key), Ok((id.clone(), 1)), "{kind}");
        for version in 2..=5 {
            let new = plain(guest, kind);
            assert_eq!(guest.replace_managed(kind, manager, key, new), Ok(version), "{kind}");
            assert_eq!(guest.id(kind, new), Ok((id.clone(), version)), "{kind}");
            marks.push(mark(guest, kind, new));
            key = new;
        }
        for (version, before) in (1..).zip(&marks) {
            let opened = guest.from_id(kind, manager, &id, version).unwrap();
            assert_eq!(guest.id(kind, opened), Ok((id.clone(), version)), "{kind}");
            assert_eq!(mark(guest, kind, opened), *before, "{kind} version {version}");
        }
        let latest = guest.from_id(kind, manager, &id, LATEST).unwrap();
        assert_eq!(guest.id(kind, latest), Ok((id, 5)), "{kind}");
    }
}

pub(super) fn the_old_handle_closes_and_old_versions_stay(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let ((old, id), new) = (one(guest, kind, manager), plain(guest, kind));
        let other = guest.from_id(kind, manager, &id, 1).unwrap();
        let before = mark(guest, kind, old);
        guest.replace_managed(kind, manager, old, new).unwrap();
        if guest.has(Capability::Handles) {
            refuses!(guest.close(kind, old), Closed, "{kind}");
            refuses!(guest.id(kind, new).and_then(|_| guest.id(kind, old)), InvalidHandle, "{kind}");
        }
        // Another handle of the old version is as it was, and may replace again.
        assert_eq!(guest.id(kind, other), Ok((id.clone(), 1)), "{kind}");
        assert_eq!(mark(guest, kind, other), before, "{kind}");
        let new = plain(guest, kind);
        assert_eq!(guest.replace_managed(kind, manager, other, new), Ok(3), "{kind}");
        // A key that was the guest's own is now kept.
        if kind == "keypair" {
            refuses!(guest.export(kind, new, RAW), ProhibitedOperation);
        } else {
            refuses!(guest.symmetric_key_export(new), ProhibitedOperation);
        }
    }
}

pub(super) fn a_managed_key_moves_to_the_name_that_it_replaces(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let ((old, id), (new, former)) = (one(guest, kind, manager), one(guest, kind, manager));
        let before = mark(guest, kind, new);
        assert_eq!(guest.replace_managed(kind, manager, old, new), Ok(2), "{kind}");
        assert_eq!(guest.id(kind, new), Ok((id.clone(), 2)), "{kind}");
        is_not_found(guest, manager, &former, LATEST);
        let moved = guest.from_id(kind, manager, &id, 2).unwrap();
        assert_eq!(mark(guest, kind, moved), before, "{kind}");
        // Two versions of one key are where they belong.
        let first = guest.from_id(kind, manager, &id, 1).unwrap();
        for new in [first, moved] {
            let lost = guest.to_lose(kind, manager, moved);
            refuses!(guest.replace_managed(kind, manager, lost, new), InvalidOperation, "{kind}");
        }
        guest.close(kind, moved).expect("what was refused closed nothing");
        // What is gone does not move.
        let ((gone, gone_id), stays) = (one(guest, kind, manager), guest.from_id(kind, manager, &id, LATEST).unwrap());
        guest.manager_invalidate(manager, &gone_id, ALL).unwrap();
        let lost = guest.to_lose(kind, manager, stays);
        refuses!(guest.replace_managed(kind, manager, lost, gone), NotFound, "{kind}");
        guest.close(kind, stays).expect("what was refused closed nothing");
    }
}

pub(super) fn keys_of_two_algorithms_do_not_replace_each_other(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let (pair, id) = one(guest, "keypair", manager);
    let other = guest.keypair_generate(SIGNATURES, "ECDSA_P256_SHA256", None).unwrap();
    let managed = guest.keypair_generate_managed(manager, SIGNATURES, "ECDSA_P256_SHA256").unwrap();
    for other in [other, managed] {
        let lost = guest.to_lose("keypair", manager, pair);
        refuses!(guest.replace_managed("keypair", manager, lost, other), IncompatibleKeys);
        refuses!(guest.replace_managed("keypair", manager, other, pair), IncompatibleKeys);
    }
    let (key, _) = one(guest, "symmetric_key", manager);
    let other = guest.symmetric_key_generate("AES-128-GCM", None).unwrap();
    refuses!(guest.replace_managed("symmetric_key", manager, key, other), IncompatibleKeys);
    // Nothing closed, nothing changed.
    assert_eq!(guest.id("keypair", pair), Ok((id, 1)));
    refuses!(guest.id("symmetric_key", other), UnsupportedFeature);
}

pub(super) fn what_is_not_managed_is_not_replaced(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let (old, new) = (plain(guest, kind), plain(guest, kind));
        let (managed, _) = one(guest, kind, manager);
        for new in [new, managed, old] {
            let lost = if guest.has(Capability::KeptObjects) { old } else { plain(guest, kind) };
            refuses!(guest.replace_managed(kind, manager, lost, new), UnsupportedFeature, "{kind}");
        }
        guest.close(kind, old).expect("what was refused closed nothing");
    }
}

pub(super) fn what_the_store_does_not_import_is_prohibited(guest: &mut Guest<'_>) {
    let mut guest = ruled(guest, |rules| rules.imports = false);
    let manager = guest.manager();
    for kind in KINDS {
        let (own, (old, id)) = (plain(&mut guest, kind), one(&mut guest, kind, manager));
        refuses!(guest.store_managed(kind, manager, own), ProhibitedOperation, "{kind}");
        let lost = guest.to_lose(kind, manager, old);
        refuses!(guest.replace_managed(kind, manager, lost, own), ProhibitedOperation, "{kind}");
        // What was generated as a managed key replaces another one.
        let (new, _) = one(&mut guest, kind, manager);
        guest.replace_managed(kind, manager, old, new).unwrap();
        assert_eq!(guest.id(kind, new), Ok((id, 2)), "{kind}");
    }
    // Secrets are nobody's keys.
    guest.external_secret_store(manager, b"secret", u64::MAX).unwrap();
}

pub(super) fn a_key_that_is_invalidated_is_not_found_for_ever(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        for version in [1, LATEST, ALL] {
            let (key, id) = one(guest, kind, manager);
            refuses!(guest.manager_invalidate(manager, &id, 2), NotFound, "{kind}");
            refuses!(guest.manager_invalidate(manager, &id, 0), NotFound, "{kind}");
            let before = mark(guest, kind, key);
            guest.manager_invalidate(manager, &id, version).unwrap();
            for again in [1, LATEST, ALL] {
                is_not_found(guest, manager, &id, again);
            }
            // Who holds it goes on with it.
            assert_eq!(mark(guest, kind, key), before, "{kind}");
            assert_eq!(guest.id(kind, key), Ok((id.clone(), 1)), "{kind}");
            if guest.revision() == Revision::V0_10 {
                let new = plain(guest, kind);
                refuses!(guest.replace_managed(kind, manager, key, new), NotFound, "{kind}");
            }
        }
    }
}

/// A key with so many versions.
fn versions(guest: &mut Guest<'_>, kind: &str, manager: Object, count: u64) -> (Object, Vec<u8>) {
    let (mut key, id) = one(guest, kind, manager);
    for _ in 1..count {
        let new = plain(guest, kind);
        guest.replace_managed(kind, manager, key, new).unwrap();
        key = new;
    }
    (key, id)
}

pub(super) fn all_versions_go_at_once(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let (_, id) = versions(guest, kind, manager, 4);
        guest.manager_invalidate(manager, &id, 2).unwrap();
        guest.manager_invalidate(manager, &id, ALL).unwrap();
        for version in [1, 2, 3, 4, LATEST, ALL] {
            is_not_found(guest, manager, &id, version);
        }
    }
}

pub(super) fn a_version_is_never_given_out_again(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let (key, id) = versions(guest, kind, manager, 4);
        // The latest is then the one before it.
        guest.manager_invalidate(manager, &id, LATEST).unwrap();
        let latest = guest.from_id(kind, manager, &id, LATEST).unwrap();
        assert_eq!(guest.id(kind, latest), Ok((id.clone(), 3)), "{kind}");
        is_not_found(guest, manager, &id, 4);
        guest.manager_invalidate(manager, &id, 3).unwrap();
        // A handle of a version that is gone replaces its key all the same.
        let new = plain(guest, kind);
        assert_eq!(guest.replace_managed(kind, manager, key, new), Ok(5), "{kind}");
        for version in [3, 4] {
            is_not_found(guest, manager, &id, version);
        }
        for version in [1, 2, 5] {
            guest.from_id(kind, manager, &id, version).unwrap();
        }
    }
}

pub(super) fn reserved_versions_are_not_found(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let (_, id) = one(guest, kind, manager);
        for version in [0, 2, UNSPECIFIED - 1, UNSPECIFIED, ALL + 1, u64::MAX] {
            is_not_found(guest, manager, &id, version);
        }
        // All of them are none that can be opened.
        refuses!(guest.from_id(kind, manager, &id, ALL), NotFound, "{kind}");
        guest.from_id(kind, manager, &id, 1).unwrap();
    }
}

pub(super) fn quotas_are_kept_and_room_comes_back(guest: &mut Guest<'_>) {
    let store_with = |quotas: Quotas| store(guest, KeyRules::default(), quotas);
    let mut few = guest.set_up(Keys::In(store_with(quotas(|quotas| quotas.keys = 3))));
    let manager = few.manager();
    let ids: Vec<_> = (0..3).map(|_| one(&mut few, "keypair", manager).1).collect();
    for round in 0..3 {
        refuses!(few.keypair_generate_managed(manager, SIGNATURES, PAIR), Overflow, "round {round}");
        refuses!(few.symmetric_key_generate_managed(manager, KEY), Overflow, "round {round}");
    }
    few.manager_invalidate(manager, &ids[1], ALL).unwrap();
    one(&mut few, "symmetric_key", manager);
    refuses!(few.keypair_generate_managed(manager, SIGNATURES, PAIR), Overflow);
    if guest.revision() == Revision::V2020_06 {
        return;
    }
    for kind in KINDS {
        let own = plain(&mut few, kind);
        refuses!(few.store_managed(kind, manager, own), Overflow, "{kind}");
        refuses!(few.id(kind, own), UnsupportedFeature, "{kind}");
    }
    refuses!(few.external_secret_store(manager, b"secret", u64::MAX), Overflow);
    // A key that seals is the host's own need.
    few.external_secret_encapsulate(manager, b"secret", u64::MAX).unwrap();

    let mut shallow = guest.set_up(Keys::In(store_with(quotas(|quotas| quotas.versions = 2))));
    let manager = shallow.manager();
    for kind in KINDS {
        let (key, id) = versions(&mut shallow, kind, manager, 2);
        let (own, managed) = (plain(&mut shallow, kind), one(&mut shallow, kind, manager));
        for new in [own, managed.0] {
            let lost = shallow.to_lose(kind, manager, key);
            refuses!(shallow.replace_managed(kind, manager, lost, new), Overflow, "{kind}");
        }
        shallow.from_id(kind, manager, &managed.1, 1).expect("what was refused moved nothing");
        shallow.manager_invalidate(manager, &id, 1).unwrap();
        assert_eq!(shallow.replace_managed(kind, manager, key, managed.0), Ok(3), "{kind}");
    }
    if shallow.has(Capability::NamedSecrets) {
        let secret = shallow.external_secret_store(manager, b"secret", u64::MAX).unwrap();
        shallow.external_secret_replace(manager, b"secret", u64::MAX, &secret).unwrap();
        refuses!(shallow.external_secret_replace(manager, b"secret", u64::MAX, &secret), Overflow);
    }

    let store = store_with(quotas(|quotas| quotas.bytes = 2 * Quotas::PER_VERSION + 1_000));
    let mut small = tenant(guest, &store, "small");
    let manager = small.manager();
    let secret = small.external_secret_store(manager, &[7; 990], u64::MAX).unwrap();
    refuses!(small.external_secret_store(manager, &[7; 11], u64::MAX), Overflow);
    // What has no content is not free.
    let empty = small.external_secret_store(manager, b"", u64::MAX).unwrap();
    refuses!(small.external_secret_store(manager, b"", u64::MAX), Overflow);
    small.external_secret_invalidate(manager, &empty, 1).unwrap();
    if small.has(Capability::NamedSecrets) {
        refuses!(small.external_secret_replace(manager, &[7; 11], u64::MAX, &secret), Overflow);
    }
    small.external_secret_invalidate(manager, &secret, 1).unwrap();
    small.external_secret_store(manager, &[7; 1_000], u64::MAX).expect("room again");
}
