//! Frames and stacks of a recording, each stored once. Stacks share what they
//! have in common from the root on, so that memory is in proportion to the
//! distinct pairs of a frame and its callers.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::limits::{MAX_FRAME_TEXT_BYTES, MAX_NAMES};
use crate::names::{NameFault, Names, commands_terminal};

/// A frame: one function at one place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FrameId(pub u32);

/// A stack: a frame and the stack that called it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StackId(pub u32);

/// What runs a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FrameKind {
    /// A function of a WebAssembly module.
    Wasm,
    /// A function of a script.
    Js,
    /// A function of the engine or its embedder, such as `Array.map`.
    Native,
    /// A function of a program in machine code, as profilers of such see it.
    Machine,
}

/// Where a frame of a module stands in the bytes of the original module.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct WasmPlace {
    /// Function index, imports counted.
    pub function: u32,
    /// Byte offset from the beginning of the module.
    pub offset: u32,
}

/// One frame of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frame<'a> {
    /// What runs it.
    pub kind: FrameKind,
    /// The function's name as it is shown; may be empty.
    pub function: &'a str,
    /// The module or the script; may be empty.
    pub module: &'a str,
    /// `file:line` or `file:line:column`, if it is known.
    pub place: Option<&'a str>,
    /// Index and offset, for a frame of a module; `None` for a function that was
    /// inlined into its caller, whose code it is then.
    pub wasm: Option<WasmPlace>,
}

impl Frame<'_> {
    /// Whether it is a module's function that was inlined into its caller.
    pub fn is_inlined(&self) -> bool {
        self.kind == FrameKind::Wasm && self.wasm.is_none()
    }

    /// Where it is, in one line: the place, or else module and offset.
    pub fn spelled(&self) -> String {
        let Frame {
            function, module, ..
        } = *self;
        let function = if function.is_empty() {
            "(anonymous)"
        } else {
            function
        };
        match (self.place, self.wasm, module) {
            (Some(place), _, _) => place.to_owned(),
            (None, Some(wasm), _) => format!("{module}:{:#x}", wasm.offset),
            (None, None, "") => function.to_owned(),
            (None, None, _) => format!("{module}!{function}"),
        }
    }
}

/// A frame whose texts are its own.
struct OwnFrame {
    kind: FrameKind,
    function: Box<str>,
    module: Box<str>,
    place: Option<Box<str>>,
    wasm: Option<WasmPlace>,
}

impl OwnFrame {
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

/// A stack's innermost frame, and what called it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    frame: FrameId,
    caller: Option<StackId>,
}

/// All frames and stacks of a recording. Ids count from 0 in order of first
/// appearance; a caller's id is lower than that of what it called.
#[derive(Default)]
pub(crate) struct Stacks {
    hasher: DefaultHashBuilder,
    frames: Vec<OwnFrame>,
    frame_index: HashTable<u32>,
    nodes: Vec<Node>,
    node_index: HashTable<u32>,
}

impl Stacks {
    pub fn intern_frame(&mut self, frame: Frame<'_>) -> Result<FrameId, NameFault> {
        let function = printable(frame.function, MAX_FRAME_TEXT_BYTES);
        let module = printable(frame.module, MAX_FRAME_TEXT_BYTES);
        let place = frame
            .place
            .map(|place| printable(place, MAX_FRAME_TEXT_BYTES));
        let shown = Frame {
            function: &function,
            module: &module,
            place: place.as_deref(),
            ..frame
        };
        let Stacks {
            hasher,
            frames,
            frame_index,
            ..
        } = self;
        let hash = hasher.hash_one(shown);
        if let Some(id) = frame_index.find(hash, |id| frames[*id as usize].frame() == shown) {
            return Ok(FrameId(*id));
        }
        let id = next_id(frames.len())?;
        frames.push(OwnFrame {
            kind: frame.kind,
            wasm: frame.wasm,
            function: function.into(),
            module: module.into(),
            place: place.map(String::into_boxed_str),
        });
        let rehash = |id: &u32| hasher.hash_one(frames[*id as usize].frame());
        frame_index.insert_unique(hash, id, rehash);
        Ok(FrameId(id))
    }

    pub fn intern_stack(
        &mut self,
        frame: FrameId,
        caller: Option<StackId>,
    ) -> Result<StackId, NameFault> {
        let Stacks {
            hasher,
            nodes,
            node_index,
            ..
        } = self;
        let node = Node { frame, caller };
        let hash = hasher.hash_one(node);
        if let Some(id) = node_index.find(hash, |id| nodes[*id as usize] == node) {
            return Ok(StackId(*id));
        }
        let id = next_id(nodes.len())?;
        nodes.push(node);
        node_index.insert_unique(hash, id, |id| hasher.hash_one(nodes[*id as usize]));
        Ok(StackId(id))
    }

