//! A guest that passes anything, and holds its host to what it was granted.

use std::time::Duration;

use hostcrypt::{
    Errno, Limits, LongWork, Revision,
    abi::{Function, Parameter, Type},
};

use crate::{
    Guest, Object, Setup,
    behaviours::handles::{calls, cast},
    guest::{ALL as ALL_VERSIONS, LATEST, PKCS8, SIGNATURES, SYMMETRIC, kind, refuses},
};

const HANDLES: u32 = 48;
const BYTES: usize = 64 << 10;

const SYMMETRIC_NAMES: &[&str] = &[
    "SHA-256",
    "HMAC/SHA-256",
    "AES-128-CMAC",
    "AES-256-GCM",
    "CHACHA20-POLY1305",
    "AES-128-CBC",
    "HKDF-EXTRACT/SHA-256",
    "HKDF-EXPAND/SHA-256",
    "XOODYAK-128",
];
const ASYMMETRIC_NAMES: &[&str] =
    &["Ed25519", "X25519", "ECDSA_P256_SHA256", "RSA_PSS_2048_SHA256", "ML-DSA-44", "ML-KEM-768", "X-WING"];
const OPTION_NAMES: &[&str] = &["nonce", "salt", "context", "ops_limit", "memory_limit", "parallelism", "buffer"];
/// Lengths that suit keys, nonces, tags, and ciphertext with a tag.
const LENS: &[usize] = &[0, 1, 12, 16, 32, 48, 64, 200];

/// Whether a call's errno is one that the guest's revision knows and that a host may answer.
pub(super) fn is_known(revision: Revision, errno: i32) -> bool {
    let most = match revision {
        Revision::V2020_06 => 28,
        Revision::V0_10 => 30,
    };
    (0..=most).contains(&errno) && errno != number(revision, Errno::InternalError)
}

fn number(revision: Revision, errno: Errno) -> i32 {
    revision.number(errno).into()
}

pub(super) fn edges(memory_len: i64) -> Vec<i64> {
    let around = |middle: i64| [-33, -32, -8, -4, -1, 0, 1, 4].map(|distance| middle + distance);
    let ends = [i64::from(i32::MIN), i64::from(i32::MAX), i64::from(u32::MAX), 1 << 20, 1 << 16];
    around(0).into_iter().chain(around(memory_len)).chain(ends).collect()
}

/// The guest's objects are whole if it still computes.
pub(super) fn still_hashes(guest: &mut Guest<'_>) {
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    guest.symmetric_state_absorb(state, b"abc").unwrap();
    let digest = guest.symmetric_state_squeeze(state, 32).unwrap();
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest, crate::vectors::hex(expected));
}

/// The source of an [`Attacker`]'s choices: a generator, or the input of a fuzzer.
pub trait Choices {
    /// Any number.
    fn next(&mut self) -> u64;

    /// A number below a bound, which is at least 1.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// One of some items.
    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// A guest that passes anything, and an account of the handles that it must have open.
pub struct Attacker<'a, C> {
    guest: Guest<'a>,
    choices: C,
    edges: Vec<i64>,
    open: Vec<(Object, &'static str)>,
    /// Identifiers and sealed secrets that it was given.
    identifiers: Vec<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
    /// How many bytes it may have the host hold.
    bytes: usize,
    /// How many places in a hundred get something that is wrong on purpose.
    wrong: usize,
    /// The call under way, for the report of a failure.
    call: (usize, &'static str, Vec<i64>),
}

impl<C> Drop for Attacker<'_, C> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (index, function, integers) = &self.call;
            eprintln!("call {index} of the attacker: {function} {integers:?}");
        }
    }
}

impl<'a, C: Choices> Attacker<'a, C> {
    /// An attacker of the same subject as a guest, with low limits and no object in common with it.
    pub fn new(guest: &Guest<'a>, choices: C) -> Self {
        Self::with_bytes(guest, choices, BYTES)
    }

