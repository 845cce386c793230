//! Who allocates what leaks: the stacks of the first leaking sites.

use unfreed_engine::findings::SiteFinding;
use unfreed_events::fold::is_folded;
use unfreed_events::stacks::{Frame, FrameKind};

use crate::document::{Block, Section};
use crate::units::things;
use crate::view::View;

/// Stacks that are shown.
const STACKS: usize = 3;

/// Frames that are shown of one.
const FRAMES: usize = 24;

pub fn section(view: &View<'_>) -> Option<Section> {
    let leaking = |found: &&SiteFinding| found.figures.leaked > 0;
    let mut section = Section::new("Stacks of what leaks most");
    for found in view.sites().into_iter().filter(leaking).take(STACKS) {
        let Some(stack) = view.names.stack_of(found.site) else {
            continue;
        };
        let blocks = things(found.figures.leaked, "block", "blocks");
        let size = view.size(found.figures.leaked_bytes);
        section.say(format!(
            "{}: {size} in {blocks}, allocated by",
            view.site_type(found.site)
        ));
        section
            .blocks
            .push(Block::List(lines(view.names.frames_of(stack))));
    }
    (!section.blocks.is_empty()).then_some(section)
}

/// The frames from the one that asked for the memory outwards.
fn lines<'a>(frames: impl Iterator<Item = Frame<'a>>) -> Vec<String> {
    let frames: Vec<Frame<'_>> = frames.collect();
    let folded = frames.iter().take_while(|frame| is_folded(frame)).count();
    // A stack of nothing but an allocator says that at least.
    let folded = if folded == frames.len() { 0 } else { folded };
    let shown = frames.len().min(folded + FRAMES);
    let mut lines: Vec<String> = frames[folded..shown].iter().map(line).collect();
    if shown < frames.len() {
        let more = (frames.len() - shown) as u64;
        lines.push(format!("{} more", things(more, "frame", "frames")));
    }
    lines
}

fn line(frame: &Frame<'_>) -> String {
    let function = match frame.function {
        "" => "(anonymous)",
        function => function,
    };
    match (frame.place, frame.wasm, frame.kind) {
        (Some(place), _, _) => format!("{function} ({place})"),
        (None, Some(wasm), _) => format!(
            "{function} ({}, function {} at {:#x})",
            frame.module, wasm.function, wasm.offset
        ),
        (None, None, FrameKind::Native) => format!("{function} (native)"),
        (None, None, _) => format!("{function} ({})", frame.module),
    }
}
