//! The sections of the report for people, one file each, in the order in which
//! they are shown.

mod coverage;
pub(crate) mod foreign;
mod freed;
mod headline;
mod iterations;
mod largest;
mod next;
mod peak;
mod recording;
pub(crate) mod sampling;
mod sites;
mod space;
mod stacks;
mod summary;
mod threads;
mod trust;
mod types;

pub use self::space::answer;
pub use self::stacks::{lines as stack_lines, own_frames};
pub use self::summary::summary;
pub use self::threads::has_destroy;
use crate::document::Document;
use crate::view::View;

/// All that is to be said about the findings.
pub fn document(view: &View<'_>) -> Document {
    let sections = [
        foreign::section(view),
        sampling::section(view),
        types::section(view),
        sites::section(view),
        foreign::lifetimes(view),
        stacks::section(view),
        largest::section(view),
        freed::completely(view),
        freed::without_allocation(view),
        peak::section(view),
        iterations::section(view),
        space::section(view),
        coverage::section(view),
        recording::section(view),
        trust::section(view),
        next::section(view),
    ];
    Document {
        headline: headline::lines(view),
        sections: sections.into_iter().flatten().collect(),
    }
}
