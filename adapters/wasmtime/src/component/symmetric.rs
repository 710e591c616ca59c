//! `wasi-ephemeral-crypto-symmetric`.

use std::sync::Arc;

use hostcrypt::{
    AlgorithmType, CallBytes, Errno, FunctionId as F, InOut, Operation, SecretBytes,
    symmetric::{self, OutputLen, TagPlacement},
};
use wasmtime::{
    Result,
    component::{Resource, WasmList, WasmStr},
};

use super::{
    call::Interface,
    common::size,
    types::{ArrayOutput, Key, Options, SecretsManager, State, Tag, Version},
};

pub(super) fn add<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    keys(symmetric)?;
    managed(symmetric)?;
    states(symmetric)?;
    texts(symmetric)?;
    tags(symmetric)
}

fn keys<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric.bind(
        F::symmetric_key_generate,
        |call, op, (algorithm, options): (WasmStr, Option<Resource<Options>>)| {
            let algorithm = op.symmetric(&call.str(&algorithm)?)?;
            call.options(options.as_ref(), AlgorithmType::Symmetric)?;
            call.objects.open(|_| symmetric::Key::generate(op, algorithm).map(Arc::new))
        },
    )?;
    symmetric.bind(F::symmetric_key_import, |call, op, (algorithm, raw): (WasmStr, WasmList<u8>)| {
        let algorithm = op.symmetric(&call.str(&algorithm)?)?;
        let raw = call.bytes(&raw)?;
        call.objects.open(|_| symmetric::Key::import(op, algorithm, raw).map(Arc::new))
    })?;
    symmetric.bind(F::symmetric_key_export, |call, op, (key,): (Resource<Key>,)| {
        call.objects.open(|objects| objects.get(&key)?.export(op).map(ArrayOutput::new))
    })?;
    symmetric.close::<Key>(F::symmetric_key_close)
}

fn managed<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric.bind(
        F::symmetric_key_generate_managed,
        |call, op, (manager, algorithm, options): (Resource<SecretsManager>, WasmStr, Option<Resource<Options>>)| {
            let algorithm = op.symmetric(&call.str(&algorithm)?)?;
            call.options(options.as_ref(), AlgorithmType::Symmetric)?;
            call.objects
                .open(|objects| symmetric::Key::generate_managed(op, objects.get(&manager)?, algorithm).map(Arc::new))
        },
    )?;
    symmetric.bind(
        F::symmetric_key_store_managed,
        |call, op, (manager, key): (Resource<SecretsManager>, Resource<Key>)| {
            let identifier = call.objects.get(&key)?.store_managed(op, call.objects.get(&manager)?)?;
            Ok(identifier.0.to_vec())
        },
    )?;
    symmetric.bind_own(
        F::symmetric_key_replace_managed,
        |objects, (manager, old, new): (Resource<SecretsManager>, Resource<Key>, Resource<Key>)| {
            (manager, objects.take(&old), new)
        },
        |call, op, (manager, old, new)| {
            let (manager, new) = (call.objects.get(&manager)?, call.objects.get(&new)?);
            old?.replace_managed(op, manager, new).map(Version::Specified)
        },
    )?;
    symmetric.bind(F::symmetric_key_id, |call, op, (key,): (Resource<Key>,)| {
        let (identifier, version) = call.objects.get(&key)?.id(op)?;
        Ok((identifier.0.to_vec(), Version::Specified(version)))
    })?;
    symmetric.bind(
        F::symmetric_key_from_id,
        |call, op, (manager, id, version): (Resource<SecretsManager>, WasmList<u8>, Version)| {
            let id = call.bytes(&id)?;
            call.objects.open(|objects| {
                symmetric::Key::from_id(op, objects.get(&manager)?, id, version.versions()?).map(Arc::new)
            })
        },
    )
}

