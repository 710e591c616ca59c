//! What a call over copies leaves behind is what a call over the bytes themselves does.

use std::cell::{Cell, RefCell};

use proptest::prelude::*;

use super::*;
use crate::{
    InOut,
    abi::memory::{Buf, Bytes, Memory},
};

const LEN: u32 = 64;

/// A memory that counts how often it is written, and that "another thread" changes after each read.
struct Busy {
    bytes: RefCell<Vec<u8>>,
    writes: Cell<usize>,
    restless: bool,
}

impl Busy {
    fn new(bytes: Vec<u8>, restless: bool) -> Self {
        Self { bytes: RefCell::new(bytes), writes: Cell::new(0), restless }
    }
}

impl SharedMemory for Busy {
    fn len(&self) -> usize {
        self.bytes.borrow().len()
    }

    fn read(&self, at: usize, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.bytes.borrow()[at..at + bytes.len()]);
        if self.restless {
            self.bytes.borrow_mut().iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
        }
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        self.bytes.borrow_mut()[at..at + bytes.len()].copy_from_slice(bytes);
        self.writes.set(self.writes.get() + 1);
    }
}

/// "Encrypts" by inverting, and leaves a tag.
fn invert(memory: &mut Memory<'_>, input: Bytes, kept: &mut [u8], output: Buf) {
    let (text, rest) = memory.in_out(input, kept, output).unwrap();
    match text {
        InOut::Apart(text, out) => text.iter().zip(out).for_each(|(byte, out)| *out = !byte),
        InOut::InPlace(text) => text.iter_mut().for_each(|byte| *byte = !*byte),
    }
    rest.fill(0xaa);
    memory.write(output.ptr / 2, &[1, 2, 3, 4]).unwrap();
    memory.publish();
}

proptest! {
    #[test]
    fn a_granted_call_leaves_what_it_would_in_a_memory_of_one_thread(
        from in 0..LEN, to in 0..LEN, text in 0..LEN, kept in 0..17_u32, room in 0..17_u32,
    ) {
        prop_assume!(from + text + kept <= LEN && to + text + room <= LEN);
        let (input, output) = (Bytes { ptr: from, len: text + kept }, Buf { ptr: to, len: text + room });
        let mut alone: Vec<u8> = (0..LEN as u8).collect();
        let (busy, budget) = (Busy::new(alone.clone(), false), Budget::new(1 << 20));
        let mut tags = [vec![0; kept as usize], vec![0; kept as usize]];
        invert(&mut Memory::new(&mut alone), input, &mut tags[0], output);
        invert(&mut Memory::shared(&busy, &budget), input, &mut tags[1], output);
        prop_assert_eq!(&tags[0], &tags[1]);
        prop_assert_eq!(alone, busy.bytes.into_inner());
        prop_assert_eq!(budget.held(), 0);
    }
}

#[test]
fn what_was_copied_stays_as_it_was() {
    let (busy, budget) = (Busy::new(vec![7; 64], true), Budget::new(1 << 20));
    let memory = Memory::shared(&busy, &budget);
    let first = memory.bytes(Bytes { ptr: 0, len: 8 }).unwrap();
    let second = memory.bytes(Bytes { ptr: 0, len: 8 }).unwrap();
    assert_eq!((first, second), ([7; 8].as_slice(), [8; 8].as_slice()));
}

#[test]
fn a_refused_call_writes_nothing() {
    let (busy, budget) = (Busy::new(vec![7; 64], false), Budget::new(1 << 20));
    let mut memory = Memory::shared(&busy, &budget);
    memory.buf(Buf { ptr: 0, len: 32 }).unwrap().fill(1);
    drop(memory);
    assert_eq!(busy.writes.get(), 0);
}

#[test]
fn of_a_refused_text_no_thread_ever_sees_more_than_zeros() {
    let (busy, budget) = (Busy::new(vec![7; 4096], false), Budget::new(1 << 20));
    let mut memory = Memory::shared(&busy, &budget);
    let output = Buf { ptr: 8, len: 3000 };
    let _ = memory.in_out(Bytes { ptr: 8, len: 3000 }, &mut [], output).unwrap();
    assert_eq!(busy.writes.get(), 0);
    memory.blank(output).unwrap();
    memory.publish();
    drop(memory);
    let bytes = busy.bytes.into_inner();
    assert!(bytes[8..3008].iter().all(|byte| *byte == 0));
    assert_eq!((&bytes[..8], &bytes[3008..]), ([7; 8].as_slice(), [7; 1088].as_slice()));
}

#[test]
fn what_is_copied_counts_against_the_limit() {
    let (busy, budget) = (Busy::new(vec![7; 4096], false), Budget::new(1000));
    let mut memory = Memory::shared(&busy, &budget);
    assert_eq!(memory.bytes(Bytes { ptr: 0, len: 2000 }).unwrap_err(), Errno::Overflow);
    assert_eq!(memory.buf(Buf { ptr: 0, len: 2000 }).unwrap_err(), Errno::Overflow);
    assert_eq!(memory.bytes(Bytes { ptr: 4000, len: 2000 }).unwrap_err(), Errno::GuestError);
    assert!(memory.bytes(Bytes { ptr: 0, len: 900 }).is_ok());
}
