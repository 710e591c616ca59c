//! The core without a runtime.

use std::collections::HashMap;

use hostcrypt::{
    Context, Memory, Revision,
    abi::{Function, functions},
};

use super::Under;
use crate::{Door, Setup, Subject, probe::PAGES};

pub(super) struct Native(pub(super) Under);

impl Subject for Native {
    fn runtime(&self) -> &str {
        "native"
    }

    fn backend(&self) -> &str {
        &self.0.name
    }

    fn revision(&self) -> Revision {
        self.0.revision
    }

    fn algorithms(&self) -> &[String] {
        &self.0.algorithms
    }

    fn served_by(&self, algorithm: &str) -> &str {
        self.0.part(algorithm)
    }

    fn open(&self, setup: &Setup) -> Box<dyn Door> {
        Box::new(Open {
            context: self.0.host(setup).context(self.0.revision),
            memory: vec![0; usize::try_from(PAGES << 16).expect("a megabyte")],
            functions: functions(self.0.revision).map(|function| (function.name, function)).collect(),
        })
    }
}

struct Open {
    context: Context,
    memory: Vec<u8>,
    functions: HashMap<&'static str, Function>,
}

impl Door for Open {
    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        let function = self.functions.get(function).unwrap_or_else(|| panic!("no function {function}"));
        let mut call = self.context.call(Memory::new(&mut self.memory));
        (function.call)(&mut call, integers).expect("as many integers as the function has")
    }

    fn memory_len(&self) -> usize {
        self.memory.len()
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.memory[ptr..ptr + bytes.len()]);
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        self.memory[ptr..ptr + bytes.len()].copy_from_slice(bytes);
    }
}
