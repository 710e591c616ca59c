//! `wasi-ephemeral-crypto-symmetric-batch`: each element is a call of its own. The elements on one state run in order.

use hostcrypt::{FunctionId as F, SecretBytes};
use wasmtime::{
    Result,
    component::{Resource, WasmList},
};

use super::{
    batch::{Element, Need},
    call::{Call, Interface},
    objects::{Objects, Shared},
    symmetric::{open, seal, seal_detached, squeeze},
    types::{ErrorCode, State, Tag},
};

/// A state, and a text.
type Text = (Resource<State>, WasmList<u8>);

/// A state, a text, and its tag.
type Tagged = (Resource<State>, WasmList<u8>, WasmList<u8>);

/// The bytes of an element's output; none where the element failed.
fn output(objects: &mut Objects, answered: hostcrypt::Result<SecretBytes>) -> (Shared, ErrorCode) {
    match answered {
        Ok(output) => (objects.give(output), ErrorCode::Success),
        Err(errno) => (Shared::default(), errno.into()),
    }
}

/// More bytes than a tag and padding have.
const PADDING: usize = 256;

/// The needs of elements whose texts are encrypted or decrypted. While a text is padded, there are two of it.
fn need_of_texts<'l>(texts: impl Iterator<Item = &'l WasmList<u8>>) -> Need {
    texts.fold(Need::default(), |need, text| Need {
        work: need.work.saturating_add(text.len()),
        outputs: need.outputs.saturating_add(2 * text.len() + PADDING),
        ..need
    })
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
}

pub(super) fn add<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    squeezes(symmetric)?;
    encryptions(symmetric)?;
    decryptions(symmetric)
}

fn squeezes<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric.bind_batch(
        "batch-symmetric-state-squeeze",
        F::symmetric_state_squeeze,
        false,
        |call, states: Vec<Resource<State>>| {
            let need = |objects: &Objects| {
                let len = |state: &Resource<State>| objects.get(state).and_then(State::squeeze_len).unwrap_or(0);
                let all = states.iter().map(len).fold(0, usize::saturating_add);
                Need { work: all, squeezed: all, outputs: all, handles: 0 }
            };
            let squeeze = |element: Element<'_, State>, (): &()| squeeze(element.state?, element.op, element.left);
            let elements = states.iter().map(|state| (state, ()));
            Ok(call.each(F::symmetric_state_squeeze, elements, need, squeeze, output))
        },
    )?;
    symmetric.bind_batch(
        "batch-symmetric-state-squeeze-tag",
        F::symmetric_state_squeeze_tag,
        true,
        |call, states: Vec<Resource<State>>| {
            let squeeze = |Element { guest, op, state, .. }: Element<'_, State>, (): &()| {
                let room = guest.take_handle()?;
                Ok((room, state?.squeeze_tag(op)?))
            };
            let elements = states.iter().map(|state| (state, ()));
            // A tag takes too little time for a thread.
            let need = |_: &Objects| Need::default();
            Ok(call.each(F::symmetric_state_squeeze_tag, elements, need, squeeze, Objects::element))
        },
    )
}

fn encryptions<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric.bind_batch(
        "batch-symmetric-state-encrypt",
        F::symmetric_state_encrypt,
        false,
        |call, elements: Vec<Text>| {
            call.check_lens(elements.iter().map(|(_, data)| data))?;
            let need = |_: &Objects| need_of_texts(elements.iter().map(|(_, data)| data));
            let encrypt =
                |Element { op, left, state, .. }: Element<'_, State>, text: &&[u8]| seal(state?, op, left, text, None);
            let read = call.reader();
            let texts = elements.iter().map(|(state, data)| (state, read(data)));
            Ok(call.each(F::symmetric_state_encrypt, texts, need, encrypt, output))
        },
    )?;
    symmetric.bind_batch(
        "batch-symmetric-state-encrypt-detached",
        F::symmetric_state_encrypt_detached,
        true,
        |call, elements: Vec<Text>| {
            call.check_lens(elements.iter().map(|(_, data)| data))?;
            let need =
                |_: &Objects| Need { handles: elements.len(), ..need_of_texts(elements.iter().map(|(_, data)| data)) };
            let encrypt = |Element { guest, op, left, state }: Element<'_, State>, text: &&[u8]| {
                let room = guest.take_handle()?;
                Ok((room, seal_detached(state?, op, left, text)?))
            };
            let finish = |objects: &mut Objects, encrypted: hostcrypt::Result<(_, (SecretBytes, Tag))>| {
                let (bytes, tag) = match encrypted {
                    Ok((room, (bytes, tag))) => (objects.give(bytes), Ok((room, tag))),
                    Err(errno) => (Shared::default(), Err(errno)),
                };
                let (tag, code) = objects.element(tag);
                (bytes, tag, code)
            };
            let read = call.reader();
            let texts = elements.iter().map(|(state, data)| (state, read(data)));
            Ok(call.each(F::symmetric_state_encrypt_detached, texts, need, encrypt, finish))
        },
    )
}

fn decryptions<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric.bind_batch(
        "batch-symmetric-state-decrypt",
        F::symmetric_state_decrypt,
        false,
        |call, elements: Vec<Text>| {
            call.check_lens(elements.iter().map(|(_, data)| data))?;
            let need = |_: &Objects| need_of_texts(elements.iter().map(|(_, data)| data));
            let decrypt = |Element { op, left, state, .. }: Element<'_, State>, text: &&[u8]| {
                open(state?, op, left, text, (None, None))
            };
            let read = call.reader();
            let texts = elements.iter().map(|(state, data)| (state, read(data)));
            Ok(call.each(F::symmetric_state_decrypt, texts, need, decrypt, output))
        },
    )?;
    symmetric.bind_batch(
        "batch-symmetric-state-decrypt-detached",
        F::symmetric_state_decrypt_detached,
        false,
        |call, elements: Vec<Tagged>| {
            call.check_lens(elements.iter().flat_map(|(_, data, tag)| [data, tag]))?;
            let need = |_: &Objects| need_of_texts(elements.iter().map(|(_, data, _)| data));
            let decrypt = |Element { op, left, state, .. }: Element<'_, State>, (text, tag): &(&[u8], &[u8])| {
                open(state?, op, left, text, (Some(tag), None))
            };
            let read = call.reader();
            let texts = elements.iter().map(|(state, data, tag)| (state, (read(data), read(tag))));
            Ok(call.each(F::symmetric_state_decrypt_detached, texts, need, decrypt, output))
        },
    )
}
