//! Integers that no guest would pass, in every place that takes one.

use std::{collections::HashMap, time::Duration};

use hostcrypt::{
    Errno, Limits, LongWork, Revision,
    abi::{Function, Parameter, functions},
};

use super::{
    behaviours,
    handles::{
        calls::{self, Call},
        cast,
    },
};
use crate::{
    Guest, Setup,
    guest::{ALL as ALL_VERSIONS, LATEST, SIGNATURES, SYMMETRIC, refuses},
};

behaviours!("hostile":
    an_edge_value_in_any_place_is_answered,
    random_integers_break_neither_the_host_nor_its_limits,
);

/// The calls for one subject; those of the two revisions, with and without a runtime, are more than a million.
const CALLS: usize = 300_000;
const SEED: u64 = 0x2020_0610_c0de_cafe;
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
fn is_known(revision: Revision, errno: i32) -> bool {
    let most = match revision {
        Revision::V2020_06 => 28,
        Revision::V0_10 => 30,
    };
    (0..=most).contains(&errno) && errno != number(revision, Errno::InternalError)
}

fn number(revision: Revision, errno: Errno) -> i32 {
    revision.number(errno).into()
}

fn edges(memory_len: i64) -> Vec<i64> {
    let around = |middle: i64| [-33, -32, -8, -4, -1, 0, 1, 4].map(|distance| middle + distance);
    let ends = [i64::from(i32::MIN), i64::from(i32::MAX), i64::from(u32::MAX), 1 << 20, 1 << 16];
    around(0).into_iter().chain(around(memory_len)).chain(ends).collect()
}

