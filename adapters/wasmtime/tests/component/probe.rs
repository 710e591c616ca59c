//! A component that imports every function of the WIT, and calls what it is told to with what lies in its memory.

use std::{collections::HashMap, fmt::Write as _, path::Path};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{
    Function, Int, Resolve, SizeAlign, Type, TypeDefKind, WorldItem, WorldKey,
    abi::{AbiVariant, WasmType},
};

/// What the probe exports.
const WORLD: &str = "package test:probe;
world probe {
    include wasi:crypto/imports@0.11.0;
    export alloc: func(bytes: list<u8>) -> u32;
    export read: func(at: u32, len: u32) -> list<u8>;
    export invoke: func(function: u32, arguments: list<u64>);
}";

/// The probe, and where each function is in it.
pub(crate) struct Probe {
    pub(crate) component: Vec<u8>,
    pub(crate) functions: HashMap<String, Imported>,
}

/// A function that the probe calls.
#[derive(Clone, Copy)]
pub(crate) struct Imported {
    pub(crate) index: u32,
    /// Where in a result its value begins, behind the byte that tells it from an error.
    pub(crate) payload: u32,
}

impl Probe {
    /// A probe that imports the functions for which `imports` says so.
    pub(crate) fn new(imports: impl Fn(&str) -> bool) -> Self {
        let mut wit = Resolve::new();
        wit.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/wit")).unwrap();
        let package = wit.push_str("probe.wit", WORLD).unwrap();
        let world = wit.select_world(&[package], Some("probe")).unwrap();
        let mut sizes = SizeAlign::default();
        sizes.fill(&wit);

        let (mut imported, mut trampolines) = (String::new(), String::new());
        let mut functions = HashMap::new();
        for (key, item) in &wit.worlds[world].imports {
            let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else { continue };
            let module = wit.id_of(*id).unwrap();
            for (name, id) in &wit.interfaces[*id].types {
                if matches!(wit.types[*id].kind, TypeDefKind::Resource) {
                    let index = u32::try_from(functions.len()).unwrap();
                    writeln!(imported, r#"(import "{module}" "[resource-drop]{name}" (func $f{index} (param i32)))"#)
                        .unwrap();
                    trampolines += &trampoline(index, &[WasmType::I32]);
                    functions.insert(format!("drop {name}"), Imported { index, payload: 0 });
                }
            }
            for (name, function) in wit.interfaces[*id].functions.iter().filter(|(name, _)| imports(name)) {
                let index = u32::try_from(functions.len()).unwrap();
                let signature = wit.wasm_signature(AbiVariant::GuestImport, function);
                let parameters: Vec<_> = signature.params.iter().map(core).collect();
                let parameters = parameters.join(" ");
                writeln!(imported, r#"(import "{module}" "{name}" (func $f{index} (param {parameters})))"#).unwrap();
                assert!(signature.retptr && signature.results.is_empty() && !signature.indirect_params, "{name}");
                trampolines += &trampoline(index, &signature.params);
                let payload = payload(&wit, &sizes, function);
                functions.insert(name.clone(), Imported { index, payload });
            }
        }
        let count = functions.len();
        let table: String = (0..count).map(|index| format!("$t{index} ")).collect();
        let text = format!(
            r#"(module
                {imported}
                (memory (export "memory") 2)
                (global $top (mut i32) (i32.const 65536))
                (table funcref (elem {table}))
                (type $trampoline (func (param i32)))
                {trampolines}
                (func $realloc (export "cabi_realloc") (param i32 i32 i32) (param $len i32) (result i32)
                    (local $at i32)
                    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
                    (global.set $top (i32.add (local.get $at) (local.get $len)))
                    (if (i32.gt_u (i32.shr_u (global.get $top) (i32.const 16)) (i32.sub (memory.size) (i32.const 1)))
                        (then (drop (memory.grow (i32.add (i32.const 1) (i32.sub
                            (i32.shr_u (global.get $top) (i32.const 16)) (i32.sub (memory.size) (i32.const 1))))))))
                    (local.get $at))
                (func (export "alloc") (param $at i32) (param i32) (result i32) (local.get $at))
                (func (export "read") (param $at i32) (param $len i32) (result i32)
                    (i32.store (i32.const 16) (local.get $at))
                    (i32.store (i32.const 20) (local.get $len))
                    (i32.const 16))
                (func (export "invoke") (param $function i32) (param $arguments i32) (param i32)
                    (call_indirect (type $trampoline) (local.get $arguments) (local.get $function))))"#
        );
        let mut module = wat::parse_str(text).unwrap();
        embed_component_metadata(&mut module, &wit, world, StringEncoding::UTF8).unwrap();
        let component = ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap();
        Self { component, functions }
    }
}

const fn core(ty: &WasmType) -> &'static str {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        _ => "i32",
    }
}

/// Calls a function with arguments that lie in memory, each in 8 bytes.
fn trampoline(index: u32, parameters: &[WasmType]) -> String {
    let mut arguments = String::new();
    for (index, ty) in parameters.iter().enumerate() {
        write!(arguments, "({}.load offset={} (local.get 0))", core(ty), 8 * index).unwrap();
    }
    format!("(func $t{index} (type $trampoline) (call $f{index} {arguments}))\n")
}

fn payload(wit: &Resolve, sizes: &SizeAlign, function: &Function) -> u32 {
    let Some(Type::Id(id)) = function.result else { panic!("{}", function.name) };
    let TypeDefKind::Result(result) = &wit.types[id].kind else { panic!("{}", function.name) };
    let offset = sizes.payload_offset(Int::U8, [result.ok.as_ref(), result.err.as_ref()]);
    u32::try_from(offset.size_wasm32()).unwrap()
}
