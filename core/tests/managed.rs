//! Managed keys through the pointer door: namespaces, and callbacks of the embedder's that panic.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use parking_lot::Mutex;

use hostcrypt::{
    Call, Context, Errno, Host, Memory, Refusal, RefusalCause, Result, Revision, abi,
    backend::{Backend, Mac, MacKey, MacState, Random},
    store::{AuditEntry, KeyStore, MemoryStore, StoreAdmin},
};

/// Draws numbers that differ from call to call.
struct Counter;

static DRAWN: AtomicU64 = AtomicU64::new(1);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        for byte in bytes {
            *byte = (DRAWN.fetch_add(1, Relaxed) % 251) as u8;
        }
        Ok(())
    }
}

/// A code by name alone.
struct Named;

impl Mac for Named {
    fn name(&self) -> &'static str {
        "HMAC/NONE"
    }

    fn tag_len(&self) -> usize {
        32
    }

    fn key_len(&self) -> usize {
        32
    }

    fn key(&self, _: &[u8]) -> Result<Box<dyn MacKey>> {
        Ok(Box::new(Self))
    }
}

impl MacKey for Named {
    fn start(&self) -> Box<dyn MacState> {
        panic!("nothing is computed here")
    }
}

const BACKEND: Backend = Backend { name: "none", macs: &[&Named], random: &Counter, ..Backend::EMPTY };

/// A guest's memory: no options at 0, the algorithm's name, a place for outputs, and one for an identifier.
struct Guest {
    context: Context,
    memory: [u8; 256],
}

const NAME: (i32, i32) = (16, 9);
const OUT: i32 = 64;
const ID: i32 = 128;

impl Guest {
    fn new(host: &Host) -> Self {
        let mut memory = [0; 256];
        memory[0] = 1;
        memory[16..25].copy_from_slice(b"HMAC/NONE");
        Self { context: host.context(Revision::V0_10), memory }
    }