/// The guest's world is whole if it still computes.
fn still_hashes(guest: &mut Guest<'_>) {
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    guest.symmetric_state_absorb(state, b"abc").unwrap();
    let digest = guest.symmetric_state_squeeze(state, 32).unwrap();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

fn an_edge_value_in_any_place_is_answered(guest: &mut Guest<'_>) {
    for function in functions(guest.revision()) {
        let mut guest = guest.neighbour();
        let mut edges = edges(guest.memory_len() as i64);
        edges.extend([i64::MIN, i64::MAX]);
        let places = function.core().count();
        for (place, edge) in (0..places).flat_map(|place| edges.iter().map(move |edge| (place, *edge))) {
            let mut call = Call::plausible(&mut guest, &function);
            call.place_all(&mut guest, 0);
            call.integers[place] = edge;
            let errno = guest.number(function.name, &call.integers);
            assert!(is_known(guest.revision(), errno), "{} {:?} answered {errno}", function.name, call.integers);
        }
        still_hashes(&mut guest);
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// A guest that passes anything, and an account of what it must be holding open.
struct Attacker<'a> {
    guest: Guest<'a>,
    random: Random,
    edges: Vec<i64>,
    open: Vec<(u32, &'static str)>,
    /// Identifiers and sealed secrets that it was given.
    identifiers: Vec<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
    /// How many places in a hundred get something that is wrong on purpose.
    wrong: usize,
    /// The call under way, for the report of a failure.
    call: (usize, &'static str, Vec<i64>),
}

impl Drop for Attacker<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (index, function, integers) = &self.call;
            eprintln!("call {index} of seed {SEED:#x}: {function} {integers:?}");
        }
    }
}

impl<'a> Attacker<'a> {
    fn new(guest: &Guest<'a>) -> Self {
        let mut limits = Limits::default();
        (limits.handles, limits.bytes) = (HANDLES, BYTES);
        // What takes long must not hold up the rest.
        let long_work = LongWork::Background { patience: Duration::ZERO, threads: 1, per_guest: 1 };
        let mut guest = guest.set_up(Setup { limits, long_work, ..Setup::default() });
        let mut random = Random(SEED);
        let bytes: Vec<u8> = (0..guest.memory_len() / 8).flat_map(|_| random.next().to_le_bytes()).collect();
        guest.write(0, &bytes);
        Self {
            edges: edges(bytes.len() as i64),
            guest,
            random,
            open: Vec::new(),
            identifiers: Vec::new(),
            sealed: Vec::new(),
            wrong: 0,
            call: (0, "", Vec::new()),
        }
    }

    fn integer(&mut self) -> i64 {
        match self.random.below(4) {
            0 => self.random.below(40) as i64,
            1 => self.random.pick(&self.edges),
            2 => self.random.next().cast_signed() >> 32,
            _ => self.random.next().cast_signed(),
        }
    }

    /// A place in memory for so many bytes.
    fn place(&mut self, len: usize) -> i64 {
        self.random.below(self.guest.memory_len() - len + 1) as i64
    }

    fn written(&mut self, bytes: &[u8]) -> i64 {
        let ptr = self.place(bytes.len());
        self.guest.write(ptr, bytes);
        ptr
    }

    fn is_wrong(&mut self) -> bool {
        self.random.below(100) < self.wrong
    }

    fn handle(&mut self, kind: &str) -> i64 {
        if self.open.is_empty() {
            return self.integer();
        }
        let start = self.random.below(self.open.len());
        if self.is_wrong() {
            let any = i64::from(self.open[start].0);
            let near = [any, any + 1, any ^ 1 << self.random.below(32), self.integer()];
            return self.random.pick(&near);
        }
        let mut from_there = self.open[start..].iter().chain(&self.open[..start]);
        from_there.find(|(_, of)| *of == kind).map_or(0, |(handle, _)| (*handle).into())
    }

    fn optional(&mut self, kind: &str) -> i64 {
        if self.is_wrong() {
            return self.integer();
        }
        let tag = if self.is_wrong() { self.random.next() as u8 } else { self.random.below(2) as u8 };
        let handle = self.handle(kind) as u32;
        let mut union = [tag, 1, 2, 3, 0, 0, 0, 0];
        union[4..].copy_from_slice(&handle.to_le_bytes());
        self.written(&union)
    }

    fn range(&mut self) -> [i64; 2] {
        let len = self.random.pick(LENS);
        match self.random.below(20) {
            _ if !self.is_wrong() => [self.place(len), len as i64],
            // Rare, since much computing is not what is judged.
            0 => {
                let len = self.random.below(self.guest.memory_len());
                [self.place(len), len as i64]
            }
            1..10 => [self.integer(), len as i64],
            _ => [self.integer(), self.integer()],
        }
    }

    fn name(&mut self, function: &Function, parameter: &str) -> [i64; 2] {
        let names = match parameter {
            _ if self.is_wrong() => return self.range(),
            _ if self.is_wrong() => self.random.pick(&[SYMMETRIC_NAMES, ASYMMETRIC_NAMES, OPTION_NAMES]),
            "name" => OPTION_NAMES,
            _ if function.module.ends_with("_symmetric") => SYMMETRIC_NAMES,
            _ => ASYMMETRIC_NAMES,
        };
        let name = self.random.pick(names).as_bytes();
        [self.written(name), name.len() as i64]
    }

    fn number_of(&mut self, count: usize) -> i64 {
        if self.is_wrong() { self.integer() } else { self.random.below(count) as i64 }
    }

    /// Something that it was given before; of the last few, since much is invalidated.
    fn given(&mut self, parameter: &str) -> [i64; 2] {
        let known = if parameter.ends_with("_id") { &self.identifiers } else { &self.sealed };
        let recent = known.len().saturating_sub(8);
        if self.random.below(100) < self.wrong || known.is_empty() {
            return self.range();
        }
        let given = known[recent + self.random.below(known.len() - recent)].clone();
        [self.written(&given), given.len() as i64]
    }

    fn version(&mut self) -> i64 {
        if self.is_wrong() { self.integer() } else { self.random.pick(&[1, 1, 2, LATEST, ALL_VERSIONS]).cast_signed() }
    }

    fn push(&mut self, integers: &mut Vec<i64>, function: &Function, parameter: &Parameter) {
        match parameter.ty.name {
            "string" => integers.extend(self.name(function, parameter.names[0])),
            "bytes" if parameter.names[0].ends_with("_id") || parameter.names[0] == "encrypted_secret" => {
                integers.extend(self.given(parameter.names[0]));
            }
            "bytes" | "buf" => integers.extend(self.range()),
            "version" => integers.push(self.version()),
            "u64" | "timestamp" => integers.push(self.integer()),
            "algorithm_type" => integers.push(self.number_of(3)),
            encoding if encoding.ends_with("_encoding") => integers.push(self.number_of(5)),
            optional if optional.starts_with("opt_") => {
                integers.push(self.optional(calls::kind_for(&self.guest, optional)))
            }
            handle => integers.push(self.handle(calls::kind_for(&self.guest, handle))),
        }
    }

    /// Opens states that random integers would hardly ever come by, if there is room.
    fn introduce(&mut self) {
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
    fn introduce_managed(&mut self) {
        if self.open.len() + 4 > HANDLES as usize {
            return;
        }
        let (kind, guest) = (self.guest.manager_kind(), &mut self.guest);
        let manager = guest.manager();
        self.open.push((manager, kind));
        // At a quota there is no more of it.
        if let Ok(pair) = guest.keypair_generate_managed(manager, SIGNATURES, "Ed25519") {
            self.open.push((pair, "keypair"));
            self.identifiers.push(guest.id("keypair", pair).unwrap().0);
        }
        if let Ok(key) = guest.symmetric_key_generate_managed(manager, "AES-256-GCM") {
            self.open.push((key, "symmetric_key"));
            self.identifiers.push(guest.id("symmetric_key", key).unwrap().0);
        }
        if guest.revision() == Revision::V0_10 {
            self.identifiers.extend(guest.external_secret_store(manager, &cast::KEY, u64::MAX).ok());
            self.sealed.extend(guest.external_secret_encapsulate(manager, &cast::KEY, u64::MAX).ok());
        }
    }

    /// Closes whatever, so that not every opening is refused.
    fn make_room(&mut self) {
        while self.open.len() > HANDLES as usize / 2 {
            let index = self.random.below(self.open.len());
            let (handle, kind) = self.open.swap_remove(index);
            cast::close(&mut self.guest, kind, handle).unwrap_or_else(|refusal| panic!("{kind} is open: {refusal:?}"));
        }
    }

    fn attack(&mut self, index: usize, function: &Function) -> i32 {
        self.wrong = self.random.pick(&[0, 0, 3, 30]);
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
        self.call = (index, function.name, integers);
        let errno = self.guest.number(function.name, &self.call.2);
        assert!(is_known(self.guest.revision(), errno), "answered {errno}");
        self.account(function, errno);
        errno
    }

    /// Follows what is open, and holds the host to it.
    fn account(&mut self, function: &Function, errno: i32) {
        // What replaces a key closes the old one, which comes after the manager.
        let replaces = function.name.ends_with("_replace_managed");
        let first = self.call.2.get(usize::from(replaces)).map_or(0, |integer| *integer as u32);
        let held = self.open.iter().position(|(handle, _)| *handle == first);
        let revision = self.guest.revision();
        if errno == number(revision, Errno::TooManyHandles) {
            let needed = self.open.len() + calls::opens(function).len();
            assert!(needed > HANDLES as usize, "there was room for handles");
        } else if errno == number(revision, Errno::Closed) {
            assert_eq!(held, None, "{first} is open");
        }
        if errno != 0 {
            return;
        }
        let closes = match function.name {
            "symmetric_tag_pull" => true,
            "array_output_pull" => self.guest.array_output_len(first).is_err(),
            name => name.ends_with("_close") || replaces,
        };
        if closes {
            self.open.swap_remove(held.expect("what was closed was open"));
        }
        let opened = calls::opens(function);
        // The outputs come last.
        let outs: Vec<_> = self.call.2.iter().rev().take(opened.len()).map(|out| i64::from(*out as u32)).collect();
        for (kind, out) in opened.into_iter().zip(outs.into_iter().rev()) {
            let handle = u32::from_le_bytes(self.guest.read(out, 4).try_into().unwrap());
            assert!(handle != 0 && self.open.iter().all(|(open, _)| *open != handle), "{handle} was opened");
            self.open.push((handle, kind));
            assert!(self.open.len() <= HANDLES as usize, "more handles are open than may be");
        }
    }

    /// Closes everything; afterwards there is room for as much as at the beginning.
    fn leave(&mut self) {
        for (handle, kind) in std::mem::take(&mut self.open) {
            cast::close(&mut self.guest, kind, handle).unwrap_or_else(|refusal| panic!("{kind} is open: {refusal:?}"));
        }
        let guest = &mut self.guest;
        let handles: Vec<_> = (0..HANDLES).map(|_| guest.options_open(SYMMETRIC).unwrap()).collect();
        refuses!(guest.options_open(SYMMETRIC), TooManyHandles);
        guest.options_set(handles[0], "context", &vec![1; BYTES]).expect("no bytes are held");
        refuses!(guest.options_set(handles[1], "context", &vec![1; BYTES]), Overflow);
        for handle in handles {
            guest.close("options", handle).unwrap();
        }
        still_hashes(guest);
    }
}

fn random_integers_break_neither_the_host_nor_its_limits(guest: &mut Guest<'_>) {
    let tried: Vec<_> = functions(guest.revision()).collect();
    let mut attacker = Attacker::new(guest);
    let mut granted: HashMap<&str, usize> = HashMap::new();
    for index in 0..CALLS {
        let function = tried[attacker.random.below(tried.len())];
        if attacker.attack(index, &function) == 0 {
            *granted.entry(function.name).or_default() += 1;
        }
        if index % 100 == 0 {
            attacker.make_room();
            attacker.introduce();
            attacker.introduce_managed();
        }
    }
    attacker.leave();
    // Where everything is refused at the door, nothing behind it was tried.
    let all: usize = granted.values().sum();
    assert!(all > CALLS / 10 && granted.len() > 30, "{all} calls of {} functions were granted", granted.len());
    let managed =
        |function: &&Function| function.parameters.iter().any(|parameter| parameter.ty.name.ends_with("_manager"));
    for Function { name, .. } in tried.iter().filter(managed) {
        assert!(granted.contains_key(name), "no call of {name} was granted");
    }
}
