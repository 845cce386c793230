//! What a module itself tells of its linear memory: where its data lie, where
//! its shadow stack begins, and where its heap may.
//!
//! Conventions are those of `wasm-ld` (tool-conventions, Linking.md): the stack
//! grows down from the first value of `__stack_pointer`; with threads, data are
//! passive segments that `__wasm_init_memory` copies to constant addresses.

use std::ops::Range;

use wasmparser::{
    BinaryReader, ConstExpr, DataKind, FunctionBody, KnownCustom, Name, Operator, Parser, Payload,
};

use crate::error::ModuleError;
use crate::module::{Export, Kind, Module};

/// Bodies looked at to find the stack pointer. Every function with a frame on the
/// shadow stack sets it, so that a part of them is enough.
const BODIES: usize = 4096;

/// Exports that copy passive segments when a thread or the program starts.
const FILLING: [&str; 2] = ["__wbindgen_start", "__wasm_init_memory"];

/// What a module tells of its first memory. All addresses are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaticLayout {
    /// What it fills when it starts, sorted; none touches the next.
    pub data: Vec<Range<u64>>,
    /// Where the main shadow stack begins; it grows down from here.
    pub stack_top: Option<u64>,
    /// The global that holds the stack pointer.
    pub stack_pointer: Option<u32>,
    /// `__data_end`: the end of all static data, zeroed ones too.
    pub data_end: Option<u64>,
    /// `__heap_base`: where the room of an allocator may begin.
    pub heap_base: Option<u64>,
}

/// Reads the layout of a module.
///
/// # Errors
/// Sections or bodies that cannot be read.
pub fn static_layout(module: &Module<'_>) -> Result<StaticLayout, ModuleError> {
    let globals = Globals::read(module)?;
    let segments = segments(module, &globals)?;
    let mut data: Vec<Range<u64>> = segments
        .iter()
        .filter_map(|found| found.active.clone())
        .collect();
    let mut filling: Vec<u32> = module.start.into_iter().collect();
    filling.extend(
        FILLING
            .iter()
            .filter_map(|name| exported_function(module, name)),
    );
    for function in filling {
        data.extend(filled_by(module, function, &segments)?);
    }
    let has_value = |global: &u32| globals.value(*global).is_some();
    let told = exported_global(module, "__stack_pointer").filter(has_value);
    let told = told.or_else(|| named_global(module, "__stack_pointer").filter(has_value));
    let stack_pointer = match told {
        Some(global) => Some(global),
        None => stack_pointer(module)?.filter(has_value),
    };
    let exported = |name: &str| globals.value(exported_global(module, name)?);
    Ok(StaticLayout {
        data: merged(data),
        stack_top: stack_pointer.and_then(|global| globals.value(global)),
        stack_pointer,
        data_end: exported("__data_end"),
        heap_base: exported("__heap_base"),
    })
}

/// The function that gives a thread what it needs to start: the one that
/// wasm-bindgen has each thread call, or the start function.
#[must_use]
pub fn starting_function(module: &Module<'_>) -> Option<u32> {
    exported_function(module, "__wbindgen_start").or(module.start)
}

fn exported_function(module: &Module<'_>, name: &str) -> Option<u32> {
    let mut exports = module.exported_functions();
    Some(exports.find(|export| export.name == name)?.index)
}

/// The first values of globals, by index; `None` for those that are imported or
/// computed.
struct Globals(Vec<Option<u64>>);

impl Globals {
    fn read(module: &Module<'_>) -> Result<Globals, ModuleError> {
        let imported = module.globals.iter().filter(|global| global.imported);
        let mut values: Vec<Option<u64>> = imported.map(|_| None).collect();
        for payload in Parser::new(0).parse_all(module.bytes) {
            if let Payload::GlobalSection(section) = payload? {
                for global in section {
                    values.push(constant(&global?.init_expr));
                }
            }
        }
        Ok(Globals(values))
    }

    fn value(&self, global: u32) -> Option<u64> {
        *self.0.get(global as usize)?
    }
}

