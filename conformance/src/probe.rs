//! The probe guest: a module that imports every function of a revision and exports a wrapper of each.
//!
//! Its memory is exported as `memory`. One that threads share is imported as `memory` from `env`, as guests with
//! threads do, and exported again.

use hostcrypt::{
    Revision,
    abi::{CoreType, functions},
};
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, MemorySection,
    MemoryType, Module, TypeSection, ValType,
};

/// The length of the probe's memory in pages of 64 KiB, at least and at most.
pub const PAGES: u32 = 16;

/// The length of the probe's memory in bytes.
pub(crate) const MEMORY_LEN: usize = (PAGES as usize) << 16;

/// The probe's binary, with a memory of its own or with one that threads share.
#[must_use]
pub fn module(revision: Revision, shared_memory: bool) -> Vec<u8> {
    let (mut types, mut imports, mut wrappers) = (TypeSection::new(), ImportSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    let count = u32::try_from(functions(revision).count()).expect("a hundred at most");
    exports.export("memory", ExportKind::Memory, 0);
    for (index, function) in (0..).zip(functions(revision)) {
        let core: Vec<_> = function.core().map(val_type).collect();
        types.ty().function(core.iter().copied(), [ValType::I32]);
        imports.import(function.module, function.name, EntityType::Function(index));
        wrappers.function(index);
        exports.export(function.name, ExportKind::Func, count + index);
        let mut wrapper = Function::new([]);
        let mut instructions = wrapper.instructions();
        for (parameter, _) in (0..).zip(&core) {
            instructions.local_get(parameter);
        }
        instructions.call(index).end();
        code.function(&wrapper);
    }
    let memory = MemoryType {
        minimum: PAGES.into(),
        maximum: Some(PAGES.into()),
        memory64: false,
        shared: shared_memory,
        page_size_log2: None,
    };
    let mut memories = MemorySection::new();
    if shared_memory {
        imports.import("env", "memory", EntityType::Memory(memory));
    } else {
        memories.memory(memory);
    }
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&wrappers).section(&memories).section(&exports).section(&code);
    module.finish()
}

const fn val_type(core: CoreType) -> ValType {
    match core {
        CoreType::I32 => ValType::I32,
        CoreType::I64 => ValType::I64,
    }
}
