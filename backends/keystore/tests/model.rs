//! The file behaves as the store in memory does, also when it is opened anew between any two steps.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "../../shared-tests/store.rs"]
mod model;

use hostcrypt::store::{MemoryStore, Quotas, StoreConfig};
use hostcrypt_keystore::{FileStore, Kek};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn it_answers_as_the_store_in_memory_does(steps in model::steps(60), reopen in any::<u64>()) {
        let mut quotas = Quotas::default();
        (quotas.keys, quotas.versions, quotas.bytes) = (2, 4, 3 * Quotas::PER_VERSION + 30);
        let config = StoreConfig::default().with_quotas(quotas);
        let (folder, kek) = (tempfile::tempdir().unwrap(), Kek::from_bytes([7; 32]));
        let path = folder.path().join("keys");
        let memory = MemoryStore::new().with_config(config);
        let mut file = FileStore::create(&path, &kek).unwrap().with_config(config);
        for (index, step) in steps.iter().enumerate() {
            if reopen >> (index % 64) & 7 == 0 {
                drop(file);
                file = FileStore::open(&path, &kek).unwrap().with_config(config);
            }
            let namespace = if index % 5 == 0 { "other" } else { "tenant" };
            let answer = model::take(&file, namespace, step);
            prop_assert_eq!(answer, model::take(&memory, namespace, step), "{:?}", step);
        }
    }
}
