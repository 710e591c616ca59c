//! Keys that a guest has the host keep.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use hostcrypt::{
    Errno, Policy, Revision,
    abi::{Type, functions},
    store::{Identifier, Kind, Name, Quotas, Record},
};

use super::{KEY, KINDS, PAIR, Time, gives_bytes, is_not_found, key, mark, one, pair, plain, ruled, store, tenant};
use crate::{
    Capability, Encoding, Guest, Keys, Object, Setup,
    behaviours::{
        algorithms::served,
        handles::{
            calls::Call,
            cast,
            limits::{fill, with_handles},
        },
    },
    guest::{ALL, IDENTIFIER_LEN, KEY_EXCHANGE, LATEST, PKCS8, RAW, SIGNATURES, SYMMETRIC, refuses},
};

pub(super) fn a_manager_takes_any_options_and_closes(guest: &mut Guest<'_>) {
    for kind in [SIGNATURES, SYMMETRIC] {
        let options = guest.options_open(kind).unwrap();
        let manager = guest.manager_open(Some(options)).unwrap();
        guest.keypair_generate_managed(manager, SIGNATURES, PAIR).unwrap();
        guest.manager_close(manager).unwrap();
        guest.close("options", options).unwrap();
    }
}

pub(super) fn a_manager_that_is_closed_is_an_invalid_handle(guest: &mut Guest<'_>) {
    let options = guest.options_open(SIGNATURES).unwrap();
    let manager = guest.manager_open(Some(options)).unwrap();
    guest.manager_close(manager).unwrap();
    refuses!(guest.manager_close(manager), Closed);
    refuses!(guest.keypair_generate_managed(manager, SIGNATURES, PAIR), InvalidHandle);
    guest.close("options", options).unwrap();
    refuses!(guest.manager_open(Some(options)), InvalidHandle);
}

pub(super) fn without_a_store_no_manager_opens(guest: &mut Guest<'_>) {
    let mut without = guest.set_up(Keys::Nowhere);
    refuses!(without.manager_open(None), UnsupportedFeature);
    for kind in KINDS {
        let plain = plain(&mut without, kind);
        refuses!(without.id(kind, plain), UnsupportedFeature, "{kind}");
    }
}

pub(super) fn without_a_store_nothing_is_managed(guest: &mut Guest<'_>) {
    let mut without = guest.set_up(Keys::Nowhere);
    for function in functions(guest.revision()) {
        let about_managed = function
            .parameters
            .iter()
            .any(|parameter| matches!(parameter.ty, Type::secrets_manager | Type::key_manager));
        if !about_managed && function.name != format!("{}_open", guest.manager_kind()) {
            continue;
        }
        let mut right = guest.neighbour();
        let mut call = Call::plausible(&mut right, &function);
        call.place_all(&mut without, 0);
        refuses!(call.send(&mut without), UnsupportedFeature, "{}", function.name);
    }
}

