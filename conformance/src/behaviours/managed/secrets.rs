//! External secrets that the host keeps.

use hostcrypt::Limits;

use super::{mark, one, store, tenant};
use crate::{
    Capability, Guest,
    guest::{ALL, IDENTIFIER_LEN, LATEST, UNSPECIFIED, refuses},
};

pub(super) fn a_secret_comes_back_by_identifier_and_version(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let (first, second) = (b"one secret", b"another");
    let id = guest.external_secret_store(manager, first, u64::MAX).unwrap();
    let other = guest.external_secret_store(manager, first, u64::MAX).unwrap();
    assert_ne!(id, other, "an identifier is not made of the secret");
    let replaced = guest.external_secret_replace(manager, second, u64::MAX, &id);
    let (named, mut versions) = (guest.has(Capability::NamedSecrets), vec![(1, &first[..])]);
    if named {
        assert_eq!(replaced, Ok(2));
        versions.extend([(2, &second[..]), (LATEST, second)]);
    } else {
        refuses!(replaced, UnsupportedFeature);
        versions.extend([(LATEST, &first[..])]);
    }
    for (version, secret) in versions {
        assert_eq!(guest.external_secret_from_id(manager, &id, version).unwrap(), secret, "version {version:x}");
    }
    assert_eq!(guest.external_secret_from_id(manager, &other, LATEST).unwrap(), first);
    for version in [0, 3, UNSPECIFIED, ALL, u64::MAX] {
        refuses!(guest.external_secret_from_id(manager, &id, version), NotFound, "version {version:x}");
    }
    for id in [&[][..], &[7; IDENTIFIER_LEN], &id[1..]] {
        refuses!(guest.external_secret_from_id(manager, id, LATEST), NotFound);
        if named {
            refuses!(guest.external_secret_replace(manager, first, u64::MAX, id), NotFound);
        }
        refuses!(guest.external_secret_invalidate(manager, id, ALL), NotFound);
    }
    guest.external_secret_invalidate(manager, &other, LATEST).unwrap();
    refuses!(guest.external_secret_from_id(manager, &other, 1), NotFound);
    // A buffer that is too small stores nothing.
    if guest.has(Capability::Buffers) {
        refuses!(guest.external_secret_store_into(manager, first, u64::MAX, IDENTIFIER_LEN - 1), Overflow);
    }
}

pub(super) fn a_secret_of_any_length_up_to_a_limit_is_kept(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    const LONGEST: usize = 64 << 10;
    for len in [0, 1, 63, 64, 65, 4096, LONGEST] {
        let secret = vec![0x5a; len];
        let id = guest.external_secret_store(manager, &secret, u64::MAX).unwrap();
        assert!(guest.external_secret_from_id(manager, &id, LATEST).unwrap() == secret, "{len} bytes");
        let sealed = guest.external_secret_encapsulate(manager, &secret, u64::MAX).unwrap();
        assert!(guest.external_secret_decapsulate(manager, &sealed).unwrap() == secret, "{len} bytes");
    }
    let id = guest.external_secret_store(manager, b"secret", u64::MAX).unwrap();
    let long = vec![0x5a; LONGEST + 1];
    refuses!(guest.external_secret_store(manager, &long, u64::MAX), Overflow);
    if guest.has(Capability::NamedSecrets) {
        refuses!(guest.external_secret_replace(manager, &long, u64::MAX, &id), Overflow);
    }
    refuses!(guest.external_secret_encapsulate(manager, &long, u64::MAX), Overflow);
    assert_eq!(guest.external_secret_from_id(manager, &id, LATEST).unwrap(), b"secret");
}

pub(super) fn a_secret_that_is_invalidated_is_not_found(guest: &mut Guest<'_>) {
    let manager = guest.manager();
    let id = guest.external_secret_store(manager, &[1], u64::MAX).unwrap();
    for version in 2..=4 {
        assert_eq!(guest.external_secret_replace(manager, &[version], u64::MAX, &id), Ok(version.into()));
    }
    guest.external_secret_invalidate(manager, &id, LATEST).unwrap();
    assert_eq!(guest.external_secret_from_id(manager, &id, LATEST).unwrap(), [3]);
    guest.external_secret_invalidate(manager, &id, 2).unwrap();
    refuses!(guest.external_secret_invalidate(manager, &id, 2), NotFound);
    assert_eq!(guest.external_secret_from_id(manager, &id, 1).unwrap(), [1]);
    assert_eq!(guest.external_secret_replace(manager, &[5], u64::MAX, &id), Ok(5));
    for version in [2, 4] {
        refuses!(guest.external_secret_from_id(manager, &id, version), NotFound);
    }
    // Keys are not the concern of this function.
    let (pair, pair_id) = one(guest, "keypair", manager);
    refuses!(guest.external_secret_invalidate(manager, &pair_id, ALL), NotFound);
    mark(guest, "keypair", pair);

    guest.external_secret_invalidate(manager, &id, ALL).unwrap();
    for version in [1, 3, 5, LATEST] {
        refuses!(guest.external_secret_from_id(manager, &id, version), NotFound);
        refuses!(guest.external_secret_invalidate(manager, &id, version), NotFound);
    }
    refuses!(guest.external_secret_replace(manager, &[6], u64::MAX, &id), NotFound);
}

pub(super) fn a_secret_that_the_guest_may_not_hold_is_not_read(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Default::default());
    let mut wide = tenant(guest, &store, "tenant");
    let manager = wide.manager();
    let id = wide.external_secret_store(manager, &[7; 1_000], u64::MAX).unwrap();
    let sealed = wide.external_secret_encapsulate(manager, &[7; 1_000], u64::MAX).unwrap();
    let mut limits = Limits::default();
    limits.bytes = 500;
    let keys = crate::Keys::In(store);
    let mut narrow =
        guest.set_up(crate::Setup { limits, keys, namespace: Some("tenant".to_owned()), ..Default::default() });
    let manager = narrow.manager();
    refuses!(narrow.external_secret_from_id(manager, &id, LATEST), Overflow);
    refuses!(narrow.external_secret_decapsulate(manager, &sealed), Overflow);
    refuses!(narrow.external_secret_encapsulate(manager, &[7; 1_000], u64::MAX), Overflow);
}
