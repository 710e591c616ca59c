//! How much stack calls need of their caller, and the backends' work on a stack of its own.
//!
//! Stacks are measured by the pages that were touched, as the system tells them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    os::unix::fs::FileExt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use corosensei::{
    on_stack,
    stack::{DefaultStack, Stack},
};
use hostcrypt::{
    CALL_STACK, Revision,
    abi::functions,
    backend::{Agreement, Backend, Interrupt, Kem, Signature, SignatureInput},
    store::{KeyRules, KeyStore, Quotas, StoreConfig},
};
use hostcrypt_conformance::{
    Capability, Case, Instance, Outcome, ProbeInstance, Setup, Subject, Suite, WithStore, subjects,
};
use hostcrypt_keystore::{FileStore, Kek};

/// The stack that is measured: more than anything here needs, and less than a page of those that the system makes huge.
const STACK: usize = 1 << 20;

/// How much work on a stack of its own may need, an eighth of what it has.
const OWN_STACK: usize = 512 << 10;

const PAGE: usize = 4096;

/// Does some work on a fresh stack, and tells how many bytes of that it touched, in whole pages.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let stack = DefaultStack::new(STACK).unwrap();
    let (base, limit) = (stack.base().get(), stack.limit().get());
    on_stack(stack, || {
        let result = work();
        let mut entries = vec![0; (base - limit) / PAGE * 8];
        File::open("/proc/self/pagemap").unwrap().read_exact_at(&mut entries, (limit / PAGE * 8) as u64).unwrap();
        // The highest bit of an entry: the page is there.
        let untouched = entries.as_chunks::<8>().0.iter().take_while(|entry| entry[7] & 0x80 == 0).count();
        (result, base - limit - untouched * PAGE)
    })
}

/// The most that each thing was found to need.
#[derive(Clone, Default)]
struct Most(Arc<Mutex<BTreeMap<String, usize>>>);

impl Most {
    fn note(&self, what: &str, bytes: usize) {
        let mut most = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = most.entry(what.to_owned()).or_default();
        *known = bytes.max(*known);
    }

    /// Does some work on a fresh stack, and notes what it needed.
    fn of<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        let (result, bytes) = measured(work);
        self.note(what, bytes);
        result
    }

    /// Prints everything, and holds it to a limit.
    fn check(&self, limit: usize) {
        let most = self.0.lock().unwrap();
        for (what, bytes) in &*most {
            println!("{:4} KiB {what}", bytes >> 10);
        }
        let over: Vec<_> = most.iter().filter(|(_, bytes)| **bytes > limit).collect();
        assert!(over.is_empty(), "over {} KiB: {over:?}", limit >> 10);
    }
}

/// A subject whose calls run on a stack that is measured.
struct Measured(Box<dyn Subject>, Most);

struct MeasuredProbe {
    probe: Box<dyn ProbeInstance>,
    backend: String,
    most: Most,
}

impl Subject for Measured {
    fn runtime(&self) -> &str {
        self.0.runtime()
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
        self.0.has(capability)
    }

    fn key_store(&self, rules: KeyRules, quotas: Quotas) -> Result<Arc<dyn KeyStore>, String> {
        self.0.key_store(rules, quotas)
    }

    fn open(&self, setup: &Setup) -> Result<Instance, String> {
        let (probe, backend, most) = (self.0.open(setup)?.probe()?, self.backend().to_owned(), self.1.clone());
        Ok(MeasuredProbe { probe, backend, most }.into())
    }
}

impl ProbeInstance for MeasuredProbe {
    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        self.most.of(&format!("{} {function}", self.backend), || self.probe.call(function, integers))
    }

    fn memory_len(&self) -> usize {
        self.probe.memory_len()
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        self.probe.read(ptr, bytes);
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        self.probe.write(ptr, bytes);
    }

    fn thread(&mut self) -> Result<Box<dyn ProbeInstance>, String> {
        let (probe, backend, most) = (self.probe.thread()?, self.backend.clone(), self.most.clone());
        Ok(Box::new(Self { probe, backend, most }))
    }
}

/// The core without a runtime, over each backend.
fn natives(most: &Most) -> Vec<Box<dyn Subject>> {
    let one = |subject: &dyn Subject| {
        subject.runtime() == "native" && subject.revision() == Revision::V0_10 && !subject.backend().contains('+')
    };
    let measured = |subject| Box::new(Measured(subject, most.clone())) as Box<dyn Subject>;
    subjects().into_iter().filter(|subject| one(&**subject)).map(measured).collect()
}

/// Judges the cases of some parts of the interface.
fn judge(suite: &Suite, part: impl Fn(&str) -> bool) {
    let judged = |case: &&Case| case.skipped().is_none() && part(&case.behaviour());
    let cases: Vec<_> = suite.cases().iter().filter(judged).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Relaxed)) {
                    let outcome = case.judge();
                    let failed = matches!(outcome, Outcome::Failed(_));
                    assert!(!failed, "{} {}: {outcome:?}", case.subject(), case.behaviour());
                }
            });
        }
    });
}

