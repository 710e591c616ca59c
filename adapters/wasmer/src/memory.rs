//! Access to a guest's memory in the runtime.

use hostcrypt::{Call, Context, Memory, SharedMemory};
use wasmer::{AsStoreRef, Instance, MemoryView, StoreMut};

/// A guest's memory.
#[derive(Debug)]
pub(crate) enum GuestMemory {
    /// Borrowed as a slice for one call.
    Alone(wasmer::Memory),
    /// Copied, since other threads may change it.
    Shared(wasmer::Memory),
}

impl GuestMemory {
    /// The memory that an instance exports.
    pub(crate) fn of(instance: &Instance, store: &impl AsStoreRef) -> Option<Self> {
        let memory = instance.exports.get_memory("memory").ok()?.clone();
        // With the store of another instance, this panics here and not in a guest's call.
        let shared = memory.ty(store).shared;
        Some(if shared { Self::Shared(memory) } else { Self::Alone(memory) })
    }

    /// Begins a call over the memory.
    #[allow(unsafe_code, reason = "the runtime lends bytes that compiled code writes")]
    pub(crate) fn lend(
        &self,
        store: &StoreMut<'_>,
        context: &mut Context,
        run: impl FnOnce(&mut Call<'_>) -> i32,
    ) -> i32 {
        match self {
            Self::Alone(memory) => {
                let view = memory.view(store);
                // SAFETY: until the call ends and the slice with it, nothing else reads, writes or grows the memory: it
                // is not of a type that threads share, so that only code on this store reaches it; the guest waits for
                // the call, which does not call it back; and the store is borrowed meanwhile.
                let bytes = unsafe { view.data_unchecked_mut() };
                run(&mut context.call(Memory::new(bytes)))
            }
            Self::Shared(memory) => run(&mut context.copying_call(&Copied(memory.view(store)))),
        }
    }
}

/// A memory that threads share, which the runtime copies by volatile reads and writes.
///
/// Writes of a guest at the same time may tear a copy, and do nothing worse.
struct Copied<'a>(MemoryView<'a>);

impl SharedMemory for Copied<'_> {
    fn len(&self) -> usize {
        usize::try_from(self.0.data_size()).unwrap_or(usize::MAX)
    }

    fn read(&self, at: usize, bytes: &mut [u8]) {
        // It fails only for a range outside memory, and the range was checked.
        let _ = self.0.read(at as u64, bytes);
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let _ = self.0.write(at as u64, bytes);
    }
}
