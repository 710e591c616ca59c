//! Handles: what a number stands for, and for how long.

pub(super) mod calls;
pub(super) mod cast;
mod length;
pub(super) mod limits;
mod lives;

use std::collections::{HashSet, VecDeque};

use hostcrypt::{Errno, abi::functions};

use self::{
    calls::{Call, Hole},
    length::{
        a_long_text_is_passed_in_parts, a_squeezing_of_more_bytes_than_a_call_goes_over_writes_nothing,
        a_text_that_is_encrypted_counts_once, an_input_of_more_bytes_than_a_call_goes_over_is_an_overflow,
        every_name_and_input_that_is_too_long_for_a_call_is_an_overflow,
        what_is_squeezed_counts_and_what_is_left_of_a_buffer_does_not,
    },
    limits::{
        a_copy_that_there_is_no_room_for_is_an_overflow, a_key_that_there_is_no_room_for_is_an_overflow,
        a_limit_on_bytes_is_kept_and_room_comes_back, a_limit_on_handles_is_kept_and_room_comes_back,
        a_message_that_would_be_too_long_is_refused_and_not_taken_in_part,
        an_encapsulation_that_there_is_no_room_for_is_an_overflow,
        an_encryption_that_has_no_handle_for_its_tag_does_not_happen,
        an_encryption_that_has_no_handle_for_its_tag_writes_nothing,
        an_output_that_there_is_no_room_for_is_an_overflow,
        every_function_that_opens_an_object_is_refused_at_the_limit, every_kind_of_object_counts,
        reading_an_option_takes_no_room, what_is_closed_twice_gives_back_no_room,
    },
    lives::{
        objects_outlive_what_they_were_opened_from, options_that_change_do_not_reach_a_state_opened_before,
        two_guests_share_no_handles, what_one_guest_closes_stays_open_in_another,
    },
};
use super::behaviours;
use crate::{
    Capability, Guest, Object,
    guest::{Answer, SYMMETRIC, refuses},
};

behaviours!("handles":
    a_handle_of_another_kind_is_invalid [needs Memory, Handles],
    a_number_that_was_never_issued_is_invalid [needs Memory, Handles],
    a_handle_that_was_closed_is_invalid [needs Memory, Handles],
    no_handle_is_zero [needs Handles],
    what_is_closed_twice_is_closed [needs Handles],
    closing_as_another_kind_closes_nothing [needs Handles],
    a_closed_number_never_stands_for_a_new_object [needs Handles],
    many_openings_repeat_no_number [needs Handles],
    a_limit_on_handles_is_kept_and_room_comes_back,
    what_is_closed_twice_gives_back_no_room [needs Handles],
    every_kind_of_object_counts [needs Memory],
    every_function_that_opens_an_object_is_refused_at_the_limit,
    an_encryption_that_has_no_handle_for_its_tag_does_not_happen,
    an_encryption_that_has_no_handle_for_its_tag_writes_nothing [needs Memory],
    a_limit_on_bytes_is_kept_and_room_comes_back,
    a_key_that_there_is_no_room_for_is_an_overflow,
    an_output_that_there_is_no_room_for_is_an_overflow,
    a_copy_that_there_is_no_room_for_is_an_overflow [needs symmetric_state_clone],
    an_encapsulation_that_there_is_no_room_for_is_an_overflow [needs kx_encapsulate],
    a_message_that_would_be_too_long_is_refused_and_not_taken_in_part,
    reading_an_option_takes_no_room [needs Buffers],
    an_input_of_more_bytes_than_a_call_goes_over_is_an_overflow [needs Memory],
    every_name_and_input_that_is_too_long_for_a_call_is_an_overflow,
    a_long_text_is_passed_in_parts,
    a_text_that_is_encrypted_counts_once,
    what_is_squeezed_counts_and_what_is_left_of_a_buffer_does_not,
    a_squeezing_of_more_bytes_than_a_call_goes_over_writes_nothing [needs Memory],
    objects_outlive_what_they_were_opened_from,
    options_that_change_do_not_reach_a_state_opened_before,
    two_guests_share_no_handles [needs Handles],
    what_one_guest_closes_stays_open_in_another,
);

