//! A call of any function that a host has every reason to grant, to be spoilt in one place.
//!
//! It is made of the list of functions, so that what is added there is judged as well.

use hostcrypt::abi::{Function, Parameter, Type, functions};

use super::cast;
use crate::{
    Argument, Capability, Guest, Object,
    guest::{Answer, KEY_EXCHANGE, RAW, SIGNATURES, SYMMETRIC, kind, opened},
};

/// What a range of memory is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::behaviours) enum Role {
    Name,
    Input,
    /// A handle or none.
    Optional,
    Buffer,
    /// A number that the call returns.
    Value,
    /// A handle that the call opens.
    Opened,
}

/// A range of memory that a call names.
#[derive(Clone)]
pub(in crate::behaviours) struct Range {
    pub(in crate::behaviours) role: Role,
    /// Which of the call's integers is the pointer.
    pub(in crate::behaviours) pointer: usize,
    /// What is there before the call.
    pub(in crate::behaviours) bytes: Vec<u8>,
}

impl Range {
    /// Whether the integer after the pointer is the length.
    pub(in crate::behaviours) fn counted(&self) -> bool {
        matches!(self.role, Role::Name | Role::Input | Role::Buffer)
    }
}

/// Where a call takes a handle.
#[derive(Clone, Copy)]
pub(in crate::behaviours) struct Hole {
    pub(in crate::behaviours) kind: &'static str,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    Integer(usize),
    /// In the union that this range holds.
    Range(usize),
}

/// What a call did, but for the numbers of new handles.
pub(in crate::behaviours) type Outcome = (Answer, Vec<Vec<u8>>);

/// A call, not yet in memory.
#[derive(Clone)]
pub(in crate::behaviours) struct Call {
    pub(in crate::behaviours) function: Function,
    pub(in crate::behaviours) integers: Vec<i64>,
    pub(in crate::behaviours) ranges: Vec<Range>,
    pub(in crate::behaviours) holes: Vec<Hole>,
}

/// What memory holds where a call is to write.
const BEFORE: u8 = 0x55;

impl Call {
    /// A call whose arguments suit each other.
    pub(in crate::behaviours) fn plausible(guest: &mut Guest<'_>, function: &Function) -> Self {
        let mut call = Self { function: *function, integers: Vec::new(), ranges: Vec::new(), holes: Vec::new() };
        for parameter in function.parameters {
            call.push(guest, parameter);
        }
        for output in function.outputs {
            let (role, len) = match output.ty {
                Type::size => (Role::Value, 4),
                Type::u64 | Type::version => (Role::Value, 8),
                _ => (Role::Opened, 4),
            };
            call.push_range(role, vec![BEFORE; len]);
        }
        call
    }

    fn push(&mut self, guest: &mut Guest<'_>, parameter: &Parameter) {
        let function = self.function;
        match parameter.ty {
            Type::string => self.push_range(Role::Name, name(guest, &function, parameter.names[0]).into()),
            Type::bytes => self.push_range(Role::Input, input(guest, &function, parameter.names[0])),
            Type::buf => self.push_range(Role::Buffer, vec![BEFORE; buffer_len(&function)]),
            Type::algorithm_type => self.integers.push(SIGNATURES.number()),
            Type::u64 | Type::version | Type::timestamp => self.integers.push(1),
            // `raw` of every kind of key, and of signatures.
            encoding if encoding.is_encoding() => self.integers.push(0),
            ty => {
                let kind = kind(ty, guest.revision());
                let handle = object(guest, &function, kind);
                let optional = ty.is_optional();
                let place =
                    if optional { Place::Range(self.ranges.len()) } else { Place::Integer(self.integers.len()) };
                if optional {
                    // A tag of 0, padding that means nothing, and the handle.
                    self.push_range(Role::Optional, vec![0, 0xaa, 0xaa, 0xaa, 0, 0, 0, 0]);
                } else {
                    self.integers.push(0);
                }
                let hole = Hole { kind, place };
                self.holes.push(hole);
                self.fill(hole, handle);
            }
        }
    }

