//! Where modules allocate what a thread needs to start.

use unfreed_events::fold::folded;
use unfreed_events::stacks::Frame;
use unfreed_events::trace::Facts;
use unfreed_events::{Event, Names, Record, SiteId};

/// The sites that come up in these records and at which a module allocates what a
/// thread needs to start.
pub fn sites<'a>(
    facts: &'a Facts,
    names: &'a Names,
    records: &'a [Record],
) -> impl Iterator<Item = SiteId> + 'a {
    let sites = records.iter().filter_map(|record| match record.event {
        Event::Site { site, .. } => Some(site),
        _ => None,
    });
    sites.filter(|site| {
        let Some(stack) = names.stack_of(*site) else {
            return false;
        };
        let frames: Vec<Frame<'_>> = names.frames_of(stack).collect();
        // What stands in between only passes the request on.
        let mut asked = frames.iter().take(folded(&frames) + 1);
        asked.any(|frame| {
            let function = frame.wasm.map(|place| place.function);
            function.is_some_and(|function| facts.starts_threads(frame.module, function))
        })
    })
}
