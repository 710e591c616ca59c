//! Managed keys beside unmanaged ones: what is done with them, through the guest's door, with no runtime.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hostcrypt::Host;
use hostcrypt::store::{Identifier, KeyStore, StoreAdmin, Versions};

use crate::layout::{
    IDENTIFIER_LEN, IDENTIFIERS, KEY_PAIR, LEN, MANAGER, NONE, OUT, PASSING, Range, SIGNATURES, VERSION,
};
use crate::native::Native;
use crate::workload::{Arg, Body, Calls, Scheme, body, import_pair, make_pair, sign};
use Arg::{At, Is};

/// The number of a key's only version.
const FIRST: i32 = 1;
/// How long the text is that is signed, in bytes.
const TEXT_LEN: i32 = 64;

/// What is done with key pairs again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Makes one and closes it.
    Generate,
    /// Opens one and closes it: a managed one by its identifier, another one from its bytes.
    Open,
    /// Signs 64 bytes with one that is open.
    Sign,
}

impl Operation {
    /// Every operation by its name, in the order of reports.
    pub const ALL: [(&str, Self); 3] = [("generate", Self::Generate), ("open", Self::Open), ("sign", Self::Sign)];
}

/// The schemes whose keys are measured.
pub const SCHEMES: [(&str, Scheme); 2] = [("ed25519", Scheme::Ed25519), ("ecdsa-p256", Scheme::EcdsaP256)];

/// A guest with one key pair open: a managed one among others of its store, or one that is not managed.
pub struct Keys {
    native: Native,
    store: Option<Arc<dyn StoreAdmin>>,
    /// The keys that stay.
    staying: HashSet<Identifier>,
    generate: Body<Native>,
    open: Body<Native>,
    sign: Body<Native>,
}

impl Keys {
    /// One that is not managed, over the backend.
    #[must_use]
    pub fn unmanaged(scheme: Scheme) -> Self {
        let mut native = Native::new("unmanaged", hostcrypt_rustcrypto::BACKEND);
        import_pair(&mut native, scheme, KEY_PAIR);
        Self {
            native,
            store: None,
            staying: HashSet::new(),
            generate: body(move |calls: &mut Native| {
                make_pair(calls, scheme, PASSING);
                calls.keypair_close(At(PASSING));
            }),
            open: body(move |calls: &mut Native| {
                import_pair(calls, scheme, PASSING);
                calls.keypair_close(At(PASSING));
            }),
            sign: body(|calls: &mut Native| sign(calls, TEXT_LEN, OUT)),
        }
    }

    /// So many of an empty store, over the backend: the first one is open, and all of them are opened in turn.
    ///
    /// # Panics
    ///
    /// If the store fails, or if that are none, or more than there is room for.
    #[must_use]
    pub fn managed(store: Arc<dyn StoreAdmin>, scheme: Scheme, count: i32) -> Self {
        assert!((1..=IDENTIFIERS.len / IDENTIFIER_LEN).contains(&count));
        let kept: Arc<dyn KeyStore> = Arc::<dyn StoreAdmin>::clone(&store);
        let mut native = Native::of("managed", Host::builder(hostcrypt_rustcrypto::BACKEND).key_store(kept));
        native.secrets_manager_open(Is(NONE), Is(MANAGER));
        let mut staying = HashSet::new();
        for index in 0..count {
            make_managed(&mut native, scheme);
            let Range { at, len } = identifier(index);
            native.keypair_id(At(PASSING), Is(at), Is(len), Is(LEN), Is(VERSION));
            native.keypair_close(At(PASSING));
            staying.insert(Identifier(native.bytes(at, len as usize).try_into().unwrap()));
        }
        open_managed(&mut native, 0, KEY_PAIR);
        let next = Cell::new(0);
        Self {
            native,
            store: Some(store),
            staying,
            generate: body(move |calls: &mut Native| {
                make_managed(calls, scheme);
                calls.keypair_close(At(PASSING));
            }),
            open: body(move |calls: &mut Native| {
                let index = next.replace((next.get() + 1) % count);
                open_managed(calls, index, PASSING);
                calls.keypair_close(At(PASSING));
            }),
            sign: body(|calls: &mut Native| sign(calls, TEXT_LEN, OUT)),
        }
    }

    /// Does it so many times, and says how long that took. Then the store is left as it was before, which does not
    /// count.
    ///
    /// # Panics
    ///
    /// If the store fails.
    pub fn run(&mut self, operation: Operation, times: u64) -> Duration {
        let run = match operation {
            Operation::Generate => &self.generate,
            Operation::Open => &self.open,
            Operation::Sign => &self.sign,
        };
        let start = Instant::now();
        run(&mut self.native, times);
        let took = start.elapsed();
        if operation == Operation::Generate {
            self.clear();
        }
        took
    }

    /// Invalidates the keys that do not stay.
    fn clear(&self) {
        let Some(store) = &self.store else { return };
        for entry in store.list(Some(Host::DEFAULT_NAMESPACE)).unwrap() {
            if !self.staying.contains(&entry.identifier) {
                store.invalidate(&entry.name(), Versions::All).unwrap();
            }
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("native", &self.native).finish_non_exhaustive()
    }
}

/// Where the identifier of one of the keys lies.
const fn identifier(index: i32) -> Range {
    Range { at: IDENTIFIERS.at + index * IDENTIFIER_LEN, len: IDENTIFIER_LEN }
}

#[inline]
fn make_managed<C: Calls>(calls: &mut C, scheme: Scheme) {
    let name = scheme.name();
    calls.keypair_generate_managed(At(MANAGER), Is(SIGNATURES), Is(name.at), Is(name.len), Is(NONE), Is(PASSING));
}

#[inline]
fn open_managed<C: Calls>(calls: &mut C, index: i32, pair: i32) {
    let Range { at, len } = identifier(index);
    calls.keypair_from_id(At(MANAGER), Is(at), Is(len), Is(FIRST), Is(pair));
}
