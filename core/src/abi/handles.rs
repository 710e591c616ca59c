//! The reference-counted handle table.
//!
//! A handle is a number of 32 bits: a slot and a generation, which counts how often the slot was used before. So a
//! stale handle never reaches a new object, and a closed handle differs from one that was never issued.
//!
//! A closed slot is reused only after [`REST`] more handles were opened. With [`GENERATIONS`] generations, a number
//! comes back after more than a million openings at the earliest, whatever the order of opening and closing.

use std::{borrow::BorrowMut, collections::VecDeque, marker::PhantomData, sync::Arc};

use parking_lot::Mutex;
use slab::Slab;

use crate::{
    Errno, Guest, Limits, Result,
    objects::{
        array_output::ArrayOutput,
        asymmetric::{KeyPair, PublicKey, SecretKey},
        managed::SecretsManager,
        options::Options,
        signatures::{Signature, SigningState, VerificationState},
        symmetric::{Key, State, Tag},
    },
};

/// The low bits of a handle: one more than the slot, so that no handle is 0.
const SLOT_BITS: u32 = 20;
const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;
/// The number of uses of a slot before its numbers repeat.
const GENERATIONS: u32 = 1 << (32 - SLOT_BITS);
/// The number of openings before a closed slot is reused.
const REST: u64 = 256;

/// The number of slots, less those that wait for reuse.
const _: () = assert!(Limits::MOST_HANDLES == SLOT_MASK - REST as u32, "there is a slot for each handle");

/// A guest's number for an object of kind `T`. Inert until it is looked up.
pub(crate) struct Handle<T> {
    number: u32,
    kind: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    pub(crate) const fn new(number: u32) -> Self {
        Self { number, kind: PhantomData }
    }

