//! Bounds the tables of a module, for runtimes that end the process if there is no memory for a table.

use std::convert::Infallible;

use wasm_encoder::{
    Module, TableSection, TableType,
    reencode::{Error, Reencode, utils},
};
use wasmparser::{Parser, TableSectionReader};

use super::{INVALID, MOST_ELEMENTS, one_line};

/// Returns the module with bounded tables, or why it is not a module.
pub(super) fn bounded(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let mut module = Module::new();
    let parsed = Tables::default().parse_core_module(&mut module, Parser::new(0), wasm);
    parsed.map_err(|error| one_line(INVALID, &error))?;
    Ok(module.finish())
}

/// Bounds the tables of a module.
#[derive(Default)]
struct Tables {
    /// The maximal number of elements of each table.
    share: u64,
}

impl Reencode for Tables {
    type Error = Infallible;

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: TableSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        self.share = MOST_ELEMENTS / u64::from(section.count().max(1));
        utils::parse_table_section(self, tables, section)
    }

    fn table_type(&mut self, ty: wasmparser::TableType) -> Result<TableType, Error<Infallible>> {
        let bound = self.share.max(ty.initial);
        let maximum = ty.maximum.map_or(bound, |maximum| maximum.min(bound));
        Ok(TableType { maximum: Some(maximum), ..utils::table_type(self, ty)? })
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::Payload;

    use super::*;

    fn tables(wasm: &[u8]) -> Vec<(u64, Option<u64>)> {
        let section = Parser::new(0).parse_all(wasm).map(Result::unwrap).find_map(|payload| match payload {
            Payload::TableSection(section) => Some(section),
            _ => None,
        });
        section.unwrap().into_iter().map(|table| table.unwrap().ty).map(|ty| (ty.initial, ty.maximum)).collect()
    }

    #[test]
    fn all_tables_together_grow_to_a_bound_and_none_is_cut() {
        let text = r#"(module (table 3 funcref) (table 4 9 externref) (table 7 7 funcref) (table 5000000 funcref)
            (table 2 0xffffffff funcref) (func $f (export "_start")) (elem (i32.const 0) $f))"#;
        let wasm = wat::parse_str(text).unwrap();
        let share = MOST_ELEMENTS / 5;
        let expected = [(3, Some(share)), (4, Some(9)), (7, Some(7)), (5_000_000, Some(5_000_000)), (2, Some(share))];
        assert_eq!(tables(&bounded(&wasm).unwrap()), expected);
        // An invalid table stays invalid.
        let text = "(module (table 3 2 funcref))";
        assert_eq!(tables(&bounded(&wat::parse_str(text).unwrap()).unwrap()), [(3, Some(2))]);
        assert!(bounded(b"no module").is_err());
    }
}
