//! How a function of an interface is bound: what each does before and after the operation.
//!
//! Functions are bound by `func_wrap` with the runtime's cursors for lists and strings, [`WasmList`] and [`WasmStr`], which
//! read the bytes where they lie in the guest's memory. `bindgen!` would generate the same bindings from the WIT, but
//! copies each list into a `Vec` before the host can refuse it.

use std::{
    borrow::Cow,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use hostcrypt::{CallBytes, Errno, FunctionId, Operation};
use wasmtime::{
    Result, StoreContextMut, bail,
    component::{
        ComponentNamedList, ComponentType, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType, WasmList,
        WasmStr,
    },
};

use super::{Get, GuestState, VERSION, objects::Objects, types::ErrorCode};

/// One call of a guest under way.
pub(super) struct Call<'a, T: 'static> {
    store: &'a StoreContextMut<'a, T>,
    pub(super) guest: &'a Arc<hostcrypt::Guest>,
    pub(super) objects: &'a mut Objects,
    /// The bytes that the call may still process.
    pub(super) left: CallBytes,
}

impl<'a, T: 'static> Call<'a, T> {
    /// The bytes of a list, which count.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for more bytes than a call may process.
    pub(super) fn bytes(&self, list: &WasmList<u8>) -> hostcrypt::Result<&'a [u8]> {
        self.left.charge(list.len())?;
        Ok(self.text(list))
    }

    /// The bytes of a list, which are counted where they are used.
    pub(super) fn text(&self, list: &WasmList<u8>) -> &'a [u8] {
        self.reader()(list)
    }

    /// Reads lists while the call is borrowed.
    pub(super) fn reader(&self) -> impl Fn(&WasmList<u8>) -> &'a [u8] + use<'a, T> {
        let store = self.store;
        move |list| list.as_le_slice(store)
    }

    /// # Errors
    ///
    /// [`Errno::GuestError`] for what is not text in the guest's encoding of strings, [`Errno::Overflow`] for more bytes
    /// than a call may process.
    pub(super) fn str(&self, string: &WasmStr) -> hostcrypt::Result<Cow<'a, str>> {
        let string = string.to_str(self.store).map_err(|_| Errno::GuestError)?;
        self.left.charge(string.len())?;
        Ok(string)
    }
}

/// An interface that is being defined.
pub(super) struct Interface<'a, T: 'static> {
    linker: LinkerInstance<'a, T>,
    get: Get<T>,
}

impl<'a, T: 'static> Interface<'a, T> {
    pub(super) fn new(linker: &'a mut Linker<T>, name: &str, get: Get<T>) -> Result<Self> {
        let linker = linker.instance(&format!("wasi:crypto/wasi-ephemeral-crypto-{name}@{VERSION}"))?;
        Ok(Self { linker, get })
    }

    /// Defines a resource, whose object goes when the guest drops it.
    pub(super) fn resource<O: Send + 'static>(&mut self, name: &str) -> Result<()> {
        let get = self.get;
        self.linker.resource(name, ResourceType::host::<O>(), move |mut store, rep| {
            if let Some(state) = &mut get(store.data_mut()).guest {
                state.objects.forget_outputs();
                // A library may panic where it frees what is its own.
                let taken = state.objects.take(&Resource::<O>::new_own(rep));
                let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(taken)));
            }
            Ok(())
        })
    }

    /// Defines a function, admitted by the policy under the name that the function has in every form of the interface.
    pub(super) fn bind<P, R>(
        &mut self,
        function: FunctionId,
        run: impl Fn(&mut Call<'_, T>, Operation<'_>, P) -> hostcrypt::Result<R> + Send + Sync + 'static,
    ) -> Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentType + Lower + 'static,
    {
        self.bind_own(function, |_, parameters| parameters, run)
    }

    /// Defines a function that owns a parameter: `take` takes it back from the guest before anything else, for it is the
    /// host's even if the call is refused.
    pub(super) fn bind_own<P, O, R>(
        &mut self,
        function: FunctionId,
        take: impl Fn(&mut Objects, P) -> O + Send + Sync + 'static,
        run: impl Fn(&mut Call<'_, T>, Operation<'_>, O) -> hostcrypt::Result<R> + Send + Sync + 'static,
    ) -> Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentType + Lower + 'static,
    {
        let name = function.name().replace('_', "-");
        self.define(&name, function, move |_, objects, parameters| Ok(take(objects, parameters)), run)
    }

    /// Defines a function that makes a call of another for each element of a list. The policy admits it under that one's
    /// name. `gives_resources` says whether an element that failed leaves a resource.
    pub(super) fn bind_batch<E, R>(
        &mut self,
        name: &str,
        function: FunctionId,
        gives_resources: bool,
        run: impl Fn(&mut Call<'_, T>, Vec<E>) -> hostcrypt::Result<R> + Send + Sync + 'static,
    ) -> Result<()>
    where
        E: Lift + 'static,
        R: ComponentType + Lower + 'static,
    {
        // The elements are lifted once it is known that they are not too many; one by one, for together they may be more than
        // the runtime lets a call hand over, which is the host's to answer.
        let lift = move |store: &mut StoreContextMut<'_, T>, objects: &mut Objects, (list,): (WasmList<E>,)| {
            if let Err(errno) = objects.check_batch(list.len(), gives_resources) {
                return Ok(Err(errno));
            }
            let elements = (0..list.len()).filter_map(|index| list.get(&mut *store, index));
            elements.collect::<Result<Vec<_>>>().map(Ok)
        };
        self.define(name, function, lift, move |call, _, elements| run(call, elements?))
    }

    /// Defines a function of this name: `prepare` is given the parameters before the policy is asked, `run` after.
    fn define<P, O, R>(
        &mut self,
        name: &str,
        function: FunctionId,
        prepare: impl Fn(&mut StoreContextMut<'_, T>, &mut Objects, P) -> Result<O> + Send + Sync + 'static,
        run: impl Fn(&mut Call<'_, T>, Operation<'_>, O) -> hostcrypt::Result<R> + Send + Sync + 'static,
    ) -> Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentType + Lower + 'static,
    {
        let get = self.get;
        self.linker.func_wrap(name, move |mut store: StoreContextMut<'_, T>, parameters: P| {
            // Taken out of the store, which lends the guest's memory meanwhile.
            let Some(mut state) = get(store.data_mut()).guest.take() else { bail!("an earlier call panicked") };
            let GuestState { guest, objects } = &mut *state;
            objects.forget_outputs();
            let answered = prepare(&mut store, objects, parameters).map(|prepared| {
                let left = guest.call_bytes();
                let mut call = Call { store: &store, guest, objects, left };
                guest.call(function, |op| run(&mut call, op, prepared))
            });
            get(store.data_mut()).guest = Some(state);
            Ok((answered?.map_err(ErrorCode::from),))
        })
    }

    /// Defines a function that closes an object.
    pub(super) fn close<O: Send + 'static>(&mut self, function: FunctionId) -> Result<()> {
        self.bind_own(
            function,
            |objects, (object,): (Resource<O>,)| objects.take(&object),
            |_, _, taken| taken.map(drop),
        )
    }
}
