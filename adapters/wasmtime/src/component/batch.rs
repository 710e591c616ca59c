//! Runs the elements of a batch: one after the other, or in several threads if the host
//! [allows it](hostcrypt::HostBuilder::batch_threads).
//!
//! Threads give the results of one thread: the elements of one state run in order in one thread, and a batch that could
//! reach a limit of its guest, which the first elements would then take from the later ones, gets no threads.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use hostcrypt::{BatchTime, CallBytes, Errno, FunctionId, Guest, Operation};
use wasmtime::component::Resource;

use super::{
    call::Call,
    objects::Objects,
    types::{SigningState, State, VerificationState},
};

/// The bytes that a thread must have to process, so that starting it pays: an estimate for the fastest ciphers, not
/// measured.
const THREAD_BYTES: usize = 256 << 10;

/// The bytes that take as long as one signature at least.
pub(super) const SIGNATURE_BYTES: usize = THREAD_BYTES / 4;

/// The most that all elements of a batch need together.
#[derive(Clone, Copy, Default)]
pub(super) struct Need {
    /// The bytes that are processed, which say how long it takes.
    pub(super) work: usize,
    /// The bytes that are squeezed and count against the limit of a call.
    pub(super) squeezed: usize,
    /// The handles that are opened.
    pub(super) handles: usize,
    /// The bytes that outputs occupy.
    pub(super) outputs: usize,
}

/// One element under way.
pub(super) struct Element<'a, O> {
    pub(super) guest: &'a Arc<Guest>,
    pub(super) op: Operation<'a>,
    /// The bytes that the call may still process.
    pub(super) left: &'a CallBytes,
    /// Its state, or the errno of a resource without one.
    pub(super) state: hostcrypt::Result<&'a mut O>,
}

/// An object that elements of a batch use.
pub(super) trait Batched: Send + 'static {
    /// Whether one element may take longer than its charged bytes do. Such an element begins only while the batch has
    /// [time](BatchTime). Others are too short to look at the clock.
    fn may_take_long(&self) -> bool;
}

impl Batched for SigningState {
    fn may_take_long(&self) -> bool {
        true
    }
}

impl Batched for VerificationState {
    fn may_take_long(&self) -> bool {
        true
    }
}

impl Batched for State {
    fn may_take_long(&self) -> bool {
        Self::may_take_long(self)
    }
}

impl<T: 'static> Call<'_, T> {
    /// Makes a call of `function` for each element of a batch, on the element's state. `finish` is given the results, in
    /// order.
    pub(super) fn each<'e, O: Batched, E: Send + Sync, R: Send, A>(
        &mut self,
        function: FunctionId,
        elements: impl Iterator<Item = (&'e Resource<O>, E)>,
        need: impl FnOnce(&Objects) -> Need,
        run: impl Fn(Element<'_, O>, &E) -> hostcrypt::Result<R> + Sync,
        mut finish: impl FnMut(&mut Objects, hostcrypt::Result<R>) -> A,
    ) -> Vec<A> {
        let (guest, left, time) = (self.guest, &self.left, BatchTime::begin());
        let run = |under_way: Element<'_, O>, element: &E| {
            if under_way.state.as_ref().is_ok_and(|state| state.may_take_long()) {
                time.check()?;
            }
            run(under_way, element)
        };
        let mut single = |objects: &mut Objects, state: &Resource<O>, element: &E| {
            let ran =
                guest.call(function, |op| run(Element { guest, op, left, state: objects.get_mut(state) }, element));
            finish(objects, ran)
        };
        let threads = self.threads(need);
        if threads < 2 {
            return elements.map(|(state, element)| single(self.objects, state, &element)).collect();
        }
        let elements: Vec<_> = elements.collect();
        let ran = in_threads(self.objects, guest, threads, &elements, |state, element| {
            // The bytes of all elements were found to be within the limit.
            let left = &guest.call_bytes();
            guest.call(function, |op| run(Element { guest, op, left, state }, element))
        });
        ran.into_iter().map(|result| finish(self.objects, result)).collect()
    }

    /// How many threads may run a batch, of the calling one and others.
    fn threads(&self, need: impl FnOnce(&Objects) -> Need) -> usize {
        let most = self.guest.host().batch_threads();
        if most < 2 {
            return 1;
        }
        let Need { work, squeezed, handles, outputs } = need(self.objects);
        let fits = squeezed <= self.guest.host().limits().call_bytes && self.guest.has_room(handles, outputs);
        if fits { most.min(work / THREAD_BYTES) } else { 1 }
    }
}

/// The elements on one state, by their indices, each beside the number of the state.
type Places<'a> = &'a [(u32, usize)];

/// Runs elements in at most so many threads, of which one is the calling one.
fn in_threads<O: Send + 'static, E: Sync, R: Send>(
    objects: &mut Objects,
    guest: &Guest,
    threads: usize,
    elements: &[(&Resource<O>, E)],
    run: impl Fn(hostcrypt::Result<&mut O>, &E) -> hostcrypt::Result<R> + Sync,
) -> Vec<hostcrypt::Result<R>> {
    let mut places: Vec<_> = elements.iter().enumerate().map(|(index, (state, _))| (state.rep(), index)).collect();
    places.sort_unstable();
    let mut take = |places: Places<'_>| {
        let (rep, _) = places.first().ok_or(Errno::InternalError)?;
        objects.place(&Resource::new_borrow(*rep))?.take().ok_or(Errno::InternalError)
    };
    let on_one_state = |(one, _): &(u32, usize), (other, _): &(u32, usize)| one == other;
    let mut groups: Vec<(hostcrypt::Result<O>, Places<'_>)> =
        places.chunk_by(on_one_state).map(|places| (take(places), places)).collect();

    let (most, queue) = (threads.min(groups.len()), Mutex::new(groups.iter_mut()));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut ran = Vec::new();
        while let Some((state, places)) = next() {
            for (_, index) in *places {
                let Some((_, element)) = elements.get(*index) else { continue };
                ran.push((*index, run(state.as_mut().map_err(|errno| *errno), element)));
            }
        }
        ran
    };
    let ran = thread::scope(|scope| {
        let others = (1..most).map_while(|_| guest.take_batch_thread()?.start(scope, work));
        let others: Vec<_> = others.collect();
        let mut ran = work();
        ran.extend(others.into_iter().flat_map(|thread| thread.join().unwrap_or_default()));
        ran
    });

    for (state, places) in groups {
        if let (Ok(state), Some((rep, _))) = (state, places.first())
            && let Ok(place) = objects.place(&Resource::new_borrow(*rep))
        {
            *place = Some(state);
        }
    }
    let mut results: Vec<_> = elements.iter().map(|_| Err(Errno::InternalError)).collect();
    for (index, result) in ran {
        if let Some(place) = results.get_mut(index) {
            *place = result;
        }
    }
    results
}
