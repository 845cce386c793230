//! What to do next.

use crate::document::{Block, Section};
use crate::phrases;
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let advice = &view.findings.advice;
    if advice.is_empty() {
        return None;
    }
    let steps = advice.iter().map(|advice| phrases::advice(advice, view));
    let mut section = Section::new("Next steps");
    section.blocks.push(Block::Steps(steps.collect()));
    Some(section)
}
