//! `options_*` and how states keep and show their options.

use super::behaviours;
use crate::{
    Guest,
    guest::{SIGNATURES, SYMMETRIC, refuses},
};

behaviours!("options":
    names_that_the_interface_reserves_are_taken_in_any_case_and_by_their_aliases,
    a_name_that_no_algorithm_has_or_a_value_of_another_kind_is_an_unsupported_option,
    only_symmetric_algorithms_have_options,
    a_guest_buffer_has_names_of_its_own_and_symmetric_algorithms_alone_take_one,
    setting_again_overwrites,
    a_state_shows_what_it_was_opened_with,
    an_option_that_is_not_set_is_told_from_one_that_is_unknown,
    a_value_longer_than_the_buffer_is_an_overflow [needs Buffers],
    later_changes_do_not_reach_an_open_state,
    a_number_that_is_no_algorithm_type_is_an_unsupported_algorithm [needs Numbers],
    a_set_for_another_type_of_algorithm_is_an_invalid_handle,
    options_that_an_algorithm_does_not_use_are_ignored,
);

fn names_that_the_interface_reserves_are_taken_in_any_case_and_by_their_aliases(guest: &mut Guest<'_>) {
    let options = guest.options_open(SYMMETRIC).unwrap();
    for name in ["context", "salt", "nonce", "NONCE", "Salt"] {
        guest.options_set(options, name, b"value").unwrap();
    }
    for name in ["memory_limit", "ops_limit", "opslimit", "parallelism", "threads", "OpsLimit", "output_len"] {
        guest.options_set_u64(options, name, 7).unwrap();
    }
    guest.close("options", options).unwrap();
}

fn a_name_that_no_algorithm_has_or_a_value_of_another_kind_is_an_unsupported_option(guest: &mut Guest<'_>) {
    let options = guest.options_open(SYMMETRIC).unwrap();
    for name in ["", "key", "nonce2", "ops_limit", "buffer"] {
        refuses!(guest.options_set(options, name, b"value"), UnsupportedOption, "{name}");
    }
    for name in ["", "nonce", "memory", "limit"] {
        refuses!(guest.options_set_u64(options, name, 1), UnsupportedOption, "{name}");
    }
}

fn only_symmetric_algorithms_have_options(guest: &mut Guest<'_>) {
    let options = guest.options_open(SIGNATURES).unwrap();
    refuses!(guest.options_set(options, "nonce", b"value"), UnsupportedOption);
    refuses!(guest.options_set_u64(options, "ops_limit", 1), UnsupportedOption);
}

fn a_guest_buffer_has_names_of_its_own_and_symmetric_algorithms_alone_take_one(guest: &mut Guest<'_>) {
    let options = guest.options_open(SYMMETRIC).unwrap();
    for name in ["buffer", "memory", "Buffer"] {
        guest.options_set_buffer(options, name, 1024).unwrap();
    }
    for name in ["", "nonce", "ops_limit", "scratch"] {
        refuses!(guest.options_set_buffer(options, name, 16), UnsupportedOption, "{name}");
    }
    let options = guest.options_open(SIGNATURES).unwrap();
    refuses!(guest.options_set_buffer(options, "buffer", 1), UnsupportedOption);
}

fn setting_again_overwrites(guest: &mut Guest<'_>) {
    let options = guest.nonce(b"first");
    guest.options_set(options, "nonce", b"second value").unwrap();
    guest.options_set_u64(options, "threads", 1).unwrap();
    guest.options_set_u64(options, "parallelism", u64::MAX).unwrap();
    let state = guest.symmetric_state_open("SHA-256", None, Some(options)).unwrap();
    assert_eq!(guest.symmetric_state_options_get(state, "nonce", 64).unwrap(), b"second value");
    assert_eq!(guest.symmetric_state_options_get_u64(state, "threads"), Ok(u64::MAX));
}

