//! Stacks as other tools show them: what a frame is called, where it is, what runs it.

use unfreed_events::names::Location;
use unfreed_events::stacks::{Frame, FrameKind};
use unfreed_events::trace::Facts;
use unfreed_events::{Names, SiteId};

use crate::paths;
use crate::sections::own_frames;
use crate::view::View;

/// How stacks are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameStyle {
    /// Whether with the frames that only pass a request for memory on.
    pub all_frames: bool,
    /// The folder that files are told from.
    pub folder: String,
}

/// What runs a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Wasm,
    Js,
    Node,
    Machine,
    /// It is no frame: where a type is allocated, as a log names it.
    Place,
    /// It is no frame: the type.
    Type,
}

impl Kind {
    pub const ALL: [Kind; 6] = [
        Kind::Wasm,
        Kind::Js,
        Kind::Node,
        Kind::Machine,
        Kind::Place,
        Kind::Type,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Wasm => "WebAssembly",
            Kind::Js => "JavaScript",
            Kind::Node => "Node",
            Kind::Machine => "machine code",
            Kind::Place => "place in a log",
            Kind::Type => "type in a log",
        }
    }
}

/// A frame as it is shown. What is not known is empty, or 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shown {
    pub function: String,
    pub file: String,
    pub line: u64,
    pub column: u64,
    pub kind: Kind,
    /// The module or the script.
    pub module: String,
    /// Byte offset in the module.
    pub offset: Option<u32>,
    pub is_inlined: bool,
}

impl Shown {
    /// The file, or else what it is a part of.
    pub fn file_or_module(&self) -> &str {
        match self.file.as_str() {
            "" => &self.module,
            file => file,
        }
    }
}

impl FrameStyle {
    /// That of a view.
    pub(super) fn of(view: &View<'_>) -> FrameStyle {
        let mut style = FrameStyle {
            all_frames: view.all_frames,
            folder: String::new(),
        };
        style.learn(view.recording);
        style
    }

    /// Takes the folder in which a recording was made.
    pub(super) fn learn(&mut self, facts: Option<&Facts>) {
        let began = facts.and_then(|facts| facts.processes.first());
        if let Some(began) = began
            && began.what.cwd != self.folder
        {
            self.folder.clone_from(&began.what.cwd);
        }
    }

    /// The frames of a site, innermost first: its type and its place where the log
    /// names no stack. Never empty.
    pub(super) fn stack(&self, names: &Names, site: SiteId) -> Vec<Shown> {
        let Some(stack) = names.stack_of(site) else {
            return self.of_log(names, site);
        };
        let frames: Vec<Frame<'_>> = names.frames_of(stack).collect();
        let own = match self.all_frames {
            true => 0..frames.len(),
            false => own_frames(&frames),
        };
        match frames.get(own) {
            Some(own) if !own.is_empty() => own.iter().map(|frame| self.shown(frame)).collect(),
            _ => self.of_log(names, site),
        }
    }

    fn of_log(&self, names: &Names, site: SiteId) -> Vec<Shown> {
        let location = names.location(site);
        let type_name = names.site_type(site).map_or("", |id| names.type_name(id));
        let empty = |function: String, kind| Shown {
            function,
            file: String::new(),
            line: 0,
            column: 0,
            kind,
            module: String::new(),
            offset: None,
            is_inlined: false,
        };
        let mut place = empty(location.as_str().to_owned(), Kind::Place);
        self.locate(&mut place, location);
        let mut frames = vec![empty(type_name.to_owned(), Kind::Type)];
        if !place.function.is_empty() {
            frames.push(place);
        }
        frames
    }

    fn shown(&self, frame: &Frame<'_>) -> Shown {
        let module = paths::short(frame.module, &self.folder).into_owned();
        let function = match (frame.function, frame.wasm) {
            ("", Some(wasm)) => format!("{module}!function {}", wasm.function),
            ("", None) => "(anonymous)".to_owned(),
            (function, _) => function.to_owned(),
        };
        let kind = match frame.kind {
            _ if frame.module.starts_with("node:") => Kind::Node,
            FrameKind::Wasm => Kind::Wasm,
            FrameKind::Js => Kind::Js,
            FrameKind::Native => Kind::Node,
            FrameKind::Machine => Kind::Machine,
        };
        let mut shown = Shown {
            function,
            file: String::new(),
            line: 0,
            column: 0,
            kind,
            module,
            offset: frame.wasm.map(|wasm| wasm.offset),
            is_inlined: frame.is_inlined(),
        };
        if let Some(place) = frame.place {
            self.locate(&mut shown, Location::of(place));
        }
        shown
    }

    fn locate(&self, shown: &mut Shown, location: Location<'_>) {
        shown.file = paths::short(location.file(), &self.folder).into_owned();
        shown.line = location.line().unwrap_or_default();
        shown.column = location.column().unwrap_or_default();
    }
}
