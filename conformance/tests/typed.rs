//! A host whose guests have neither memory nor handles is judged like any other: behaviours that need these are skipped
//! and counted, and all others reach it by typed calls alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::{collections::BTreeMap, sync::Arc};

use hostcrypt::{
    Revision,
    abi::Function,
    store::{KeyRules, KeyStore, Quotas},
};
use hostcrypt_conformance::{
    Answer, Argument, Capability, Case, Guest, Instance, Interface, Object, Outcome, Setup, Subject, Suite, Value,
    subjects,
};

/// A host behind typed calls, as one of components is.
struct Typed(&'static dyn Subject);

/// What guests of components cannot do.
fn needs_a_module(capability: Capability<'_>) -> bool {
    matches!(capability, Capability::Memory | Capability::Handles | Capability::Numbers)
}

impl Subject for Typed {
    fn runtime(&self) -> &str {
        "typed"
    }

    fn backend(&self) -> &str {
        self.0.backend()
    }

    fn revision(&self) -> Revision {
        self.0.revision()
    }

    fn algorithms(&self) -> &[String] {
        self.0.algorithms()
    }

    fn has(&self, capability: Capability<'_>) -> bool {
        !needs_a_module(capability) && self.0.has(capability)
    }

    fn key_store(&self, rules: KeyRules, quotas: Quotas) -> Result<Arc<dyn KeyStore>, String> {
        self.0.key_store(rules, quotas)
    }

    fn open(&self, setup: &Setup) -> Result<Instance, String> {
        Ok(Instance::Typed(Box::new(Resources(Guest::of(self.0, setup.clone())))))
    }
}

/// A guest whose objects have other numbers than the host's handles.
struct Resources(Guest<'static>);

fn renumbered(object: Object) -> Object {
    Object::new(object.kind(), !object.number())
}

impl Interface for Resources {
    fn invoke(&mut self, function: &Function, arguments: &[Argument<'_>]) -> Answer<Vec<Value>> {
        let arguments = arguments.iter().map(|argument| match *argument {
            Argument::Object(object) => Argument::Object(renumbered(object)),
            Argument::Optional(object) => Argument::Optional(object.map(renumbered)),
            other => other,
        });
        let values = self.0.invoke(function.name, &arguments.collect::<Vec<_>>())?;
        let values = values.into_iter().map(|value| match value {
            Value::Object(object) => Value::Object(renumbered(object)),
            other => other,
        });
        Ok(values.collect())
    }

    fn bytes_held(&self) -> Option<usize> {
        self.0.bytes_held()
    }
}

#[test]
fn a_host_without_memory_and_handles_is_judged_by_every_behaviour_that_needs_none() {
    let native = |subject: &dyn Subject| subject.runtime() == "native" && subject.revision() == Revision::V0_10;
    let native = subjects().into_iter().find(|subject| native(&**subject)).unwrap();
    let suite = Suite::of(vec![Box::new(Typed(Box::leak(native)))]);
    let (mut judged, mut skipped, mut wrong) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    // Vectors take long, and tell nothing about the kind of guest.
    let vectors = ["wycheproof::", "fips::", "nist::", "blake2::", "libsodium::", "openssl::"];
    let is_vector = |case: &&Case| vectors.iter().any(|part| case.behaviour().starts_with(part));
    for case in suite.cases().iter().filter(|case| !is_vector(case)) {
        match case.judge() {
            Outcome::Failed(what) => wrong.push(format!("{}: {what}", case.behaviour())),
            Outcome::Skipped(reason) => *skipped.entry(reason).or_default() += 1,
            _ => judged += 1,
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{judged} judged, skipped: {skipped:#?}");
    assert!(judged > 200, "{judged} behaviours were judged");
    let memory = skipped.get("its guests have no memory and pass no pointers");
    assert!(memory.is_some_and(|count| *count > 20), "{skipped:?}");
}
