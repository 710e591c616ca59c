//! Managed keys: what a store keeps for a guest.

mod backends;
mod expiry;
mod keys;
mod replace;
mod seal;
mod secrets;
mod tenancy;
mod together;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use hostcrypt::store::{Content, Identifier, KeyRules, KeyStore, Kind, Name, Quotas};

use self::{
    backends::{
        a_key_is_opened_by_whichever_backend_reads_it, a_key_that_no_backend_reads_is_an_unsupported_algorithm,
    },
    expiry::{
        a_key_expires_after_its_lifetime, a_sealed_secret_expires_after_the_second_that_the_guest_says,
        a_secret_expires_after_the_second_that_the_guest_says, what_expired_can_be_replaced_and_invalidated,
        what_is_moved_keeps_its_expiry, what_was_opened_before_it_expired_opens_no_more_states,
    },
    keys::{
        a_derived_key_and_a_public_key_are_the_guests_own, a_handle_that_is_closed_leaves_the_key_in_its_store,
        a_key_is_found_by_its_identifier_and_does_the_same, a_key_is_known_only_as_what_it_is,
        a_key_whose_algorithm_the_host_lacks_or_forbids_is_not_opened, a_managed_key_is_not_exported,
        a_manager_takes_any_options_and_closes, a_manager_that_is_closed_is_an_invalid_handle,
        a_policy_holds_for_managed_keys, an_exportable_key_is_exported,
        an_identifier_is_sixteen_bytes_that_nobody_can_guess, changes_are_told_to_the_audit,
        closing_a_manager_leaves_keys_alive, the_halves_of_a_managed_pair_make_the_managed_pair_again,
        what_a_guest_made_can_be_stored_once, what_a_guest_may_not_hold_is_not_opened,
        what_would_take_more_bytes_than_a_guest_may_hold_is_not_opened, without_a_store_no_manager_opens,
        without_a_store_nothing_is_managed,
    },
    replace::{
        a_key_that_is_invalidated_is_not_found_for_ever, a_managed_key_moves_to_the_name_that_it_replaces,
        a_version_is_never_given_out_again, all_versions_go_at_once, keys_of_two_algorithms_do_not_replace_each_other,
        quotas_are_kept_and_room_comes_back, reserved_versions_are_not_found,
        the_old_handle_closes_and_old_versions_stay, versions_begin_at_one_and_grow_by_one,
        what_is_not_managed_is_not_replaced, what_the_store_does_not_import_is_prohibited,
    },
    seal::{
        a_sealed_secret_comes_back_and_nothing_else_does, a_sealed_secret_that_is_altered_anywhere_fails_to_verify,
        a_secret_is_sealed_afresh_each_time, what_another_namespace_sealed_fails_to_verify,
        what_the_policy_forbids_does_not_seal,
    },
    secrets::{
        a_secret_comes_back_by_identifier_and_version, a_secret_of_any_length_up_to_a_limit_is_kept,
        a_secret_that_is_invalidated_is_not_found, a_secret_that_the_guest_may_not_hold_is_not_read,
    },
    tenancy::{
        a_guest_reaches_only_its_own_namespace, guests_of_one_namespace_share_its_keys, quotas_are_each_namespaces_own,
        what_a_guest_stored_outlives_it,
    },
    together::{
        threads_that_race_to_invalidate_a_version_succeed_once, threads_that_race_to_store_a_key_store_it_once,
        threads_that_replace_one_key_get_versions_of_their_own, what_two_guests_do_at_the_same_time_is_done_whole,
    },
};
use super::behaviours;
use crate::{
    Guest, Keys, Object, Setup,
    guest::{SIGNATURES, refuses},
    suite,
};

