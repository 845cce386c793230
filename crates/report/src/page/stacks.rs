//! The stacks that a page refers to, as a tree.

use std::collections::HashMap;

use unfreed_events::SiteId;
use unfreed_events::fold::folded;
use unfreed_events::stacks::{Frame, FrameKind, StackId};

use super::data;
use super::texts::Texts;
use crate::view::View;

/// A frame's kind, on the page.
const WASM: u8 = 0;
const JS: u8 = 1;
const NODE: u8 = 2;
const MACHINE: u8 = 5;

/// The stacks so far. A frame is the same if all that is shown of it is.
pub(super) struct Stacks<'a> {
    view: &'a View<'a>,
    frames: HashMap<Shown, u32>,
    nodes: HashMap<(i64, u32), u32>,
    known: HashMap<StackId, i64>,
    pub frame_columns: data::Frames,
    pub columns: data::Stacks,
}

/// What is shown of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shown {
    function: i64,
    module: i64,
    place: i64,
    kind: u8,
}

impl<'a> Stacks<'a> {
    pub fn new(view: &'a View<'a>) -> Stacks<'a> {
        Stacks {
            view,
            frames: HashMap::new(),
            nodes: HashMap::new(),
            known: HashMap::new(),
            frame_columns: data::Frames::default(),
            columns: data::Stacks::default(),
        }
    }

    /// The stacks that come next are those of another run.
    pub fn turn_to(&mut self, view: &'a View<'a>) {
        self.view = view;
        self.known.clear();
    }

    /// The node of a site; -1 if it has a place only, as those of logs.
    pub fn of_site(&mut self, site: SiteId, texts: &mut Texts) -> i64 {
        let stack = self.view.names.stack_of(site);
        stack.map_or(-1, |stack| self.of_stack(stack, texts))
    }

    fn of_stack(&mut self, stack: StackId, texts: &mut Texts) -> i64 {
        if let Some(node) = self.known.get(&stack) {
            return *node;
        }
        let frames: Vec<Frame<'_>> = self.view.names.frames_of(stack).collect();
        let folded = folded(&frames);
        let mut node = -1;
        for (depth, frame) in frames.iter().enumerate().rev() {
            // Files as they are told from the folder of the recording: whoever gets the
            // page need not know where that was.
            let module = frame.module.strip_prefix("file://").unwrap_or(frame.module);
            let shown = Shown {
                function: texts.place_if_any(frame.function),
                module: texts.place_if_any(&self.view.short(module)),
                place: texts.place_if_any(&self.view.short(frame.place.unwrap_or_default())),
                kind: kind(frame),
            };
            let frame = self.frame(shown, depth < folded);
            node = self.node(node, frame);
        }
        self.known.insert(stack, node);
        node
    }

    fn frame(&mut self, shown: Shown, is_folded: bool) -> u32 {
        let columns = &mut self.frame_columns;
        if let Some(frame) = self.frames.get(&shown) {
            columns.folded[*frame as usize] &= u8::from(is_folded);
            return *frame;
        }
        let number = columns.function.len() as u32;
        columns.function.push(shown.function);
        columns.module.push(shown.module);
        columns.place.push(shown.place);
        columns.kind.push(shown.kind);
        columns.folded.push(u8::from(is_folded));
        self.frames.insert(shown, number);
        number
    }

    fn node(&mut self, parent: i64, frame: u32) -> i64 {
        let columns = &mut self.columns;
        let number = *self.nodes.entry((parent, frame)).or_insert_with(|| {
            columns.parent.push(parent);
            columns.frame.push(frame);
            columns.parent.len() as u32 - 1
        });
        i64::from(number)
    }
}

fn kind(frame: &Frame<'_>) -> u8 {
    match frame.kind {
        _ if frame.module.starts_with("node:") => NODE,
        FrameKind::Wasm => WASM,
        FrameKind::Js => JS,
        FrameKind::Native => NODE,
        FrameKind::Machine => MACHINE,
    }
}
