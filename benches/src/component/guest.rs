//! The component: the calls of a workload as a component makes them.
//!
//! The arguments that the workload gives to a function of a core module tell those of the component's function, whose
//! types the WIT names. Outputs get the same places in memory: the component's `cabi_realloc` hands out the place that the
//! call is given.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, Int, Resolve, SizeAlign, Type, TypeDefKind, WorldId, WorldItem, WorldKey};

use crate::guest::{PREPARE, RUN, repeated, value};
use crate::layout::{ANSWER, OUT, PAGES, PRODUCT};
use crate::workload::{self, Arg, Calls, Keys, Workload};

/// The component's world. `fill` sets its memory from address 0, and `output` reads it at [`OUT`].
const WORLD: &str = "package bench:guest;
interface calls {
    resource thing;
    open: func() -> thing;
    touch: func(thing: borrow<thing>);
}
world guest {
    import calls;
    include wasi:crypto/imports@0.11.0;
    export fill: func(memory: list<u8>);
    export output: func() -> list<u8>;
    export prepare: func();
    export run: func(times: u64);
}";

/// The interface with the resource of the empty call.
pub(super) const EMPTY: &str = "bench:guest/calls";

/// The WIT, and the text of a function's body with the functions that it calls.
struct Text {
    wit: Resolve,
    world: WorldId,
    sizes: SizeAlign,
    body: String,
    imports: BTreeMap<String, String>,
}

impl Text {
    fn new() -> Self {
        let mut wit = Resolve::new();
        wit.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/wit")).unwrap();
        let package = wit.push_str("guest.wit", WORLD).unwrap();
        let world = wit.select_world(&[package], Some("guest")).unwrap();
        let mut sizes = SizeAlign::default();
        sizes.fill(&wit);
        Self { wit, world, sizes, body: String::new(), imports: BTreeMap::new() }
    }

    /// A function of the WIT, which the module then imports.
    fn import(&mut self, name: &str) -> Function {
        let interfaces = self.wit.worlds[self.world].imports.iter().filter_map(|(key, item)| match (key, item) {
            (WorldKey::Interface(_), WorldItem::Interface { id, .. }) => Some(*id),
            _ => None,
        });
        let mut found = interfaces.filter_map(|id| Some((id, self.wit.interfaces[id].functions.get(name)?)));
        let (id, function) = found.next().unwrap_or_else(|| panic!("the WIT has no {name}"));
        let signature = self.wit.wasm_signature(AbiVariant::GuestImport, function);
        let list = |types: &[WasmType]| {
            let wide = |ty: &WasmType| matches!(ty, WasmType::I64 | WasmType::PointerOrI64);
            types.iter().map(|ty| if wide(ty) { "i64" } else { "i32" }).collect::<Vec<_>>().join(" ")
        };
        let (params, results) = (list(&signature.params), list(&signature.results));
        let from = self.wit.id_of(id).unwrap();
        let import = format!("(import \"{from}\" \"{name}\" (func ${name} (param {params}) (result {results})))");
        let function = function.clone();
        self.imports.insert(name.to_owned(), import);
        function
    }

    /// A type without the names that it has.
    fn kind(&self, ty: Type) -> Result<&TypeDefKind, Type> {
        let Type::Id(id) = ty else { return Err(ty) };
        match &self.wit.types[id].kind {
            TypeDefKind::Type(named) => self.kind(*named),
            kind => Ok(kind),
        }
    }