fn a_state_shows_what_it_was_opened_with(guest: &mut Guest<'_>) {
    let key = guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
    let options = guest.nonce(&[9; 12]);
    guest.options_set(options, "salt", b"").unwrap();
    guest.options_set_u64(options, "ops_limit", 3).unwrap();
    let state = guest.symmetric_state_open("AES-256-GCM", Some(key), Some(options)).unwrap();
    assert_eq!(guest.symmetric_state_options_get(state, "Nonce", 12).unwrap(), [9; 12]);
    assert_eq!(guest.symmetric_state_options_get(state, "salt", 0).unwrap(), b"", "set, though empty");
    assert_eq!(guest.symmetric_state_options_get_u64(state, "opslimit"), Ok(3));
}

fn an_option_that_is_not_set_is_told_from_one_that_is_unknown(guest: &mut Guest<'_>) {
    let state = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    refuses!(guest.symmetric_state_options_get(state, "nonce", 64), OptionNotSet);
    refuses!(guest.symmetric_state_options_get_u64(state, "ops_limit"), OptionNotSet);
    refuses!(guest.symmetric_state_options_get(state, "colour", 64), UnsupportedOption);
    refuses!(guest.symmetric_state_options_get_u64(state, "colour"), UnsupportedOption);
    refuses!(guest.symmetric_state_options_get(state, "ops_limit", 64), UnsupportedOption);
    refuses!(guest.symmetric_state_options_get_u64(state, "nonce"), UnsupportedOption);
}

fn a_value_longer_than_the_buffer_is_an_overflow(guest: &mut Guest<'_>) {
    let options = guest.nonce(&[5; 12]);
    let state = guest.symmetric_state_open("SHA-256", None, Some(options)).unwrap();
    refuses!(guest.symmetric_state_options_get(state, "nonce", 11), Overflow);
    assert_eq!(guest.symmetric_state_options_get(state, "nonce", 13).unwrap(), [5; 12]);
}

fn later_changes_do_not_reach_an_open_state(guest: &mut Guest<'_>) {
    let options = guest.nonce(&[1; 12]);
    let state = guest.symmetric_state_open("SHA-256", None, Some(options)).unwrap();
    guest.options_set(options, "nonce", &[2; 12]).unwrap();
    guest.options_set(options, "salt", b"late").unwrap();
    guest.close("options", options).unwrap();
    assert_eq!(guest.symmetric_state_options_get(state, "nonce", 12).unwrap(), [1; 12]);
    refuses!(guest.symmetric_state_options_get(state, "salt", 12), OptionNotSet);
}

fn a_number_that_is_no_algorithm_type_is_an_unsupported_algorithm(guest: &mut Guest<'_>) {
    for number in [3, 256, 65_536, 65_537, -1, i64::from(i32::MIN)] {
        refuses!(guest.options_open(number), UnsupportedAlgorithm, "{number}");
    }
}

fn a_set_for_another_type_of_algorithm_is_an_invalid_handle(guest: &mut Guest<'_>) {
    let (signatures, symmetric) = (guest.options_open(SIGNATURES).unwrap(), guest.options_open(SYMMETRIC).unwrap());
    refuses!(guest.symmetric_state_open("SHA-256", None, Some(signatures)), InvalidHandle);
    refuses!(guest.symmetric_key_generate("AES-256-GCM", Some(signatures)), InvalidHandle);
    refuses!(guest.keypair_generate(SIGNATURES, "Ed25519", Some(symmetric)), InvalidHandle);
    guest.keypair_generate(SIGNATURES, "Ed25519", Some(signatures)).unwrap();
}

fn options_that_an_algorithm_does_not_use_are_ignored(guest: &mut Guest<'_>) {
    let options = guest.nonce(b"of no use to a hash");
    let state = guest.symmetric_state_open("SHA-256", None, Some(options)).unwrap();
    let plain = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    assert_eq!(guest.symmetric_state_squeeze(state, 32).unwrap(), guest.symmetric_state_squeeze(plain, 32).unwrap());
}
