//! The tables of a thread: each string, file, function, frame and stack once.

use std::collections::HashMap;

use serde::Serialize;

use crate::export::frames::{Kind, Shown};

/// The tables so far.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tables {
    string_array: Vec<String>,
    resource_table: Resources,
    func_table: Functions,
    frame_table: Frames,
    stack_table: Stacks,
    native_symbols: NativeSymbols,
    #[serde(skip)]
    strings: HashMap<String, usize>,
    #[serde(skip)]
    resources: HashMap<usize, usize>,
    #[serde(skip)]
    functions: HashMap<(usize, usize, usize), usize>,
    #[serde(skip)]
    frames: HashMap<(usize, u64, u64), usize>,
    #[serde(skip)]
    stacks: HashMap<(Option<usize>, usize), usize>,
}

#[derive(Default, Serialize)]
struct Resources {
    length: usize,
    lib: Vec<Option<usize>>,
    name: Vec<usize>,
    host: Vec<Option<usize>>,
    r#type: Vec<u8>,
}

/// A resource that is known by its URL or path.
const URL: u8 = 5;

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Functions {
    length: usize,
    name: Vec<usize>,
    #[serde(rename = "isJS")]
    is_js: Vec<bool>,
    #[serde(rename = "relevantForJS")]
    relevant_for_js: Vec<bool>,
    resource: Vec<i64>,
    file_name: Vec<Option<usize>>,
    line_number: Vec<Option<u64>>,
    column_number: Vec<Option<u64>>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Frames {
    length: usize,
    /// Those of modules that the profiler knows: none.
    address: Vec<i64>,
    inline_depth: Vec<u8>,
    category: Vec<usize>,
    subcategory: Vec<usize>,
    func: Vec<usize>,
    native_symbol: Vec<Option<usize>>,
    #[serde(rename = "innerWindowID")]
    inner_window_id: Vec<u8>,
    line: Vec<Option<u64>>,
    column: Vec<Option<u64>>,
}

#[derive(Default, Serialize)]
struct Stacks {
    length: usize,
    prefix: Vec<Option<usize>>,
    frame: Vec<usize>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct NativeSymbols {
    length: usize,
    address: Vec<u64>,
    function_size: Vec<u64>,
    lib_index: Vec<usize>,
    name: Vec<usize>,
}

impl Tables {
    pub fn new() -> Tables {
        Tables::default()
    }

    pub fn string(&mut self, text: &str) -> usize {
        if let Some(number) = self.strings.get(text) {
            return *number;
        }
        let number = self.string_array.len();
        self.string_array.push(text.to_owned());
        self.strings.insert(text.to_owned(), number);
        number
    }

    /// The number of a stack, innermost frame first; `None` if it has no frame.
    pub fn stack(&mut self, frames: &[Shown]) -> Option<usize> {
        let mut stack = None;
        for shown in frames.iter().rev() {
            let frame = self.frame(shown);
            let table = &mut self.stack_table;
            let number = self.stacks.entry((stack, frame)).or_insert_with(|| {
                table.prefix.push(stack);
                table.frame.push(frame);
                table.length += 1;
                table.length - 1
            });
            stack = Some(*number);
        }
        stack
    }

    fn frame(&mut self, shown: &Shown) -> usize {
        let func = self.function(shown);
        let table = &mut self.frame_table;
        let key = (func, shown.line, shown.column);
        *self.frames.entry(key).or_insert_with(|| {
            let known = |number: u64| (number > 0).then_some(number);
            table.address.push(-1);
            table.inline_depth.push(0);
            table.category.push(category(shown.kind));
            table.subcategory.push(0);
            table.func.push(func);
            table.native_symbol.push(None);
            table.inner_window_id.push(0);
            table.line.push(known(shown.line));
            table.column.push(known(shown.column));
            table.length += 1;
            table.length - 1
        })
    }

    fn function(&mut self, shown: &Shown) -> usize {
        let name = self.string(&shown.function);
        let file = self.string(shown.file_or_module());
        let module = match shown.module.as_str() {
            "" => shown.file_or_module(),
            module => module,
        };
        let resource = match module {
            "" => -1,
            module => {
                let name = self.string(module);
                self.resource(name) as i64
            }
        };
        let table = &mut self.func_table;
        let key = (name, file, category(shown.kind));
        *self.functions.entry(key).or_insert_with(|| {
            table.name.push(name);
            // As Firefox has functions of modules.
            table
                .is_js
                .push(matches!(shown.kind, Kind::Js | Kind::Wasm));
            table.relevant_for_js.push(false);
            table.resource.push(resource);
            table
                .file_name
                .push((!shown.file_or_module().is_empty()).then_some(file));
            table.line_number.push(None);
            table.column_number.push(None);
            table.length += 1;
            table.length - 1
        })
    }

    fn resource(&mut self, name: usize) -> usize {
        let table = &mut self.resource_table;
        *self.resources.entry(name).or_insert_with(|| {
            table.lib.push(None);
            table.name.push(name);
            table.host.push(None);
            table.r#type.push(URL);
            table.length += 1;
            table.length - 1
        })
    }
}

/// The place of a kind's category in the profile's list.
fn category(kind: Kind) -> usize {
    let place = Kind::ALL.iter().position(|known| *known == kind);
    place.unwrap_or(Kind::ALL.len())
}
