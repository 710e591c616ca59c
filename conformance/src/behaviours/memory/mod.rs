//! Guest memory: every pointer of every function, where ranges may lie, and what a refusal leaves behind.

mod overlap;

use hostcrypt::{
    Errno,
    abi::{Function, functions},
};

use self::overlap::{
    a_failed_decryption_leaves_only_zeros_wherever_it_goes, decryption_may_go_where_its_input_is,
    detached_decryption_may_go_where_its_input_and_tag_are, detached_encryption_may_go_where_its_input_is,
    encryption_may_go_where_its_input_is,
};
use super::{
    behaviours,
    handles::{
        calls::{Call, Outcome, Role, opens},
        cast,
        limits::{fill, with_handles},
    },
};
use crate::{
    Guest,
    guest::{SYMMETRIC, refuses},
};

behaviours!("memory":
    what_these_behaviours_spoil_is_granted_unspoilt [needs Memory],
    a_range_at_the_very_end_is_like_any_other [needs Memory],
    a_range_that_leaves_memory_is_a_guest_error_and_changes_nothing [needs Memory],
    an_empty_range_at_the_very_end_is_in_memory [needs Memory],
    pointers_need_no_alignment [needs Memory],
    an_optional_handle_is_tagged_0_or_1 [needs Memory],
    padding_of_an_optional_handle_means_nothing [needs Memory],
    a_name_that_is_not_utf_8_is_a_guest_error [needs Memory],
    a_range_may_be_all_of_memory [needs Memory],
    a_guest_buffer_is_checked_when_it_is_set [needs Memory],
    a_refused_call_leaves_the_output_buffer_as_it_was [needs Memory],
    encryption_may_go_where_its_input_is [needs Memory],
    detached_encryption_may_go_where_its_input_is [needs Memory],
    decryption_may_go_where_its_input_is [needs Memory],
    detached_decryption_may_go_where_its_input_and_tag_are [needs Memory],
    a_failed_decryption_leaves_only_zeros_wherever_it_goes [needs Memory],
);

/// A plausible call of a new guest.
fn fresh<'a>(guest: &Guest<'a>, function: &Function) -> (Guest<'a>, Call) {
    let mut guest = guest.neighbour();
    let mut call = Call::plausible(&mut guest, function);
    call.place_all(&mut guest, 0);
    (guest, call)
}

/// What a function does with plausible arguments in the middle of memory.
fn usual(guest: &Guest<'_>, function: &Function) -> Outcome {
    let (mut guest, call) = fresh(guest, function);
    call.outcome(&mut guest)
}

/// Goes through every range that any served function is given, with a new guest each time.
fn each_range(guest: &Guest<'_>, mut test: impl FnMut(&mut Guest<'_>, Call, usize)) {
    for function in functions(guest.revision()) {
        let (_, call) = fresh(guest, &function);
        for range in 0..call.ranges.len() {
            let (mut guest, call) = fresh(guest, &function);
            test(&mut guest, call, range);
        }
    }
}

fn what_these_behaviours_spoil_is_granted_unspoilt(guest: &mut Guest<'_>) {
    for function in functions(guest.revision()) {
        let answer = usual(guest, &function).0;
        match function.name {
            "symmetric_state_ratchet" if !guest.subject().serves(cast::SESSION) => refuses!(answer, InvalidOperation),
            "kx_encapsulate" | "kx_decapsulate" if !guest.subject().serves(cast::KEM) => {
                refuses!(answer, InvalidOperation);
            }
            "symmetric_state_squeeze_key" if !guest.subject().serves("HKDF-EXTRACT/SHA-256") => {
                refuses!(answer, InvalidOperation);
            }
            name => answer.unwrap_or_else(|refusal| panic!("{name} answers {refusal:?}")),
        }
    }
}

fn end(guest: &Guest<'_>) -> i64 {
    guest.memory_len() as i64
}

/// Makes a call that is a guest error, and holds it to having changed no byte of memory.
fn refuse(guest: &mut Guest<'_>, call: &Call, what: &str) {
    let before = guest.memory().all();
    refuses!(call.send(guest), GuestError, "{}: {what}: {:x?}", call.function.name, call.integers);
    assert!(guest.memory().all() == before, "{} wrote to memory: {what}", call.function.name);
}

fn a_range_at_the_very_end_is_like_any_other(guest: &mut Guest<'_>) {
    each_range(guest, |guest, mut call, range| {
        let ptr = end(guest) - call.ranges[range].bytes.len() as i64;
        call.place(guest, range, ptr);
        let (function, role) = (call.function, call.ranges[range].role);
        assert_eq!(call.outcome(guest), usual(guest, &function), "{} with {role:?} at the end", function.name);
    });
}

