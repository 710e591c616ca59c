//! `symmetric_*`, except managed keys.

use crate::{
    Errno, Operation, Result,
    abi::{
        Call,
        handles::Handle,
        memory::{Buf, Bytes, Memory, Str},
        value::{Optional, Size},
    },
    algorithm::AlgorithmType,
    backend::LONGEST_OUTPUT,
    objects::{
        array_output::ArrayOutput,
        options::Options,
        symmetric::{Key, OutputLen, State, Tag, TagPlacement},
    },
};

/// Encrypts from one range of memory to another, and returns the number of bytes written; a detached tag is written to
/// `detached`.
fn encrypt(
    state: &mut State,
    op: Operation<'_>,
    memory: &mut Memory<'_>,
    (text, out): (Bytes, Buf),
    detached: Option<&mut [u8]>,
) -> Result<Size> {
    let placement = if detached.is_some() { TagPlacement::Detached } else { TagPlacement::Attached };
    let len = state.encrypted_len(text.len as usize, placement)?;
    len.fit(out.len as usize)?;
    state.check_nonce()?;
    if let OutputLen::Exact(len) = len {
        let (text, attached) = memory.in_out(text, &mut [], out)?;
        state.encrypt(op, text, detached.unwrap_or(attached))?;
        return Size::of(len);
    }
    let encrypted = state.encrypt_buffered(op, memory.bytes(text)?)?;
    memory.write_into(out, &encrypted)?;
    Size::of(encrypted.len())
}

/// Decrypts from one range of memory to another, and returns the number of bytes written. Without `detached`, the tag
/// is at the end of the input.
fn decrypt(
    state: &mut State,
    op: Operation<'_>,
    memory: &mut Memory<'_>,
    (text, out): (Bytes, Buf),
    detached: Option<&[u8]>,
) -> Result<Size> {
    let placement = if detached.is_some() { TagPlacement::Detached } else { TagPlacement::Attached };
    let len = state.decrypted_len(text.len as usize, placement)?;
    len.fit(out.len as usize)?;
    let decrypted = if let OutputLen::Exact(len) = len {
        let mut attached = [0; LONGEST_OUTPUT];
        let attached_len = if detached.is_some() { 0 } else { state.max_tag_len()? };
        let attached = attached.get_mut(..attached_len).ok_or(Errno::InternalError)?;
        let (text, _) = memory.in_out(text, attached, out)?;
        state.decrypt(op, text, detached.unwrap_or(attached)).and_then(|()| Size::of(len))
    } else {
        let encrypted = memory.bytes(text)?;
        match state.decrypt_buffered(op, encrypted, out.len as usize) {
            Ok(decrypted) => return memory.write_into(out, &decrypted).and_then(|()| Size::of(decrypted.len())),
            // No part of the text reached the guest.
            Err(Errno::Overflow) => return Err(Errno::Overflow),
            Err(errno) => Err(errno),
        }
    };
    if decrypted.is_err() {
        memory.blank(out)?;
    }
    decrypted
}

