//! Numbers: which are issued, and when again.

use std::collections::HashMap;

use super::*;
use crate::{Host, backend::Backend, secret::SecretBytes};

/// A table that remembers when it issued each number last.
struct Watched {
    table: Table,
    issued: HashMap<u32, u64>,
    soonest: u64,
}

impl Watched {
    fn new() -> Self {
        Self { table: Table::new(), issued: HashMap::new(), soonest: u64::MAX }
    }

    fn open(&mut self) -> u32 {
        let number = self.table.insert(ArrayOutput::new(SecretBytes::new()).store()).unwrap();
        assert_ne!(number, 0);
        let now = self.table.opened;
        if let Some(before) = self.issued.insert(number, now) {
            self.soonest = self.soonest.min(now - before);
        }
        number
    }

    fn close(&mut self, number: u32) {
        *self.table.close::<ArrayOutput>(number).unwrap() = Entry::Closed;
    }
}

#[test]
fn a_number_does_not_come_back_within_a_million_openings_of_one_handle() {
    let mut watched = Watched::new();
    for _ in 0..1_200_000 {
        let number = watched.open();
        watched.close(number);
    }
    assert!(watched.soonest >= 1_000_000, "{}", watched.soonest);
    assert_ne!(watched.soonest, u64::MAX, "the test must reach a number that comes back");
}

#[test]
fn closing_many_that_were_opened_long_ago_does_not_bring_a_number_back_sooner() {
    let mut watched = Watched::new();
    let mut bank: Vec<_> = (0..600_000).map(|_| watched.open()).collect();
    for _ in 0..2_300 {
        let number = watched.open();
        watched.close(number);
        for number in bank.split_off(bank.len().saturating_sub(256)) {
            watched.close(number);
        }
    }
    for _ in 0..1_100_000 {
        let number = watched.open();
        watched.close(number);
    }
    assert!(watched.soonest >= 1_000_000, "{}", watched.soonest);
}

#[test]
fn a_million_handles_can_be_open_at_once() {
    let mut watched = Watched::new();
    let numbers: Vec<_> = (0..Limits::MOST_HANDLES).map(|_| watched.open()).collect();
    for number in numbers {
        watched.close(number);
    }
    for _ in 0..2 * REST {
        watched.open();
    }
    assert!(watched.table.slots.len() <= SLOT_MASK as usize);
}

#[test]
fn what_was_closed_is_told_from_what_was_never_issued() {
    let mut watched = Watched::new();
    let number = watched.open();
    watched.close(number);
    let refused = |table: &mut Table, number| table.close::<ArrayOutput>(number).err();
    assert_eq!(refused(&mut watched.table, number), Some(Errno::Closed));
    for never in [0, number + 1, number | 1 << SLOT_BITS, u32::MAX, SLOT_MASK] {
        assert_eq!(refused(&mut watched.table, never), Some(Errno::InvalidHandle), "{never:#x}");
    }
    // The slot is given out again: the old number stays closed.
    for _ in 0..2 * REST {
        let number = watched.open();
        watched.close(number);
    }
    assert_eq!(refused(&mut watched.table, number), Some(Errno::Closed));
    assert!(watched.table.find(number).is_none());
}

#[test]
fn an_opening_that_fails_gives_its_reservation_back() {
    let limits = Limits { handles: 1, ..Limits::default() };
    let guest = Host::builder(Backend::EMPTY).limits(limits).build().guest();
    let mut table = Table::new();
    let mut objects = Objects::alone(&guest, &mut table);
    for _ in 0..3 {
        assert_eq!(objects.open::<ArrayOutput>(|_| Err(Errno::RngError)).err(), Some(Errno::RngError));
    }
    let handle = objects.open(|_| Ok(ArrayOutput::new(SecretBytes::new()))).unwrap();
    let mut made = false;
    let refused = objects.open(|_| {
        made = true;
        Ok(ArrayOutput::new(SecretBytes::new()))
    });
    assert_eq!(refused.err(), Some(Errno::TooManyHandles));
    assert!(!made, "nothing is made for which there is no handle");
    objects.close(handle).unwrap();
}
