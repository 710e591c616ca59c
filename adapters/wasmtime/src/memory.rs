//! How the runtime lends a guest's memory.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use wasmtime::{Caller, Extern, SharedMemory};

/// A guest's memory, by which the runtime lends its bytes.
#[derive(Debug)]
pub(crate) enum Lender {
    /// Lent as a slice for the length of a call.
    Alone(wasmtime::Memory),
    /// Copied, since other threads may change it.
    Shared(SharedBytes),
}

impl Lender {
    /// The memory that the calling instance exports.
    #[cold]
    pub(crate) fn of<T>(caller: &mut Caller<'_, T>) -> Option<Self> {
        match caller.get_export("memory")? {
            Extern::Memory(memory) => Some(Self::Alone(memory)),
            Extern::SharedMemory(memory) => Some(Self::Shared(memory.into())),
            _ => None,
        }
    }
}

/// A memory that threads share, for the host to read and write while they run.
///
/// What a guest does meanwhile may tear what is copied, and nothing worse.
#[derive(Clone, Debug)]
pub struct SharedBytes(SharedMemory);

impl From<SharedMemory> for SharedBytes {
    fn from(memory: SharedMemory) -> Self {
        Self(memory)
    }
}

impl SharedBytes {
    /// The bytes of a range, each to be read and written at once.
    #[allow(unsafe_code, reason = "the runtime lends bytes that other threads write")]
    fn cells(&self, at: usize, len: usize) -> impl Iterator<Item = &AtomicU8> {
        // SAFETY: the pointer comes from a live `UnsafeCell<u8>`, which is as large as an `AtomicU8` and aligned alike;
        // and the host touches the memory by atomic accesses alone. Guests touch it by compiled code, which is outside
        // of Rust's memory model.
        let cell = |cell: &std::cell::UnsafeCell<u8>| unsafe { AtomicU8::from_ptr(cell.get()) };
        self.0.data().get(at..).unwrap_or_default().iter().take(len).map(cell)
    }
}

impl hostcrypt::SharedMemory for SharedBytes {
    fn len(&self) -> usize {
        self.0.data_size()
    }

    fn read(&self, at: usize, bytes: &mut [u8]) {
        self.cells(at, bytes.len()).zip(bytes).for_each(|(cell, byte)| *byte = cell.load(Relaxed));
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        self.cells(at, bytes.len()).zip(bytes).for_each(|(cell, byte)| cell.store(*byte, Relaxed));
    }
}
