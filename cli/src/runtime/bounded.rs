//! Modules whose tables are bounded, for runtimes that end the process where there is no memory for a table, or do not
//! tell how long it is.

use std::{borrow::Cow, convert::Infallible};

use wasm_encoder::{
    ExportKind, ExportSection, Module, RawSection, TableSection, TableType,
    reencode::{Error, Reencode, RoundtripReencoder, utils},
};
use wasmparser::{Parser, Payload};

use super::MOST_ELEMENTS;

/// A module, and what it may hold beside its call stack and what its memories grow by.
pub(super) struct Bounded<'a> {
    /// The module; what is none stays as it is, for the runtime to say so.
    pub(super) wasm: Cow<'a, [u8]>,
    /// The names that its memories are exported under to be looked at.
    #[cfg_attr(not(feature = "wasmedge"), allow(dead_code, reason = "other runtimes tell of their memories"))]
    pub(super) memories: Vec<String>,
    /// The length of its memories in bytes as they begin.
    #[cfg_attr(not(feature = "wasmedge"), allow(dead_code, reason = "as above"))]
    pub(super) initial: usize,
    /// What its tables and its segments take at most, in bytes.
    #[cfg_attr(not(feature = "wasmedge"), allow(dead_code, reason = "as above"))]
    pub(super) most: usize,
}

/// The length of a table's element in bytes, in the runtime that has the longest.
const ELEMENT: usize = 16;
/// The length of a page of memory in bytes.
const PAGE: usize = 1 << 16;

impl<'a> Bounded<'a> {
    pub(super) fn new(wasm: &'a [u8]) -> Self {
        let unchanged = || Self { wasm: wasm.into(), memories: Vec::new(), initial: 0, most: 0 };
        let bounded = Self::of(wasm).unwrap_or_else(unchanged);
        // An index of one byte in a segment becomes an element.
        Self { most: bounded.most.saturating_add(wasm.len().saturating_mul(ELEMENT)), ..bounded }
    }

    fn of(wasm: &'a [u8]) -> Option<Self> {
        let mut module = Module::new();
        let (mut memories, mut count, mut initial) = (Vec::new(), 0, 0);
        let mut tables = Tables::default();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.ok()?;
            match &payload {
                Payload::TableSection(section) => {
                    tables.share = MOST_ELEMENTS / u64::from(section.count().max(1));
                    let mut bounded = TableSection::new();
                    tables.parse_table_section(&mut bounded, section.clone()).ok()?;
                    module.section(&bounded);
                    continue;
                }
                Payload::MemorySection(section) => {
                    count = section.count();
                    initial = bytes(section.clone().into_iter().flatten().map(|memory| memory.initial).sum(), PAGE);
                }
                Payload::ExportSection(section) => {
                    let taken: Result<Vec<_>, _> = section.clone().into_iter().collect();
                    let taken: Vec<_> = taken.ok()?.iter().map(|export| export.name).collect();
                    let mut exports = ExportSection::new();
                    RoundtripReencoder.parse_export_section(&mut exports, section.clone()).ok()?;
                    memories = export(&mut exports, &taken, count);
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
        Some(Self { wasm: module.finish().into(), memories, initial, most: tables.most })
    }
}

fn bytes(count: u64, each: usize) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(each)
}

/// Adds exports of all memories, under names that are free, which it returns.
fn export(exports: &mut ExportSection, taken: &[&str], count: u32) -> Vec<String> {
    let free = |index| {
        let mut name = format!("hostcrypt memory {index}");
        while taken.contains(&&*name) {
            name.push('*');
        }
        exports.export(&name, ExportKind::Memory, index);
        name
    };
    (0..count).map(free).collect()
}

/// Bounds the tables of a module.
#[derive(Default)]
struct Tables {
    /// How many elements each may grow to.
    share: u64,
    /// What all take at most, in bytes.
    most: usize,
}

impl Reencode for Tables {
    type Error = Infallible;

    fn table_type(&mut self, ty: wasmparser::TableType) -> Result<TableType, Error<Infallible>> {
        let bound = self.share.max(ty.initial);
        let maximum = ty.maximum.map_or(bound, |maximum| maximum.min(bound));
        // While it grows, it is there twice.
        let grown = maximum.saturating_sub(ty.initial).saturating_mul(2);
        self.most = self.most.saturating_add(bytes(ty.initial.saturating_add(grown), ELEMENT));
        Ok(TableType { maximum: Some(maximum), ..utils::table_type(self, ty)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads<'a, T>(wasm: &'a [u8], of: impl Fn(Payload<'a>) -> Option<T>) -> T {
        Parser::new(0).parse_all(wasm).map(Result::unwrap).find_map(of).unwrap()
    }

    fn exports(wasm: &[u8]) -> Vec<&str> {
        let section = payloads(wasm, |payload| match payload {
            Payload::ExportSection(section) => Some(section),
            _ => None,
        });
        section.into_iter().map(|export| export.unwrap().name).collect()
    }

    fn tables(wasm: &[u8]) -> Vec<(u64, Option<u64>)> {
        let section = payloads(wasm, |payload| match payload {
            Payload::TableSection(section) => Some(section),
            _ => None,
        });
        section.into_iter().map(|table| table.unwrap().ty).map(|ty| (ty.initial, ty.maximum)).collect()
    }

    #[test]
    fn a_module_exports_its_memories_under_names_that_are_free() {
        let text = r#"(module (memory 2) (func $f (export "_start")) (export "hostcrypt memory 0" (func $f))
            (data "x") (@custom "x" "y"))"#;
        let wasm = wat::parse_str(text).unwrap();
        let bounded = Bounded::new(&wasm);
        assert_eq!(exports(&bounded.wasm), ["_start", "hostcrypt memory 0", "hostcrypt memory 0*"]);
        assert_eq!((bounded.memories.as_slice(), bounded.initial), (&["hostcrypt memory 0*".to_owned()][..], 2 * PAGE));
        assert_eq!(bounded.most, wasm.len() * ELEMENT);
        assert_eq!(&*Bounded::new(b"no module").wasm, b"no module");
    }

    #[test]
    fn all_tables_together_grow_to_a_bound_and_none_is_cut() {
        let text = r#"(module (table 3 funcref) (table 4 9 externref) (table 7 7 funcref) (table 5000000 funcref)
            (table 2 0xffffffff funcref) (func $f (export "_start")) (elem (i32.const 0) $f))"#;
        let wasm = wat::parse_str(text).unwrap();
        let bounded = Bounded::new(&wasm);
        let share = MOST_ELEMENTS / 5;
        let expected = [(3, Some(share)), (4, Some(9)), (7, Some(7)), (5_000_000, Some(5_000_000)), (2, Some(share))];
        assert_eq!(tables(&bounded.wasm), expected);
        let elements = 3 + 2 * (share - 3) + 4 + 2 * 5 + 7 + 5_000_000 + 2 + 2 * (share - 2);
        assert_eq!(bounded.most, (elements as usize + wasm.len()) * ELEMENT);
        // One that is invalid stays so.
        let text = "(module (table 3 2 funcref))";
        assert_eq!(tables(&Bounded::new(&wat::parse_str(text).unwrap()).wasm), [(3, Some(2))]);
    }
}
