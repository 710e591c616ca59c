//! A guest of the pointer door: its handles, its revision, and a call under way.

use std::sync::Arc;

use parking_lot::RwLock;

use super::{
    handles::{Objects, Table},
    memory::{Memory, SharedMemory},
    revision::Revision,
};
use crate::{Guest, Host};

impl Host {
    /// A context of its own for a guest that speaks `revision`.
    #[must_use]
    pub fn context(&self, revision: Revision) -> Context {
        Context(Sharing::Alone(GuestState { table: RwLock::new(Table::new()), guest: self.guest(), revision }))
    }
}

/// One guest as one of its threads has it: its handles, and the revision that it speaks.
///
/// Two guests share nothing but the [`Host`].
pub struct Context(Sharing);

enum Sharing {
    /// A guest of one thread: its calls take no lock.
    Alone(GuestState),
    Threads(Arc<GuestState>),
}

struct GuestState {
    guest: Guest,
    revision: Revision,
    table: RwLock<Table>,
}

impl Context {
    fn state(&self) -> &GuestState {
        match &self.0 {
            Sharing::Alone(state) => state,
            Sharing::Threads(state) => state,
        }
    }

    /// How many bytes the guest's objects hold now, as counted against [`Limits::bytes`](crate::Limits::bytes).
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.state().guest.bytes_held()
    }

    /// The revision that the guest speaks.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.state().revision
    }

    /// The same guest for another of its threads.
    #[must_use]
    pub fn thread(&mut self) -> Self {
        if let Sharing::Threads(state) = &self.0 {
            return Self(Sharing::Threads(Arc::clone(state)));
        }
        // Takes the place of the state that moves, for a moment.
        let empty = self.state().guest.host().context(self.revision());
        if let Sharing::Alone(state) = std::mem::replace(self, empty).0 {
            self.0 = Sharing::Threads(Arc::new(state));
        }
        self.thread()
    }

    /// Begins a call over a memory that nobody else touches meanwhile.
    pub fn call<'a>(&'a mut self, memory: Memory<'a>) -> Call<'a> {
        self.begin(|_| memory)
    }

    /// Begins a call over a memory that threads share.
    ///
    /// The bytes that the call reads and writes are copied, and count against [`Limits::bytes`](crate::Limits::bytes)
    /// meanwhile.
    pub fn copying_call<'a>(&'a mut self, memory: &'a dyn SharedMemory) -> Call<'a> {
        self.begin(|guest| Memory::shared(memory, guest.budget()))
    }

    #[inline]
    fn begin<'a>(&'a mut self, memory: impl FnOnce(&'a Guest) -> Memory<'a>) -> Call<'a> {
        let (guest, revision, objects) = match &mut self.0 {
            // Field by field, for the table alone is borrowed to be changed.
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

/// One call of a guest under way: the guest, and its memory.
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