/// A global by its name in the name section.
fn named_global(module: &Module<'_>, name: &str) -> Option<u32> {
    let sections = Parser::new(0).parse_all(module.bytes).flatten();
    let names = sections.filter_map(|payload| match payload {
        Payload::CustomSection(section) => match section.as_known() {
            KnownCustom::Name(names) => Some(names),
            _ => None,
        },
        _ => None,
    });
    let globals = names.flatten().flatten().filter_map(|names| match names {
        Name::Global(globals) => Some(globals),
        _ => None,
    });
    let mut globals = globals.flatten().flatten();
    Some(globals.find(|global| global.name == name)?.index)
}

fn exported_global(module: &Module<'_>, name: &str) -> Option<u32> {
    let is_it = |export: &&Export<'_>| export.kind == Kind::Global && export.name == name;
    Some(module.exports.iter().find(is_it)?.index)
}

/// The value of an expression that is one constant.
fn constant(expression: &ConstExpr<'_>) -> Option<u64> {
    let mut operators = expression.get_operators_reader();
    let value = match operators.read().ok()? {
        Operator::I32Const { value } => u64::from(value as u32),
        Operator::I64Const { value } => value as u64,
        _ => return None,
    };
    matches!(operators.read().ok()?, Operator::End).then_some(value)
}

struct Segment {
    bytes: u64,
    /// Where it lies from the start on.
    active: Option<Range<u64>>,
}

fn segments(module: &Module<'_>, globals: &Globals) -> Result<Vec<Segment>, ModuleError> {
    let mut segments = Vec::new();
    for payload in Parser::new(0).parse_all(module.bytes) {
        let Payload::DataSection(section) = payload? else {
            continue;
        };
        for segment in section {
            let segment = segment?;
            let bytes = segment.data.len() as u64;
            let active = match segment.kind {
                DataKind::Active {
                    memory_index: 0,
                    offset_expr,
                } => place(&offset_expr, globals).and_then(|at| Some(at..at.checked_add(bytes)?)),
                _ => None,
            };
            segments.push(Segment { bytes, active });
        }
    }
    Ok(segments)
}

fn place(expression: &ConstExpr<'_>, globals: &Globals) -> Option<u64> {
    constant(expression).or_else(|| {
        let mut operators = expression.get_operators_reader();
        match operators.read().ok()? {
            Operator::GlobalGet { global_index } => globals.value(global_index),
            _ => None,
        }
    })
}

/// What a function fills whose arguments are constants.
fn filled_by(
    module: &Module<'_>,
    function: u32,
    segments: &[Segment],
) -> Result<Vec<Range<u64>>, ModuleError> {
    let mut filled = Vec::new();
    // The last three operators, if they are constants.
    let mut last: [Option<u64>; 3] = [None; 3];
    for operator in operators(module, function)? {
        let operator = operator?;
        let range = match (&operator, last) {
            (Operator::MemoryInit { data_index, mem: 0 }, [Some(to), Some(_), Some(bytes)]) => {
                let segment = segments.get(*data_index as usize);
                segment
                    .filter(|found| bytes <= found.bytes)
                    .and_then(|_| Some(to..to.checked_add(bytes)?))
            }
            (Operator::MemoryFill { mem: 0 }, [Some(to), Some(_), Some(bytes)]) => {
                to.checked_add(bytes).map(|end| to..end)
            }
            _ => None,
        };
        filled.extend(range);
        let value = match operator {
            Operator::I32Const { value } => Some(u64::from(value as u32)),
            Operator::I64Const { value } => Some(value as u64),
            _ => None,
        };
        last = [last[1], last[2], value];
    }
    Ok(filled)
}

/// The global from which functions take room by `global.get`, a constant and a
/// subtraction, and which they set: the one that most do this with.
fn stack_pointer(module: &Module<'_>) -> Result<Option<u32>, ModuleError> {
    let mut uses: Vec<u32> = vec![0; module.globals.len()];
    let defined = module.imported_functions as usize..module.functions.len();
    for function in defined.take(BODIES) {
        if let Some(global) = room_taken_from(module, function as u32)?
            && let Some(uses) = uses.get_mut(global as usize)
        {
            *uses += 1;
        }
    }
    let is_possible = |index: usize| {
        let global = &module.globals[index];
        global.mutable && !global.imported
    };
    let most = (0..uses.len()).filter(|index| is_possible(*index) && uses[*index] > 0);
    Ok(most
        .max_by_key(|index| (uses[*index], std::cmp::Reverse(*index)))
        .map(|index| index as u32))
}

