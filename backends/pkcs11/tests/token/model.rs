//! The store does what the store in memory does.

#[path = "../../../shared-tests/store.rs"]
mod store;

use cryptoki::{session::UserType, types::AuthPin};
use hostcrypt::store::{MemoryStore, Quotas, StoreAdmin, StoreConfig};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::softhsm::{PIN, SoftHsm};

crate::tests!(it_does_what_the_store_in_memory_does);

fn it_does_what_the_store_in_memory_does(hsm: &SoftHsm) {
    let uri = hsm.token("model");
    let mut quotas = Quotas::default();
    (quotas.keys, quotas.versions, quotas.bytes) = (3, 4, 5 * Quotas::PER_VERSION + 150);
    let config = StoreConfig::default().with_quotas(quotas);
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() });
    let done = runner.run(&(store::steps(50), any::<u64>()), |(steps, reopen)| {
        empty(hsm);
        let model = MemoryStore::new().with_config(config);
        let mut store = hsm.store(&uri).with_config(config);
        for (index, step) in steps.iter().enumerate() {
            // As the next process does.
            if reopen >> (index % 64) & 7 == 0 {
                store = hsm.store(&uri).with_config(config);
            }
            let namespace = if index % 5 == 0 { "other" } else { "tenant" };
            prop_assert_eq!(store::take(&store, namespace, step), store::take(&model, namespace, step), "{:?}", step);
            prop_assert_eq!(store.list(None).unwrap(), model.list(None).unwrap(), "{:?}", step);
        }
        Ok(())
    });
    done.unwrap();
}

fn empty(hsm: &SoftHsm) {
    let session = hsm.pkcs11().open_rw_session(hsm.slot("model")).unwrap();
    let _ = session.login(UserType::User, Some(&AuthPin::new(PIN.into())));
    for object in session.find_objects(&[]).unwrap() {
        session.destroy_object(object).unwrap();
    }
}