fn states<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric.bind(
        F::symmetric_state_open,
        |call, op, (algorithm, key, options): (WasmStr, Option<Resource<Key>>, Option<Resource<Options>>)| {
            let algorithm = op.symmetric(&call.str(&algorithm)?)?;
            let options = call.options(options.as_ref(), AlgorithmType::Symmetric)?;
            call.objects.open(|objects| {
                let key = key.map(|key| objects.get(&key).cloned()).transpose()?;
                State::open(op, algorithm, key, options.as_ref())
            })
        },
    )?;
    symmetric.bind(F::symmetric_state_options_get, |call, op, (state, name): (Resource<State>, WasmStr)| {
        let name = call.str(&name)?;
        let found = op.copy(call.objects.get(&state)?.option(&name)?)?;
        Ok(call.objects.give(found))
    })?;
    symmetric.bind(F::symmetric_state_options_get_u64, |call, _, (state, name): (Resource<State>, WasmStr)| {
        let name = call.str(&name)?;
        call.objects.get(&state)?.option_u64(&name)
    })?;
    symmetric.bind(F::symmetric_state_clone, |call, op, (state,): (Resource<State>,)| {
        call.objects.open(|objects| objects.get(&state)?.copy(op))
    })?;
    symmetric.close::<State>(F::symmetric_state_close)?;
    symmetric.bind(F::symmetric_state_absorb, |call, op, (state, data): (Resource<State>, WasmList<u8>)| {
        let data = call.bytes(&data)?;
        call.objects.get_mut(&state)?.absorb(op, data)
    })?;
    symmetric.bind(F::symmetric_state_squeeze, |call, op, (state,): (Resource<State>,)| {
        let squeezed = squeeze(call.objects.get_mut(&state)?, op, &call.left)?;
        Ok(call.objects.give(squeezed))
    })?;
    symmetric.bind(F::symmetric_state_squeeze_tag, |call, op, (state,): (Resource<State>,)| {
        call.objects.open(|objects| objects.get_mut(&state)?.squeeze_tag(op))
    })?;
    symmetric.bind(F::symmetric_state_squeeze_key, |call, op, (state, algorithm): (Resource<State>, WasmStr)| {
        let algorithm = call.str(&algorithm)?;
        call.objects.open(|objects| objects.get_mut(&state)?.squeeze_key(op, &algorithm).map(Arc::new))
    })?;
    symmetric.bind(F::symmetric_state_ratchet, |call, op, (state,): (Resource<State>,)| {
        call.objects.get_mut(&state)?.ratchet(op)
    })
}

fn texts<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric.bind(F::symmetric_state_max_tag_len, |call, _, (state,): (Resource<State>,)| {
        size(call.objects.get(&state)?.max_tag_len()?)
    })?;
    symmetric.bind(F::symmetric_state_encrypt, |call, op, (state, data): (Resource<State>, WasmList<u8>)| {
        let text = call.text(&data);
        let sealed = seal(call.objects.get_mut(&state)?, op, &call.left, text, None)?;
        Ok(call.objects.give(sealed))
    })?;
    symmetric.bind(
        F::symmetric_state_encrypt_detached,
        |call, op, (state, data): (Resource<State>, WasmList<u8>)| {
            let (room, text) = (call.objects.room()?, call.text(&data));
            let (sealed, tag) = seal_detached(call.objects.get_mut(&state)?, op, &call.left, text)?;
            Ok((call.objects.give(sealed), call.objects.put(room, tag)?))
        },
    )?;
    symmetric.bind(
        F::symmetric_state_decrypt,
        |call, op, (state, data, out_len): (Resource<State>, WasmList<u8>, u32)| {
            let (text, out_len) = (call.text(&data), Some(out_len as usize));
            let opened = open(call.objects.get_mut(&state)?, op, &call.left, text, (None, out_len))?;
            Ok(call.objects.give(opened))
        },
    )?;
    symmetric.bind(
        F::symmetric_state_decrypt_detached,
        |call, op, (state, data, tag): (Resource<State>, WasmList<u8>, WasmList<u8>)| {
            let (tag, text) = (call.bytes(&tag)?, call.text(&data));
            let opened = open(call.objects.get_mut(&state)?, op, &call.left, text, (Some(tag), None))?;
            Ok(call.objects.give(opened))
        },
    )
}