fn room_taken_from(module: &Module<'_>, function: u32) -> Result<Option<u32>, ModuleError> {
    // Frames are set up at the begin.
    const BEGIN: usize = 64;
    let mut taken: Option<u32> = None;
    let mut steps = (None, false);
    for operator in operators(module, function)?.take(BEGIN) {
        match operator? {
            Operator::GlobalGet { global_index } => steps = (Some(global_index), false),
            Operator::I32Const { .. } | Operator::I64Const { .. } => steps.1 = true,
            Operator::I32Sub | Operator::I64Sub if steps.1 => taken = taken.or(steps.0),
            Operator::GlobalSet { global_index } if taken == Some(global_index) => {
                return Ok(taken);
            }
            Operator::LocalSet { .. } | Operator::LocalTee { .. } | Operator::LocalGet { .. } => {}
            _ => steps = (None, false),
        }
    }
    Ok(None)
}

type Operators<'a> = Box<dyn Iterator<Item = Result<Operator<'a>, ModuleError>> + 'a>;

fn operators<'a>(module: &Module<'a>, function: u32) -> Result<Operators<'a>, ModuleError> {
    let function = module.functions.get(function as usize);
    let Some(body) = function.and_then(|function| function.body.clone()) else {
        return Ok(Box::new(std::iter::empty()));
    };
    let Some(bytes) = module.bytes.get(body.clone()) else {
        return Ok(Box::new(std::iter::empty()));
    };
    let body = FunctionBody::new(BinaryReader::new(bytes, body.start as u64));
    let operators = body.get_operators_reader()?.into_iter();
    Ok(Box::new(operators.map(|operator| Ok(operator?))))
}

fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> StaticLayout {
        let wasm = wat::parse_str(text).expect("a module");
        let module = Module::parse(&wasm).expect("a module");
        static_layout(&module).expect("a layout")
    }

    #[test]
    fn segments_and_exported_globals_tell_the_layout() {
        let found = layout(
            r#"(module (memory 2)
                 (global (export "__heap_base") i32 (i32.const 70000))
                 (global (export "__data_end") i32 (i32.const 66000))
                 (data (i32.const 65536) "abcd") (data (i32.const 65540) "efgh")
                 (data (i32.const 65600) "x"))"#,
        );
        assert_eq!(found.data, [65536..65544, 65600..65601]);
        assert_eq!(found.heap_base, Some(70000));
        assert_eq!(found.data_end, Some(66000));
        assert_eq!(found.stack_top, None);
    }

    #[test]
    fn the_stack_pointer_is_the_global_that_frames_are_taken_from() {
        let found = layout(
            r#"(module (memory 2)
                 (global $other (mut i32) (i32.const 5))
                 (global $sp (mut i32) (i32.const 65536))
                 (func (local i32)
                   global.get $sp i32.const 16 i32.sub local.tee 0 global.set $sp)
                 (func global.get $other i32.const 1 i32.add global.set $other))"#,
        );
        assert_eq!(found.stack_top, Some(65536));
        assert_eq!(found.stack_pointer, Some(1));
    }

    #[test]
    fn a_named_stack_pointer_needs_no_use() {
        let found = layout(
            r#"(module (memory 17)
                 (global $__stack_pointer (mut i32) (i32.const 1048576))
                 (func $init) (start $init)
                 (func $threads (export "__wbindgen_start")))"#,
        );
        assert_eq!(found.stack_top, Some(1_048_576));
    }

    #[test]
    fn passive_segments_lie_where_the_start_function_copies_them() {
        let found = layout(
            r#"(module (memory 2)
                 (func $init
                   i32.const 1024 i32.const 0 i32.const 4 memory.init $d
                   i32.const 1028 i32.const 0 i32.const 100 memory.fill)
                 (start $init)
                 (data $d "abcd"))"#,
        );
        assert_eq!(found.data.len(), 1);
        assert_eq!(found.data[0], 1024..1128);
    }
}
