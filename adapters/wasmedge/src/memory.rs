//! Access to a guest's memory in the runtime.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use wasmedge_sdk::{AsInstance, Instance};

const PAGE: usize = 1 << 16;

/// Whether a memory keeps its address while it grows: on these platforms WasmEdge reserves its address space, on others
/// it may move it.
const STAYS: bool = cfg!(any(windows, target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"));

/// A guest's memory, borrowed for one call.
#[derive(Debug)]
pub(crate) enum GuestMemory<'a> {
    Alone(&'a mut [u8]),
    /// Other threads may change it.
    Shared(SharedBytes<'a>),
}

impl<'a> GuestMemory<'a> {
    /// The memory that the calling instance exports.
    #[allow(unsafe_code, reason = "the runtime lends a pointer")]
    pub(crate) fn of(instance: &'a mut Instance) -> Option<Self> {
        // By name, because the calling frame has memories by number only, exported or not.
        let mut memory = instance.get_memory_mut("memory").ok()?;
        let shared = memory.ty().ok()?.shared();
        let len = usize::try_from(memory.size()).ok()?.checked_mul(PAGE)?;
        // SAFETY: the pointer lives no longer than the borrow of the instance. It is asked for without a length, since
        // 4 GiB do not fit in one.
        let start = unsafe { memory.data_pointer_mut(0, 0) }.ok()?;
        if !shared {
            // SAFETY: the pages lie in one piece from there, and are initialised. What is not shared belongs to the
            // thread that now waits for this call, so that nothing touches, grows or frees it while the instance is
            // borrowed.
            return Some(Self::Alone(unsafe { std::slice::from_raw_parts_mut(start, len) }));
        }
        if !STAYS {
            return None;
        }
        // SAFETY: as above; an `AtomicU8` is as large as an `u8` and aligned alike, and the host touches the memory by
        // atomic accesses alone. It may grow meanwhile, and neither moves nor shrinks. Guests touch it from C++ or
        // compiled code, which is outside of Rust's memory model.
        Some(Self::Shared(SharedBytes(unsafe { std::slice::from_raw_parts(start.cast(), len) })))
    }
}

/// A memory that threads share, as long as it was when the call began.
///
/// Writes of a guest at the same time may tear a copy, and do nothing worse.
#[derive(Debug)]
pub(crate) struct SharedBytes<'a>(&'a [AtomicU8]);

impl SharedBytes<'_> {
    fn cells(&self, at: usize) -> impl Iterator<Item = &AtomicU8> {
        self.0.get(at..).unwrap_or_default().iter()
    }
}

impl hostcrypt::SharedMemory for SharedBytes<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, at: usize, bytes: &mut [u8]) {
        self.cells(at).zip(bytes).for_each(|(cell, byte)| *byte = cell.load(Relaxed));
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        self.cells(at).zip(bytes).for_each(|(cell, byte)| cell.store(*byte, Relaxed));
    }
}
