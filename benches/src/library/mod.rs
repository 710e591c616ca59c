//! Subjects `library/…`: a cryptography library alone, as a Rust program would use it. Keys are made beforehand, as a
//! guest opens them.

#[cfg(feature = "boringssl")]
pub mod boringssl;
pub mod rustcrypto;

use crate::Run;
use crate::layout::{OUT, TEXT};

fn repeat<'a>(mut run: impl FnMut() + 'a) -> Run<'a> {
    Box::new(move |times| (0..times).for_each(|_| run()))
}

/// The text of a length, and the room for outputs.
fn text_and_out(memory: &mut [u8], len: i32) -> (&[u8], &mut [u8]) {
    let (before, out) = memory.split_at_mut(OUT.at as usize);
    (TEXT.first(len).of(before), &mut out[..OUT.len as usize])
}