    pub fn frame(&self, id: FrameId) -> Option<Frame<'_>> {
        self.frames.get(id.0 as usize).map(OwnFrame::frame)
    }

    pub fn node(&self, id: StackId) -> Option<(FrameId, Option<StackId>)> {
        let node = self.nodes.get(id.0 as usize)?;
        // An id that does not exist yet must not make a circle.
        Some((node.frame, node.caller.filter(|caller| *caller < id)))
    }

    pub fn frame_count(&self) -> usize {
        self.frames.len()
    }

    pub fn stack_count(&self) -> usize {
        self.nodes.len()
    }
}

/// The frames and stacks among all names.
impl Names {
    /// The id of a frame. Characters in its texts that would command a terminal
    /// are replaced; texts beyond
    /// [`MAX_FRAME_TEXT_BYTES`] are cut.
    pub fn intern_frame(&mut self, frame: Frame<'_>) -> Result<FrameId, NameFault> {
        self.stacks.intern_frame(frame)
    }

    /// The id of the stack whose innermost frame is `frame`, called by `caller`.
    pub fn intern_stack(
        &mut self,
        frame: FrameId,
        caller: Option<StackId>,
    ) -> Result<StackId, NameFault> {
        self.stacks.intern_stack(frame, caller)
    }

    /// A frame; `None` for an id of another log.
    pub fn frame(&self, id: FrameId) -> Option<Frame<'_>> {
        self.stacks.frame(id)
    }

    /// The innermost frame of a stack and what called it; `None` for an id of
    /// another log.
    pub fn stack(&self, id: StackId) -> Option<(FrameId, Option<StackId>)> {
        self.stacks.node(id)
    }

    /// The frames of a stack, innermost first.
    pub fn frames_of(&self, stack: StackId) -> impl Iterator<Item = Frame<'_>> {
        let mut next = Some(stack);
        std::iter::from_fn(move || {
            let (frame, caller) = self.stacks.node(next?)?;
            next = caller;
            self.stacks.frame(frame)
        })
    }

    /// The number of frames.
    pub fn frame_count(&self) -> usize {
        self.stacks.frame_count()
    }

    /// The number of stacks, callers counted.
    pub fn stack_count(&self) -> usize {
        self.stacks.stack_count()
    }
}

fn next_id(count: usize) -> Result<u32, NameFault> {
    if count >= MAX_NAMES {
        return Err(NameFault::TooMany);
    }
    Ok(count as u32)
}

/// `text` with every character that would command a terminal replaced, and
/// what could be taken for a record of a log; cut at `max_bytes`.
pub(crate) fn printable(text: &str, max_bytes: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(max_bytes));
    for c in text.chars() {
        let c = if commands_terminal(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        };
        if shown.len() + c.len_utf8() > max_bytes {
            break;
        }
        shown.push(c);
    }
    while let Some(at) = crate::text::find_record_start(shown.as_bytes()) {
        shown.replace_range(at..at + 1, "#");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str) -> Frame<'_> {
        Frame {
            kind: FrameKind::Js,
            function,
            module: "a.js",
            place: Some("a.js:1:2"),
            wasm: None,
        }
    }

    #[test]
    fn stacks_share_what_they_have_in_common() {
        let mut stacks = Stacks::default();
        let main = stacks.intern_frame(frame("main")).expect("a frame");
        let a = stacks.intern_frame(frame("a")).expect("a frame");
        let b = stacks.intern_frame(frame("b")).expect("a frame");
        assert_eq!(stacks.intern_frame(frame("a")), Ok(a));
        let root = stacks.intern_stack(main, None).expect("a stack");
        let in_a = stacks.intern_stack(a, Some(root)).expect("a stack");
        let in_b = stacks.intern_stack(b, Some(root)).expect("a stack");
        assert_eq!(stacks.intern_stack(a, Some(root)), Ok(in_a));
        assert_ne!(in_a, in_b);
        assert_eq!((stacks.frame_count(), stacks.stack_count()), (3, 3));
        assert_eq!(stacks.node(in_a), Some((a, Some(root))));
    }

    #[test]
    fn texts_that_command_a_terminal_are_replaced() {
        assert_eq!(
            printable("a\u{1b}[1mb\u{202e}", 99),
            "a\u{fffd}[1mb\u{fffd}"
        );
        assert_eq!(printable("x@DROP @MARK y", 99), "x#DROP #MARK y");
        assert_eq!(printable("語語", 4), "語");
    }

    #[test]
    fn a_frame_is_spelled_by_the_best_that_is_known_of_it() {
        let wasm = Frame {
            kind: FrameKind::Wasm,
            function: "alloc::vec::push",
            module: "app.wasm",
            place: None,
            wasm: Some(WasmPlace {
                function: 7,
                offset: 0x1a2b,
            }),
        };
        assert_eq!(wasm.spelled(), "app.wasm:0x1a2b");
        let placed = Frame {
            place: Some("src/vec.rs:12"),
            ..wasm
        };
        assert_eq!(placed.spelled(), "src/vec.rs:12");
        assert_eq!(frame("f").spelled(), "a.js:1:2");
    }
}