pub(super) fn a_key_is_found_by_its_identifier_and_does_the_same(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for algorithm in served(guest) {
        let name = algorithm.name;
        if name.starts_with("RSA_") && !name.contains("2048") {
            // Making one takes seconds; that they are kept the same way is seen of the smaller ones.
            continue;
        }
        let pair = guest.keypair_generate_managed(manager, algorithm.kind, name).unwrap();
        let (id, version) = guest.id("keypair", pair).unwrap();
        let again = guest.from_id("keypair", manager, &id, version).unwrap();
        assert_eq!(guest.id("keypair", again), Ok((id, version)), "{name}");
        let publics = [pair, again].map(|pair| {
            let public = guest.keypair_publickey(pair).unwrap();
            guest.export("publickey", public, PKCS8).unwrap()
        });
        assert_eq!(publics[0], publics[1], "{name}");
        if algorithm.kind == SIGNATURES {
            let (signature, public) = (guest.sign(again, b"text").unwrap(), guest.keypair_publickey(pair).unwrap());
            guest.verify(public, b"text", signature).unwrap();
        }
    }
    let mut made_keys = 0;
    for name in guest.subject().algorithms().to_vec() {
        let key = match guest.symmetric_key_generate_managed(manager, &name) {
            // A hash, and an asymmetric algorithm.
            Err(refusal) if refusal == Errno::KeyNotSupported || refusal == Errno::UnsupportedAlgorithm => continue,
            made => made.unwrap_or_else(|refusal| panic!("{name}: {refusal:?}")),
        };
        made_keys += 1;
        let (id, version) = guest.id("symmetric_key", key).unwrap();
        let again = guest.from_id("symmetric_key", manager, &id, LATEST).unwrap();
        assert_eq!(guest.id("symmetric_key", again), Ok((id, version)), "{name}");
        let nonce = match name.as_str() {
            _ if name.contains("XCHACHA") => 24,
            _ if name.contains("CBC") || name.contains("CTR") || name.contains("XOODYAK") => 16,
            _ => 12,
        };
        let made = [key, again].map(|key| {
            let options = guest.nonce(&vec![3; nonce]);
            let state = guest.symmetric_state_open(&name, Some(key), Some(options)).unwrap();
            if let Ok(tag) = guest.symmetric_state_squeeze_tag(state) {
                let len = guest.symmetric_tag_len(tag).unwrap() as usize;
                return guest.symmetric_tag_pull(tag, len).unwrap();
            }
            if let Ok(output) = guest.symmetric_state_squeeze(state, 32) {
                return output;
            }
            if let Ok(derived) = guest.symmetric_state_squeeze_key(state, &name.replace("EXTRACT", "EXPAND")) {
                return guest.symmetric_key_export(derived).unwrap();
            }
            let room = guest.symmetric_state_max_tag_len(state).unwrap() as usize;
            guest.symmetric_state_encrypt(state, 16 + room, &[7; 16]).unwrap()
        });
        assert_eq!(made[0], made[1], "{name}");
    }
    assert!(made_keys > 4, "of {made_keys} algorithms, a key was made");
    refuses!(guest.symmetric_key_generate_managed(manager, "SHA-256"), KeyNotSupported);
    refuses!(guest.symmetric_key_generate_managed(manager, "NO-SUCH-THING"), UnsupportedAlgorithm);
    refuses!(guest.keypair_generate_managed(manager, SIGNATURES, "NO-SUCH-THING"), UnsupportedAlgorithm);
    refuses!(guest.keypair_generate_managed(manager, SIGNATURES, KEY), UnsupportedAlgorithm);
}

pub(super) fn an_identifier_is_sixteen_bytes_that_nobody_can_guess(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let mut seen = HashSet::new();
    let mut bits = [0_u32; 8 * IDENTIFIER_LEN];
    for _ in 0..200 {
        let (pair, id) = pair(guest, manager);
        assert_eq!(id.len(), IDENTIFIER_LEN);
        for (index, count) in bits.iter_mut().enumerate() {
            *count += u32::from(id[index / 8] >> (index % 8) & 1);
        }
        // A buffer of just its length is enough, and one byte less is not.
        assert_eq!(guest.id_into("keypair", pair, IDENTIFIER_LEN).unwrap().0, id);
        if guest.has(Capability::Buffers) {
            refuses!(guest.id_into("keypair", pair, IDENTIFIER_LEN - 1), Overflow);
        }
        guest.close("keypair", pair).unwrap();
        assert!(seen.insert(id), "an identifier comes twice");
    }
    // Each bit is drawn: of 200, some 100 are set.
    assert!(bits.iter().all(|count| (50..150).contains(count)), "{bits:?}");
    // Nor is it made of the key.
    let store = store(guest, Default::default(), Quotas::default());
    let [mut left, mut right] = ["left", "right"].map(|namespace| tenant(guest, &store, namespace));
    if guest.revision() == Revision::V0_10 {
        let ids = [&mut left, &mut right].map(|guest| {
            let (manager, key) = (guest.manager(), guest.symmetric_key_import(KEY, &cast::KEY).unwrap());
            guest.store_managed("symmetric_key", manager, key).unwrap()
        });
        assert_ne!(ids[0], ids[1]);
    }
}

pub(super) fn a_key_is_known_only_as_what_it_is(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let ((_, pair), (_, key)) = (pair(guest, manager), key(guest, manager));
    refuses!(guest.from_id("symmetric_key", manager, &pair, LATEST), NotFound);
    refuses!(guest.from_id("keypair", manager, &key, LATEST), NotFound);
    // What is no identifier is one that nobody has.
    let malformed: [&[u8]; 6] = [b"", &[0; 16], &[0xff; 16], &pair[1..], &pair[..15], &[&pair[..], &[0]].concat()];
    for id in malformed {
        is_not_found(guest, manager, id, LATEST);
        is_not_found(guest, manager, id, ALL);
    }
    if guest.revision() == Revision::V0_10 {
        for id in [&pair, &key] {
            refuses!(guest.external_secret_from_id(manager, id, LATEST), NotFound);
            refuses!(guest.external_secret_invalidate(manager, id, ALL), NotFound);
            if guest.has(Capability::NamedSecrets) {
                refuses!(guest.external_secret_replace(manager, b"secret", u64::MAX, id), NotFound);
            }
        }
        let secret = guest.external_secret_store(manager, b"secret", u64::MAX).unwrap();
        is_not_found(guest, manager, &secret, LATEST);
        is_not_found(guest, manager, &secret, ALL);
        // The key that seals has no identifier at all.
        guest.external_secret_encapsulate(manager, b"secret", u64::MAX).unwrap();
        is_not_found(guest, manager, &[0; IDENTIFIER_LEN], 1);
        refuses!(guest.external_secret_from_id(manager, &[0; IDENTIFIER_LEN], 1), NotFound);
    }
    guest.from_id("keypair", manager, &pair, LATEST).unwrap();
    guest.from_id("symmetric_key", manager, &key, LATEST).unwrap();
}