    /// A call that must succeed, of the arguments that the function of a core module has.
    fn call(&mut self, name: &str, args: &[Arg]) {
        let function = self.import(name);
        let mut args = args.iter().copied();
        let mut next = || args.next().unwrap_or_else(|| panic!("{name}: too few arguments"));
        let (ok, error) = match self.kind(function.result.unwrap()) {
            Ok(TypeDefKind::Result(result)) => (result.ok, result.err),
            other => panic!("{name}: {other:?}"),
        };
        let answers_list = ok.is_some_and(|ok| matches!(self.kind(ok), Ok(TypeDefKind::List(_))));
        let (mut place, mut passed) = (String::new(), String::new());
        for (index, parameter) in function.params.iter().enumerate() {
            // Behind the state or the output, functions of core modules are given the place.
            if index == 1 && answers_list {
                place = set_place(next(), next());
            }
            match (self.kind(parameter.ty), parameter.ty) {
                (Ok(TypeDefKind::List(_)), _) | (_, Type::String) => {
                    write!(passed, " {} {}", value(next()), value(next())).unwrap();
                }
                (Ok(TypeDefKind::Option(_)), _) => {
                    let Arg::Is(at) = next() else { panic!("{name}: an option has an address") };
                    let some = format!("(i32.eqz (i32.load8_u (i32.const {at})))");
                    write!(passed, " {some} (i32.load offset=4 (i32.const {at}))").unwrap();
                }
                _ => write!(passed, " {}", value(next())).unwrap(),
            }
        }
        if function.params.len() == 1 && answers_list {
            place = set_place(next(), next());
        }
        let answer = ANSWER.at;
        writeln!(self.body, "    {place}(call ${name}{passed} (i32.const {answer}))").unwrap();
        writeln!(self.body, "    (if (i32.load8_u (i32.const {answer})) (then (unreachable)))").unwrap();
        let payload = self.sizes.payload_offset(Int::U8, [ok.as_ref(), error.as_ref()]).size_wasm32();
        let outputs = match ok.map(|ok| self.kind(ok)) {
            Some(Ok(TypeDefKind::Tuple(tuple))) => tuple.types.len(),
            Some(_) if !answers_list => 1,
            _ => 0,
        };
        for index in 0..outputs {
            let Arg::Is(to) = next() else { panic!("{name}: an output has an address") };
            let at = answer as usize + payload + 4 * index;
            writeln!(self.body, "    (i32.store (i32.const {to}) (i32.load (i32.const {at})))").unwrap();
        }
    }
}

/// Lets the output of the next call get a place.
fn set_place(at: Arg, _: Arg) -> String {
    format!("(global.set $place {}) ", value(at))
}

macro_rules! calls {
    ($($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        impl Calls for Text {
            fn touch(&mut self, _: Arg) {
                self.import("touch");
                writeln!(self.body, "    (call $touch {})", value(Arg::At(PRODUCT))).unwrap();
            }

            fn squeeze_batch(&mut self, states: Arg, count: Arg, out: Arg, len: Arg) {
                self.call("batch-symmetric-state-squeeze", &[states, count, out, len]);
            }

            $($(fn $name(&mut self, $($($p: Arg,)+)* $($o: Arg),*) {
                self.call(&stringify!($name).replace('_', "-"), &[$($($p,)+)* $($o),*]);
            })*)*
        }
    };
}
hostcrypt::for_each_function!(calls);

/// The component as WebAssembly.
///
/// # Panics
///
/// If the text is wrong.
pub(super) fn binary(workload: Workload) -> Vec<u8> {
    let mut text = Text::new();
    if workload == Workload::Empty {
        text.import("open");
        writeln!(text.body, "    (i32.store (i32.const {PRODUCT}) (call $open))").unwrap();
    }
    workload::prepare(&mut text, workload, Keys::Given);
    let prepare = std::mem::take(&mut text.body);
    workload::run(workload)(&mut text, 1);
    let (imports, run) = (text.imports.values().cloned().collect::<String>(), repeated(&text.body));
    let (answer, at, len) = (ANSWER.at, OUT.at, OUT.len);
    let module = format!(
        r#"(module
            {imports}
            (memory (export "memory") {PAGES})
            (global $place (mut i32) (i32.const 0))
            (func (export "cabi_realloc") (param i32 i32 i32) (param $len i32) (result i32)
                (global.get $place)
                (global.set $place (i32.add (global.get $place) (local.get $len))))
            (func (export "fill") (param i32 i32))
            (func (export "output") (result i32)
                (i32.store (i32.const {answer}) (i32.const {at}))
                (i32.store offset=4 (i32.const {answer}) (i32.const {len}))
                (i32.const {answer}))
            (func (export "{PREPARE}")
                {prepare})
            (func (export "{RUN}") (param $n i64)
                {run}))"#
    );
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, &text.wit, text.world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}