behaviours!("managed":
    a_manager_takes_any_options_and_closes,
    a_manager_that_is_closed_is_an_invalid_handle [needs Handles],
    without_a_store_nothing_is_managed [needs Memory],
    without_a_store_no_manager_opens,
    a_key_is_found_by_its_identifier_and_does_the_same,
    an_identifier_is_sixteen_bytes_that_nobody_can_guess,
    a_key_is_known_only_as_what_it_is,
    a_handle_that_is_closed_leaves_the_key_in_its_store,
    closing_a_manager_leaves_keys_alive,
    what_a_guest_made_can_be_stored_once [needs keypair_store_managed],
    a_managed_key_is_not_exported,
    an_exportable_key_is_exported,
    a_derived_key_and_a_public_key_are_the_guests_own,
    the_halves_of_a_managed_pair_make_the_managed_pair_again,
    a_policy_holds_for_managed_keys,
    a_key_whose_algorithm_the_host_lacks_or_forbids_is_not_opened,
    a_key_is_opened_by_whichever_backend_reads_it,
    a_key_that_no_backend_reads_is_an_unsupported_algorithm,
    what_a_guest_may_not_hold_is_not_opened,
    what_would_take_more_bytes_than_a_guest_may_hold_is_not_opened [needs keypair_store_managed],
    changes_are_told_to_the_audit,
    versions_begin_at_one_and_grow_by_one [needs keypair_replace_managed],
    the_old_handle_closes_and_old_versions_stay [needs keypair_replace_managed],
    a_managed_key_moves_to_the_name_that_it_replaces [needs keypair_replace_managed],
    keys_of_two_algorithms_do_not_replace_each_other [needs keypair_replace_managed],
    what_is_not_managed_is_not_replaced [needs keypair_replace_managed],
    what_the_store_does_not_import_is_prohibited [needs keypair_store_managed],
    a_key_that_is_invalidated_is_not_found_for_ever,
    all_versions_go_at_once [needs keypair_replace_managed],
    a_version_is_never_given_out_again [needs keypair_replace_managed],
    reserved_versions_are_not_found,
    quotas_are_kept_and_room_comes_back,
    a_key_expires_after_its_lifetime,
    what_was_opened_before_it_expired_opens_no_more_states,
    what_expired_can_be_replaced_and_invalidated [needs keypair_replace_managed],
    what_is_moved_keeps_its_expiry [needs keypair_replace_managed],
    a_secret_expires_after_the_second_that_the_guest_says [needs external_secret_store],
    a_sealed_secret_expires_after_the_second_that_the_guest_says [needs external_secret_encapsulate],
    a_secret_comes_back_by_identifier_and_version [needs external_secret_store],
    a_secret_of_any_length_up_to_a_limit_is_kept [needs external_secret_store],
    a_secret_that_is_invalidated_is_not_found [needs external_secret_store, NamedSecrets],
    a_secret_that_the_guest_may_not_hold_is_not_read [needs external_secret_store],
    a_sealed_secret_comes_back_and_nothing_else_does [needs external_secret_encapsulate],
    a_secret_is_sealed_afresh_each_time [needs external_secret_encapsulate],
    a_sealed_secret_that_is_altered_anywhere_fails_to_verify [needs external_secret_encapsulate],
    what_another_namespace_sealed_fails_to_verify [needs external_secret_encapsulate],
    what_the_policy_forbids_does_not_seal [needs external_secret_encapsulate],
    a_guest_reaches_only_its_own_namespace,
    guests_of_one_namespace_share_its_keys,
    what_a_guest_stored_outlives_it,
    quotas_are_each_namespaces_own,
    threads_that_replace_one_key_get_versions_of_their_own [needs keypair_replace_managed, Memory],
    threads_that_race_to_store_a_key_store_it_once [needs keypair_store_managed, Memory],
    threads_that_race_to_invalidate_a_version_succeed_once [needs Memory],
    what_two_guests_do_at_the_same_time_is_done_whole,
);

/// A pair that signs, in both revisions.
const PAIR: &str = "Ed25519";
const KEY: &str = "AES-256-GCM";

/// An empty store.
fn store(guest: &Guest<'_>, rules: KeyRules, quotas: Quotas) -> Arc<dyn KeyStore> {
    guest.subject().key_store(rules, quotas).unwrap_or_else(|reason| suite::skip(reason))
}

