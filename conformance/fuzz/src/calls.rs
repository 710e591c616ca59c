//! Calls of every function, in any order, over any memory, with integers that mostly suit them.

use arbitrary::{Arbitrary, Result, Unstructured};
use hostcrypt::abi::{Function, functions};
use hostcrypt_conformance::{Attacker, Choices, Guest};

use crate::{subjects, twin::Twin};

/// No input makes more calls.
const MOST: usize = 256;

/// A guest's life: its revision, and the choices of its attacker.
#[derive(Debug)]
pub struct Life {
    newer: bool,
    memory: Vec<u8>,
    choices: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Life {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (newer, memory) = (u.arbitrary()?, u.arbitrary::<u8>()?);
        let memory = u.bytes(usize::from(memory).min(u.len()))?.to_vec();
        let choices = u.bytes(u.len())?.to_vec();
        Ok(Self { newer, memory, choices })
    }
}

/// An input's bytes as choices. Behind their end it counts, since a choice may have to differ from the one before.
struct Bytes<'a> {
    left: Unstructured<'a>,
    count: u64,
}

impl Choices for Bytes<'_> {
    fn next(&mut self) -> u64 {
        self.count += 1;
        if self.left.is_empty() { self.count << 3 } else { self.left.arbitrary().unwrap_or_default() }
    }

    fn below(&mut self, bound: usize) -> usize {
        if self.left.is_empty() {
            return (self.next() % bound as u64) as usize;
        }
        // As few bytes as the bound needs, so that an input's bytes are many calls.
        self.left.choose_index(bound).unwrap_or_default()
    }
}

/// Every call answers an errno that its revision has, and never `internal_error`; handles and bytes stay within their
/// limits, and all of them are free in the end.
pub fn calls(life: &Life) {
    let guest = Guest::new(subjects::alone(life.newer));
    let attacker = |choices| Attacker::new(&guest, choices);
    live(life, &guest, attacker, |_| true, |attacker| attacker.introduce_managed());
}

/// The same life over two backends: both answer and write the same.
pub fn differential(life: &Life) {
    // Keys that a library makes, and signatures and secrets that it makes with random numbers of its own, are no two
    // times the same.
    let drawn = ["keypair_generate", "keypair_generate_managed", "signature_state_sign", "kx_encapsulate"];
    let same = |function: &Function| !drawn.contains(&function.name);
    let twin = Twin(subjects::pair(life.newer));
    let guest = Guest::new(&twin);
    // Keys of one library hold more than those of another: the limit on bytes is not to be reached.
    let attacker = |choices| Attacker::with_bytes(&guest, choices, 1 << 30);
    live(life, &guest, attacker, same, |attacker| attacker.introduce_stored());
}

fn live<'l, 'g>(
    life: &'l Life,
    guest: &Guest<'g>,
    attacker: impl FnOnce(Bytes<'l>) -> Attacker<'g, Bytes<'l>>,
    wanted: impl Fn(&Function) -> bool,
    introduce: impl Fn(&mut Attacker<'g, Bytes<'l>>),
) {
    let tried: Vec<_> = functions(guest.revision()).filter(wanted).collect();
    let mut attacker = attacker(Bytes { left: Unstructured::new(&life.choices), count: 0 });
    if !life.memory.is_empty() {
        let repeated: Vec<_> = life.memory.iter().copied().cycle().take(guest.memory_len()).collect();
        attacker.fill(&repeated);
    }
    for index in 0..MOST {
        if attacker.choices().left.is_empty() {
            break;
        }
        if index % 32 == 0 {
            attacker.make_room();
            attacker.introduce();
            introduce(&mut attacker);
        }
        let function = attacker.choices().pick(&tried);
        attacker.attack(&function);
    }
    attacker.leave();
}
