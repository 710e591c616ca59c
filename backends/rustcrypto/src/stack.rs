//! The stack that the libraries used.

use std::hint::black_box;

/// More than a library's finaliser needs, in bytes.
const USED: usize = 1024;

/// Calls a library, and overwrites the copies of the output that it left on the stack.
///
/// A value that is moved takes its padding along, so that such a copy could get onto the heap with the next object.
pub(crate) fn wiped<T>(call: impl FnOnce() -> T) -> T {
    /// Begins where [`overwrite`] does.
    #[inline(never)]
    fn apart<T>(call: impl FnOnce() -> T) -> T {
        call()
    }

    #[inline(never)]
    fn overwrite() {
        black_box(&mut [0_u8; USED]);
    }

    let result = apart(call);
    overwrite();
    result
}
