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

use hostcrypt::{
    Revision,
    store::{KeyRules, KeyStore, Quotas},
};
use hostcrypt_conformance::{Door, Keys, Outcome, Setup, Subject, Suite, subjects};
use libtest_mimic::{Arguments, Trial};

use self::softhsm::SoftHsm;

/// A subject whose keys are in a token.
struct Tokened {
    subject: Box<dyn Subject>,
    hsm: Arc<SoftHsm>,
}

/// Each store has a token of its own.
static TOKENS: AtomicU64 = AtomicU64::new(0);

impl Subject for Tokened {
    fn runtime(&self) -> &str {
        self.subject.runtime()
    }

    fn backend(&self) -> &str {
        self.subject.backend()
    }

    fn revision(&self) -> Revision {
        self.subject.revision()
    }

    fn algorithms(&self) -> &[String] {
        self.subject.algorithms()
    }

    fn served_by(&self, algorithm: &str) -> &str {
        self.subject.served_by(algorithm)
    }

    fn key_store(&self, rules: KeyRules, quotas: Quotas) -> Result<Arc<dyn KeyStore>, String> {
        if rules.exportable {
            return Err("keys never leave a token".to_owned());
        }
        let uri = self.hsm.token(&format!("token{}", TOKENS.fetch_add(1, Relaxed)));
        Ok(Arc::new(self.hsm.store(&uri).with_rules(rules).with_quotas(quotas)))
    }

    fn open(&self, setup: &Setup) -> Result<Box<dyn Door>, String> {
        let mut setup = setup.clone();
        if let Keys::Fresh = setup.keys {
            setup.keys = Keys::In(self.key_store(KeyRules::default(), Quotas::default())?);
        }
        self.subject.open(&setup)
    }
}

fn main() -> ExitCode {
    softhsm::with_softhsm(|hsm| {
        let hsm = Arc::new(hsm);
        let tokened = |subject| Box::new(Tokened { subject, hsm: Arc::clone(&hsm) }) as _;
        let suite = Suite::of(subjects().into_iter().map(tokened).collect());
        let managed = suite.cases().iter().filter(|case| case.behaviour().starts_with("managed::"));
        let trials = managed.filter(|case| case.skipped().is_none()).cloned().map(|case| {
            let title = format!("{} {}", case.subject(), case.behaviour());
            Trial::test(title, move || match case.judge() {
                Outcome::Failed(what) => Err(what.into()),
                Outcome::Skipped(reason) if reason.contains("token") => {
                    let exports = case.behaviour().ends_with("an_exportable_key_is_exported");
                    if exports { Ok(()) } else { Err(reason.into()) }
                }
                Outcome::Passed | Outcome::Unsupported(_) | Outcome::Known(_) | Outcome::Skipped(_) => Ok(()),
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
