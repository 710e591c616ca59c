//! A guest of the pointer door: its handles, its revision, and a running call.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{
    handles::{Objects, Table},
    memory::{Memory, SharedMemory},
    revision::Revision,
};
use crate::{Guest, Host};

impl Host {
    /// Makes a context for a guest of a revision.
    #[must_use]
    pub fn context(&self, revision: Revision) -> Context {
        Context(Sharing::Alone(GuestState { table: Mutex::new(Table::new()), guest: self.guest(), revision }))
    }
}

/// One guest, for one of its threads: its handles and its revision.
///
/// Two guests share only the [`Host`].
pub struct Context(Sharing);

enum Sharing {
    /// Makes a guest with one thread, whose calls take no lock.
    Alone(GuestState),
    Threads(Arc<GuestState>),
}

/// Adapters move contexts between threads.
const _: fn() = || {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Context>();
};

struct GuestState {
    guest: Guest,
    revision: Revision,
    table: Mutex<Table>,
}

impl Context {
    fn state(&self) -> &GuestState {
        match &self.0 {
            Sharing::Alone(state) => state,
            Sharing::Threads(state) => state,
        }
    }

    /// Returns the bytes that the guest's objects occupy now, as counted against
    /// [`Limits::bytes`](crate::Limits::bytes).
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.state().guest.bytes_held()
    }

    /// Returns the guest's revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.state().revision
    }

    /// Makes a context of the same guest for another thread.
    #[must_use]
    pub fn thread(&mut self) -> Self {
        if let Sharing::Threads(state) = &self.0 {
            return Self(Sharing::Threads(Arc::clone(state)));
        }
        // A placeholder while the state moves.
        let empty = self.state().guest.host().context(self.revision());
        if let Sharing::Alone(state) = std::mem::replace(self, empty).0 {
            self.0 = Sharing::Threads(Arc::new(state));
        }
        self.thread()
    }

    /// Begins a call over a memory that nothing else accesses during the call.
    pub fn call<'a>(&'a mut self, memory: Memory<'a>) -> Call<'a> {
        self.begin(|_| memory)
    }

    /// Begins a call over a memory that threads share.
    ///
    /// The bytes that the call reads and writes are copied, and the copies count against
    /// [`Limits::bytes`](crate::Limits::bytes) during the call.
    pub fn copying_call<'a>(&'a mut self, memory: &'a dyn SharedMemory) -> Call<'a> {
        self.begin(|guest| Memory::shared(memory, guest.budget()))
    }

    #[inline]
    fn begin<'a>(&'a mut self, memory: impl FnOnce(&'a Guest) -> Memory<'a>) -> Call<'a> {
        let (guest, revision, objects) = match &mut self.0 {
            // Field by field, because only the table is borrowed mutably.
            Sharing::Alone(GuestState { guest, revision, table }) => {
                (&*guest, *revision, Objects::alone(guest, table.get_mut()))
            }
            Sharing::Threads(state) => (&state.guest, state.revision, Objects::shared(&state.guest, &state.table)),
        };
        let mut memory = memory(guest);
        memory.limit(guest.call_bytes());
        Call { guest, revision, objects, memory }
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let GuestState { guest, revision, .. } = self.state();
        f.debug_struct("Context").field("guest", guest).field("revision", revision).finish_non_exhaustive()
    }
}

/// A running call of a guest: the guest and its memory.
///
/// The entry points of [`abi`](crate::abi) take it.
pub struct Call<'a> {
    pub(super) guest: &'a Guest,
    pub(super) revision: Revision,
    pub(super) objects: Objects<'a>,
    pub(super) memory: Memory<'a>,
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("revision", &self.revision).finish_non_exhaustive()
    }
}