    /// A guest that may have the host hold so many bytes.
    pub fn with_bytes(guest: &Guest<'a>, choices: C, bytes: usize) -> Self {
        let mut limits = Limits::default();
        (limits.handles, limits.bytes) = (HANDLES, bytes);
        // What takes long must not hold up the rest.
        let long_work = LongWork::Background { patience: Duration::ZERO, threads: 1, per_guest: 1 };
        let guest = guest.set_up(Setup { limits, long_work, ..Setup::default() });
        Self {
            edges: edges(guest.memory_len() as i64),
            guest,
            choices,
            open: Vec::new(),
            identifiers: Vec::new(),
            sealed: Vec::new(),
            bytes,
            wrong: 0,
            call: (0, "", Vec::new()),
        }
    }

    /// What is in memory before the first call.
    pub fn fill(&mut self, bytes: &[u8]) {
        self.guest.memory().write(0, bytes);
    }

    /// The source of its choices.
    pub fn choices(&mut self) -> &mut C {
        &mut self.choices
    }

    fn integer(&mut self) -> i64 {
        match self.choices.below(4) {
            0 => self.choices.below(40) as i64,
            1 => self.choices.pick(&self.edges),
            2 => self.choices.next().cast_signed() >> 32,
            _ => self.choices.next().cast_signed(),
        }
    }

    /// A place in memory for so many bytes.
    fn place(&mut self, len: usize) -> i64 {
        self.choices.below(self.guest.memory_len() - len + 1) as i64
    }

    fn written(&mut self, bytes: &[u8]) -> i64 {
        let ptr = self.place(bytes.len());
        self.guest.memory().write(ptr, bytes);
        ptr
    }

    fn is_wrong(&mut self) -> bool {
        self.choices.below(100) < self.wrong
    }

    fn handle(&mut self, kind: &str) -> i64 {
        if self.open.is_empty() {
            return self.integer();
        }
        let start = self.choices.below(self.open.len());
        if self.is_wrong() {
            let any = i64::from(self.open[start].0);
            let near = [any, any + 1, any ^ 1 << self.choices.below(32), self.integer()];
            return self.choices.pick(&near);
        }
        let mut from_there = self.open[start..].iter().chain(&self.open[..start]);
        from_there.find(|(_, of)| *of == kind).map_or(0, |(handle, _)| (*handle).into())
    }

    fn optional(&mut self, kind: &str) -> i64 {
        if self.is_wrong() {
            return self.integer();
        }
        let tag = if self.is_wrong() { self.choices.next() as u8 } else { self.choices.below(2) as u8 };
        let handle = self.handle(kind) as u32;
        let mut union = [tag, 1, 2, 3, 0, 0, 0, 0];
        union[4..].copy_from_slice(&handle.to_le_bytes());
        self.written(&union)
    }

    fn range(&mut self) -> [i64; 2] {
        let len = self.choices.pick(LENS);
        match self.choices.below(20) {
            _ if !self.is_wrong() => [self.place(len), len as i64],
            // Rare, since much computing is not what is judged.
            0 => {
                let len = self.choices.below(self.guest.memory_len());
                [self.place(len), len as i64]
            }
            1..10 => [self.integer(), len as i64],
            _ => [self.integer(), self.integer()],
        }
    }

    fn name(&mut self, function: &Function, parameter: &str) -> [i64; 2] {
        let names = match parameter {
            _ if self.is_wrong() => return self.range(),
            _ if self.is_wrong() => self.choices.pick(&[SYMMETRIC_NAMES, ASYMMETRIC_NAMES, OPTION_NAMES]),
            "name" => OPTION_NAMES,
            _ if function.module.ends_with("_symmetric") => SYMMETRIC_NAMES,
            _ => ASYMMETRIC_NAMES,
        };
        let name = self.choices.pick(names).as_bytes();
        [self.written(name), name.len() as i64]
    }

    fn number_of(&mut self, count: usize) -> i64 {
        if self.is_wrong() { self.integer() } else { self.choices.below(count) as i64 }
    }

    /// Something that it was given before; of the last few, since much is invalidated.
    fn given(&mut self, parameter: &str) -> [i64; 2] {
        let known = if parameter.ends_with("_id") { &self.identifiers } else { &self.sealed };
        let recent = known.len().saturating_sub(8);
        if self.choices.below(100) < self.wrong || known.is_empty() {
            return self.range();
        }
        let given = known[recent + self.choices.below(known.len() - recent)].clone();
        [self.written(&given), given.len() as i64]
    }

