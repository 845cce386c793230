//! The globals of a module that may hold pointers. A rewritten module gives the
//! recorder a function that reads them.

use std::collections::HashMap;

use wasmparser::{KnownCustom, Name, Parser, Payload, ValType};

use crate::module::{Kind, Module};

/// More are not read: an engine takes a function of so many cases, but not of many
/// more.
const MOST: usize = 50_000;

/// A global whose value is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadGlobal {
    /// Its index, imported ones counted.
    pub index: u32,
    /// Its name: that of the name section, of an export or of the import, the first
    /// that there is. Empty if there is none.
    pub name: String,
}

/// Picks the globals that are read out of all of a module: whether each is imported,
/// its type, and whether it can change. What is neither imported nor can change is a
/// constant, or derived from what is imported.
pub(crate) fn read(all: impl Iterator<Item = (bool, ValType, bool)>) -> Vec<(u32, ValType)> {
    let numbered = (0..).zip(all);
    let read = numbered.filter(|(_, (imported, value, mutable))| {
        (*imported || *mutable) && matches!(value, ValType::I32 | ValType::I64)
    });
    read.map(|(index, (_, value, _))| (index, value))
        .take(MOST)
        .collect()
}

/// The globals that the rewritten module's function reads, in its order.
#[must_use]
pub fn read_globals(module: &Module<'_>) -> Vec<ReadGlobal> {
    let has_code = module.functions.len() as u32 > module.imported_functions;
    if module.memories.is_empty() || !has_code {
        return Vec::new();
    }
    let all = module.globals.iter();
    let picked = read(all.map(|global| (global.imported, global.value, global.mutable)));
    if picked.is_empty() {
        return Vec::new();
    }
    let mut names = names(module);
    let named = picked.into_iter().map(|(index, _)| ReadGlobal {
        index,
        name: names.remove(&index).unwrap_or_default(),
    });
    named.collect()
}

fn names(module: &Module<'_>) -> HashMap<u32, String> {
    let mut names = HashMap::new();
    let imported = module.imports.iter();
    let imported = imported.filter(|import| import.kind == Kind::Global);
    for (index, import) in (0..).zip(imported) {
        names.insert(index, import.name.to_owned());
    }
    let exported = module.exports.iter();
    let exported = exported.filter(|export| export.kind == Kind::Global);
    names.extend(exported.map(|export| (export.index, export.name.to_owned())));
    // A name section that cannot be read names nothing.
    let sections = Parser::new(0).parse_all(module.bytes).flatten();
    for payload in sections {
        let Payload::CustomSection(section) = payload else {
            continue;
        };
        let KnownCustom::Name(held) = section.as_known() else {
            continue;
        };
        for held in held.into_iter().flatten() {
            if let Name::Global(globals) = held {
                let globals = globals.into_iter().flatten();
                names.extend(globals.map(|naming| (naming.index, naming.name.to_owned())));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, String)> {
        let wasm = wat::parse_str(text).expect("a module");
        let module = Module::parse(&wasm).expect("a module");
        let read = read_globals(&module).into_iter();
        read.map(|global| (global.index, global.name)).collect()
    }

    #[test]
    fn integers_that_change_or_come_from_outside_are_read() {
        let found = read(
            r#"(module
                 (import "env" "__memory_base" (global i32))
                 (import "GOT.mem" "kept" (global $got (mut i32)))
                 (import "env" "scale" (global f64))
                 (memory 1) (func)
                 (global i32 (i32.const 4))
                 (global $held (mut i32) (i32.const 0))
                 (global (mut i64) (i64.const 0))
                 (global (export "shown") (mut i32) (i32.const 0))
                 (global (mut f32) (f32.const 0)))"#,
        );
        let names = ["__memory_base", "got", "held", "", "shown"];
        let expected = [0, 1, 4, 5, 6].into_iter().zip(names.map(str::to_owned));
        assert!(found.into_iter().eq(expected));
    }

    #[test]
    fn without_a_memory_or_code_nothing_is_read() {
        assert_eq!(read("(module (func) (global (mut i32) (i32.const 0)))"), []);
        assert_eq!(
            read("(module (memory 1) (global (mut i32) (i32.const 0)))"),
            []
        );
    }
}
