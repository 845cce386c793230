//! Who allocates what leaks: the stacks of the first leaking sites.

use std::ops::Range;

use unfreed_engine::findings::SiteFinding;
use unfreed_events::fold::folded;
use unfreed_events::stacks::{Frame, FrameKind};

use crate::document::{Block, Section};
use crate::units::things;
use crate::view::View;
use crate::why;

/// Stacks that are shown.
const STACKS: usize = 3;

/// Frames that are shown of one, unless all are.
const FRAMES: usize = 24;

pub fn section(view: &View<'_>) -> Option<Section> {
    let leaking = |found: &&SiteFinding| found.figures.leaked > 0;
    let mut section = Section::new("Stacks of what leaks most");
    for found in view.sites().into_iter().filter(leaking).take(STACKS) {
        let Some(stack) = view.names.stack_of(found.site) else {
            continue;
        };
        let blocks = view.things(found.figures.leaked, "block", "blocks");
        let size = view.bytes(found.figures.leaked_bytes);
        section.say(format!(
            "{}: {size} in {blocks}, allocated by",
            view.site_type(found.site)
        ));
        let frames: Vec<Frame<'_>> = view.names.frames_of(stack).collect();
        section.blocks.push(Block::List(lines(&frames, view)));
        if let Some(why) = why::sentence(found.site, view) {
            section.say(why);
        }
    }
    (!section.blocks.is_empty()).then_some(section)
}

/// The frames from the one that asked for the memory outwards.
pub fn lines(frames: &[Frame<'_>], view: &View<'_>) -> Vec<String> {
    let line = |frame: &Frame<'_>| line(frame, view);
    if view.all_frames {
        return frames.iter().map(line).collect();
    }
    let Range {
        start: folded,
        end: own,
    } = own_frames(frames);
    let shown = own.min(folded + FRAMES);
    let mut lines = Vec::new();
    if folded > 0 {
        lines.push(format!(
            "({} of allocators and libraries; --all-frames shows them)",
            things(folded as u64, "frame", "frames")
        ));
    }
    lines.extend(frames[folded..shown].iter().map(line));
    if shown < own {
        let more = (own - shown) as u64;
        lines.push(format!("({} more)", things(more, "frame", "frames")));
    }
    if own < frames.len() {
        let nodes = (frames.len() - own) as u64;
        lines.push(format!("({} of Node)", things(nodes, "frame", "frames")));
    }
    lines
}

/// The frames that neither only pass the request on nor are those of Node at the end,
/// which runs the program.
pub fn own_frames(frames: &[Frame<'_>]) -> Range<usize> {
    let folded = folded(frames);
    let nodes = frames[folded..].iter().rev().take_while(|f| is_nodes(f));
    let own = frames.len() - nodes.count();
    // What Node itself allocates is all that there is to be seen.
    folded..if own == folded { frames.len() } else { own }
}

/// Whether it is a function of Node, which runs the program's.
fn is_nodes(frame: &Frame<'_>) -> bool {
    frame.kind == FrameKind::Native || frame.module.starts_with("node:")
}

fn line(frame: &Frame<'_>, view: &View<'_>) -> String {
    let function = match (frame.function, frame.wasm) {
        ("", Some(wasm)) => format!("function {}", wasm.function),
        ("", None) => "(anonymous)".to_owned(),
        (function, _) => function.to_owned(),
    };
    let place = match (frame.place, frame.wasm, frame.kind) {
        (Some(place), _, _) => view.short(place).into_owned(),
        (None, Some(wasm), _) => format!("{}:{:#x}", frame.module, wasm.offset),
        (None, None, FrameKind::Native) => "(native)".to_owned(),
        (None, None, _) => view.short(frame.module).into_owned(),
    };
    match frame.is_inlined() {
        true => format!("{function}  {place} (inlined)"),
        false => format!("{function}  {place}"),
    }
}
