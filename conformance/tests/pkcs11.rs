//! The behaviours about managed keys, over a PKCS #11 token: SoftHSM; and what its keys do, held to the backend.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

#[path = "../../backends/pkcs11/tests/softhsm/mod.rs"]
mod softhsm;

#[path = "pkcs11/elsewhere.rs"]
mod elsewhere;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use hostcrypt::store::{KeyRules, KeyStore, Quotas, StoreConfig};
use hostcrypt_conformance::{Case, Outcome, Suite, WithStore, subjects};
use libtest_mimic::{Arguments, Trial};

/// Each store has a token of its own.
static TOKENS: AtomicU64 = AtomicU64::new(0);

fn main() -> ExitCode {
    softhsm::with_softhsm(|hsm| {
        let hsm = Arc::new(hsm);
        let tokens = Arc::clone(&hsm);
        // Of backends one, which is enough for a store: tokens take their time.
        let mut hosts = subjects();
        hosts.retain(|subject| subject.backend() == hostcrypt_rustcrypto::BACKEND.name);
        let least = 40 * hosts.len();
        let suite = Suite::of(WithStore::all(hosts, move |rules: KeyRules, quotas: Quotas| {
            if rules.exportable {
                return Err("keys never leave a token".to_owned());
            }
            let uri = tokens.token(&format!("token{}", TOKENS.fetch_add(1, Relaxed)));
            let config = StoreConfig::default().with_rules(rules).with_quotas(quotas);
            Ok(Arc::new(tokens.store(&uri).with_config(config)) as Arc<dyn KeyStore>)
        }));
        let about_stores =
            |case: &&Case| ["managed::", "audit::"].iter().any(|part| case.behaviour().starts_with(part));
        let about_stores = suite.cases().iter().filter(about_stores).filter(|case| case.skipped().is_none());
        let managed: Vec<_> = about_stores.cloned().collect();
        assert!(managed.len() > least, "only {} behaviours run over tokens", managed.len());
        let trials = managed.into_iter().map(|case| {
            let title = format!("{} {}", case.subject(), case.behaviour());
            Trial::test(title, move || match case.judge() {
                Outcome::Passed | Outcome::Unsupported(_) => Ok(()),
                // The one thing that no token does.
                Outcome::Skipped(_) if case.behaviour().ends_with("an_exportable_key_is_exported") => Ok(()),
                outcome => Err(format!("{outcome:?}").into()),
            })
        });
        let elsewhere = elsewhere::TESTS.iter().map(|(name, test)| {
            let hsm = Arc::clone(&hsm);
            Trial::test(*name, move || {
                test(&hsm);
                Ok(())
            })
        });
        libtest_mimic::run(&Arguments::from_args(), trials.chain(elsewhere).collect()).exit_code()
    })
}