    fn call(&mut self, run: impl FnOnce(&mut Call<'_>) -> i32) -> i32 {
        run(&mut self.context.call(Memory::new(&mut self.memory)))
    }

    fn out(&self) -> i32 {
        i32::from_le_bytes(self.memory[64..68].try_into().unwrap())
    }

    fn manager(&mut self) -> i32 {
        assert_eq!(self.call(|call| abi::secrets_manager_open(call, 0, OUT)), 0);
        self.out()
    }

    /// Generates a key, and leaves its identifier in its place.
    fn generate(&mut self, manager: i32) -> i32 {
        let generate = |call: &mut Call<'_>| abi::symmetric_key_generate_managed(call, manager, NAME.0, NAME.1, 0, OUT);
        assert_eq!(self.call(generate), 0);
        let key = self.out();
        assert_eq!(self.call(|call| abi::symmetric_key_id(call, key, ID, 16, OUT, OUT + 8)), 0);
        key
    }

    fn open_by_id(&mut self, manager: i32) -> i32 {
        self.call(|call| abi::symmetric_key_from_id(call, manager, ID, 16, 1, OUT))
    }
}

fn number(errno: Errno) -> i32 {
    Revision::V0_10.number(errno).into()
}

#[test]
fn guests_of_one_host_reach_only_their_own_namespace() {
    let host = Host::builder(BACKEND).key_store(Arc::new(MemoryStore::new())).build();
    assert_eq!(host.namespace(), Host::DEFAULT_NAMESPACE);
    let [mut left, mut again, mut right] = ["left", "left", "right"].map(|name| Guest::new(&host.in_namespace(name)));
    let managers = [&mut left, &mut again, &mut right].map(Guest::manager);
    left.generate(managers[0]);
    (again.memory, right.memory) = (left.memory, left.memory);
    assert_eq!(again.open_by_id(managers[1]), 0);
    assert_eq!(right.open_by_id(managers[2]), number(Errno::NotFound));
}

#[test]
fn threads_of_a_guest_stay_in_its_namespace() {
    let host = Host::builder(BACKEND).key_store(Arc::new(MemoryStore::new())).build().in_namespace("tenant");
    let mut first = Guest::new(&host);
    let manager = first.manager();
    first.generate(manager);
    let mut thread = Guest { context: first.context.thread(), memory: first.memory };
    assert_eq!(thread.open_by_id(manager), 0);
    assert_eq!(first.open_by_id(manager), 0);
}

#[test]
fn a_cipher_that_no_backend_has_seals_nothing() {
    let host = Host::builder(BACKEND).key_store(Arc::new(MemoryStore::new())).build();
    let mut guest = Guest::new(&host);
    let manager = guest.manager();
    let sealed = guest.call(|call| abi::external_secret_encapsulate(call, manager, 0, 8, -1, OUT));
    assert_eq!(sealed, number(Errno::UnsupportedFeature));
}

#[test]
fn an_audit_that_panics_ends_the_call_and_no_more() {
    let host = Host::builder(BACKEND).key_store(Arc::new(MemoryStore::new())).audit(|_| panic!("the disk is full"));
    let mut guest = Guest::new(&host.build());
    let manager = guest.manager();
    let generate = |call: &mut Call<'_>| abi::symmetric_key_generate_managed(call, manager, NAME.0, NAME.1, 0, OUT);
    assert_eq!(guest.call(generate), number(Errno::InternalError));
    assert_eq!(guest.call(|call| abi::secrets_manager_close(call, manager)), 0);
}

fn generate(call: &mut Call<'_>, manager: i32) -> i32 {
    abi::symmetric_key_generate_managed(call, manager, NAME.0, NAME.1, 0, OUT)
}

#[test]
fn a_required_log_that_panics_ends_the_call_before_the_store_is_asked() {
    let store = Arc::new(MemoryStore::new());
    let keep = Arc::clone(&store) as Arc<dyn KeyStore>;
    let log = |_: &AuditEntry<'_>| -> Result<(), String> { panic!("the disk is full") };
    let mut guest = Guest::new(&Host::builder(BACKEND).key_store(keep).audit_required(log).build());
    let manager = guest.manager();
    assert_eq!(guest.call(|call| generate(call, manager)), number(Errno::InternalError));
    assert_eq!(store.list(None).unwrap(), []);
    assert_eq!(guest.call(|call| abi::secrets_manager_close(call, manager)), 0);
}

/// A random generator that fails.
struct Exhausted;

impl Random for Exhausted {
    fn fill(&self, _: &mut [u8]) -> Result<()> {
        Err(Errno::RngError)
    }
}

#[test]
fn the_operator_is_told_if_the_hosts_random_generator_fails() {
    const WITHOUT_RANDOM: Backend = Backend { random: &Exhausted, ..BACKEND };
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = {
        let told = Arc::clone(&told);
        move |refusal: &Refusal<'_>| told.lock().push((refusal.function, refusal.errno, refusal.cause))
    };
    let host = Host::builder(WITHOUT_RANDOM).key_store(Arc::new(MemoryStore::new())).on_refusal(tell).build();
    let mut guest = Guest::new(&host);
    let manager = guest.manager();
    assert_eq!(guest.call(|call| generate(call, manager)), number(Errno::RngError));
    let generate = |call: &mut Call<'_>| abi::symmetric_key_generate(call, NAME.0, NAME.1, 0, OUT);
    assert_eq!(guest.call(generate), number(Errno::RngError));
    let failed = ["symmetric_key_generate_managed", "symmetric_key_generate"]
        .map(|function| (function, Errno::RngError, RefusalCause::Random));
    assert_eq!(*told.lock(), failed);
}

#[test]
fn the_operator_is_told_of_a_panic_in_its_words_and_may_panic_itself() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = {
        let told = Arc::clone(&told);
        move |refusal: &Refusal<'_>| {
            let Refusal { function, errno, cause, detail, .. } = *refusal;
            told.lock().push((function, errno, cause, detail.map(str::to_owned)));
            panic!("and here, too");
        }
    };
    let host = Host::builder(BACKEND).key_store(Arc::new(MemoryStore::new()));
    let mut guest = Guest::new(&host.audit(|change| panic!("version {}", change.version)).on_refusal(tell).build());
    let manager = guest.manager();
    assert_eq!(guest.call(|call| generate(call, manager)), number(Errno::InternalError));
    let panicked = (RefusalCause::Panic, Some("version 1".to_owned()));
    let expected = ("symmetric_key_generate_managed", Errno::InternalError, panicked.0, panicked.1);
    assert_eq!(*told.lock(), [expected]);
    assert_eq!(guest.call(|call| abi::secrets_manager_close(call, manager)), 0);
}
