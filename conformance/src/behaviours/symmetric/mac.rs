//! Codes and their tags.

use super::{super::behaviours, mac, macs};
use crate::{Guest, guest::refuses};

behaviours!("symmetric::mac":
    a_tag_is_compared_whole,
    a_tag_is_pulled_into_a_buffer_of_its_own_length_and_then_closed [needs Buffers],
    a_mac_goes_on_after_its_tag,
    a_clone_of_a_hash_or_mac_is_independent [needs symmetric_state_clone],
);

fn a_tag_is_compared_whole(guest: &mut Guest<'_>) {
    for code in macs(guest) {
        let (name, len, _) = code;
        let state = mac(guest, code);
        guest.symmetric_state_absorb(state, b"message").unwrap();
        let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
        let pulled = guest.symmetric_state_squeeze_tag(state).unwrap();
        let raw = guest.symmetric_tag_pull(pulled, len).unwrap();
        guest.symmetric_tag_verify(tag, &raw).unwrap();
        for bit in [0, 8 * len / 2, 8 * len - 1] {
            let mut flipped = raw.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refuses!(guest.symmetric_tag_verify(tag, &flipped), InvalidTag, "{name}, bit {bit}");
        }
        for other in [&raw[..len - 1], &raw[..1], b"", &[&raw[..], &[0]].concat()] {
            refuses!(guest.symmetric_tag_verify(tag, other), InvalidTag, "{name}");
        }
        guest.symmetric_tag_verify(tag, &raw).unwrap();
    }
}

fn a_tag_is_pulled_into_a_buffer_of_its_own_length_and_then_closed(guest: &mut Guest<'_>) {
    for code in macs(guest) {
        let (name, len, _) = code;
        let state = mac(guest, code);
        let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
        assert_eq!(guest.symmetric_tag_len(tag), Ok(len as u32), "{name}");
        refuses!(guest.symmetric_tag_pull(tag, len - 1), Overflow, "{name}");
        refuses!(guest.symmetric_tag_pull(tag, len + 1), InvalidLength, "{name}");
        assert_eq!(guest.symmetric_tag_pull(tag, len).unwrap().len(), len);
        refuses!(guest.symmetric_tag_len(tag), InvalidHandle, "{name}");
        refuses!(guest.close("symmetric_tag", tag), Closed, "{name}");
    }
}

fn a_mac_goes_on_after_its_tag(guest: &mut Guest<'_>) {
    for code in macs(guest) {
        let (name, len, _) = code;
        let mut tag_of = |parts: &[&[u8]]| {
            let state = mac(guest, code);
            let mut last = None;
            for part in parts {
                guest.symmetric_state_absorb(state, part).unwrap();
                let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
                last = Some(guest.symmetric_tag_pull(tag, len).unwrap());
            }
            last
        };
        assert_eq!(tag_of(&[b"a", b"", b"bc"]), tag_of(&[b"abc"]), "{name}");
    }
}

fn a_clone_of_a_hash_or_mac_is_independent(guest: &mut Guest<'_>) {
    let original = guest.symmetric_state_open("SHA-256", None, None).unwrap();
    guest.symmetric_state_absorb(original, b"shared").unwrap();
    let clone = guest.symmetric_state_clone(original).unwrap();
    let before = guest.symmetric_state_squeeze(clone, 32).unwrap();
    guest.symmetric_state_absorb(original, b" and more").unwrap();
    assert_eq!(guest.symmetric_state_squeeze(clone, 32).unwrap(), before);
    guest.close("symmetric_state", original).unwrap();
    guest.symmetric_state_absorb(clone, b" and more").unwrap();
    assert_ne!(guest.symmetric_state_squeeze(clone, 32).unwrap(), before);

    for code in macs(guest) {
        let len = code.1;
        let original = mac(guest, code);
        guest.symmetric_state_absorb(original, b"m").unwrap();
        let clone = guest.symmetric_state_clone(original).unwrap();
        let [one, other] = [original, clone].map(|state| guest.symmetric_state_squeeze_tag(state).unwrap());
        let raw = guest.symmetric_tag_pull(one, len).unwrap();
        guest.symmetric_tag_verify(other, &raw).unwrap();
    }
}