pub(super) fn a_handle_that_is_closed_leaves_the_key_in_its_store(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let (key, id) = one(guest, kind, manager);
        let before = mark(guest, kind, key);
        guest.close(kind, key).unwrap();
        let again = guest.from_id(kind, manager, &id, LATEST).unwrap();
        assert_eq!(mark(guest, kind, again), before, "{kind}");
    }
}

pub(super) fn closing_a_manager_leaves_keys_alive(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let ((pair, id), (key, _)) = (pair(guest, manager), key(guest, manager));
    guest.manager_close(manager).unwrap();
    assert_eq!(guest.id("keypair", pair).unwrap().0, id);
    guest.sign(pair, b"text").unwrap();
    mark(guest, "symmetric_key", key);
    // Another manager finds what the first one stored.
    let manager = guest.manager();
    guest.from_id("keypair", manager, &id, LATEST).unwrap();
}

pub(super) fn what_a_guest_made_can_be_stored_once(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    for kind in KINDS {
        let key = plain(guest, kind);
        let before = mark(guest, kind, key);
        // A buffer that is too small stores nothing.
        if guest.has(Capability::Buffers) {
            refuses!(guest.store_managed_into(kind, manager, key, IDENTIFIER_LEN - 1), Overflow, "{kind}");
        }
        refuses!(guest.id(kind, key), UnsupportedFeature, "{kind}");
        let id = guest.store_managed(kind, manager, key).unwrap();
        assert_eq!(guest.id(kind, key), Ok((id.clone(), 1)), "{kind}");
        let again = guest.from_id(kind, manager, &id, LATEST).unwrap();
        assert_eq!(mark(guest, kind, again), before, "{kind}");
        // It has its name.
        for key in [key, again] {
            refuses!(guest.store_managed(kind, manager, key), InvalidOperation, "{kind}");
            assert_eq!(guest.id(kind, key), Ok((id.clone(), 1)), "{kind}");
        }
        let (managed, _) = one(guest, kind, manager);
        refuses!(guest.store_managed(kind, manager, managed), InvalidOperation, "{kind}");
    }
}

/// Holds every function that exports a secret key to refusing it.
fn is_kept(guest: &mut Guest<'_>, pair: Object, key: Object) {
    let secret = guest.keypair_secretkey(pair).unwrap();
    for encoding in [RAW, PKCS8, Encoding::Pem] {
        refuses!(guest.export("keypair", pair, encoding), ProhibitedOperation);
        refuses!(guest.export("secretkey", secret, encoding), ProhibitedOperation);
    }
    refuses!(guest.symmetric_key_export(key), ProhibitedOperation);
}

pub(super) fn a_managed_key_is_not_exported(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let ((pair, pair_id), (key, key_id)) = (pair(guest, manager), key(guest, manager));
    is_kept(guest, pair, key);
    let pair = guest.from_id("keypair", manager, &pair_id, LATEST).unwrap();
    let key = guest.from_id("symmetric_key", manager, &key_id, LATEST).unwrap();
    is_kept(guest, pair, key);
    if guest.revision() == Revision::V0_10 {
        let [pair, key] = KINDS.map(|kind| plain(guest, kind));
        guest.export("keypair", pair, RAW).unwrap();
        guest.store_managed("keypair", manager, pair).unwrap();
        guest.store_managed("symmetric_key", manager, key).unwrap();
        is_kept(guest, pair, key);
    }
}