    fn version(&mut self) -> i64 {
        if self.is_wrong() { self.integer() } else { self.choices.pick(&[1, 1, 2, LATEST, ALL_VERSIONS]).cast_signed() }
    }

    fn push(&mut self, integers: &mut Vec<i64>, function: &Function, parameter: &Parameter) {
        match parameter.ty {
            Type::string => integers.extend(self.name(function, parameter.names[0])),
            Type::bytes if parameter.names[0].ends_with("_id") || parameter.names[0] == "encrypted_secret" => {
                integers.extend(self.given(parameter.names[0]));
            }
            Type::bytes | Type::buf => integers.extend(self.range()),
            Type::version => integers.push(self.version()),
            Type::u64 | Type::timestamp => integers.push(self.integer()),
            Type::algorithm_type => integers.push(self.number_of(3)),
            encoding if encoding.is_encoding() => integers.push(self.number_of(5)),
            optional if optional.is_optional() => {
                integers.push(self.optional(kind(optional, self.guest.revision())));
            }
            handle => integers.push(self.handle(kind(handle, self.guest.revision()))),
        }
    }

    /// Opens states that random integers would hardly ever come by, if there is room.
    pub fn introduce(&mut self) {
        for name in ["HMAC/SHA-256", "AES-256-GCM"] {
            if self.open.len() + 3 <= HANDLES as usize {
                let guest = &mut self.guest;
                let (key, options) = (guest.symmetric_key_import(name, &cast::KEY).unwrap(), guest.nonce(&cast::NONCE));
                let state = guest.symmetric_state_open(name, Some(key), Some(options)).unwrap();
                self.open.extend([(key, "symmetric_key"), (options, "options"), (state, "symmetric_state")]);
            }
        }
    }

    /// Stores what it can find again, if there is room for the handles.
    pub fn introduce_managed(&mut self) {
        if self.open.len() + 4 > HANDLES as usize {
            return;
        }
        let manager = self.manager();
        // At a quota there is no more of it.
        if let Ok(pair) = self.guest.keypair_generate_managed(manager, SIGNATURES, "Ed25519") {
            self.found("keypair", pair);
        }
        if let Ok(key) = self.guest.symmetric_key_generate_managed(manager, "AES-256-GCM") {
            self.found("symmetric_key", key);
        }
        self.introduce_secrets(manager);
    }

    /// The same with keys that any host has alike: they are imported, then stored.
    pub fn introduce_stored(&mut self) {
        if self.open.len() + 4 > HANDLES as usize || self.guest.revision() != Revision::V0_10 {
            return;
        }
        let (manager, guest) = (self.manager(), &mut self.guest);
        // An Ed25519 pair without a public half is imported as PKCS #8 (RFC 8410), of which this is the head.
        let mut pair = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        pair.extend(cast::KEY);
        let pair = guest.import("keypair", SIGNATURES, "Ed25519", &pair, PKCS8).unwrap();
        let key = cast::open(guest, "symmetric_key");
        for (kind, handle) in [("keypair", pair), ("symmetric_key", key)] {
            if self.guest.store_managed(kind, manager, handle).is_ok() {
                self.found(kind, handle);
            } else {
                self.open.push((handle, kind));
            }
        }
        self.introduce_secrets(manager);
    }

    fn manager(&mut self) -> Object {
        let manager = self.guest.manager();
        self.open.push((manager, self.guest.manager_kind()));
        manager
    }

    /// A managed key that is open.
    fn found(&mut self, kind: &'static str, handle: Object) {
        self.open.push((handle, kind));
        self.identifiers.push(self.guest.id(kind, handle).unwrap().0);
    }

    fn introduce_secrets(&mut self, manager: Object) {
        if self.guest.revision() == Revision::V0_10 {
            self.identifiers.extend(self.guest.external_secret_store(manager, &cast::KEY, u64::MAX).ok());
            self.sealed.extend(self.guest.external_secret_encapsulate(manager, &cast::KEY, u64::MAX).ok());
        }
    }