#[test]
fn no_call_needs_more_of_its_callers_stack_than_is_documented() {
    let (most, folder, count) = (Most::default(), tempfile::tempdir().unwrap(), AtomicUsize::new(0));
    // Not what makes much of the same calls: most vectors, and random ones.
    judge(&Suite::of(natives(&most)), |behaviour| {
        let vectors = behaviour.starts_with("wycheproof::") && !behaviour.contains("expanded_keys");
        let same = ["handles::", "hostile::", "long_work::", "managed::", "memory::", "threads::"];
        !vectors && !same.iter().any(|part| behaviour.starts_with(part))
    });
    let path = folder.path().to_owned();
    let stores = WithStore::all(natives(&most), move |rules, quotas| {
        let path = path.join(count.fetch_add(1, Relaxed).to_string());
        let store = FileStore::create(path, &Kek::from_bytes([7; 32])).map_err(|error| error.to_string())?;
        let config = StoreConfig::default().with_rules(rules).with_quotas(quotas);
        Ok(Arc::new(store.with_config(config)) as Arc<dyn KeyStore>)
    });
    judge(&Suite::of(stores), |behaviour| behaviour.starts_with("managed::"));
    let of = |backend: String| functions(Revision::V0_10).map(move |function| format!("{backend} {}", function.name));
    let functions: BTreeSet<_> = natives(&most).iter().flat_map(|subject| of(subject.backend().to_owned())).collect();
    let called: BTreeSet<_> = most.0.lock().unwrap().keys().cloned().collect();
    assert_eq!(called, functions, "a stack is measured for every function of each backend");
    most.check(CALL_STACK);
}

fn signature(name: &str, scheme: &dyn Signature, most: &Most) {
    let of = |what: &str| format!("{name} {what}");
    let key = most.of(&of("generate"), || scheme.generate(&Interrupt::default()).unwrap());
    let secret = most.of(&of("secret"), || key.secret());
    most.of(&of("signing_key"), || scheme.signing_key(&secret).map(drop).unwrap());
    let public = most.of(&of("verifying_key of a secret key"), || key.verifying_key());
    let encoded = most.of(&of("public"), || public.public());
    let public = most.of(&of("verifying_key"), || scheme.verifying_key(&encoded).unwrap());
    most.of(&of("check"), || public.check().unwrap());
    let len = match scheme.scheme().input {
        SignatureInput::Digest(hash) => hash.output_len(),
        SignatureInput::Message => 64,
    };
    let input = vec![7; len];
    let signature = most.of(&of("sign"), || key.sign(&input).unwrap());
    most.of(&of("verify"), || public.verify(&input, &signature).unwrap());
    most.of(&of("drop"), || drop((key, public)));
}

fn agreement(name: &str, scheme: &dyn Agreement, most: &Most) {
    let of = |what: &str| format!("{name} {what}");
    let key = most.of(&of("generate"), || scheme.generate().unwrap());
    let public = most.of(&of("public_key of a secret key"), || key.public_key());
    let encoded = most.of(&of("public"), || public.public());
    let public = most.of(&of("public_key"), || scheme.public_key(&encoded).unwrap());
    most.of(&of("check"), || public.check().unwrap());
    most.of(&of("agree"), || key.agree(&encoded).unwrap());
}

fn kem(name: &str, scheme: &dyn Kem, most: &Most) {
    let of = |what: &str| format!("{name} {what}");
    let key = most.of(&of("generate"), || scheme.generate().unwrap());
    let secret = most.of(&of("secret"), || key.secret());
    most.of(&of("decapsulation_key"), || scheme.decapsulation_key(&secret).map(drop).unwrap());
    let public = most.of(&of("encapsulation_key of a secret key"), || key.encapsulation_key());
    let encoded = most.of(&of("public"), || public.public());
    let public = most.of(&of("encapsulation_key"), || scheme.encapsulation_key(&encoded).unwrap());
    let (_, encapsulated) = most.of(&of("encapsulate"), || public.encapsulate().unwrap());
    most.of(&of("decapsulate"), || key.decapsulate(&encapsulated).unwrap());
    most.of(&of("drop"), || drop((key, public)));
}

#[test]
fn backends_say_which_schemes_need_a_stack_of_their_own() {
    let backends: &[Backend] = &[
        #[cfg(feature = "rustcrypto")]
        hostcrypt_rustcrypto::BACKEND,
        #[cfg(feature = "boringssl")]
        hostcrypt_boringssl::BACKEND,
    ];
    let (most, own) = (Most::default(), Most::default());
    let which = |needs_stack| if needs_stack { &own } else { &most };
    for backend in backends {
        for scheme in backend.signatures.iter().filter(|scheme| !scheme.scheme().slow_to_generate) {
            signature(&format!("{} {}", backend.name, scheme.scheme().name), *scheme, which(scheme.needs_stack()));
        }
        for scheme in backend.agreements {
            agreement(&format!("{} {}", backend.name, scheme.name()), *scheme, &most);
        }
        for scheme in backend.kems {
            kem(&format!("{} {}", backend.name, scheme.name()), *scheme, which(scheme.needs_stack()));
        }
    }
    own.check(OWN_STACK);
    most.check(CALL_STACK);
}