    pub(crate) const fn number(self) -> u32 {
        self.number
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

/// A kind of object behind handles: how the table stores it.
pub(crate) trait Object: Sized {
    fn store(self) -> Entry;
    fn is_in(entry: &Entry) -> bool;
}

/// An object that calls only read.
pub(crate) trait Read: Object {
    fn find(entry: &Entry) -> Option<&Arc<Self>>;
}

/// An object that calls change. A guest without threads owns it exclusively, and changes it without a lock; it becomes
/// shared when a second thread's call first reaches it. It is on the heap, where it can be wiped, and which keeps slots
/// small.
pub(crate) trait Changed: Object {
    /// The object on the heap.
    type Boxed: BorrowMut<Self>;
    fn find(entry: &mut Entry) -> Option<Found<'_, Self>>;
    /// Makes it shared, if it is not yet.
    fn share(entry: &mut Entry) -> Option<Arc<Mutex<Self::Boxed>>>;
}

/// An object that a call changes.
pub(crate) enum Found<'e, T: Changed> {
    Alone(&'e mut T),
    Shared(&'e Mutex<T::Boxed>),
}

macro_rules! objects {
    (changed { $($changed:ident($boxed:ty) $shared:ident;)* } read { $($read:ident;)* }) => {
        /// The content of a slot. Each variant has at most one pointer, so that an entry fits in two registers.
        pub(crate) enum Entry {
            /// Nothing.
            Closed,
            $(
                $changed($boxed),
                $shared(Arc<Mutex<$boxed>>),
            )*
            $($read(Arc<$read>),)*
        }

        $(impl Object for $changed {
            fn store(self) -> Entry {
                Entry::$changed(self.into())
            }

            fn is_in(entry: &Entry) -> bool {
                matches!(entry, Entry::$changed(_) | Entry::$shared(_))
            }
        }

        impl Changed for $changed {
            type Boxed = $boxed;

            fn find(entry: &mut Entry) -> Option<Found<'_, Self>> {
                match entry {
                    Entry::$changed(object) => Some(Found::Alone(object)),
                    Entry::$shared(object) => Some(Found::Shared(object)),
                    _ => None,
                }
            }

            fn share(entry: &mut Entry) -> Option<Arc<Mutex<$boxed>>> {
                *entry = match std::mem::replace(entry, Entry::Closed) {
                    Entry::$changed(object) => Entry::$shared(Arc::new(Mutex::new(object))),
                    other => other,
                };
                match entry {
                    Entry::$shared(object) => Some(Arc::clone(object)),
                    _ => None,
                }
            }
        })*

        $(impl Object for $read {
            fn store(self) -> Entry {
                Entry::$read(Arc::new(self))
            }

            fn is_in(entry: &Entry) -> bool {
                matches!(entry, Entry::$read(_))
            }
        }

        impl Read for $read {
            fn find(entry: &Entry) -> Option<&Arc<Self>> {
                match entry {
                    Entry::$read(object) => Some(object),
                    _ => None,
                }
            }
        })*
    };
}

objects! {
    changed {
        ArrayOutput(Box<ArrayOutput>) SharedArrayOutput;
        Options(Box<Options>) SharedOptions;
        // A state is a pointer to the heap itself.
        State(State) SharedState;
        SigningState(Box<SigningState>) SharedSigningState;
        VerificationState(Box<VerificationState>) SharedVerificationState;
    }
    read {
        Key;
        Tag;
        KeyPair;
        PublicKey;
        SecretKey;
        Signature;
        SecretsManager;
    }
}

const _: () = assert!(size_of::<Entry>() == 2 * size_of::<usize>());

struct Slot {
    /// The generation: how often the slot was used before; its low bits are in the handle.
    generation: u32,
    entry: Entry,
}

/// The handles of one context.
pub(crate) struct Table {
    /// Slots are never returned to the slab: it would reuse the slot that was closed last, and a number would come back
    /// after [`GENERATIONS`] openings. `resting` reuses the slot that was closed first.
    slots: Slab<Slot>,
    resting: VecDeque<Resting>,
    opened: u64,
}

impl Table {
    pub(crate) const fn new() -> Self {
        Self { slots: Slab::new(), resting: VecDeque::new(), opened: 0 }
    }

    /// Opens a handle for an object, with a reservation made before.
    fn insert(&mut self, entry: Entry) -> Result<u32> {
        let rested = self.resting.front().is_some_and(|resting| resting.until <= self.opened);
        let slot = if let Some(Resting { slot, .. }) = self.resting.pop_front_if(|_| rested) {
            let reused = self.slots.get_mut(slot).ok_or(Errno::InternalError)?;
            reused.generation = reused.generation.saturating_add(1);
            reused.entry = entry;
            slot
        } else {
            self.slots.insert(Slot { generation: 0, entry })
        };
        self.opened += 1;
        let generation = self.slots.get(slot).map_or(0, |slot| slot.generation % GENERATIONS);
        let slot = u32::try_from(slot).ok().filter(|slot| *slot < SLOT_MASK).ok_or(Errno::InternalError)?;
        Ok(generation << SLOT_BITS | (slot + 1))
    }

    fn slot(number: u32) -> Option<(usize, u32)> {
        let slot = (number & SLOT_MASK).checked_sub(1)?;
        Some((slot as usize, number >> SLOT_BITS))
    }

    fn find(&self, number: u32) -> Option<&Entry> {
        let (slot, generation) = Self::slot(number)?;
        let slot = self.slots.get(slot)?;
        (slot.generation % GENERATIONS == generation).then_some(&slot.entry)
    }

    fn find_mut(&mut self, number: u32) -> Option<&mut Entry> {
        let (slot, generation) = Self::slot(number)?;
        let slot = self.slots.get_mut(slot)?;
        (slot.generation % GENERATIONS == generation).then_some(&mut slot.entry)
    }

    /// Closes a handle, and returns its entry, whose object the caller drops.
    fn close<T: Object>(&mut self, number: u32) -> Result<&mut Entry> {
        let (index, generation) = Self::slot(number).ok_or(Errno::InvalidHandle)?;
        let slot = self.slots.get_mut(index).ok_or(Errno::InvalidHandle)?;
        if slot.generation % GENERATIONS != generation {
            // All earlier numbers of the slot were issued, and no later ones.
            let issued = generation < slot.generation;
            return Err(if issued { Errno::Closed } else { Errno::InvalidHandle });
        }
        if matches!(slot.entry, Entry::Closed) {
            return Err(Errno::Closed);
        }
        if !T::is_in(&slot.entry) {
            return Err(Errno::InvalidHandle);
        }
        self.resting.push_back(Resting { slot: index, until: self.opened + REST });
        Ok(&mut slot.entry)
    }
}

struct Resting {
    slot: usize,
    /// The count of openings after which the slot may be reused.
    until: u64,
}

/// A reservation of one handle, released unless it is used, even if a library panics.
struct PendingHandle<'o, 'a> {
    objects: &'o mut Objects<'a>,
    redeemed: bool,
}

impl Drop for PendingHandle<'_, '_> {
    fn drop(&mut self) {
        if !self.redeemed {
            self.objects.release();
        }
    }
}

/// A guest's objects, for one call.
pub(crate) struct Objects<'a> {
    guest: &'a Guest,
    access: Access<'a>,
}

/// A call's access to the table: exclusive, or shared with calls of other threads.
///
/// Exclusive access needs no lock. No lock of the table is ever held during cryptography.
enum Access<'a> {
    Alone(&'a mut Table),
    Shared(&'a Mutex<Table>),
}

impl<'a> Objects<'a> {
    /// The objects of a guest whose only running call this is.
    pub(crate) const fn alone(guest: &'a Guest, table: &'a mut Table) -> Self {
        Self { guest, access: Access::Alone(table) }
    }

    /// The objects of a guest whose threads may make other calls at the same time.
    pub(crate) const fn shared(guest: &'a Guest, table: &'a Mutex<Table>) -> Self {
        Self { guest, access: Access::Shared(table) }
    }
}

impl Objects<'_> {
    const fn is_alone(&self) -> bool {
        matches!(self.access, Access::Alone(_))
    }

    fn release(&self) {
        self.guest.release_handle(self.is_alone());
    }

    fn table<R>(&mut self, change: impl FnOnce(&mut Table) -> R) -> R {
        match &mut self.access {
            Access::Alone(table) => change(table),
            Access::Shared(table) => change(&mut table.lock()),
        }
    }

    /// Returns a reference to an object, which stays valid if its handle is closed.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] for a number that is not an open handle of kind `T`.
    pub(crate) fn get<T: Read>(&self, handle: Handle<T>) -> Result<Arc<T>> {
        let find = |table: &Table| table.find(handle.number).and_then(T::find).cloned();
        match &self.access {
            Access::Alone(table) => find(table),
            Access::Shared(table) => find(&table.lock()),
        }
        .ok_or(Errno::InvalidHandle)
    }

    /// Lets a call change an object.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] for a number that is not an open handle of kind `T`.
    pub(crate) fn with<T: Changed, R>(
        &mut self,
        handle: Handle<T>,
        call: impl FnOnce(&mut T) -> Result<R>,
    ) -> Result<R> {
        let number = handle.number;
        match &mut self.access {
            Access::Alone(table) => match table.find_mut(number).and_then(T::find).ok_or(Errno::InvalidHandle)? {
                Found::Alone(object) => call(object),
                Found::Shared(object) => call((*object.lock()).borrow_mut()),
            },
            Access::Shared(table) => {
                let object = table.lock().find_mut(number).and_then(T::share).ok_or(Errno::InvalidHandle)?;
                call((*object.lock()).borrow_mut())
            }
        }
    }

    /// Lets a call read an object that calls change. A shared one is copied, so that no other call waits for this one.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] for a number that is not an open handle of kind `T`.
    pub(crate) fn read<T, R>(&mut self, handle: Handle<T>, call: impl FnOnce(&T) -> Result<R>) -> Result<R>
    where
        T: Changed + Clone,
    {
        if self.is_alone() {
            return self.with(handle, |object| call(object));
        }
        let copy = self.with(handle, |object| Ok(object.clone()))?;
        call(&copy)
    }

    /// Makes an object and opens a handle for it. If no handle is left, the object is not made.
    ///
    /// # Errors
    ///
    /// [`Errno::TooManyHandles`] at the limit, or the errno of `make`.
    pub(crate) fn open<T: Object>(&mut self, make: impl FnOnce(&mut Self) -> Result<T>) -> Result<Handle<T>> {
        self.guest.reserve_handle(self.is_alone())?;
        let mut reservation = PendingHandle { objects: self, redeemed: false };
        let entry = make(reservation.objects)?.store();
        let number = reservation.objects.table(|table| table.insert(entry))?;
        reservation.redeemed = true;
        Ok(Handle::new(number))
    }

    /// Closes a handle. The object is dropped with its last reference.
    ///
    /// # Errors
    ///
    /// [`Errno::Closed`] if it was closed before, [`Errno::InvalidHandle`] if it is not a handle of kind `T`.
    pub(crate) fn close<T: Object>(&mut self, handle: Handle<T>) -> Result<()> {
        match &mut self.access {
            Access::Alone(table) => *table.close::<T>(handle.number)? = Entry::Closed,
            Access::Shared(table) => {
                let closed = std::mem::replace(table.lock().close::<T>(handle.number)?, Entry::Closed);
                // Outside the lock: wiping takes time.
                drop(closed);
            }
        }
        self.release();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
