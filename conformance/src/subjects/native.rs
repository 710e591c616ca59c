//! The core without a runtime.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
};

use hostcrypt::{
    Context, Host, Memory, Revision, SharedMemory,
    abi::{Function, functions},
};

use super::Runtime;
use crate::{Instance, ProbeInstance, probe::MEMORY_LEN};

pub(super) struct Native {
    /// By revision and name.
    functions: Arc<HashMap<(Revision, &'static str), Function>>,
}

impl Native {
    pub(super) fn new() -> Self {
        let of = |revision| functions(revision).map(move |function| ((revision, function.name), function));
        Self { functions: Arc::new(Revision::ALL.into_iter().flat_map(of).collect()) }
    }
}

impl Runtime for Native {
    fn open(&self, host: &Host, revision: Revision, shared_memory: bool) -> Result<Instance, String> {
        let memory = if shared_memory {
            Bytes::Shared(Arc::new(Shared((0..MEMORY_LEN).map(|_| AtomicU8::new(0)).collect())))
        } else {
            Bytes::Alone(vec![0; MEMORY_LEN])
        };
        Ok(Open { context: host.context(revision), memory, functions: Arc::clone(&self.functions) }.into())
    }

    fn has_cheap_calls(&self) -> bool {
        true
    }
}

struct Open {
    context: Context,
    memory: Bytes,
    functions: Arc<HashMap<(Revision, &'static str), Function>>,
}

enum Bytes {
    Alone(Vec<u8>),
    Shared(Arc<Shared>),
}

struct Shared(Box<[AtomicU8]>);

impl SharedMemory for Shared {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, at: usize, bytes: &mut [u8]) {
        let range = &self.0[at..at + bytes.len()];
        range.iter().zip(bytes).for_each(|(byte, copy)| *copy = byte.load(Relaxed));
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let range = &self.0[at..at + bytes.len()];
        range.iter().zip(bytes).for_each(|(byte, new)| byte.store(*new, Relaxed));
    }
}

impl ProbeInstance for Open {
    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        let key = (self.context.revision(), function);
        let function = self.functions.get(&key).unwrap_or_else(|| panic!("no function {function}"));
        let mut call = match &mut self.memory {
            Bytes::Alone(bytes) => self.context.call(Memory::new(bytes)),
            Bytes::Shared(shared) => self.context.copying_call(&**shared),
        };
        (function.call)(&mut call, integers).expect("as many integers as the function has")
    }

    fn memory_len(&self) -> usize {
        MEMORY_LEN
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        match &self.memory {
            Bytes::Alone(memory) => bytes.copy_from_slice(&memory[ptr..ptr + bytes.len()]),
            Bytes::Shared(shared) => shared.read(ptr, bytes),
        }
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        match &mut self.memory {
            Bytes::Alone(memory) => memory[ptr..ptr + bytes.len()].copy_from_slice(bytes),
            Bytes::Shared(shared) => shared.write(ptr, bytes),
        }
    }

    fn bytes_held(&self) -> Option<usize> {
        Some(self.context.bytes_held())
    }

    fn thread(&mut self) -> Result<Box<dyn ProbeInstance>, String> {
        let Bytes::Shared(shared) = &self.memory else { return Err("its memory is not shared".to_owned()) };
        let (memory, functions) = (Bytes::Shared(Arc::clone(shared)), Arc::clone(&self.functions));
        Ok(Box::new(Self { context: self.context.thread(), memory, functions }))
    }
}
