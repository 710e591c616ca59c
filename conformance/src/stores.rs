//! Judging a store of managed keys: the same hosts over another store.

use std::sync::Arc;

use hostcrypt::{
    Revision,
    store::{KeyRules, KeyStore, Quotas},
};

use crate::{Capability, Instance, Keys, Setup, Subject};

/// Makes an empty store, or returns why there is no such store.
type Make = dyn Fn(KeyRules, Quotas) -> Result<Arc<dyn KeyStore>, String> + Send + Sync;

/// A host with key stores that the caller makes. The behaviours `managed::` judge these stores.
pub struct WithStore {
    subject: Box<dyn Subject>,
    make: Arc<Make>,
}

impl WithStore {
    /// Makes hosts over other stores. `make` makes an empty store with the given rules and quotas, or returns why there
    /// is no such store.
    pub fn all(
        subjects: Vec<Box<dyn Subject>>,
        make: impl Fn(KeyRules, Quotas) -> Result<Arc<dyn KeyStore>, String> + Send + Sync + 'static,
    ) -> Vec<Box<dyn Subject>> {
        let make: Arc<Make> = Arc::new(make);
        let over = |subject| Box::new(Self { subject, make: Arc::clone(&make) }) as Box<dyn Subject>;
        subjects.into_iter().map(over).collect()
    }
}

impl Subject for WithStore {
    fn runtime(&self) -> &str {
        self.subject.runtime()
    }

    fn backend(&self) -> &str {
        self.subject.backend()
    }

    fn revision(&self) -> Revision {
        self.subject.revision()
    }

    fn version(&self) -> String {
        self.subject.version()
    }

    fn algorithms(&self) -> &[String] {
        self.subject.algorithms()
    }

    fn has(&self, capability: Capability<'_>) -> bool {
        self.subject.has(capability)
    }

    fn key_store(&self, rules: KeyRules, quotas: Quotas) -> Result<Arc<dyn KeyStore>, String> {
        (self.make)(rules, quotas)
    }

    fn open(&self, setup: &Setup) -> Result<Instance, String> {
        let mut setup = setup.clone();
        if let Keys::Fresh = setup.keys {
            setup.keys = Keys::In(self.key_store(KeyRules::default(), Quotas::default())?);
        }
        self.subject.open(&setup)
    }
}
