//! The probe component: it imports every function of the WIT, and calls the one that it is told to.
//!
//! It has one export, `call: func(function: u32, payload: list<u8>) -> list<u8>`. The payload is a part of the component's
//! memory as the call needs it: the core parameters of the function, 8 bytes each, the bytes that they point to, and room
//! for the result. What is returned is memory from that room on, with the lists of the result. Each payload begins at the
//! same address, so the caller knows the pointers.

use std::collections::HashMap;

use hostcrypt::WIT;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, InstructionSink, MemArg, MemorySection, MemoryType,
    Module, RefType, TableSection, TableType, TypeSection, ValType,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{
    Resolve, SourceMap, Type, WorldId, WorldItem,
    abi::{AbiVariant, WasmType},
};

/// The address of a payload.
pub(super) const PAYLOAD: usize = 1024;
/// The room at the end of a payload for the result of the function, in bytes.
pub(super) const RESULT_LEN: usize = 64;
/// Payloads are as long as some of these, in bytes.
pub(super) const ALIGNMENT: usize = 16;

/// The address of the list that `call` returns: a pointer and a length.
const RETURNED: i32 = 16;

const WORLD: &str = "package hostcrypt:conformance;
world probe {
    include wasi:crypto/imports@0.11.0;
    export call: func(function: u32, payload: list<u8>) -> list<u8>;
}";

/// The probe's binary, and what it imports.
pub(super) struct Probe {
    pub(super) component: Vec<u8>,
    pub(super) wit: Resolve,
    /// By their names in the table of functions, or with underscores where they are not there.
    pub(super) functions: HashMap<String, Imported>,
}

/// A function that the probe imports.
pub(super) struct Imported {
    /// Its number for `call`.
    pub(super) index: u32,
    /// How many parameters it has in a core module, the pointer to its result included.
    pub(super) integers: usize,
    pub(super) parameters: Vec<(String, Type)>,
    pub(super) result: Type,
}

impl Probe {
    pub(super) fn new() -> Self {
        let (wit, world) = wit();
        let (mut functions, mut imports) = (HashMap::new(), Vec::new());
        let interfaces = wit.worlds[world].imports.values().filter_map(|item| match item {
            WorldItem::Interface { id, .. } => Some(*id),
            _ => None,
        });
        for interface in interfaces {
            let module = wit.id_of(interface).expect("an interface of a package");
            for (name, function) in &wit.interfaces[interface].functions {
                let signature = wit.wasm_signature(AbiVariant::GuestImport, function);
                let by_pointers = signature.retptr && signature.results.is_empty() && !signature.indirect_params;
                assert!(by_pointers, "{name} has its parameters in registers, and its result in memory");
                let imported = Imported {
                    index: u32::try_from(imports.len()).expect("a hundred at most"),
                    integers: signature.params.len(),
                    parameters: function.params.iter().map(|of| (of.name.clone(), of.ty)).collect(),
                    result: function.result.expect("an error code at least"),
                };
                functions.insert(name.replace('-', "_"), imported);
                imports.push((module.clone(), name.clone(), signature.params.iter().map(val_type).collect()));
            }
        }
        let mut module = module(&imports);
        embed_component_metadata(&mut module, &wit, world, StringEncoding::UTF8).expect("it is the world's");
        let encoder = ComponentEncoder::default().module(&module).expect("it has the world's imports and exports");
        let component = encoder.validate(true).encode().expect("it is a component");
        Self { component, wit, functions }
    }
}

/// The WIT of the interface, and of the probe's own world.
fn wit() -> (Resolve, WorldId) {
    let (mut wit, mut files) = (Resolve::new(), SourceMap::default());
    for (name, text) in WIT {
        files.push_str(name, *text);
    }
    let package = files.parse().map_err(|(_, error)| error).expect("the WIT is well-formed");
    wit.push_group(package).expect("the WIT names only what it has");
    let package = wit.push_source("probe.wit", WORLD).expect("the world includes the imports");
    let world = wit.select_world(&[package], Some("probe")).expect("the package has one world");
    (wit, world)
}

const fn val_type(ty: &WasmType) -> ValType {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        _ => ValType::I32,
    }
}

/// Module, name, core parameters.
type Import = (String, String, Vec<ValType>);

