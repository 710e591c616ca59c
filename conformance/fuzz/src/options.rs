//! Options of any name and value, and what algorithms make of them.

use arbitrary::Arbitrary;
use hostcrypt_conformance::Guest;

use crate::{subjects, twin::Twin};

const SYMMETRIC: i64 = 1;
const NAMES: [&str; 11] = [
    "nonce",
    "salt",
    "context",
    "ops_limit",
    "opslimit",
    "memory_limit",
    "parallelism",
    "threads",
    "buffer",
    "memory",
    "output_len",
];

/// A name, known or not.
#[derive(Arbitrary, Debug)]
enum Name {
    Known(u8),
    Any(String),
}

impl Name {
    fn get(&self) -> &str {
        match self {
            Self::Known(index) => NAMES[usize::from(*index) % NAMES.len()],
            Self::Any(name) => name,
        }
    }
}

/// One use of a set of options.
#[derive(Arbitrary, Debug)]
enum Use {
    Set(Name, Vec<u8>),
    SetU64(Name, u64),
    SetBuffer(Name, u32, u32),
    Open { algorithm: u8, key: Vec<u8>, with_key: bool },
    Get(Name, u16),
    GetU64(Name),
    Absorb(Vec<u8>),
    Encrypt(Vec<u8>),
    Squeeze(u16),
    Generate { algorithm: u8 },
}

/// Sets of options of one guest.
#[derive(Arbitrary, Debug)]
pub struct Options {
    newer: bool,
    algorithm_type: u8,
    uses: Vec<Use>,
}

/// No input has more uses.
const MOST: usize = 64;

/// Both backends take the same options or refuse them alike.
pub fn options(options: &Options) {
    let twin = Twin(subjects::pair(options.newer));
    let guest = &mut Guest::new(&twin);
    let algorithms = guest.subject().algorithms();
    let named = |index: u8| algorithms[usize::from(index) % algorithms.len()].as_str();
    let Ok(set) = guest.options_open(i64::from(options.algorithm_type)) else { return };
    let mut state = None;
    for one in options.uses.iter().take(MOST) {
        match one {
            Use::Set(name, value) => {
                let _ = guest.options_set(set, name.get(), value);
            }
            Use::SetU64(name, value) => {
                let _ = guest.options_set_u64(set, name.get(), *value);
            }
            Use::SetBuffer(name, ptr, len) => {
                let _ = guest.options_set_guest_buffer(set, name.get(), (*ptr).into(), (*len).into());
            }
            Use::Open { algorithm, key, with_key } => {
                let key = with_key.then(|| guest.symmetric_key_import(named(*algorithm), key).ok()).flatten();
                state = guest.symmetric_state_open(named(*algorithm), key, Some(set)).ok().or(state);
            }
            Use::Get(name, len) => {
                state.map(|state| guest.symmetric_state_options_get(state, name.get(), (*len).into()));
            }
            Use::GetU64(name) => drop(state.map(|state| guest.symmetric_state_options_get_u64(state, name.get()))),
            Use::Absorb(data) => drop(state.map(|state| guest.symmetric_state_absorb(state, data))),
            Use::Encrypt(text) => {
                state.map(|state| guest.symmetric_state_encrypt(state, text.len() + 16, text));
            }
            Use::Squeeze(len) => drop(state.map(|state| guest.symmetric_state_squeeze(state, (*len).into()))),
            Use::Generate { algorithm } => drop(guest.symmetric_key_generate(named(*algorithm), Some(set))),
        }
    }
    guest.close("options", set).unwrap();
    assert!(guest.options_open(SYMMETRIC).is_ok(), "the guest's world is whole");
}