pub(super) fn an_exportable_key_is_exported(guest: &mut Guest<'_>) {
    let mut guest = ruled(guest, |rules| rules.exportable = true);
    let manager = guest.manager();
    let ((pair, pair_id), (key, key_id)) = (pair(&mut guest, manager), key(&mut guest, manager));
    let exported = (guest.export("keypair", pair, RAW).unwrap(), guest.symmetric_key_export(key).unwrap());
    let pair = guest.from_id("keypair", manager, &pair_id, LATEST).unwrap();
    let key = guest.from_id("symmetric_key", manager, &key_id, LATEST).unwrap();
    let secret = guest.keypair_secretkey(pair).unwrap();
    assert_eq!((guest.export("keypair", pair, RAW).unwrap(), guest.symmetric_key_export(key).unwrap()), exported);
    assert_eq!(guest.export("secretkey", secret, RAW).unwrap(), exported.0[..32]);
}

pub(super) fn a_derived_key_and_a_public_key_are_the_guests_own(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let (pair, _) = pair(guest, manager);
    let (public, secret) = (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap());
    let derived = guest.publickey_from_secretkey(secret).unwrap();
    let [public, derived] = [public, derived].map(|public| guest.export("publickey", public, RAW).unwrap());
    assert_eq!(public, derived);
    let key = guest.symmetric_key_generate_managed(manager, "HKDF-EXTRACT/SHA-256").unwrap();
    refuses!(guest.symmetric_key_export(key), ProhibitedOperation);
    let state = guest.symmetric_state_open("HKDF-EXTRACT/SHA-256", Some(key), None).unwrap();
    let derived = guest.symmetric_state_squeeze_key(state, "HKDF-EXPAND/SHA-256").unwrap();
    assert_eq!(guest.symmetric_key_export(derived).unwrap().len(), 32);
    refuses!(guest.id("symmetric_key", derived), UnsupportedFeature);
}

pub(super) fn the_halves_of_a_managed_pair_make_the_managed_pair_again(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let (pair, id) = pair(guest, manager);
    let (public, secret) = (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap());
    let again = guest.keypair_from_pk_and_sk(public, secret).unwrap();
    assert_eq!(guest.id("keypair", again).unwrap().0, id);
    refuses!(guest.export("keypair", again, RAW), ProhibitedOperation);
}

pub(super) fn a_policy_holds_for_managed_keys(guest: &mut Guest<'_>) {
    let policy = Policy::new().forbid_algorithms([PAIR, KEY]).require_key_bits("HMAC/*", 300);
    let mut guest = guest.set_up(policy);
    let manager = guest.manager();
    refuses!(guest.keypair_generate_managed(manager, SIGNATURES, PAIR), ProhibitedOperation);
    refuses!(guest.symmetric_key_generate_managed(manager, KEY), ProhibitedOperation);
    let key = guest.symmetric_key_generate_managed(manager, "HMAC/SHA-256").unwrap();
    let (id, _) = guest.id("symmetric_key", key).unwrap();
    guest.from_id("symmetric_key", manager, &id, LATEST).unwrap();
}

pub(super) fn a_key_whose_algorithm_the_host_lacks_or_forbids_is_not_opened(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Quotas::default());
    let mut open = tenant(guest, &store, "tenant");
    let manager = open.manager();
    let ((_, pair), (_, key)) = (pair(&mut open, manager), key(&mut open, manager));
    let short = open.symmetric_key_generate_managed(manager, "HMAC/SHA-256").unwrap();
    let (short, _) = open.id("symmetric_key", short).unwrap();
    // Another host over the same store.
    let policy = Policy::new().forbid_algorithms([PAIR, KEY]).require_key_bits("HMAC/*", 1024);
    let keys = Keys::In(Arc::clone(&store));
    let namespace = Some("tenant".to_owned());
    let mut strict = guest.set_up(Setup { policy, keys, namespace, ..Setup::default() });
    let manager = strict.manager();
    refuses!(strict.from_id("keypair", manager, &pair, LATEST), ProhibitedOperation);
    refuses!(strict.from_id("symmetric_key", manager, &key, LATEST), ProhibitedOperation);
    // How long a key is that the store does not give out was for the policy of its first host to say.
    if gives_bytes(&store, "tenant", Kind::SymmetricKey, &short) {
        refuses!(strict.from_id("symmetric_key", manager, &short, LATEST), ProhibitedOperation);
    }
    strict.manager_invalidate(manager, &pair, LATEST).expect("to forbid a key is no reason to keep it");

    for (kind, stored) in [("keypair", Kind::KeyPair), ("symmetric_key", Kind::SymmetricKey)] {
        let identifier = Identifier([9; IDENTIFIER_LEN]);
        let name = Name { namespace: "tenant", kind: stored, identifier };
        let record = Record::new("NO-SUCH-THING", &[7; 32]);
        if store.store(&name, &record).is_ok() {
            let manager = open.manager();
            refuses!(open.from_id(kind, manager, &identifier.0, LATEST), UnsupportedAlgorithm, "{kind}");
        }
    }
}

