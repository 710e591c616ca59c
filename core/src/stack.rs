//! Work on a stack of its own.
//!
//! A host function runs on the stack of the guest's caller, often a fiber of some hundred KiB, and cannot find out how
//! much of it is left.

use std::io;

use crate::{Errno, Result};

/// The stack that a call needs from its caller, in bytes: 128 KiB.
///
/// Guests run on the same stack. So a fiber or a thread needs the stack of its guests plus this. A call that finds less
/// overflows the stack, which ends the process. Work that needs more than this gets a stack of its own. If an
/// embedder's key store or callback needs more, the embedder adds that.
///
/// The figure applies to optimised builds. In unoptimised builds, libraries need a multiple of it.
pub const CALL_STACK: usize = 128 << 10;

/// The size of a separate stack, in bytes. Only the part that the work touches takes memory.
pub(crate) const OWN_STACK: usize = 4 << 20;

/// Does work on a separate stack of 4 MiB, which is unmapped afterwards, together with secrets that the work left
/// there.
///
/// The core does so for schemes that [need it](crate::backend::Signature::needs_stack). A backend may do so if a
/// library needs much stack once.
///
/// # Errors
///
/// Those of the work; [`Errno::InternalError`] if the system has no memory for a stack.
pub fn on_own_stack<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    switch(work).map_err(|_| Errno::InternalError)?
}

/// Like [`on_own_stack`], for work that cannot fail.
///
/// # Panics
///
/// If the system has no memory for a stack; the call then answers `internal_error`.
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

/// Does work in a thread of its own, for platforms that `corosensei` does not support. Panics as the work does.
#[cfg_attr(not(test), allow(dead_code, reason = "most machines switch stacks"))]
fn in_thread<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(OWN_STACK).spawn_scoped(scope, work)?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests;
