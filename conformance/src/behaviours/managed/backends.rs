//! Keys that outlive a change of backend: another host stored them, with another backend.

use hostcrypt::{
    Revision,
    store::{Identifier, KeyStore, Kind, Name, Quotas, Record},
};

use super::{store, tenant};
use crate::{
    Capability, Guest,
    behaviours::forms::{UNEQUAL, lattices, rsa_pairs},
    guest::{IDENTIFIER_LEN, LATEST, PKCS8, refuses},
};

const NAMESPACE: &str = "tenant";

/// Stores a key as another host's backend made it, and returns its identifier; none where the store wants no bytes.
fn put(store: &dyn KeyStore, kind: Kind, algorithm: &str, content: &[u8]) -> Option<Vec<u8>> {
    let mut identifier = [0xa5; IDENTIFIER_LEN];
    identifier[..8].copy_from_slice(&content.len().to_be_bytes());
    let identifier = Identifier(identifier);
    let name = Name { namespace: NAMESPACE, kind, identifier };
    store.store(&name, &Record::new(algorithm, content)).ok()?;
    Some(identifier.0.to_vec())
}

pub(super) fn a_key_is_opened_by_whichever_backend_reads_it(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Quotas::default());
    let mut guest = tenant(guest, &store, NAMESPACE);
    let manager = guest.manager();
    for lattice in lattices(&guest) {
        let name = lattice.name;
        let Some(id) = put(&*store, Kind::KeyPair, name, lattice.expanded()) else { continue };
        if !guest.subject().has(Capability::ExpandedKeys(name)) {
            refuses!(guest.from_id("keypair", manager, &id, LATEST), UnsupportedAlgorithm, "{name}");
            continue;
        }
        let pair = guest.from_id("keypair", manager, &id, LATEST).unwrap();
        assert_eq!(guest.id("keypair", pair), Ok((id.clone(), 1)), "{name}");
        let public = lattice.public(&mut guest);
        lattice.belongs(&mut guest, pair, public);
        let own = guest.keypair_publickey(pair).unwrap();
        lattice.belongs(&mut guest, pair, own);
        refuses!(guest.export("keypair", pair, PKCS8), ProhibitedOperation, "{name}");
        let secret = guest.keypair_secretkey(pair).unwrap();
        let again = guest.keypair_from_pk_and_sk(public, secret).unwrap();
        assert_eq!(guest.id("keypair", again), Ok((id.clone(), 1)), "{name}");
        if guest.revision() == Revision::V0_10 {
            // By a key that the first backend makes.
            let new = guest.keypair_generate(lattice.kind, name, None).unwrap();
            assert_eq!(guest.replace_managed("keypair", manager, pair, new), Ok(2), "{name}");
            for version in [1, 2] {
                guest.from_id("keypair", manager, &id, version).unwrap();
            }
        }
    }
    if guest.revision() == Revision::V2020_06 {
        return;
    }
    for (name, file) in UNEQUAL {
        if guest.lacks(name) {
            continue;
        }
        let pair = rsa_pairs(&mut guest, name, file)[0];
        let id = guest.store_managed("keypair", manager, pair).unwrap();
        let again = guest.from_id("keypair", manager, &id, LATEST).unwrap();
        let (signature, public) = (guest.sign(again, b"message").unwrap(), guest.keypair_publickey(pair).unwrap());
        guest.verify(public, b"message", signature).unwrap();
    }
}

/// What is stored is authentic, so that bytes which are no key to this host were one to another.
pub(super) fn a_key_that_no_backend_reads_is_an_unsupported_algorithm(guest: &mut Guest<'_>) {
    let store = store(guest, Default::default(), Quotas::default());
    let mut guest = tenant(guest, &store, NAMESPACE);
    let manager = guest.manager();
    let names = [
        "Ed25519",
        "ECDSA_P256_SHA256",
        "RSA_PKCS1_2048_SHA256",
        "ML-DSA-65",
        "X25519",
        "P384-SHA384",
        "ML-KEM-768",
        "X-WING",
        "SHA-256",
        "AES-256-GCM",
        "AES-128-CTR",
        "HKDF-EXPAND/SHA-256",
        "XOODYAK-128",
    ];
    for (index, name) in names.into_iter().enumerate() {
        for (kind, key) in [(Kind::KeyPair, "keypair"), (Kind::SymmetricKey, "symmetric_key")] {
            // Of a length that no key of it has.
            let Some(id) = put(&*store, kind, name, &vec![7; 3 + index]) else { return };
            refuses!(guest.from_id(key, manager, &id, LATEST), UnsupportedAlgorithm, "{name} {key}");
        }
    }
}
