//! The behaviours about managed keys over every durable store: each runtime, each backend, each revision.

#![allow(clippy::expect_used, reason = "a test")]

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use hostcrypt::store::{KeyRules, KeyStore, Quotas, StoreConfig};
use hostcrypt_conformance::{Case, Outcome, Suite, WithStore, subjects};
use hostcrypt_keystore::{FileStore, Kek};
use libtest_mimic::{Arguments, Trial};

type Make = Box<dyn Fn(KeyRules, Quotas) -> Result<Arc<dyn KeyStore>, String> + Send + Sync>;

/// Stores by name, each of which a fresh one is made for every guest that wants one.
fn stores(folder: &std::path::Path) -> Vec<(&'static str, Make)> {
    let (folder, count) = (folder.to_owned(), AtomicUsize::new(0));
    let file = move |rules, quotas| {
        let path = folder.join(count.fetch_add(1, Relaxed).to_string());
        let store = FileStore::create(path, &Kek::from_bytes([7; 32])).map_err(|error| error.to_string())?;
        let config = StoreConfig::default().with_rules(rules).with_quotas(quotas);
        Ok(Arc::new(store.with_config(config)) as Arc<dyn KeyStore>)
    };
    vec![("file", Box::new(file) as Make)]
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = tempfile::tempdir().expect("a folder for stores");
    let mut trials = Vec::new();
    for (name, make) in stores(folder.path()) {
        let suite = Suite::of(WithStore::all(subjects(), make));
        let about_stores =
            |case: &&Case| ["managed::", "audit::"].iter().any(|part| case.behaviour().starts_with(part));
        for case in suite.cases().iter().filter(about_stores) {
            if case.skipped().is_some() {
                continue;
            }
            let (case, title) = (case.clone(), format!("{name} {} {}", case.subject(), case.behaviour()));
            trials.push(Trial::test(title, move || match case.judge() {
                Outcome::Passed | Outcome::Unsupported(_) => Ok(()),
                outcome => Err(format!("{outcome:?}").into()),
            }));
        }
    }
    assert!(trials.len() > 40 * subjects().len(), "only {} behaviours run over stores", trials.len());
    libtest_mimic::run(&arguments, trials).exit_code()
}