/// Pointers and lengths of which each pair leaves memory, whatever the range's own place and length.
fn outside(end: i64, ptr: i64, len: i64, counted: bool) -> Vec<(i64, i64)> {
    let most = i64::from(u32::MAX);
    let ptrs = [end - len + 1, end - 1, end, end + 1, 1 << 31, most - len, most + 1 - len, most - 1, most];
    // A range of one byte may end where memory does.
    let mut outside: Vec<_> = ptrs.into_iter().filter(|ptr| ptr + len > end).map(|ptr| (ptr, len)).collect();
    if counted {
        // The last pair wraps to the end of a range that is in memory.
        let lens = [(ptr, end - ptr + 1), (ptr, 1 << 31), (ptr, most), (0, end + 1), (0, most), (most, most)];
        outside.extend(lens.into_iter().chain([(1, most), (ptr, most + 1 - ptr), (ptr, most + 1 - ptr + len)]));
    }
    outside
}

fn a_range_that_leaves_memory_is_a_guest_error_and_changes_nothing(guest: &mut Guest<'_>) {
    let subject = &*guest;
    each_range(subject, |_, Call { function, .. }, range| {
        // Where there is room for just what it opens, a handle that leaked would show.
        let mut guest = with_handles(subject, 64);
        let mut right = Call::plausible(&mut guest, &function);
        right.place_all(&mut guest, 0);
        let needed = opens(&guest, &function).len().max(1);
        for handle in fill(&mut guest).iter().take(needed) {
            guest.close("options", *handle).unwrap();
        }

        let bytes = &right.ranges[range];
        let (pointer, counted, len) = (bytes.pointer, bytes.counted(), bytes.bytes.len() as i64);
        for (ptr, len) in outside(end(&guest), right.integers[pointer], len, counted) {
            let mut wrong = right.clone();
            wrong.integers[pointer] = ptr;
            if counted {
                wrong.integers[pointer + 1] = len;
            }
            refuse(&mut guest, &wrong, &format!("{len} bytes at {ptr}"));
        }
        // Objects are as they were, too: the call that is right does what it always does.
        assert_eq!(right.outcome(&mut guest), usual(&guest, &function), "{} after the refusals", function.name);
    });
}

fn an_empty_range_at_the_very_end_is_in_memory(guest: &mut Guest<'_>) {
    each_range(guest, |guest, mut call, range| {
        if !call.ranges[range].counted() {
            return;
        }
        let usual = {
            let (mut guest, mut call) = fresh(guest, &call.function);
            call.replace(range, Vec::new());
            call.outcome(&mut guest)
        };
        call.replace(range, Vec::new());
        call.place(guest, range, end(guest));
        let (function, role) = (call.function.name, call.ranges[range].role);
        let outcome = call.outcome(guest);
        assert_eq!(outcome, usual, "{function} with an empty {role:?} at the end");
        assert!(outcome.0.is_ok() || outcome.0.is_err_and(|refusal| refusal != Errno::GuestError), "{function}");
    });
}

fn pointers_need_no_alignment(guest: &mut Guest<'_>) {
    for function in functions(guest.revision()) {
        for skew in 1..8 {
            let (mut guest, mut call) = fresh(guest, &function);
            call.place_all(&mut guest, skew);
            assert_eq!(call.outcome(&mut guest), usual(&guest, &function), "{} {skew} bytes off", function.name);
        }
    }
}

/// Goes through every range of a role, and whether the call still does what it always does after the test.
fn each_of_role(guest: &Guest<'_>, role: Role, test: impl Fn(&mut Guest<'_>, Call, usize)) {
    let mut tested = 0;
    each_range(guest, |guest, call, range| {
        if call.ranges[range].role == role {
            test(guest, call.clone(), range);
            tested += 1;
            let mut right = call;
            right.place_all(guest, 0);
            assert_eq!(right.outcome(guest), usual(guest, &right.function), "{} after the test", right.function.name);
        }
    });
    assert!(tested > 0, "no function has a range of role {role:?}");
}

fn an_optional_handle_is_tagged_0_or_1(guest: &mut Guest<'_>) {
    each_of_role(guest, Role::Optional, |guest, mut call, range| {
        for tag in [2, 3, 0x10, 0x80, 0xff] {
            call.ranges[range].bytes[0] = tag;
            call.place_all(guest, 0);
            refuse(guest, &call, &format!("tag {tag}"));
        }
    });
}