/// The core module in the probe.
fn module(imports: &[Import]) -> Vec<u8> {
    let count = u32::try_from(imports.len()).expect("a hundred at most");
    let (mut types, mut imported, mut functions) = (TypeSection::new(), ImportSection::new(), FunctionSection::new());
    let mut code = CodeSection::new();
    let (calls, trampoline, realloc) = (count, count + 1, count + 2);
    for (index, (module, name, parameters)) in (0..).zip(imports) {
        types.ty().function(parameters.iter().copied(), []);
        imported.import(module, name, EntityType::Function(index));
        functions.function(trampoline);
        code.function(&forward(index, parameters));
    }
    types.ty().function([ValType::I32; 3], [ValType::I32]);
    types.ty().function([ValType::I32], []);
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    functions.function(calls).function(realloc);
    code.function(&call(trampoline)).function(&reallocate());

    let mut tables = TableSection::new();
    let [minimum, maximum] = [u64::from(count), u64::from(count)];
    let element_type = RefType::FUNCREF;
    tables.table(TableType { element_type, table64: false, minimum, maximum: Some(maximum), shared: false });
    let mut elements = ElementSection::new();
    let trampolines: Vec<_> = (count..2 * count).collect();
    elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(trampolines.into()));

    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
    let mut globals = GlobalSection::new();
    let global = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(global, &ConstExpr::i32_const(PAYLOAD as i32)).global(global, &ConstExpr::i32_const(0));

    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("call", ExportKind::Func, 2 * count);
    exports.export("cabi_realloc", ExportKind::Func, 2 * count + 1);
    let mut module = Module::new();
    module.section(&types).section(&imported).section(&functions).section(&tables).section(&memories);
    module.section(&globals).section(&exports).section(&elements).section(&code);
    module.finish()
}

/// The global with the address of the first free byte.
const TOP: u32 = 0;
/// The global that tells whether the bytes before it are of an earlier call.
const ENDED: u32 = 1;

const fn at(offset: u64, align: u32) -> MemArg {
    MemArg { offset, align, memory_index: 0 }
}

/// Calls an import with the parameters that lie in memory.
fn forward(index: u32, parameters: &[ValType]) -> Function {
    let mut function = Function::new([]);
    let mut body = function.instructions();
    for (offset, parameter) in (0..).step_by(8).zip(parameters) {
        body.local_get(0);
        match parameter {
            ValType::I64 => body.i64_load(at(offset, 3)),
            _ => body.i32_load(at(offset, 2)),
        };
    }
    body.call(index).end();
    function
}

fn call(trampoline: u32) -> Function {
    let mut function = Function::new([]);
    let mut body = function.instructions();
    let [index, payload, len] = [0, 1, 2];
    body.local_get(payload).local_get(index).call_indirect(0, trampoline);
    // The address of the result.
    body.local_get(payload).local_get(len).i32_add().i32_const(RESULT_LEN as i32).i32_sub().local_set(payload);
    body.i32_const(RETURNED).local_get(payload).i32_store(at(0, 2));
    body.i32_const(RETURNED).global_get(TOP).local_get(payload).i32_sub().i32_store(at(4, 2));
    body.i32_const(1).global_set(ENDED);
    body.i32_const(RETURNED).end();
    function
}

/// Takes the next free bytes. The first that is taken after a call is the next payload.
fn reallocate() -> Function {
    let mut function = Function::new([(1, ValType::I32)]);
    let mut body = function.instructions();
    let [len, start] = [3, 4];
    body.global_get(ENDED).if_(BlockType::Empty);
    body.i32_const(PAYLOAD as i32).global_set(TOP).i32_const(0).global_set(ENDED).end();
    let mask = ALIGNMENT as i32 - 1;
    body.global_get(TOP).i32_const(mask).i32_add().i32_const(!mask).i32_and().local_tee(start);
    body.local_get(len).i32_add().global_set(TOP);
    let pages = |body: &mut InstructionSink<'_>| {
        body.global_get(TOP).i32_const(0xffff).i32_add().i32_const(16).i32_shr_u();
    };
    pages(&mut body);
    body.memory_size(0).i32_gt_u().if_(BlockType::Empty);
    pages(&mut body);
    body.memory_size(0).i32_sub().memory_grow(0).drop().end();
    body.local_get(start).end();
    function
}