    fn push_range(&mut self, role: Role, bytes: Vec<u8>) {
        let range = Range { role, pointer: self.integers.len(), bytes };
        self.integers.push(0);
        if range.counted() {
            self.integers.push(range.bytes.len() as i64);
        }
        self.ranges.push(range);
    }

    /// Passes a handle.
    pub(in crate::behaviours) fn fill(&mut self, hole: Hole, handle: Object) {
        match hole.place {
            Place::Integer(index) => self.integers[index] = handle.into(),
            Place::Range(index) => self.ranges[index].bytes[4..].copy_from_slice(&handle.number().to_le_bytes()),
        }
    }

    /// Replaces what is in a range, and its length with it.
    pub(in crate::behaviours) fn replace(&mut self, range: usize, bytes: Vec<u8>) {
        let range = &mut self.ranges[range];
        if range.counted() {
            self.integers[range.pointer + 1] = bytes.len() as i64;
        }
        range.bytes = bytes;
    }

    /// Puts a range at a place in memory; what does not fit there is left out.
    pub(in crate::behaviours) fn place(&mut self, guest: &mut Guest<'_>, range: usize, ptr: i64) {
        let range = &self.ranges[range];
        self.integers[range.pointer] = ptr;
        let room = guest.memory_len().saturating_sub(usize::try_from(ptr).expect("a pointer"));
        if room > 0 {
            guest.memory().write(ptr, &range.bytes[..range.bytes.len().min(room)]);
        }
    }

    /// Puts every range in the guest's own part of memory, `skew` bytes off alignment.
    pub(in crate::behaviours) fn place_all(&mut self, guest: &mut Guest<'_>, skew: i64) {
        let mut next = guest.memory().own();
        for range in 0..self.ranges.len() {
            self.place(guest, range, next + skew);
            next = (next + skew + self.ranges[range].bytes.len() as i64 + 15) & !7;
        }
    }

    /// Makes the call.
    pub(in crate::behaviours) fn send(&self, guest: &mut Guest<'_>) -> Answer {
        guest.memory().call(self.function.name, &self.integers)
    }

    /// Makes the call and looks at what it wrote.
    pub(in crate::behaviours) fn outcome(&self, guest: &mut Guest<'_>) -> Outcome {
        let answer = self.send(guest);
        let written = self.ranges.iter().map(|range| match range.role {
            // No two identifiers are the same; whether there is one tells as much.
            Role::Buffer if writes_identifier(&self.function) => {
                vec![u8::from(guest.memory().read(self.integers[range.pointer], range.bytes.len()) != range.bytes)]
            }
            Role::Buffer | Role::Value => guest.memory().read(self.integers[range.pointer], range.bytes.len()),
            Role::Name | Role::Input | Role::Optional | Role::Opened => Vec::new(),
        });
        (answer, written.collect())
    }
}

/// The same call by typed arguments, which any guest can make.
pub(in crate::behaviours) struct TypedCall {
    pub(in crate::behaviours) function: Function,
    /// One for each parameter.
    pub(in crate::behaviours) arguments: Vec<Owned>,
}

/// An argument of a typed call.
pub(in crate::behaviours) enum Owned {
    Text(String),
    Bytes(Vec<u8>),
    Other(Argument<'static>),
}

impl Owned {
    fn lent(&self) -> Argument<'_> {
        match self {
            Self::Text(text) => Argument::Text(text),
            Self::Bytes(bytes) => Argument::Bytes(bytes),
            Self::Other(argument) => *argument,
        }
    }
}

impl TypedCall {
    /// A call whose arguments suit each other.
    pub(in crate::behaviours) fn plausible(guest: &mut Guest<'_>, function: &Function) -> Self {
        Self::of(guest, None, function)
    }

    /// The same call whose objects are made by other functions alone; `neighbour` makes the bytes.
    pub(in crate::behaviours) fn beside(guest: &mut Guest<'_>, neighbour: &mut Guest<'_>, function: &Function) -> Self {
        Self::of(guest, Some(neighbour), function)
    }

