//! Who made the handles that are not freed.

use unfreed_events::stacks::Frame;

use crate::document::{Block, Section};
use crate::handles::Row;
use crate::sections::stack_lines;
use crate::units::{count, percent, things};
use crate::view::View;

/// Classes whose stacks are shown.
const CLASSES: usize = 5;

/// Stacks of each.
const STACKS: usize = 3;

pub fn section(view: &View<'_>, rows: &[Row<'_>]) -> Option<Section> {
    let mut section = Section::new("Who made those that are not freed");
    let leaking = rows.iter().filter(|row| row.found.not_freed() > 0);
    for Row { name, found, .. } in leaking.take(CLASSES) {
        let sampled: u64 = found.sites.iter().map(|site| site.not_freed).sum();
        if sampled == 0 {
            continue;
        }
        section.say(match found.is_exact() {
            true => format!("{}, by stack:", name.class),
            false => format!(
                "{}, by stack, as estimated from the stacks of {} of {}:",
                name.class,
                count(found.samples),
                things(found.made, "handle", "handles")
            ),
        });
        let sites = found.sites.iter().filter(|site| site.not_freed > 0);
        for site in sites.take(STACKS) {
            let share = site.not_freed as f64 / sampled as f64;
            let share = match found.is_exact() {
                true => count(site.not_freed),
                false => percent(share),
            };
            let Some(stack) = view.names.stack_of(site.site) else {
                continue;
            };
            let frames: Vec<Frame<'_>> = view.names.frames_of(stack).collect();
            section.say(format!("{share} by"));
            section.blocks.push(Block::List(stack_lines(&frames, view)));
        }
    }
    (!section.blocks.is_empty()).then_some(section)
}
