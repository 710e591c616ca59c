//! Work on a stack of its own.
//!
//! A host function runs on the stack of the guest's caller, often a fiber of some hundred KiB, and nothing tells how
//! much of it the guest has left.

use std::io;

use crate::{Errno, Result};

/// How much stack a call needs of its caller, in bytes: 128 KiB.
///
/// Guests run on the same stack. A fiber or a thread therefore has as much as guests may use, and this besides; a call
/// that finds less overflows the stack, which ends the process. Work that needs more than this has a stack of its own.
/// A key store or a callback of the embedder's may need more: then the embedder adds that.
///
/// The figure is of optimised builds. In builds without optimisation, libraries need a multiple of it.
pub const CALL_STACK: usize = 128 << 10;

/// The size of the stack that work gets, in bytes. Only the part that the work touches takes memory.
const OWN_STACK: usize = 4 << 20;

/// Does work on a stack of its own of 4 MiB, which is unmapped afterwards, with the secrets that are left there.
///
/// The core does so for schemes that [need it](crate::backend::Signature::needs_stack). A backend may do so where a
/// library needs much stack once.
///
/// # Errors
///
/// Those of the work; [`Errno::InternalError`] where the system has no memory for a stack.
pub fn on_own_stack<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    switch(work).map_err(|_| Errno::InternalError)?
}

/// As [`on_own_stack`], of work that cannot fail.
///
/// # Panics
///
/// Where the system has no memory for a stack, as allocating ends the process there; the call answers `internal_error`.
#[allow(clippy::panic, reason = "there is no memory, which no input brings about")]
pub(crate) fn must_on_own_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    switch(work).unwrap_or_else(|error| panic!("no memory for a stack: {error}"))
}

std::cfg_select! {
    any(
        all(unix, any(target_arch = "aarch64", target_arch = "riscv64", target_arch = "x86", target_arch = "x86_64")),
        all(windows, any(target_arch = "x86", target_arch = "x86_64")),
    ) => {
        /// Panics as the work does.
        fn switch<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
            let stack = corosensei::stack::DefaultStack::new(OWN_STACK)?;
            Ok(corosensei::on_stack(stack, work))
        }
    }
    _ => {
        use self::in_thread as switch;
    }
}

/// Does work in a thread of its own, for machines on which nothing here switches stacks. Panics as the work does.
#[cfg_attr(not(test), allow(dead_code, reason = "most machines switch stacks"))]
fn in_thread<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(OWN_STACK).spawn_scoped(scope, work)?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests;