/// A guest over an empty store with rules of its own.
fn ruled<'a>(guest: &Guest<'a>, set: impl FnOnce(&mut KeyRules)) -> Guest<'a> {
    let mut rules = KeyRules::default();
    set(&mut rules);
    guest.set_up(Keys::In(store(guest, rules, Quotas::default())))
}

/// A guest over an empty store with quotas of its own.
fn quotas(set: impl FnOnce(&mut Quotas)) -> Quotas {
    let mut quotas = Quotas::default();
    set(&mut quotas);
    quotas
}

/// A guest over a store, in a namespace.
fn tenant<'a>(guest: &Guest<'a>, store: &Arc<dyn KeyStore>, namespace: &str) -> Guest<'a> {
    let keys = Keys::In(Arc::clone(store));
    guest.set_up(Setup { keys, namespace: Some(namespace.to_owned()), ..Setup::default() })
}

/// A time that a behaviour sets.
struct Time(Arc<AtomicU64>);

impl Time {
    const START: u64 = 1_700_000_000;

    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(Self::START)))
    }

    /// So many seconds after the start.
    fn set(&self, after: u64) {
        self.0.store(Self::START + after, Relaxed);
    }
}

/// Whether a store gives out the bytes of what it stored under a name.
fn gives_bytes(store: &Arc<dyn KeyStore>, namespace: &str, kind: Kind, id: &[u8]) -> bool {
    let identifier = Identifier(id.try_into().expect("an identifier"));
    let stored = store.open(&Name { namespace, kind, identifier }, None).unwrap();
    matches!(stored.content, Content::Bytes(_))
}

/// A managed pair, with its identifier.
fn pair(guest: &mut Guest<'_>, manager: Object) -> (Object, Vec<u8>) {
    let pair = guest.keypair_generate_managed(manager, SIGNATURES, PAIR).unwrap();
    let (id, _) = guest.id("keypair", pair).unwrap();
    (pair, id)
}

/// A managed key, with its identifier.
fn key(guest: &mut Guest<'_>, manager: Object) -> (Object, Vec<u8>) {
    let key = guest.symmetric_key_generate_managed(manager, KEY).unwrap();
    let (id, _) = guest.id("symmetric_key", key).unwrap();
    (key, id)
}

/// A pair or a key by the name of its kind: `one(guest, "keypair", manager)`.
fn one(guest: &mut Guest<'_>, kind: &str, manager: Object) -> (Object, Vec<u8>) {
    if kind == "keypair" { pair(guest, manager) } else { key(guest, manager) }
}

/// One of the same algorithm that is not managed.
fn plain(guest: &mut Guest<'_>, kind: &str) -> Object {
    match kind {
        "keypair" => guest.keypair_generate(SIGNATURES, PAIR, None).unwrap(),
        _ => guest.symmetric_key_generate(KEY, None).unwrap(),
    }
}

const KINDS: [&str; 2] = ["keypair", "symmetric_key"];

/// What only this key makes of the same input each time: it tells keys apart.
fn mark(guest: &mut Guest<'_>, kind: &str, key: Object) -> Vec<u8> {
    if kind == "keypair" {
        let public = guest.keypair_publickey(key).unwrap();
        return guest.export("publickey", public, crate::guest::RAW).unwrap();
    }
    let nonce = guest.nonce(&[3; 12]);
    let state = guest.symmetric_state_open(KEY, Some(key), Some(nonce)).unwrap();
    guest.symmetric_state_encrypt(state, 4 + 16, b"mark").unwrap()
}

/// Holds an identifier and a version to being unknown to every function that takes them.
fn is_not_found(guest: &mut Guest<'_>, manager: Object, id: &[u8], version: u64) {
    for kind in KINDS {
        refuses!(guest.from_id(kind, manager, id, version), NotFound, "{kind} {id:x?} {version:x}");
    }
    refuses!(guest.manager_invalidate(manager, id, version), NotFound, "{id:x?} {version:x}");
}
