//! Integers that no guest would pass, in every place that takes one.

mod attacker;

use std::collections::HashMap;

use hostcrypt::abi::{Function, Type, functions};

pub use self::attacker::{Attacker, Choices};
use self::attacker::{edges, is_known, still_hashes};
use super::{behaviours, handles::calls::Call};
use crate::Guest;

behaviours!("hostile":
    an_edge_value_in_any_place_is_answered [needs Memory, Handles, Numbers],
    random_integers_break_neither_the_host_nor_its_limits [needs Memory, Handles, Numbers],
);

/// The calls for one subject; those of the two revisions, with and without a runtime, are more than a million.
const CALLS: usize = 300_000;
/// Where the choices begin.
const SEED: u64 = 0x2020_0610_c0de_cafe;
/// SplitMix64.
struct Random(u64);

impl Choices for Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
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
            let errno = guest.memory().number(function.name, &call.integers);
            assert!(is_known(guest.revision(), errno), "{} {:?} answered {errno}", function.name, call.integers);
        }
        still_hashes(&mut guest);
    }
}

fn random_integers_break_neither_the_host_nor_its_limits(guest: &mut Guest<'_>) {
    let tried: Vec<_> = functions(guest.revision()).collect();
    let mut choices = Random(SEED);
    let bytes: Vec<u8> = (0..guest.memory_len() / 8).flat_map(|_| choices.next().to_le_bytes()).collect();
    let mut attacker = Attacker::new(guest, choices);
    attacker.fill(&bytes);
    let mut granted: HashMap<&str, usize> = HashMap::new();
    for index in 0..CALLS {
        let function = attacker.choices().pick(&tried);
        if attacker.attack(&function) == 0 {
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
    let managed = |function: &&Function| {
        function.parameters.iter().any(|parameter| matches!(parameter.ty, Type::secrets_manager | Type::key_manager))
    };
    for Function { name, .. } in tried.iter().filter(managed) {
        assert!(granted.contains_key(name), "no call of {name} was granted");
    }
}