    /// Closes whatever, so that not every opening is refused.
    pub fn make_room(&mut self) {
        while self.open.len() > HANDLES as usize / 2 {
            let index = self.choices.below(self.open.len());
            let (handle, kind) = self.open.swap_remove(index);
            cast::close(&mut self.guest, kind, handle).unwrap_or_else(|refusal| panic!("{kind} is open: {refusal:?}"));
        }
    }

    /// Calls a function with integers that mostly suit it, and returns the number that it answers.
    pub fn attack(&mut self, function: &Function) -> i32 {
        self.wrong = self.choices.pick(&[0, 0, 3, 30]);
        let mut integers = Vec::new();
        for parameter in function.parameters {
            self.push(&mut integers, function, parameter);
        }
        for _ in function.outputs {
            let wrong = self.is_wrong();
            let mut output = if wrong { self.integer() } else { self.place(8) };
            // Two handles at one place would leave one that nobody knows.
            while integers.last().is_some_and(|last| last.abs_diff(output) < 8) {
                output = self.place(8);
            }
            integers.push(output);
        }
        self.call = (self.call.0 + 1, function.name, integers);
        let errno = self.guest.memory().number(function.name, &self.call.2);
        assert!(is_known(self.guest.revision(), errno), "answered {errno}");
        self.account(function, errno);
        errno
    }

    /// Follows what is open, and holds the host to it.
    fn account(&mut self, function: &Function, errno: i32) {
        // What replaces a key closes the old one, which comes after the manager.
        let replaces = function.name.ends_with("_replace_managed");
        let first = self.call.2.get(usize::from(replaces)).map_or(0, |integer| *integer as u32);
        let held = self.open.iter().position(|(handle, _)| handle.number() == first);
        let revision = self.guest.revision();
        if errno == number(revision, Errno::TooManyHandles) {
            let needed = self.open.len() + calls::opens(&self.guest, function).len();
            assert!(needed > HANDLES as usize, "there was room for handles");
        } else if errno == number(revision, Errno::Closed) {
            assert_eq!(held, None, "{first} is open");
        }
        if errno != 0 {
            return;
        }
        let closes = match function.name {
            "symmetric_tag_pull" => true,
            "array_output_pull" => self.guest.array_output_len(Object::new("array_output", first)).is_err(),
            name => name.ends_with("_close") || replaces,
        };
        if closes {
            self.open.swap_remove(held.expect("what was closed was open"));
        }
        let opened = calls::opens(&self.guest, function);
        // The outputs come last.
        let outs: Vec<_> = self.call.2.iter().rev().take(opened.len()).map(|out| i64::from(*out as u32)).collect();
        for (kind, out) in opened.into_iter().zip(outs.into_iter().rev()) {
            let handle = Object::new(kind, self.guest.memory().u32(out));
            let is_new = self.open.iter().all(|(open, _)| open.number() != handle.number());
            assert!(handle.number() != 0 && is_new, "{handle:?} was opened");
            self.open.push((handle, kind));
            assert!(self.open.len() <= HANDLES as usize, "more handles are open than may be");
        }
    }

    /// Closes everything; afterwards there is room for as much as at the beginning.
    pub fn leave(&mut self) {
        for (handle, kind) in std::mem::take(&mut self.open) {
            cast::close(&mut self.guest, kind, handle).unwrap_or_else(|refusal| panic!("{kind} is open: {refusal:?}"));
        }
        let guest = &mut self.guest;
        let handles: Vec<_> = (0..HANDLES).map(|_| guest.options_open(SYMMETRIC).unwrap()).collect();
        refuses!(guest.options_open(SYMMETRIC), TooManyHandles);
        guest.options_set(handles[0], "context", &vec![1; BYTES]).expect("no bytes are held");
        if self.bytes == BYTES {
            refuses!(guest.options_set(handles[1], "context", &vec![1; BYTES]), Overflow);
        }
        for handle in handles {
            guest.close("options", handle).unwrap();
        }
        still_hashes(guest);
    }
}