/// Holds a call to an errno.
fn expect(call: &Call, answer: Answer, errno: Errno, what: &str) {
    let held = matches!(answer, Err(refusal) if refusal == errno);
    assert!(held, "{} answered {answer:?}, not {errno}, to {what}", call.function.name);
}

/// Passes something wrong for every handle of every function, in a call that is right but for that.
fn each_handle(guest: &Guest<'_>, mut test: impl FnMut(&mut Guest<'_>, &mut Call, Hole)) {
    for function in functions(guest.revision()) {
        let mut guest = guest.neighbour();
        let mut call = Call::plausible(&mut guest, &function);
        for hole in call.holes.clone() {
            let right = call.clone();
            test(&mut guest, &mut call, hole);
            call = right;
        }
    }
}

fn a_handle_of_another_kind_is_invalid(guest: &mut Guest<'_>) {
    each_handle(guest, |guest, call, hole| {
        for kind in cast::kinds(guest).filter(|kind| *kind != hole.kind) {
            let stranger = cast::open(guest, kind);
            call.fill(hole, stranger);
            call.place_all(guest, 0);
            expect(call, call.send(guest), Errno::InvalidHandle, kind);
            cast::close(guest, kind, stranger).expect("the stranger stays open");
        }
    });
}

fn a_number_that_was_never_issued_is_invalid(guest: &mut Guest<'_>) {
    each_handle(guest, |guest, call, hole| {
        let last = guest.options_open(SYMMETRIC).unwrap();
        for number in [0, 1 << 20, u32::MAX, last.number() + 1] {
            call.fill(hole, Object::new(hole.kind, number));
            call.place_all(guest, 0);
            expect(call, call.send(guest), Errno::InvalidHandle, &number.to_string());
        }
    });
}

fn a_handle_that_was_closed_is_invalid(guest: &mut Guest<'_>) {
    each_handle(guest, |guest, call, hole| {
        let closed = cast::open(guest, hole.kind);
        cast::close(guest, hole.kind, closed).unwrap();
        call.fill(hole, closed);
        call.place_all(guest, 0);
        let closes = cast::closer(hole.kind).is_some_and(|closer| closer == call.function.name);
        expect(call, call.send(guest), if closes { Errno::Closed } else { Errno::InvalidHandle }, "a closed handle");
    });
}

fn no_handle_is_zero(guest: &mut Guest<'_>) {
    for kind in cast::kinds(guest) {
        assert_ne!(cast::open(guest, kind).number(), 0, "{kind}");
    }
    for _ in 0..10_000 {
        let handle = guest.options_open(SYMMETRIC).unwrap();
        assert_ne!(handle.number(), 0);
        guest.close("options", handle).unwrap();
    }
}

fn what_is_closed_twice_is_closed(guest: &mut Guest<'_>) {
    for kind in cast::kinds(guest) {
        if cast::closer(kind).is_none() {
            continue;
        }
        let handle = cast::open(guest, kind);
        guest.close(kind, handle).unwrap();
        refuses!(guest.close(kind, handle), Closed, "{kind}");
        // And still after others were opened.
        cast::open(guest, kind);
        refuses!(guest.close(kind, handle), Closed, "{kind}");
    }
}

fn closing_as_another_kind_closes_nothing(guest: &mut Guest<'_>) {
    for kind in cast::kinds(guest) {
        let handle = cast::open(guest, kind);
        for other in cast::kinds(guest).filter(|other| *other != kind && cast::closer(other).is_some()) {
            refuses!(guest.close(other, handle), InvalidHandle, "{other} of {kind}");
        }
        cast::close(guest, kind, handle).unwrap_or_else(|refusal| panic!("{kind} is open: {refusal:?}"));
    }
}

