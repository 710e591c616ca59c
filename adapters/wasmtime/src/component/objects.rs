//! A guest's objects behind its resources, and the outputs of its calls.

use std::sync::Arc;

use hostcrypt::{BytesReservation, Errno, Guest, HandleReservation, Result, SecretBytes};
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

    /// Refuses a batch of more elements than the guest may have handles. Should all elements fail that give a resource, the
    /// guest holds no more resources of failed elements than that.
    ///
    /// # Errors
    ///
    /// [`Errno::TooManyHandles`].
    pub(super) fn check_batch(&self, elements: usize, gives_resources: bool) -> Result<()> {
        let most = usize::try_from(self.guest.host().limits().handles).unwrap_or(usize::MAX);
        let failed = if gives_resources { self.failed } else { 0 };
        if failed.saturating_add(elements) > most { Err(Errno::TooManyHandles) } else { Ok(()) }
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
    pub(super) fn give(&mut self, output: impl Into<Output>) -> Shared {
        let output = output.into();
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
    _counted: BytesReservation,
}

impl From<SecretBytes> for Output {
    fn from(bytes: SecretBytes) -> Self {
        let (bytes, counted) = bytes.into_parts();
        Self { bytes: Arc::new(bytes), _counted: counted }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(bytes) = Arc::get_mut(&mut self.bytes) {
            bytes.zeroize();
        }
    }
}
