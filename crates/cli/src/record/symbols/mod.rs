//! Stacks of rewritten modules as stacks of the original ones: what the
//! rewriter added is left out, offsets are those of the original, names are
//! readable, and places are those of the source where it is known.

mod dwarf;
mod kept;
mod local;
mod module_file;
mod original;
mod sections;
mod source;
mod source_map;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use unfreed_events::fold::label;
use unfreed_events::names::NameFault;
use unfreed_events::stacks::{Frame, FrameKind, WasmPlace};
use unfreed_events::trace::raw;
use unfreed_events::trace::v8_stack::{self, V8Frame, V8Place};
use unfreed_events::trace::{RawStack, Resolve, Resolved, intern};
use unfreed_events::{Names, limits::MAX_STACK_FRAMES};
use unfreed_rewrite::demangle::demangled;

use self::kept::Kept;
use self::original::{Original, short};

/// What is known of the modules of a recording, by their ids.
pub struct Symbols {
    cache: PathBuf,
    modules: HashMap<String, Option<Module>>,
    /// What modules are shown as, no two alike.
    names: HashSet<String>,
    /// What V8 calls a module in the frames of a process, by the module's id.
    ids: HashMap<(u32, String), String>,
}

/// A module, and the frames that were made of its places.
struct Module {
    original: Original,
    frames: HashMap<WasmPlace, Vec<OwnedFrame>>,
}

/// A frame whose texts are its own.
#[derive(Clone)]
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

impl Symbols {
    /// Modules are looked for in `cache`, where `unfreed instrument` left them.
    pub fn new(cache: &Path) -> Symbols {
        Symbols {
            cache: cache.to_owned(),
            modules: HashMap::new(),
            names: HashSet::new(),
            ids: HashMap::new(),
        }
    }

    /// Learns what V8 calls the module that allocated: its frames are the
    /// innermost of its own stacks.
    fn learn(&mut self, stack: &RawStack<'_>, frames: &[V8Frame<'_>]) {
        let innermost = frames.iter().find_map(|frame| match frame.place {
            V8Place::Wasm { module, .. } => Some(module),
            _ => None,
        });
        if let (Some(id), Some(name)) = (stack.module, innermost) {
            let key = (stack.process, name.to_owned());
            self.ids.entry(key).or_insert_with(|| id.to_owned());
        }
    }

    /// Reads what is known of a module.
    fn read(&mut self, module: &raw::Module) -> Option<Module> {
        let id = &module.id;
        let kept = Kept::new(&self.cache, id, &module.version);
        let mut original = Original::read(&kept, id, &module.origin)?;
        if self.names.contains(&original.name) {
            original.name = format!("{}#{}", original.name, short(id));
        }
        self.names.insert(original.name.clone());
        Some(Module {
            original,
            frames: HashMap::new(),
        })
    }

    /// A module by what V8 calls it.
    fn module(&mut self, process: u32, name: &str) -> Option<&mut Module> {
        let id = self.ids.get(&(process, name.to_owned()))?;
        self.modules.get_mut(id)?.as_mut()
    }

    /// What a frame was in the original: nothing for one that the rewriter
    /// added, several where functions were inlined.
    fn frames(&mut self, process: u32, recorded: &V8Frame<'_>) -> Vec<OwnedFrame> {
        let shown = recorded.frame();
        let place = shown.place.map(path_in_place);
        let frame = OwnedFrame {
            kind: shown.kind,
            function: demangled(shown.function),
            module: shown.module.to_owned(),
            place,
            wasm: shown.wasm,
        };
        match shown.wasm {
            Some(place) => match self.module(process, shown.module) {
                Some(module) => module.frames(place, frame),
                None => vec![frame],
            },
            None => vec![frame],
        }
    }
}

impl Resolve for Symbols {
    fn module(&mut self, module: &mut raw::Module) {
        if !self.modules.contains_key(&module.id) {
            let known = self.read(module);
            self.modules.insert(module.id.clone(), known);
        }
        if let Some(Some(known)) = self.modules.get(&module.id) {
            known.original.describe(module);
        }
    }

    fn resolve(&mut self, stack: &RawStack<'_>, names: &mut Names) -> Result<Resolved, NameFault> {
        let recorded: Vec<V8Frame<'_>> = v8_stack::frames(stack.text)
            .take(MAX_STACK_FRAMES)
            .collect();
        self.learn(stack, &recorded);
        let mut frames = Vec::new();
        for frame in &recorded {
            frames.extend(self.frames(stack.process, frame));
        }
        frames.truncate(MAX_STACK_FRAMES);
        let borrowed: Vec<Frame<'_>> = frames.iter().map(OwnedFrame::frame).collect();
        Ok(Resolved {
            type_name: label(&borrowed),
            stack: intern(names, &borrowed)?,
        })
    }
}

impl Module {
    /// The frames of a place in the rewritten module, which V8 shows as `frame`.
    fn frames(&mut self, rewritten: WasmPlace, frame: OwnedFrame) -> Vec<OwnedFrame> {
        if let Some(known) = self.frames.get(&rewritten) {
            return known.clone();
        }
        let frames = match self.original.place(rewritten) {
            None => Vec::new(),
            Some(place) => self.originals(place, frame),
        };
        self.frames.insert(rewritten, frames.clone());
        frames
    }

    fn originals(&self, place: WasmPlace, mut frame: OwnedFrame) -> Vec<OwnedFrame> {
        let original = &self.original;
        frame.module.clone_from(&original.name);
        let mut source = original.source_at(place);
        let own = source.pop();
        let mut frames: Vec<OwnedFrame> = source
            .into_iter()
            .map(|inlined| OwnedFrame {
                function: inlined
                    .function
                    .as_deref()
                    .map_or_else(String::new, demangled),
                place: inlined.place,
                // The code is the caller's.
                wasm: None,
                ..frame.clone()
            })
            .collect();
        frame.wasm = Some(place);
        if frame.function.is_empty()
            && let Some(name) = original.function_name(place.function)
        {
            frame.function = name.to_owned();
        }
        if let Some(own) = own {
            if frame.function.is_empty()
                && let Some(name) = own.function
            {
                frame.function = demangled(&name);
            }
            frame.place = own.place;
        }
        frames.push(frame);
        frames
    }
}

/// `URL:line:column` with the path of a `file:` URL.
fn path_in_place(place: &str) -> String {
    let mut parts = place.rsplitn(3, ':');
    if place.starts_with("file://")
        && let (Some(column), Some(line), Some(url)) = (parts.next(), parts.next(), parts.next())
        && let Some(path) = local::path_of_url(url)
    {
        return format!("{}:{line}:{column}", path.display());
    }
    place.to_owned()
}