impl Call<'_> {
    pub(in crate::abi) fn symmetric_key_generate(
        &mut self,
        op: Operation<'_>,
        algorithm: Str,
        options: Optional<Options>,
    ) -> Result<Handle<Key>> {
        let algorithm = self.symmetric(op, algorithm)?;
        self.option_set(options, AlgorithmType::Symmetric)?;
        self.objects.open(|_| Key::generate(op, algorithm))
    }

    pub(in crate::abi) fn symmetric_key_import(
        &mut self,
        op: Operation<'_>,
        algorithm: Str,
        raw: Bytes,
    ) -> Result<Handle<Key>> {
        let algorithm = self.symmetric(op, algorithm)?;
        let raw = self.memory.bytes(raw)?;
        self.objects.open(|_| Key::import(op, algorithm, raw))
    }

    pub(in crate::abi) fn symmetric_key_export(
        &mut self,
        op: Operation<'_>,
        symmetric_key: Handle<Key>,
    ) -> Result<Handle<ArrayOutput>> {
        self.array_output(|objects| objects.get(symmetric_key)?.export(op))
    }

    pub(in crate::abi) fn symmetric_key_close(&mut self, _: Operation<'_>, symmetric_key: Handle<Key>) -> Result<()> {
        self.objects.close(symmetric_key)
    }

    pub(in crate::abi) fn symmetric_state_open(
        &mut self,
        op: Operation<'_>,
        algorithm: Str,
        key: Optional<Key>,
        options: Optional<Options>,
    ) -> Result<Handle<State>> {
        let algorithm = self.symmetric(op, algorithm)?;
        let key = self.optional(key)?;
        let options = self.option_set(options, AlgorithmType::Symmetric)?;
        self.objects.open(|objects| {
            let key = key.map(|key| objects.get(key)).transpose()?;
            match options {
                None => State::open(op, algorithm, key, None),
                Some(options) => objects.read(options, |options| State::open(op, algorithm, key, Some(options))),
            }
        })
    }

    pub(in crate::abi) fn symmetric_state_clone(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
    ) -> Result<Handle<State>> {
        self.objects.open(|objects| objects.with(handle, |state: &mut State| state.copy(op)))
    }

    pub(in crate::abi) fn symmetric_state_close(&mut self, _: Operation<'_>, handle: Handle<State>) -> Result<()> {
        self.objects.close(handle)
    }

    pub(in crate::abi) fn symmetric_state_options_get(
        &mut self,
        _: Operation<'_>,
        handle: Handle<State>,
        name: Str,
        value: Buf,
    ) -> Result<Size> {
        let name = self.memory.str(name)?;
        let options = self.objects.with(handle, |state: &mut State| Ok(state.options().clone()))?;
        let found = options.get(name)?;
        self.memory.write_into(value, found)?;
        Size::of(found.len())
    }

    pub(in crate::abi) fn symmetric_state_options_get_u64(
        &mut self,
        _: Operation<'_>,
        handle: Handle<State>,
        name: Str,
    ) -> Result<u64> {
        let name = self.memory.str(name)?;
        self.objects.with(handle, |state: &mut State| state.option_u64(name))
    }

    pub(in crate::abi) fn symmetric_state_absorb(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
        data: Bytes,
    ) -> Result<()> {
        let data = self.memory.bytes(data)?;
        self.objects.with(handle, |state: &mut State| state.absorb(op, data))
    }

    pub(in crate::abi) fn symmetric_state_squeeze(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
        out: Buf,
    ) -> Result<()> {
        self.memory.check(out.ptr, out.len)?;
        let memory = &mut self.memory;
        self.objects.with(handle, |state: &mut State| {
            state.check_squeeze(out.len as usize)?;
            state.squeeze(op, memory.buf(out)?)
        })
    }

    pub(in crate::abi) fn symmetric_state_squeeze_tag(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
    ) -> Result<Handle<Tag>> {
        self.objects.open(|objects| objects.with(handle, |state: &mut State| state.squeeze_tag(op)))
    }

    pub(in crate::abi) fn symmetric_state_squeeze_key(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
        algorithm: Str,
    ) -> Result<Handle<Key>> {
        let algorithm = self.memory.str(algorithm)?;
        self.objects.open(|objects| objects.with(handle, |state: &mut State| state.squeeze_key(op, algorithm)))
    }

    pub(in crate::abi) fn symmetric_state_max_tag_len(
        &mut self,
        _: Operation<'_>,
        handle: Handle<State>,
    ) -> Result<Size> {
        self.objects.with(handle, |state: &mut State| Size::of(state.max_tag_len()?))
    }

    pub(in crate::abi) fn symmetric_state_encrypt(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
        out: Buf,
        data: Bytes,
    ) -> Result<Size> {
        self.memory.check_both(data, out)?;
        let memory = &mut self.memory;
        self.objects.with(handle, |state: &mut State| encrypt(state, op, memory, (data, out), None))
    }

    pub(in crate::abi) fn symmetric_state_encrypt_detached(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
        out: Buf,
        data: Bytes,
    ) -> Result<Handle<Tag>> {
        self.memory.check_both(data, out)?;
        let memory = &mut self.memory;
        self.objects.open(|objects| {
            objects.with(handle, |state: &mut State| {
                let mut tag = state.blank_tag(op)?;
                encrypt(state, op, memory, (data, out), Some(tag.bytes_mut()))?;
                Ok(tag)
            })
        })
    }

    pub(in crate::abi) fn symmetric_state_decrypt(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
        out: Buf,
        data: Bytes,
    ) -> Result<Size> {
        self.memory.check_both(data, out)?;
        let memory = &mut self.memory;
        self.objects.with(handle, |state: &mut State| decrypt(state, op, memory, (data, out), None))
    }

    pub(in crate::abi) fn symmetric_state_decrypt_detached(
        &mut self,
        op: Operation<'_>,
        handle: Handle<State>,
        out: Buf,
        data: Bytes,
        raw_tag: Bytes,
    ) -> Result<Size> {
        self.memory.check_both(data, out)?;
        // The tag may overlap the output.
        let mut tag = [0; LONGEST_OUTPUT];
        let given = self.memory.bytes(raw_tag)?;
        let tag = match tag.get_mut(..given.len()) {
            Some(tag) => {
                tag.copy_from_slice(given);
                &*tag
            }
            // Longer than any tag.
            None => &[],
        };
        let memory = &mut self.memory;
        self.objects.with(handle, |state: &mut State| decrypt(state, op, memory, (data, out), Some(tag)))
    }

    pub(in crate::abi) fn symmetric_state_ratchet(&mut self, op: Operation<'_>, handle: Handle<State>) -> Result<()> {
        self.objects.with(handle, |state: &mut State| state.ratchet(op))
    }

    pub(in crate::abi) fn symmetric_tag_len(&mut self, _: Operation<'_>, symmetric_tag: Handle<Tag>) -> Result<Size> {
        Size::of(self.objects.get(symmetric_tag)?.bytes().len())
    }

    /// Copies the tag into a buffer of its own length, and closes the handle.
    pub(in crate::abi) fn symmetric_tag_pull(
        &mut self,
        _: Operation<'_>,
        symmetric_tag: Handle<Tag>,
        buf: Buf,
    ) -> Result<Size> {
        let tag = self.objects.get(symmetric_tag)?;
        self.memory.check(buf.ptr, buf.len)?;
        OutputLen::Exact(tag.bytes().len()).fit(buf.len as usize)?;
        // Another thread may have pulled or closed it first.
        self.objects.close(symmetric_tag).map_err(|_| Errno::InvalidHandle)?;
        self.memory.write(buf.ptr, tag.bytes())?;
        Size::of(tag.bytes().len())
    }

    pub(in crate::abi) fn symmetric_tag_verify(
        &mut self,
        _: Operation<'_>,
        symmetric_tag: Handle<Tag>,
        expected: Bytes,
    ) -> Result<()> {
        let tag = self.objects.get(symmetric_tag)?;
        tag.verify(self.memory.bytes(expected)?)
    }

    pub(in crate::abi) fn symmetric_tag_close(&mut self, _: Operation<'_>, symmetric_tag: Handle<Tag>) -> Result<()> {
        self.objects.close(symmetric_tag)
    }
}
