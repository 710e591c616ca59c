//! Changes of bytes that were right.

use arbitrary::Arbitrary;

/// One change. Places count from the start, and go round at the end.
#[derive(Arbitrary, Debug)]
pub enum Change {
    /// Overwrites bytes.
    Write {
        /// Where.
        at: u32,
        /// With what.
        bytes: Vec<u8>,
    },
    /// Flips one bit.
    Flip {
        /// Where.
        at: u32,
        /// Which of eight.
        bit: u8,
    },
    /// Copies bytes over others.
    Copy {
        /// From where.
        from: u32,
        /// To where.
        to: u32,
        /// How many.
        len: u16,
    },
    /// Puts bytes between others.
    Insert {
        /// Before which.
        at: u32,
        /// What.
        bytes: Vec<u8>,
    },
    /// Takes bytes out.
    Remove {
        /// From where.
        at: u32,
        /// How many.
        len: u16,
    },
    /// Cuts off the end.
    Cut {
        /// What stays.
        len: u32,
    },
}

/// No input has more changes.
const MOST: usize = 64;

/// The bytes after some changes.
pub(crate) fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes.iter().take(MOST) {
        let len_now = bytes.len();
        let place = |at: u32| at as usize % (len_now + 1);
        match change {
            Change::Write { at, bytes: new } => {
                bytes[place(*at)..].iter_mut().zip(new).for_each(|(byte, new)| *byte = *new);
            }
            Change::Flip { at, bit } => {
                bytes[place(*at)..].iter_mut().take(1).for_each(|byte| *byte ^= 1 << (bit % 8));
            }
            Change::Copy { from, to, len } => {
                let (from, to) = (place(*from), place(*to));
                let len = usize::from(*len).min(len_now - from.max(to));
                bytes.copy_within(from..from + len, to);
            }
            Change::Insert { at, bytes: new } => {
                let at = place(*at);
                bytes.splice(at..at, new.iter().copied());
            }
            Change::Remove { at, len } => {
                let at = place(*at);
                bytes.drain(at..(at + usize::from(*len)).min(len_now));
            }
            Change::Cut { len } => bytes.truncate(place(*len)),
        }
    }
    bytes
}
