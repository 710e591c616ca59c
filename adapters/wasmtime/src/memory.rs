//! Access to a guest's memory in the runtime.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use wasmtime::{Caller, Extern, ModuleExport, SharedMemory};

/// The name that guests export their memory as.
pub(crate) const NAME: &str = "memory";

/// A guest's memory.
#[derive(Clone, Debug)]
pub(crate) enum GuestMemory {
    /// Borrowed as a slice for one call.
    Alone(wasmtime::Memory),
    /// Copied, since other threads may change it.
    Shared(SharedBytes),
}

impl GuestMemory {
    /// The memory that the calling instance exports; looked up by its index if the module is known.
    pub(crate) fn of<T>(caller: &mut Caller<'_, T>, export: Option<ModuleExport>) -> Option<Self> {
        let known = export.and_then(|export| caller.get_module_export(&export));
        match known.or_else(|| caller.get_export(NAME))? {
            Extern::Memory(memory) => Some(Self::Alone(memory)),
            Extern::SharedMemory(memory) => Some(Self::Shared(memory.into())),
            _ => None,
        }
    }

    /// Whether both are the same memory, by address.
    pub(crate) fn is<T>(&self, other: &Self, caller: &Caller<'_, T>) -> bool {
        match (self, other) {
            (Self::Alone(one), Self::Alone(other)) => one.data_ptr(caller) == other.data_ptr(caller),
            (Self::Shared(one), Self::Shared(other)) => one.0.data().as_ptr() == other.0.data().as_ptr(),
            _ => false,
        }
    }
}

/// A memory that threads share, for the host to read and write while they run.
///
/// Writes of a guest at the same time may tear a copy, and do nothing worse.
#[derive(Clone, Debug)]
pub struct SharedBytes(SharedMemory);

impl From<SharedMemory> for SharedBytes {
    fn from(memory: SharedMemory) -> Self {
        Self(memory)
    }
}

impl SharedBytes {
    /// The bytes of a range, for atomic reads and writes.
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
