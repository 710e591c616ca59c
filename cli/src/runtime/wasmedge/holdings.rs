//! What of the process's memory a guest holds, as far as WasmEdge tells.

use std::{borrow::Cow, fs};

use wasm_encoder::{
    ExportKind, ExportSection, Module, RawSection,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmedge_sys::{AsInstance, Instance};
use wasmparser::{Parser, Payload};

/// The length of a table's element in bytes.
const ELEMENT: usize = 16;
/// The length of a page of memory in bytes.
const PAGE: usize = 1 << 16;

/// The tables and the memories of a module, by the names that they were exported under to be looked at.
#[derive(Default)]
pub(super) struct Holdings {
    tables: Vec<String>,
    memories: Vec<String>,
    /// The lengths of the tables and of the memories in bytes, before they grow.
    initial: [usize; 2],
    /// What segments of the module take once more, in bytes: an index of one byte becomes an element.
    segments: usize,
}

impl Holdings {
    /// A module that exports all of its tables and memories, which WasmEdge shows by their names alone. What is no
    /// module stays as it is, for WasmEdge to say so.
    pub(super) fn of(wasm: &[u8]) -> (Cow<'_, [u8]>, Self) {
        let mut holdings = Self::default();
        let module = holdings.export(wasm).map_or(Cow::Borrowed(wasm), Cow::Owned);
        (module, Self { segments: wasm.len().saturating_mul(ELEMENT), ..holdings })
    }

    fn export(&mut self, wasm: &[u8]) -> Option<Vec<u8>> {
        let (mut module, mut tables, mut memories) = (Module::new(), 0, 0);
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.ok()?;
            match &payload {
                Payload::TableSection(section) => {
                    tables = section.count();
                    let elements = section.clone().into_iter().flatten().map(|table| table.ty.initial);
                    self.initial[0] = bytes(elements.sum(), ELEMENT);
                }
                Payload::MemorySection(section) => {
                    memories = section.count();
                    self.initial[1] =
                        bytes(section.clone().into_iter().flatten().map(|memory| memory.initial).sum(), PAGE);
                }
                Payload::ExportSection(section) => {
                    let taken: Result<Vec<_>, _> = section.clone().into_iter().collect();
                    let taken: Vec<_> = taken.ok()?.iter().map(|export| export.name).collect();
                    let mut exports = ExportSection::new();
                    RoundtripReencoder.parse_export_section(&mut exports, section.clone()).ok()?;
                    self.tables = add(&mut exports, &taken, "table", tables, ExportKind::Table);
                    self.memories = add(&mut exports, &taken, "memory", memories, ExportKind::Memory);
                    module.section(&exports);
                    continue;
                }
                _ => {}
            }
            if let Some((id, range)) = payload.as_section() {
                let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).ok());
                module.section(&RawSection { id, data: wasm.get(start?..end?)? });
            }
        }
        Some(module.finish())
    }

    /// What was made of segments, in bytes at most.
    pub(super) fn segments(&self) -> usize {
        self.segments
    }

    /// The lengths of all tables and of all memories in bytes; as they begin, where there is no instance yet.
    pub(super) fn lens(&self, instance: Option<&Instance>) -> [usize; 2] {
        let Some(instance) = instance else { return self.initial };
        let tables = self.tables.iter().filter_map(|name| instance.get_table(name).ok());
        let memories = self.memories.iter().filter_map(|name| instance.get_memory_ref(name).ok());
        let tables = tables.map(|table| table.capacity().saturating_mul(ELEMENT));
        [tables.sum(), memories.map(|memory| (memory.size() as usize).saturating_mul(PAGE)).sum()]
    }
}

fn bytes(count: u64, each: usize) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(each)
}

/// Adds exports of all items of a kind, under names that are free, which it returns.
fn add(exports: &mut ExportSection, taken: &[&str], what: &str, count: u32, kind: ExportKind) -> Vec<String> {
    let free = |index| {
        let mut name = format!("hostcrypt {what} {index}");
        while taken.contains(&&*name) {
            name.push('*');
        }
        exports.export(&name, kind, index);
        name
    };
    (0..count).map(free).collect()
}

/// How much memory the process has, in bytes; 0 where the system does not tell.
pub(super) fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0_usize) << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_exports_what_it_has_under_names_that_are_free() {
        let text = r#"(module (table 3 funcref) (table 4 externref) (memory 2)
            (func $f (export "_start")) (export "hostcrypt table 0" (func $f)) (elem (i32.const 0) $f) (data "x")
            (@custom "x" "y"))"#;
        let wasm = wat::parse_str(text).unwrap();
        let (module, holdings) = Holdings::of(&wasm);
        wat::parse_bytes(&module).unwrap();
        assert_eq!(holdings.tables, ["hostcrypt table 0*", "hostcrypt table 1"]);
        assert_eq!(holdings.memories, ["hostcrypt memory 0"]);
        assert_eq!(holdings.lens(None), [7 * ELEMENT, 2 * PAGE]);
        let exports = |wasm: &[u8]| {
            let sections = Parser::new(0).parse_all(wasm).map(Result::unwrap);
            let exports = sections.filter_map(|payload| match payload {
                Payload::ExportSection(section) => Some(section.count()),
                _ => None,
            });
            exports.sum::<u32>()
        };
        assert_eq!((exports(&wasm), exports(&module)), (2, 5));
        assert_eq!(Holdings::of(b"no module").0, &b"no module"[..]);
    }
}
