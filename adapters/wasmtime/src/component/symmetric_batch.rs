//! `wasi-ephemeral-crypto-symmetric-batch`: each element is a call of its own, and the elements run in order.

use hostcrypt::{CallBytes, FunctionId as F, Operation};
use wasmtime::{
    Result,
    component::{Resource, WasmList},
};

use super::{
    call::{Call, Interface},
    objects::{Objects, Shared},
    symmetric::{decrypt, decrypt_detached, encrypt, encrypt_detached, squeeze},
    types::{ErrorCode, State, Tag},
};

/// A state, and a text.
type Text = (Resource<State>, WasmList<u8>);

/// A state, a text, and its tag.
type Tagged = (Resource<State>, WasmList<u8>, WasmList<u8>);

/// The bytes of an element's output; none where the element failed.
fn output(answered: hostcrypt::Result<Shared>) -> (Shared, ErrorCode) {
    match answered {
        Ok(bytes) => (bytes, ErrorCode::Success),
        Err(errno) => (Shared::default(), errno.into()),
    }
}

impl<T: 'static> Call<'_, T> {
    /// Refuses a batch of more bytes than a call may process.
    ///
    /// # Errors
    ///
    /// [`Overflow`](hostcrypt::Errno::Overflow).
    fn check_lens<'l>(&self, lists: impl IntoIterator<Item = &'l WasmList<u8>>) -> hostcrypt::Result<()> {
        let all = self.guest.call_bytes();
        lists.into_iter().try_for_each(|list| all.charge(list.len()))
    }

    /// Runs one call for an element, within what is left of the batch's bytes.
    fn element<R>(
        &mut self,
        function: F,
        run: impl FnOnce(&mut Objects, Operation<'_>, &CallBytes) -> hostcrypt::Result<R>,
    ) -> hostcrypt::Result<R> {
        self.guest.call(function, |op| run(self.objects, op, &self.left))
    }
}

pub(super) fn add<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric.bind_batch("batch-symmetric-state-squeeze", F::symmetric_state_squeeze, |call, states: Vec<_>| {
        let mut squeeze = |state: &Resource<State>| {
            output(call.element(F::symmetric_state_squeeze, |objects, op, left| squeeze(objects, op, left, state)))
        };
        Ok(states.iter().map(&mut squeeze).collect::<Vec<_>>())
    })?;
    symmetric.bind_batch(
        "batch-symmetric-state-squeeze-tag",
        F::symmetric_state_squeeze_tag,
        |call, states: Vec<_>| {
            let mut squeeze = |state: &Resource<State>| {
                let tag = call.element(F::symmetric_state_squeeze_tag, |objects, op, _| {
                    objects.open(|objects| objects.get_mut(state)?.squeeze_tag(op))
                });
                call.objects.element(tag)
            };
            Ok(states.iter().map(&mut squeeze).collect::<Vec<_>>())
        },
    )?;
    symmetric.bind_batch(
        "batch-symmetric-state-encrypt",
        F::symmetric_state_encrypt,
        |call, elements: Vec<Text>| {
            call.check_lens(elements.iter().map(|(_, data)| data))?;
            let mut encrypt = |(state, data): &Text| {
                let text = (state, call.text(data));
                output(call.element(F::symmetric_state_encrypt, |objects, op, left| encrypt(objects, op, left, text)))
            };
            Ok(elements.iter().map(&mut encrypt).collect::<Vec<_>>())
        },
    )?;
    symmetric.bind_batch(
        "batch-symmetric-state-encrypt-detached",
        F::symmetric_state_encrypt_detached,
        |call, elements: Vec<Text>| {
            call.check_lens(elements.iter().map(|(_, data)| data))?;
            let mut encrypt = |(state, data): &Text| {
                let text = (state, call.text(data));
                let encrypted = call.element(F::symmetric_state_encrypt_detached, |objects, op, left| {
                    encrypt_detached(objects, op, left, text)
                });
                let (bytes, tag): (Shared, hostcrypt::Result<Resource<Tag>>) = match encrypted {
                    Ok((bytes, tag)) => (bytes, Ok(tag)),
                    Err(errno) => (Shared::default(), Err(errno)),
                };
                let (tag, code) = call.objects.element(tag);
                (bytes, tag, code)
            };
            Ok(elements.iter().map(&mut encrypt).collect::<Vec<_>>())
        },
    )?;
    symmetric.bind_batch(
        "batch-symmetric-state-decrypt",
        F::symmetric_state_decrypt,
        |call, elements: Vec<Text>| {
            call.check_lens(elements.iter().map(|(_, data)| data))?;
            let mut decrypt =
                |(state, data): &Text| {
                    let text = (state, call.text(data));
                    output(call.element(F::symmetric_state_decrypt, |objects, op, left| {
                        decrypt(objects, op, left, text, None)
                    }))
                };
            Ok(elements.iter().map(&mut decrypt).collect::<Vec<_>>())
        },
    )?;
    symmetric.bind_batch(
        "batch-symmetric-state-decrypt-detached",
        F::symmetric_state_decrypt_detached,
        |call, elements: Vec<Tagged>| {
            call.check_lens(elements.iter().flat_map(|(_, data, tag)| [data, tag]))?;
            let mut decrypt = |(state, data, tag): &Tagged| {
                let (text, tag) = ((state, call.text(data)), call.text(tag));
                output(call.element(F::symmetric_state_decrypt_detached, |objects, op, left| {
                    decrypt_detached(objects, op, left, text, tag)
                }))
            };
            Ok(elements.iter().map(&mut decrypt).collect::<Vec<_>>())
        },
    )
}
