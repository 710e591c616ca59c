//! One store, used at the same time.

use std::collections::BTreeSet;

use hostcrypt::Revision;

use super::{KINDS, is_not_found, mark, one, pair, plain, store, tenant};
use crate::{
    Guest,
    behaviours::threads::{THREADS, threads, together},
    guest::{ALL, LATEST, refuses},
};

const ROUNDS: usize = 20;

pub(super) fn threads_that_replace_one_key_get_versions_of_their_own(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    let manager = threads[0].manager();
    let (_, id) = pair(&mut threads[0], manager);
    let replaced = together(&mut threads, |guest| {
        let replace = |_| {
            let old = guest.from_id("keypair", manager, &id, LATEST).unwrap();
            let new = plain(guest, "keypair");
            let version = guest.replace_managed("keypair", manager, old, new).unwrap();
            let opened = guest.from_id("keypair", manager, &id, version).unwrap();
            assert_eq!(mark(guest, "keypair", opened), mark(guest, "keypair", new), "version {version}");
            version
        };
        (0..ROUNDS).map(replace).collect::<Vec<_>>()
    });
    let versions: BTreeSet<_> = replaced.iter().flatten().copied().collect();
    assert_eq!(versions, (2..2 + (ROUNDS * THREADS) as u64).collect(), "each is given out once, and none left out");
    assert!(replaced.iter().all(|own| own.is_sorted()));
}

pub(super) fn threads_that_race_to_store_a_key_store_it_once(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    let manager = threads[0].manager();
    for round in 0..3 * ROUNDS {
        let kind = KINDS[round % 2];
        let key = plain(&mut threads[0], kind);
        let answers = together(&mut threads, |guest| guest.store_managed(kind, manager, key));
        let stored: Vec<_> = answers.iter().flatten().cloned().collect();
        assert_eq!(stored.len(), 1, "round {round}");
        assert_eq!(threads[0].id(kind, key), Ok((stored[0].clone(), 1)), "round {round}");
        for answer in answers.into_iter().filter(Result::is_err) {
            refuses!(answer, InvalidOperation, "round {round}");
        }
    }
}

pub(super) fn threads_that_race_to_invalidate_a_version_succeed_once(guest: &mut Guest<'_>) {
    let mut threads = threads(guest);
    let manager = threads[0].manager();
    for (round, version) in [1, LATEST, ALL].into_iter().cycle().take(3 * ROUNDS).enumerate() {
        let (_, id) = one(&mut threads[0], ["keypair", "symmetric_key"][round % 2], manager);
        let answers = together(&mut threads, |guest| guest.manager_invalidate(manager, &id, version));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "round {round}");
        for answer in answers.into_iter().filter(Result::is_err) {
            refuses!(answer, NotFound, "round {round}");
        }
        is_not_found(&mut threads[0], manager, &id, version);
    }
}

pub(super) fn what_two_guests_do_at_the_same_time_is_done_whole(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Default::default());
    // Two guests of one namespace and one of another.
    let mut guests = ["shared", "shared", "alone"].map(|namespace| tenant(guest, &store, namespace));
    let kept = together(&mut guests, |guest| {
        let manager = guest.manager();
        let mut kept = Vec::new();
        for round in 0..3 * ROUNDS {
            let (key, id) = one(guest, ["keypair", "symmetric_key"][round % 2], manager);
            if guest.revision() == Revision::V0_10 {
                let sealed = guest.external_secret_encapsulate(manager, &id, u64::MAX).unwrap();
                assert_eq!(guest.external_secret_decapsulate(manager, &sealed).unwrap(), id);
            }
            if round % 3 == 0 {
                guest.manager_invalidate(manager, &id, LATEST).unwrap();
                is_not_found(guest, manager, &id, LATEST);
            } else {
                let kind = ["keypair", "symmetric_key"][round % 2];
                kept.push((kind, id, mark(guest, kind, key)));
            }
        }
        kept
    });
    for (guest, kept) in guests.iter_mut().zip(kept) {
        let manager = guest.manager();
        for (kind, id, before) in kept {
            let opened = guest.from_id(kind, manager, &id, LATEST).unwrap();
            assert_eq!(mark(guest, kind, opened), before, "{kind}");
        }
    }
}