    fn of(guest: &mut Guest<'_>, mut neighbour: Option<&mut Guest<'_>>, function: &Function) -> Self {
        let mut argument = |parameter: &Parameter| match parameter.ty {
            Type::string => Owned::Text(name(guest, function, parameter.names[0]).to_owned()),
            Type::bytes => {
                let name = parameter.names[0];
                let made = neighbour.as_deref_mut().map(|neighbour| input(neighbour, function, name));
                Owned::Bytes(made.unwrap_or_else(|| input(guest, function, name)))
            }
            Type::buf => Owned::Other(Argument::Buffer(buffer_len(function))),
            Type::algorithm_type => Owned::Other(SIGNATURES.into()),
            Type::u64 | Type::version | Type::timestamp => Owned::Other(1.into()),
            encoding if encoding.is_encoding() => Owned::Other(RAW.into()),
            ty => {
                let object = object(guest, function, kind(ty, guest.revision()));
                Owned::Other(if ty.is_optional() { Some(object).into() } else { object.into() })
            }
        };
        let arguments = function.parameters.iter().map(&mut argument).collect();
        Self { function: *function, arguments }
    }

    /// Makes the call.
    pub(in crate::behaviours) fn send(&self, guest: &mut Guest<'_>) -> Answer {
        let arguments: Vec<_> = self.arguments.iter().map(Owned::lent).collect();
        guest.invoke(self.function.name, &arguments).map(drop)
    }
}

/// The functions of a guest's revision that do what their names say.
pub(in crate::behaviours) fn working(guest: &Guest<'_>) -> impl Iterator<Item = Function> + use<> {
    let named = guest.has(Capability::NamedSecrets);
    functions(guest.revision()).filter(move |function| named || function.name != "external_secret_replace")
}

/// Whether what a function writes into a buffer is an identifier.
fn writes_identifier(function: &Function) -> bool {
    function.name.ends_with("_id") || function.name.ends_with("_store_managed") || function.name.ends_with("_store")
}

