//! Stacks of rewritten modules as stacks of the original ones: what the
//! rewriter added is left out, offsets are those of the original, and names are
//! readable.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use unfreed_events::fold::label;
use unfreed_events::names::NameFault;
use unfreed_events::stacks::{Frame, FrameKind, WasmPlace};
use unfreed_events::trace::v8_stack::{self, V8Frame};
use unfreed_events::trace::{RawStack, Resolve, Resolved, intern};
use unfreed_events::{Names, limits::MAX_STACK_FRAMES};
use unfreed_rewrite::map::{OffsetMap, Origin};
use unfreed_rewrite::module::Module;

use super::readable::readable;

/// What is known of the modules of a recording, by their ids.
pub struct Originals {
    cache: PathBuf,
    modules: HashMap<String, Option<Original>>,
    /// What V8 calls a module in the frames of a process, by the module's id.
    ids: HashMap<(u32, String), String>,
}

/// A module before it was rewritten.
struct Original {
    map: OffsetMap,
    /// What it is shown as.
    name: String,
    functions: HashMap<u32, String>,
}

impl Originals {
    /// Modules are looked for in `cache`, where `unfreed instrument` left them.
    pub fn new(cache: &Path) -> Originals {
        Originals {
            cache: cache.to_owned(),
            modules: HashMap::new(),
            ids: HashMap::new(),
        }
    }

    /// Learns what V8 calls the module that allocated: its frames are the
    /// innermost of its own stacks.
    fn learn(&mut self, stack: &RawStack<'_>, frames: &[V8Frame<'_>]) {
        let innermost = frames.iter().find_map(|frame| match frame.place {
            v8_stack::V8Place::Wasm { module, .. } => Some(module),
            _ => None,
        });
        if let (Some(id), Some(name)) = (stack.module, innermost) {
            let key = (stack.process, name.to_owned());
            self.ids.entry(key).or_insert_with(|| id.to_owned());
        }
    }

    /// The original of a module, read at its first use.
    fn original(&mut self, process: u32, name: &str) -> Option<&Original> {
        let id = self.ids.get(&(process, name.to_owned()))?;
        let cache = &self.cache;
        let module = self.modules.entry(id.clone());
        module.or_insert_with(|| Original::read(cache, id)).as_ref()
    }
}

impl Resolve for Originals {
    fn resolve(&mut self, stack: &RawStack<'_>, names: &mut Names) -> Result<Resolved, NameFault> {
        let recorded: Vec<V8Frame<'_>> = v8_stack::frames(stack.text)
            .take(MAX_STACK_FRAMES)
            .collect();
        self.learn(stack, &recorded);
        let mut frames = Vec::new();
        for frame in &recorded {
            frames.extend(self.frame(stack.process, frame));
        }
        let borrowed: Vec<Frame<'_>> = frames.iter().map(OwnedFrame::frame).collect();
        Ok(Resolved {
            type_name: label(&borrowed),
            stack: intern(names, &borrowed)?,
        })
    }
}

/// A frame whose texts are its own.
struct OwnedFrame {
    kind: FrameKind,
    function: String,
    module: String,
    place: Option<String>,
    wasm: Option<WasmPlace>,
}

impl OwnedFrame {
    fn frame(&self) -> Frame<'_> {
        Frame {
            kind: self.kind,
            function: &self.function,
            module: &self.module,
            place: self.place.as_deref(),
            wasm: self.wasm,
        }
    }
}

impl Originals {
    /// The frame of the original; `None` for one that the rewriter added.
    fn frame(&mut self, process: u32, recorded: &V8Frame<'_>) -> Option<OwnedFrame> {
        let shown = recorded.frame();
        let mut frame = OwnedFrame {
            kind: shown.kind,
            function: readable(shown.function),
            module: shown.module.to_owned(),
            place: shown.place.map(str::to_owned),
            wasm: shown.wasm,
        };
        let Some(place) = shown.wasm else {
            return Some(frame);
        };
        let Some(original) = self.original(process, shown.module) else {
            return Some(frame);
        };
        let Some(Origin::Original(function)) = original.map.function(place.function) else {
            return None;
        };
        frame.module.clone_from(&original.name);
        frame.wasm = Some(WasmPlace {
            function,
            offset: original.map.offset(place.offset).unwrap_or(place.offset),
        });
        if frame.function.is_empty() {
            frame.function = original
                .functions
                .get(&function)
                .cloned()
                .unwrap_or_default();
        }
        Some(frame)
    }
}

impl Original {
    /// Reads what was kept of a module; `None` if nothing was, or it is damaged.
    fn read(cache: &Path, id: &str) -> Option<Original> {
        let file = |extension: &str| {
            let mut entries = fs::read_dir(cache).ok()?.flatten();
            entries.find_map(|entry| {
                let path = entry.path();
                let name = path.file_name()?.to_str()?;
                let is_it = name.starts_with(id) && path.extension()? == extension;
                is_it.then_some(path)
            })
        };
        let map = OffsetMap::from_bytes(&fs::read(file("map")?).ok()?)?;
        let wasm = fs::read(file("original")?).ok()?;
        let module = Module::parse(&wasm).ok()?;
        let mut functions = HashMap::new();
        for export in module.exported_functions() {
            functions.insert(export.index, export.name.to_owned());
        }
        for index in 0..module.functions.len() as u32 {
            if let Some(name) = module.function_name(index) {
                functions.insert(index, readable(name));
            }
        }
        Some(Original {
            map,
            name: format!("{}.wasm", &id[..id.len().min(8)]),
            functions,
        })
    }
}