/// Objects that are opened and closed, and the numbers that they had.
#[derive(Default)]
struct Turnover {
    open: VecDeque<(Object, &'static str)>,
    closed: Vec<Object>,
    /// By their numbers, whatever they stood for.
    seen: HashSet<u32>,
}

impl Turnover {
    fn open(&mut self, guest: &mut Guest<'_>) {
        // One kind that calls change and one that they only read.
        let (kind, opened) = match self.seen.len() % 3 {
            0 => ("symmetric_key", guest.symmetric_key_import("AES-256-GCM", &cast::KEY)),
            _ => ("options", guest.options_open(SYMMETRIC)),
        };
        let handle = opened.unwrap();
        assert!(self.seen.insert(handle.number()), "opening {} repeats {handle:?}", self.seen.len() + 1);
        self.open.push_back((handle, kind));
        // The number closed last, and one from anywhere before.
        let anywhere = self.seen.len() * 7919 % self.closed.len().max(1);
        for stale in [self.closed.last(), self.closed.get(anywhere)].into_iter().flatten() {
            refuses!(guest.options_set_u64(*stale, "ops_limit", 1), InvalidHandle, "{stale:?}, not {handle:?}");
            refuses!(guest.symmetric_key_export(*stale), InvalidHandle, "{stale:?}, not {handle:?}");
        }
    }

    fn close(&mut self, guest: &mut Guest<'_>, open: Option<(Object, &str)>) {
        let (handle, kind) = open.expect("one is open");
        guest.close(kind, handle).unwrap();
        self.closed.push(handle);
    }

    fn close_oldest(&mut self, guest: &mut Guest<'_>) {
        let open = self.open.pop_front();
        self.close(guest, open);
    }

    fn close_newest(&mut self, guest: &mut Guest<'_>) {
        let open = self.open.pop_back();
        self.close(guest, open);
    }

    /// Closes one in the middle, as if at random.
    fn close_any(&mut self, guest: &mut Guest<'_>) {
        let index = self.seen.len() * 6151 % self.open.len();
        let open = self.open.swap_remove_back(index);
        self.close(guest, open);
    }
}

fn a_closed_number_never_stands_for_a_new_object(guest: &mut Guest<'_>) {
    let mut turnover = Turnover::default();
    for _ in 0..10_000 {
        turnover.open(guest);
        turnover.close_newest(guest);
    }
    // As many side by side as fit, closed in three orders.
    let orders = [Turnover::close_oldest, Turnover::close_newest, Turnover::close_any];
    for (close, side_by_side) in orders.into_iter().zip([1, 100, 1_000]) {
        for turn in 0..10_000 {
            turnover.open(guest);
            if turn >= side_by_side {
                close(&mut turnover, guest);
            }
        }
    }
    // In waves, across all that is still open.
    for close in orders {
        for _ in 0..10 {
            (0..1_000).for_each(|_| turnover.open(guest));
            (0..1_000).for_each(|_| close(&mut turnover, guest));
        }
    }
}

/// No number comes back within so many openings.
const APART: u64 = 1_000_000;

fn many_openings_repeat_no_number(guest: &mut Guest<'_>) {
    // A runtime takes several seconds for a million, unoptimised.
    let openings = if guest.subject().has(Capability::CheapCalls) { APART + APART / 10 } else { APART / 5 };
    let mut issued = Vec::new();
    for opening in 0..openings {
        let handle = guest.options_open(SYMMETRIC).unwrap();
        guest.close("options", handle).unwrap();
        // One integer for both sorts faster.
        issued.push(u64::from(handle.number()) << 32 | opening);
    }
    issued.sort_unstable();
    for pair in issued.windows(2) {
        let (number, distance) = (pair[0] >> 32, pair[1] - pair[0]);
        assert!(distance >= APART, "number {number} came back after {distance} openings");
    }
}
