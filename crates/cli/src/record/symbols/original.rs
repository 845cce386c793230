//! A module before it was rewritten.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use serde::Deserialize;
use unfreed_events::stacks::WasmPlace;
use unfreed_events::trace::raw::{self, Allocator, Layout, ModuleGlobal};
use unfreed_rewrite::demangle::demangled;
use unfreed_rewrite::globals::read_globals;
use unfreed_rewrite::map::{OffsetMap, Origin};
use unfreed_rewrite::module::Module;
use unfreed_rewrite::static_layout::{starting_function, static_layout};

use super::dwarf::Placed;
use super::kept::Kept;
use super::module_file::{self, ModuleFile};
use super::source::Source;

/// Bytes of a page.
const PAGE: u64 = 1 << 16;

/// What is known of a module.
pub struct Original {
    /// What it is shown as: the name of its file, or of the script that has it in
    /// it, or the first digits of its hash.
    pub name: String,
    map: OffsetMap,
    allocators: Vec<Allocator>,
    /// The function that each instance runs first.
    start: Option<u32>,
    /// Whether what that allocates can be freed from outside.
    thread_destroy: bool,
    layout: Option<Layout>,
    globals: Vec<ModuleGlobal>,
    functions: HashMap<u32, Function>,
    source: Source,
}

/// One of its functions.
struct Function {
    name: Option<String>,
    /// Where it is in the module's bytes; empty for imports.
    body: Range<u32>,
}

impl Original {
    /// Reads what was kept of a module; `None` if nothing was, or it is damaged.
    /// `origin` is the place in a script that had it compiled.
    pub fn read(kept: &Kept, id: &str, origin: &str) -> Option<Original> {
        let map = OffsetMap::from_bytes(&kept.read("map")?)?;
        let wasm: Rc<[u8]> = kept.read("original")?.into();
        let module = Module::parse(&wasm).ok()?;
        let file = module_file::find(origin, &wasm);
        let path = match &file {
            Some(ModuleFile::Wasm(path)) => Some(path.as_path()),
            _ => None,
        };
        Some(Original {
            name: name(file.as_ref(), id),
            map,
            allocators: allocators(kept).unwrap_or_default(),
            start: starting_function(&module),
            thread_destroy: module
                .exported_functions()
                .any(|export| export.name == "__wbindgen_thread_destroy"),
            layout: layout(&module),
            globals: globals(&module),
            functions: functions(&module),
            source: Source::of(&wasm, path),
        })
    }

    /// Says what only the module itself tells.
    pub fn describe(&self, module: &mut raw::Module) {
        module.name.clone_from(&self.name);
        module.allocators.clone_from(&self.allocators);
        module.start = self.start;
        module.thread_destroy = self.thread_destroy;
        module.layout.clone_from(&self.layout);
        module.globals.clone_from(&self.globals);
    }

    /// Where a place of the rewritten module was; `None` in a function that the
    /// rewriter added.
    pub fn place(&self, rewritten: WasmPlace) -> Option<WasmPlace> {
        match self.map.function(rewritten.function) {
            Some(Origin::Original(function)) => Some(WasmPlace {
                function,
                offset: self
                    .map
                    .offset(rewritten.offset)
                    .unwrap_or(rewritten.offset),
            }),
            Some(Origin::Added) | None => None,
        }
    }

    /// The name of a function, by its index.
    pub fn function_name(&self, function: u32) -> Option<&str> {
        self.functions.get(&function)?.name.as_deref()
    }

    /// The functions that were inlined at a place, and last the function itself.
    pub fn source_at(&self, place: WasmPlace) -> Vec<Placed> {
        let function = self.functions.get(&place.function);
        let body = function.map_or(0..0, |function| function.body.clone());
        self.source.at(place.offset, body)
    }
}

/// Where its data and its stack lie; `None` if its code cannot be read.
fn layout(module: &Module<'_>) -> Option<Layout> {
    let found = static_layout(module).ok()?;
    // Some have thousands of segments. What lies between them is zeroed data.
    let stack = found.stack_top.unwrap_or(0);
    let (below, above): (Vec<_>, Vec<_>) = found.data.iter().partition(|range| range.start < stack);
    let hull = |ranges: Vec<&Range<u64>>| Some((ranges.first()?.start, ranges.last()?.end));
    Some(Layout {
        data: hull(below).into_iter().chain(hull(above)).collect(),
        stack_top: found.stack_top,
        stack_pointer: found.stack_pointer,
        data_end: found.data_end,
        heap_base: found.heap_base,
        maximum: module
            .memories
            .first()
            .and_then(|memory| memory.maximum)
            .map(|pages| pages.saturating_mul(PAGE)),
    })
}

fn globals(module: &Module<'_>) -> Vec<ModuleGlobal> {
    let read = read_globals(module).into_iter();
    read.map(|global| ModuleGlobal {
        index: global.index,
        name: global.name,
    })
    .collect()
}

/// The allocators that `unfreed instrument` found.
fn allocators(kept: &Kept) -> Option<Vec<Allocator>> {
    #[derive(Deserialize)]
    struct Facts {
        allocators: Vec<Allocator>,
    }
    let facts = kept.read("json")?;
    Some(serde_json::from_slice::<Facts>(&facts).ok()?.allocators)
}

fn name(file: Option<&ModuleFile>, id: &str) -> String {
    let last = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
    let digits = short(id);
    let name = match file {
        Some(ModuleFile::Wasm(path)) => last(path),
        Some(ModuleFile::Script(path)) => last(path).map(|name| format!("{name}#{digits}")),
        None => None,
    };
    name.unwrap_or_else(|| format!("{digits}.wasm"))
}

/// As much of an id as people need to tell modules apart.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

fn functions(module: &Module<'_>) -> HashMap<u32, Function> {
    let mut functions = HashMap::new();
    for (index, function) in (0u32..).zip(&module.functions) {
        let body = function.body.clone().unwrap_or(0..0);
        functions.insert(
            index,
            Function {
                name: function.name.map(demangled),
                body: body.start as u32..body.end as u32,
            },
        );
    }
    for export in module.exported_functions() {
        if let Some(function) = functions.get_mut(&export.index) {
            function.name.get_or_insert_with(|| export.name.to_owned());
        }
    }
    functions
}