pub(super) fn what_a_guest_may_not_hold_is_not_opened(guest: &mut Guest<'_>) {
    // No handle: nothing is stored, so that there is still room in the store.
    let mut narrow = with_handles(guest, 8);
    let manager = narrow.manager();
    fill(&mut narrow);
    refuses!(narrow.keypair_generate_managed(manager, SIGNATURES, PAIR), TooManyHandles);
    refuses!(narrow.symmetric_key_generate_managed(manager, KEY), TooManyHandles);
}

pub(super) fn what_would_take_more_bytes_than_a_guest_may_hold_is_not_opened(guest: &mut Guest<'_>) {
    if guest.lacks(cast::KEM) {
        return;
    }
    let store = store(guest, Default::default(), Quotas::default());
    let with_bytes = |bytes| {
        let mut limits = hostcrypt::Limits::default();
        limits.bytes = bytes;
        guest.set_up(Setup { limits, keys: Keys::In(Arc::clone(&store)), ..Setup::default() })
    };
    let mut wide = with_bytes(1 << 20);
    let manager = wide.manager();
    let pair = wide.keypair_generate_managed(manager, KEY_EXCHANGE, cast::KEM).unwrap();
    let (id, _) = wide.id("keypair", pair).unwrap();
    let key = wide.symmetric_key_import("HMAC/SHA-256", &[7; 500]).unwrap();
    let key_id = wide.store_managed("symmetric_key", manager, key).unwrap();
    let mut narrow = with_bytes(300);
    let manager = narrow.manager();
    refuses!(narrow.keypair_generate_managed(manager, KEY_EXCHANGE, cast::KEM), Overflow);
    refuses!(narrow.from_id("keypair", manager, &id, LATEST), Overflow);
    if gives_bytes(&store, "default", Kind::SymmetricKey, &key_id) {
        refuses!(narrow.from_id("symmetric_key", manager, &key_id, LATEST), Overflow);
    }
}

pub(super) fn changes_are_told_to_the_audit(guest: &mut Guest<'_>) {
    let (log, time) = (Arc::new(Mutex::new(Vec::new())), Time::new());
    let setup = Setup {
        audit: Some(Arc::clone(&log)),
        clock: Some(Arc::clone(&time.0)),
        namespace: Some("tenant".to_owned()),
        ..Setup::default()
    };
    let mut guest = guest.set_up(setup);
    let hex = base16ct::lower::encode_string;
    let manager = guest.manager();
    let (old, id) = pair(&mut guest, manager);
    time.set(5);
    let mut expected = vec![format!("tenant KeyPair {} 1 generated {}", hex(&id), Time::START)];
    let now = Time::START + 5;
    if guest.revision() == Revision::V0_10 {
        let new = plain(&mut guest, "keypair");
        guest.replace_managed("keypair", manager, old, new).unwrap();
        let key = plain(&mut guest, "symmetric_key");
        let key = guest.store_managed("symmetric_key", manager, key).unwrap();
        let (moved, moved_id) = pair(&mut guest, manager);
        guest.replace_managed("keypair", manager, new, moved).unwrap();
        guest.external_secret_encapsulate(manager, b"secret", u64::MAX).unwrap();
        guest.external_secret_encapsulate(manager, b"secret", u64::MAX).unwrap();
        expected.extend([
            format!("tenant KeyPair {} 2 replaced {now}", hex(&id)),
            format!("tenant SymmetricKey {} 1 stored {now}", hex(&key)),
            format!("tenant KeyPair {} 1 generated {now}", hex(&moved_id)),
            format!("tenant KeyPair {} 1 moved {now}", hex(&moved_id)),
            format!("tenant KeyPair {} 3 replaced {now}", hex(&id)),
            format!("tenant Seal {} 1 generated {now}", hex(&[0; 16])),
        ]);
    }
    // What is refused, and what only reads, changes nothing.
    refuses!(guest.manager_invalidate(manager, &[1; 16], ALL), NotFound);
    guest.from_id("keypair", manager, &id, LATEST).unwrap();
    guest.manager_invalidate(manager, &id, ALL).unwrap();
    let versions = if guest.revision() == Revision::V0_10 { 1..=3 } else { 1..=1 };
    expected.extend(versions.map(|version| format!("tenant KeyPair {} {version} invalidated {now}", hex(&id))));
    assert_eq!(*log.lock().unwrap(), expected);
}