fn tags<T: 'static>(symmetric: &mut Interface<'_, T>) -> Result<()> {
    symmetric
        .bind(F::symmetric_tag_len, |call, _, (tag,): (Resource<Tag>,)| size(call.objects.get(&tag)?.bytes().len()))?;
    symmetric.bind_own(
        F::symmetric_tag_pull,
        |objects, (tag,): (Resource<Tag>,)| objects.take(&tag),
        |call, _, tag: hostcrypt::Result<Tag>| {
            let pulled = tag?.into_bytes();
            Ok(call.objects.give(pulled))
        },
    )?;
    symmetric.bind(F::symmetric_tag_verify, |call, _, (tag, expected): (Resource<Tag>, WasmList<u8>)| {
        let expected = call.bytes(&expected)?;
        call.objects.get(&tag)?.verify(expected)
    })?;
    symmetric.close::<Tag>(F::symmetric_tag_close)
}

/// Squeezes as many bytes as the state says.
pub(super) fn squeeze(state: &mut State, op: Operation<'_>, left: &CallBytes) -> hostcrypt::Result<SecretBytes> {
    let len = state.squeeze_len()?;
    left.charge(len)?;
    let mut squeezed = op.zeroed(len)?;
    state.squeeze(op, &mut squeezed)?;
    Ok(squeezed)
}

/// Encrypts a text; without `detached`, its tag comes at its end.
pub(super) fn seal(
    state: &mut State,
    op: Operation<'_>,
    left: &CallBytes,
    text: &[u8],
    detached: Option<&mut [u8]>,
) -> hostcrypt::Result<SecretBytes> {
    let placement = if detached.is_some() { TagPlacement::Detached } else { TagPlacement::Attached };
    let len = state.encrypted_len(text.len(), placement)?;
    state.check_nonce()?;
    left.charge(text.len())?;
    let OutputLen::Exact(len) = len else { return state.encrypt_buffered(op, text) };
    let mut sealed = op.zeroed(len)?;
    let split = sealed.split_at_mut_checked(text.len());
    let (encrypted, attached) = split.ok_or(Errno::InternalError)?;
    state.encrypt(op, InOut::Apart(text, encrypted), detached.unwrap_or(attached))?;
    Ok(sealed)
}

/// Decrypts a text; without `detached`, its tag is its end.
pub(super) fn open(
    state: &mut State,
    op: Operation<'_>,
    left: &CallBytes,
    text: &[u8],
    (detached, out_len): (Option<&[u8]>, Option<usize>),
) -> hostcrypt::Result<SecretBytes> {
    let placement = if detached.is_some() { TagPlacement::Detached } else { TagPlacement::Attached };
    let len = state.decrypted_len(text.len(), placement)?;
    if let Some(out_len) = out_len {
        len.fit(out_len)?;
    }
    let len = match len {
        OutputLen::Exact(len) => len,
        OutputLen::Buffered { most, .. } => {
            left.charge(text.len())?;
            return state.decrypt_buffered(op, text, out_len.unwrap_or(most));
        }
        _ => return Err(Errno::InternalError),
    };
    left.charge(len)?;
    let mut opened = op.zeroed(len)?;
    let (text, attached) = text.split_at_checked(len).ok_or(Errno::InternalError)?;
    state.decrypt(op, InOut::Apart(text, &mut opened), detached.unwrap_or(attached))?;
    Ok(opened)
}

/// Encrypts a text, and returns its tag apart.
pub(super) fn seal_detached(
    state: &mut State,
    op: Operation<'_>,
    left: &CallBytes,
    text: &[u8],
) -> hostcrypt::Result<(SecretBytes, Tag)> {
    let mut tag = state.blank_tag(op)?;
    let sealed = seal(state, op, left, text, Some(tag.bytes_mut()))?;
    Ok((sealed, tag))
}