fn padding_of_an_optional_handle_means_nothing(guest: &mut Guest<'_>) {
    each_range(guest, |guest, mut call, range| {
        if call.ranges[range].role == Role::Optional {
            call.ranges[range].bytes[1..4].copy_from_slice(&[1, 2, 0xff]);
            call.place_all(guest, 0);
            assert_eq!(call.outcome(guest), usual(guest, &call.function), "{}", call.function.name);
        }
    });
}

fn a_name_that_is_not_utf_8_is_a_guest_error(guest: &mut Guest<'_>) {
    each_of_role(guest, Role::Name, |guest, mut call, range| {
        let name = call.ranges[range].bytes.clone();
        let mut names: Vec<Vec<u8>> = vec![[&name[..], b"\xff"].concat(), [&name[1..], b"\xc3"].concat()];
        // Bytes that no text has, a longer form than needed, half a pair of surrogates, beyond Unicode.
        let malformed: [&[u8]; 5] = [b"\xff", b"\x80", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"];
        names.extend(malformed.map(<[u8]>::to_vec));
        for name in names {
            call.replace(range, name.clone());
            call.place_all(guest, 0);
            refuse(guest, &call, &format!("{name:x?}"));
        }
    });
}

fn a_range_may_be_all_of_memory(guest: &mut Guest<'_>) {
    let len = end(guest);
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    let piecewise = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    let whole = vec![0xa5; guest.memory_len()];
    guest.memory().write(0, &whole);
    guest.memory().call("symmetric_state_absorb", &[state.into(), 0, len]).unwrap();
    for _ in 0..16 {
        guest.symmetric_state_absorb(piecewise, &vec![0xa5; guest.memory_len() / 16]).unwrap();
    }
    assert_eq!(guest.symmetric_state_squeeze(state, 32), guest.symmetric_state_squeeze(piecewise, 32));
}

fn a_guest_buffer_is_checked_when_it_is_set(guest: &mut Guest<'_>) {
    let options = guest.options_open(SYMMETRIC).unwrap();
    let end = end(guest);
    for (ptr, len) in [(0, 0), (0, end), (17, 1000), (end - 1, 1), (end, 0)] {
        for name in ["buffer", "memory"] {
            guest.options_set_guest_buffer(options, name, ptr, len).unwrap();
        }
    }
    for (ptr, len) in outside(end, 1024, 64, true) {
        for name in ["buffer", "memory"] {
            refuses!(guest.options_set_guest_buffer(options, name, ptr, len), GuestError, "{len} bytes at {ptr}");
        }
    }
}

fn a_refused_call_leaves_the_output_buffer_as_it_was(guest: &mut Guest<'_>) {
    let functions = functions(guest.revision());
    let lens: [fn(usize) -> usize; 4] = [|len| len - 1, |len| len + 1, |_| 0, |len| len + 4096];
    for (function, other) in functions.flat_map(|function| lens.map(|other| (function, other))) {
        let (mut guest, mut call) = fresh(guest, &function);
        for range in 0..call.ranges.len() {
            if call.ranges[range].role != Role::Buffer {
                continue;
            }
            let right = call.clone();
            call.replace(range, vec![0x55; other(call.ranges[range].bytes.len())]);
            call.place_all(&mut guest, 0);
            let before = guest.memory().all();
            if call.send(&mut guest).is_err() {
                let name = call.function.name;
                assert!(guest.memory().all() == before, "{name} was refused and wrote to memory");
                call = right;
                call.place_all(&mut guest, 0);
                assert_eq!(call.outcome(&mut guest), usual(&guest, &function), "{name} after it was refused");
            }
        }
    }
    // Operations that the object behind the handle does not have.
    let (cipher, hash) = (cast::open(guest, "symmetric_state"), cast::hash(guest));
    let mac = cast::keyed(guest, "HMAC/SHA-256");
    let calls = [
        ("symmetric_state_squeeze", cipher),
        ("symmetric_state_squeeze", mac),
        ("symmetric_state_encrypt", hash),
        ("symmetric_state_encrypt_detached", mac),
        ("symmetric_state_decrypt", hash),
        ("symmetric_state_decrypt_detached", mac),
        ("array_output_pull", hash),
        ("symmetric_tag_pull", mac),
    ];
    for (name, handle) in calls {
        let function = functions_named(guest, name);
        let mut call = Call::plausible(guest, &function);
        call.fill(call.holes[0], handle);
        call.place_all(guest, 0);
        let before = guest.memory().all();
        assert!(call.send(guest).is_err(), "{name}");
        assert!(guest.memory().all() == before, "{name} was refused and wrote to memory");
    }
}

fn functions_named(guest: &Guest<'_>, name: &str) -> Function {
    functions(guest.revision()).find(|function| function.name == name).expect("both revisions have it")
}
