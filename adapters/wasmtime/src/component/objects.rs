//! A guest's objects behind its resources, and the outputs of its calls.

use std::sync::Arc;

use hostcrypt::{BytesReservation, Errno, Guest, HandleReservation, Operation, Result};
use wasmtime::component::{Resource, ResourceTable};
use zeroize::Zeroize;

use super::types::ErrorCode;

/// The objects of one guest.
pub(super) struct Objects {
    guest: Arc<Guest>,
    table: ResourceTable,
    /// How many resources of failed elements the guest holds.
    failed: usize,
    /// Outputs of the last call, to be wiped once the guest has them.
    outputs: Vec<Output>,
}

/// An object, and its room among the guest's handles.
struct Entry<T> {
    /// `None` while a batch uses it.
    object: Option<T>,
    _room: HandleReservation,
}

/// The number of each resource that stands for an element of a batch that failed: no object is behind it.
const FAILED: u32 = u32::MAX;

fn entry<T>(resource: &Resource<T>) -> Resource<Entry<T>> {
    Resource::new_borrow(resource.rep())
}

/// # Errors
///
/// [`Errno::InvalidOperation`] for the resource of a failed element.
fn check<T>(resource: &Resource<T>) -> Result<()> {
    if resource.rep() == FAILED { Err(Errno::InvalidOperation) } else { Ok(()) }
}

impl Objects {
    pub(super) fn new(guest: Arc<Guest>) -> Self {
        let mut table = ResourceTable::new();
        // The guest's limit on handles is the one that holds.
        table.set_max_capacity(usize::MAX);
        Self { guest, table, failed: 0, outputs: Vec::new() }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for the resource of a failed element.
    pub(super) fn get<T: Send + 'static>(&self, resource: &Resource<T>) -> Result<&T> {
        check(resource)?;
        self.table.get(&entry(resource)).ok().and_then(|entry| entry.object.as_ref()).ok_or(Errno::InternalError)
    }

    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for the resource of a failed element.
    pub(super) fn get_mut<T: Send + 'static>(&mut self, resource: &Resource<T>) -> Result<&mut T> {
        self.place(resource)?.as_mut().ok_or(Errno::InternalError)
    }

    /// Where the object of a resource is. A batch takes it from there, and puts it back.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for the resource of a failed element.
    pub(super) fn place<T: Send + 'static>(&mut self, resource: &Resource<T>) -> Result<&mut Option<T>> {
        check(resource)?;
        self.table.get_mut(&entry(resource)).map(|entry| &mut entry.object).map_err(|_| Errno::InternalError)
    }

    /// Room for an object that is to be made.
    ///
    /// # Errors
    ///
    /// [`Errno::TooManyHandles`] at the limit.
    pub(super) fn room(&self) -> Result<HandleReservation> {
        self.guest.take_handle()
    }

    /// Puts an object in its room.
    pub(super) fn put<T: Send + 'static>(&mut self, room: HandleReservation, object: T) -> Result<Resource<T>> {
        let entry = self.table.push(Entry { object: Some(object), _room: room }).map_err(|_| Errno::InternalError)?;
        Ok(Resource::new_own(entry.rep()))
    }

    /// Makes an object; where there is no room for it, nothing is made.
    ///
    /// # Errors
    ///
    /// [`Errno::TooManyHandles`] at the limit, or the errno of `make`.
    pub(super) fn open<T: Send + 'static>(&mut self, make: impl FnOnce(&mut Self) -> Result<T>) -> Result<Resource<T>> {
        let room = self.room()?;
        let object = make(self)?;
        self.put(room, object)
    }

    /// Takes back a resource that the guest owned, and its room.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for the resource of a failed element.
    pub(super) fn take<T: Send + 'static>(&mut self, resource: &Resource<T>) -> Result<T> {
        if resource.rep() == FAILED {
            self.failed = self.failed.saturating_sub(1);
        }
        check(resource)?;
        let owned = Resource::<Entry<T>>::new_own(resource.rep());
        self.table.delete(owned).ok().and_then(|entry| entry.object).ok_or(Errno::InternalError)
    }

    /// Refuses a batch whose elements, should all fail, would leave the guest with more resources of failed elements than it
    /// may have handles.
    ///
    /// # Errors
    ///
    /// [`Errno::TooManyHandles`].
    pub(super) fn check_batch(&self, elements: usize) -> Result<()> {
        let most = usize::try_from(self.guest.host().limits().handles).unwrap_or(usize::MAX);
        if self.failed.saturating_add(elements) > most { Err(Errno::TooManyHandles) } else { Ok(()) }
    }

    /// The resource of an element of a batch. That of one that failed counts as no handle.
    pub(super) fn element<T: Send + 'static>(
        &mut self,
        made: Result<(HandleReservation, T)>,
    ) -> (Resource<T>, ErrorCode) {
        match made.and_then(|(room, object)| self.put(room, object)) {
            Ok(resource) => (resource, ErrorCode::Success),
            Err(errno) => {
                self.failed = self.failed.saturating_add(1);
                (Resource::new_own(FAILED), errno.into())
            }
        }
    }

    /// Wipes the outputs of the last call.
    pub(super) fn forget_outputs(&mut self) {
        self.outputs.clear();
    }

    /// Hands an output over to the runtime, which copies it to the guest after the call.
    pub(super) fn give(&mut self, output: Output) -> Shared {
        let bytes = Arc::clone(&output.bytes);
        self.outputs.push(output);
        bytes
    }
}

/// What the runtime is given of an output.
pub(super) type Shared = Arc<Vec<u8>>;

/// Bytes on their way to the guest, which are wiped before its next call, and count against its limit until then.
///
/// The runtime copies the bytes itself, after the call, and wipes nothing that it is given. So it gets a reference.
pub(super) struct Output {
    bytes: Shared,
    _counted: Option<BytesReservation>,
}

/// The longest output in bytes that does not count: no more than what an object holds uncounted.
const SMALL: usize = 64;

fn count(op: Operation<'_>, len: usize) -> Result<Option<BytesReservation>> {
    if len <= SMALL { Ok(None) } else { op.take_bytes(len).map(Some) }
}

impl Output {
    /// # Errors
    ///
    /// [`Errno::Overflow`] where the guest may not hold them.
    pub(super) fn zeroed(op: Operation<'_>, len: usize) -> Result<Self> {
        let counted = count(op, len)?;
        Ok(Self { bytes: Arc::new(vec![0; len]), _counted: counted })
    }

    /// # Errors
    ///
    /// [`Errno::Overflow`] where the guest may not hold them.
    pub(super) fn copy_of(op: Operation<'_>, bytes: &[u8]) -> Result<Self> {
        let counted = count(op, bytes.len())?;
        Ok(Self { bytes: Arc::new(bytes.to_vec()), _counted: counted })
    }

    /// A copy of the bytes of an object, which is dropped: the copy counts in its place, so a guest at its limit gets it.
    pub(super) fn instead_of<T>(op: Operation<'_>, object: T, copy: Vec<u8>) -> Self {
        drop(object);
        let counted = count(op, copy.len()).ok().flatten();
        Self { bytes: Arc::new(copy), _counted: counted }
    }

    /// The bytes, to be filled.
    pub(super) fn bytes_mut(&mut self) -> Result<&mut [u8]> {
        Arc::get_mut(&mut self.bytes).map(Vec::as_mut_slice).ok_or(Errno::InternalError)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(bytes) = Arc::get_mut(&mut self.bytes) {
            bytes.zeroize();
        }
    }
}