/// The kinds of objects that a function opens.
pub(in crate::behaviours) fn opens(guest: &Guest<'_>, function: &Function) -> Vec<&'static str> {
    (0..function.outputs.len()).filter_map(|output| opened(function, output, guest.revision())).collect()
}

/// An object that suits a function.
fn object(guest: &mut Guest<'_>, function: &Function, kind: &str) -> Object {
    match (function.name, kind) {
        ("keypair_generate" | "keypair_generate_managed", "options") => guest.options_open(SIGNATURES).unwrap(),
        ("options_set" | "options_set_u64", "options") => guest.options_open(SYMMETRIC).unwrap(),
        ("signature_state_update", _) => {
            let pair = cast::open(guest, "keypair");
            guest.signature_state_open(pair).unwrap()
        }
        ("signature_verification_state_update", _) => {
            let public = cast::open(guest, "publickey");
            guest.signature_verification_state_open(public).unwrap()
        }
        ("symmetric_state_squeeze", _) => cast::hash(guest),
        ("symmetric_state_squeeze_tag", _) => cast::keyed(guest, "HMAC/SHA-256"),
        ("symmetric_state_squeeze_key", _) if guest.subject().serves("HKDF-EXTRACT/SHA-256") => {
            cast::keyed(guest, "HKDF-EXTRACT/SHA-256")
        }
        ("kx_dh", "secretkey") => guest.import("secretkey", KEY_EXCHANGE, "X25519", &cast::KEY, RAW).unwrap(),
        ("kx_encapsulate" | "kx_decapsulate", "secretkey") if guest.subject().serves(cast::KEM) => {
            guest.import("secretkey", KEY_EXCHANGE, cast::KEM, &[cast::KEY; 2].concat(), RAW).unwrap()
        }
        ("kx_dh" | "kx_encapsulate", "publickey") => {
            let secret = object(guest, function, "secretkey");
            guest.publickey_from_secretkey(secret).unwrap()
        }
        ("symmetric_state_ratchet", _) if guest.subject().serves(cast::SESSION) => {
            let key = guest.symmetric_key_import(cast::SESSION, &cast::KEY[..16]).unwrap();
            guest.symmetric_state_open(cast::SESSION, Some(key), None).unwrap()
        }
        ("keypair_id" | "keypair_replace_managed", "keypair")
        | ("symmetric_key_id" | "symmetric_key_replace_managed", "symmetric_key") => managed(guest, kind),
        _ => cast::open(guest, kind),
    }
}

/// A managed key.
fn managed(guest: &mut Guest<'_>, kind: &str) -> Object {
    let manager = guest.manager();
    match kind {
        "keypair" => guest.keypair_generate_managed(manager, SIGNATURES, "Ed25519").unwrap(),
        _ => guest.symmetric_key_generate_managed(manager, "AES-256-GCM").unwrap(),
    }
}

fn name(guest: &Guest<'_>, function: &Function, parameter: &str) -> &'static str {
    match (parameter, function.name) {
        ("name", "options_set_u64" | "symmetric_state_options_get_u64") => "ops_limit",
        ("name", "options_set_guest_buffer") => "buffer",
        ("name", _) => "nonce",
        ("alg_str", _) if guest.subject().serves("HKDF-EXPAND/SHA-256") => "HKDF-EXPAND/SHA-256",
        _ if function.module.ends_with("_symmetric") => "AES-256-GCM",
        _ => "Ed25519",
    }
}

fn input(guest: &mut Guest<'_>, function: &Function, parameter: &str) -> Vec<u8> {
    match (function.name, parameter) {
        ("options_set", _) => cast::NONCE.into(),
        ("symmetric_key_import", _) => cast::KEY.into(),
        ("kx_decapsulate", _) if guest.subject().serves(cast::KEM) => {
            let secret = object(guest, function, "secretkey");
            let public = guest.publickey_from_secretkey(secret).unwrap();
            guest.kx_encapsulate(public).unwrap().1
        }
        ("symmetric_state_decrypt", _) => {
            let (text, tag) = cast::sealed(guest);
            [text, tag].concat()
        }
        ("symmetric_state_decrypt_detached", "data") => cast::sealed(guest).0,
        ("symmetric_state_decrypt_detached", _) => cast::sealed(guest).1,
        ("symmetric_tag_verify", _) => {
            let tag = cast::open(guest, "symmetric_tag");
            guest.symmetric_tag_pull(tag, 32).unwrap()
        }
        ("symmetric_key_from_id", _) => {
            let key = managed(guest, "symmetric_key");
            guest.id("symmetric_key", key).unwrap().0
        }
        (_, "kp_id" | "key_id") => {
            let pair = managed(guest, "keypair");
            guest.id("keypair", pair).unwrap().0
        }
        (_, "secret_id") => {
            let manager = guest.manager();
            guest.external_secret_store(manager, cast::MESSAGE, u64::MAX).unwrap()
        }
        (_, "encrypted_secret") => {
            let manager = guest.manager();
            guest.external_secret_encapsulate(manager, cast::MESSAGE, u64::MAX).unwrap()
        }
        (import, "encoded") => {
            let kind = import.strip_suffix("_import").expect("what takes an encoding imports");
            let original = cast::open(guest, kind);
            guest.export(kind, original, RAW).unwrap()
        }
        _ => cast::MESSAGE.into(),
    }
}

fn buffer_len(function: &Function) -> usize {
    match function.name {
        "symmetric_state_encrypt" => cast::MESSAGE.len() + 16,
        "symmetric_state_encrypt_detached" | "symmetric_state_decrypt" | "symmetric_state_decrypt_detached" => {
            cast::MESSAGE.len()
        }
        "symmetric_state_options_get" => cast::NONCE.len(),
        // A digest, a tag, a key that is exported, an identifier.
        _ => 32,
    }
}
