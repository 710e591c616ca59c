//! Ranges that overlap in every way.

use proptest::prelude::*;

use super::*;

const LEN: u32 = 64;

proptest! {
    #[test]
    fn text_reaches_its_output_whole_whatever_the_ranges(
        from in 0..LEN, to in 0..LEN, text in 0..LEN, kept in 0..17_u32, room in 0..17_u32,
    ) {
        prop_assume!(from + text + kept <= LEN && to + text + room <= LEN);
        let original: Vec<u8> = (0..LEN as u8).collect();
        let mut bytes = original.clone();
        let mut tag = vec![0xff; kept as usize];
        let (input, output) = (Bytes { ptr: from, len: text + kept }, Buf { ptr: to, len: text + room });
        {
            let mut memory = Memory::new(&mut bytes);
            let (in_out, rest) = memory.in_out(input, &mut tag, output).unwrap();
            prop_assert_eq!(in_out.len(), text as usize);
            // Nothing is moved unless it must be.
            let disjoint = from + text + kept <= to || to + text + room <= from;
            prop_assert_eq!(matches!(in_out, InOut::Apart(..)), disjoint);
            // "Encrypt" by inverting.
            match in_out {
                InOut::Apart(text, out) => text.iter().zip(out).for_each(|(byte, out)| *out = !byte),
                InOut::InPlace(text) => text.iter_mut().for_each(|byte| *byte = !*byte),
            }
            prop_assert_eq!(rest.len(), room as usize);
            rest.fill(0xaa);
        }
        let (from, to, text) = (from as usize, to as usize, text as usize);
        let inverted: Vec<u8> = original[from..from + text].iter().map(|byte| !byte).collect();
        let tail = from + text;
        prop_assert_eq!(&bytes[to..to + text], &inverted[..]);
        prop_assert_eq!(&tag[..], &original[tail..tail + kept as usize]);
        let end = to + text + room as usize;
        prop_assert_eq!(&bytes[..to], &original[..to]);
        prop_assert_eq!(&bytes[end..], &original[end..]);
    }

    #[test]
    fn a_range_is_taken_exactly_if_it_lies_in_memory(ptr: u32, len: u32, size in 0..200_usize) {
        let mut bytes = vec![0; size];
        let inside = u64::from(ptr) + u64::from(len) <= size as u64;
        let mut memory = Memory::new(&mut bytes);
        prop_assert_eq!(memory.check(ptr, len).is_ok(), inside);
        prop_assert_eq!(memory.bytes(Bytes { ptr, len }).is_ok(), inside);
        prop_assert_eq!(memory.buf(Buf { ptr, len }).is_ok(), inside);
    }

    #[test]
    fn ranges_near_the_end_are_taken_exactly_if_they_lie_in_memory(ptr in 0..140_u32, len in 0..140_u32) {
        let mut bytes = vec![0; 128];
        prop_assert_eq!(Memory::new(&mut bytes).check(ptr, len).is_ok(), ptr + len <= 128);
    }
}
