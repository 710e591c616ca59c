//! `array_output_*`: outputs that are pulled in a stream.

use super::behaviours;
use crate::{Capability, Guest, Object, guest::refuses};

behaviours!("array_output":
    the_length_is_that_of_the_whole_output_however_much_was_pulled [needs Buffers],
    a_short_buffer_takes_what_fits_and_the_rest_follows [needs Buffers],
    a_buffer_that_is_too_large_takes_what_there_is,
    a_buffer_that_is_too_large_stays_as_it_was_behind_what_there_is [needs Memory],
    the_handle_closes_by_itself_when_all_is_read [needs Buffers],
    an_empty_array_closes_at_the_first_pull,
    a_pull_of_nothing_leaves_an_unread_array_open [needs Buffers],
);

const KEY: [u8; 100] = {
    let mut key = [0; 100];
    let mut index = 0;
    while index < key.len() {
        key[index] = index as u8;
        index += 1;
    }
    key
};

fn array(guest: &mut Guest<'_>, bytes: &[u8]) -> Object {
    let key = guest.symmetric_key_import("HMAC/SHA-256", bytes).unwrap();
    guest.symmetric_key_output(key).unwrap()
}

fn the_length_is_that_of_the_whole_output_however_much_was_pulled(guest: &mut Guest<'_>) {
    let array = array(guest, &KEY);
    assert_eq!(guest.array_output_len(array), Ok(100));
    guest.array_output_pull(array, 10).unwrap();
    assert_eq!(guest.array_output_len(array), Ok(100));
}

fn a_short_buffer_takes_what_fits_and_the_rest_follows(guest: &mut Guest<'_>) {
    let array = array(guest, &KEY);
    let mut pulled = Vec::new();
    for (wanted, got) in [(1, 1), (7, 7), (64, 64), (100, 28)] {
        let part = guest.array_output_pull(array, wanted).unwrap();
        assert_eq!(part.len(), got);
        pulled.extend(part);
    }
    assert_eq!(pulled, KEY);
}

fn a_buffer_that_is_too_large_takes_what_there_is(guest: &mut Guest<'_>) {
    let array = array(guest, &KEY);
    assert_eq!(guest.array_output_pull(array, 200).unwrap(), KEY);
}

fn a_buffer_that_is_too_large_stays_as_it_was_behind_what_there_is(guest: &mut Guest<'_>) {
    let array = array(guest, &KEY);
    let memory = guest.memory();
    let (buf, len) = (memory.own(), memory.room(4));
    memory.write(buf, &[0xee; 200]);
    memory.call("array_output_pull", &[array.into(), buf, 200, len]).unwrap();
    assert_eq!(memory.u32(len), 100);
    assert_eq!(memory.read(buf, 200), [&KEY[..], &[0xee; 100]].concat());
}

fn the_handle_closes_by_itself_when_all_is_read(guest: &mut Guest<'_>) {
    let array = array(guest, &KEY);
    guest.array_output_pull(array, 99).unwrap();
    guest.array_output_pull(array, 1).unwrap();
    refuses!(guest.array_output_pull(array, 1), InvalidHandle);
    refuses!(guest.array_output_len(array), InvalidHandle);
}

fn an_empty_array_closes_at_the_first_pull(guest: &mut Guest<'_>) {
    let array = array(guest, b"");
    assert_eq!(guest.array_output_len(array), Ok(0));
    assert_eq!(guest.array_output_pull(array, 5).unwrap(), b"");
    if guest.has(Capability::Handles) {
        refuses!(guest.array_output_pull(array, 5), InvalidHandle);
    }
}

fn a_pull_of_nothing_leaves_an_unread_array_open(guest: &mut Guest<'_>) {
    let array = array(guest, &KEY);
    assert_eq!(guest.array_output_pull(array, 0).unwrap(), b"");
    assert_eq!(guest.array_output_pull(array, 100).unwrap(), KEY);
}
