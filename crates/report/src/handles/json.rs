//! The handles as JSON: `docs/handles.md` describes it.

use serde::Serialize;

use crate::handles::values::slabs;
use crate::handles::{Row, rows};
use crate::json::Verdict;
use crate::view::View;

/// The version of the JSON shape.
pub const HANDLES_SCHEMA: &str = "unfreed-handles/1.0";

/// Sizes are in bytes.
#[derive(Serialize)]
struct Handles<'a> {
    schema: &'static str,
    headline: Vec<String>,
    classes: Vec<Class<'a>>,
    js_values: Vec<Slab<'a>>,
}

#[derive(Serialize)]
struct Class<'a> {
    class: &'a str,
    free: Option<&'a str>,
    module: Option<&'a str>,
    made: u64,
    freed: u64,
    consumed: u64,
    collected: Collected,
    held: Held,
    /// Ends of handles whose begin is not in the recording.
    unknown: u64,
    peak_held: u64,
    smallest: Option<u64>,
    largest: Option<u64>,
    verdict: Option<Verdict>,
    /// Handles whose stack was taken; fewer than `made`: figures of sites are estimates.
    samples: u64,
    sites: Vec<Site<'a>>,
}

#[derive(Serialize)]
struct Collected {
    count: u64,
    never_freed: u64,
    never_freed_bytes: u64,
    unknown: u64,
}

#[derive(Serialize)]
struct Held {
    count: u64,
    lost: u64,
    by_ended_threads: u64,
    bytes: u64,
    /// At the last snapshot of each memory.
    retained_bytes: Option<u64>,
    unknown: u64,
}

#[derive(Serialize)]
struct Site<'a> {
    made: u64,
    not_freed: u64,
    frames: Vec<Frame<'a>>,
}

#[derive(Serialize)]
struct Frame<'a> {
    function: &'a str,
    module: &'a str,
    place: Option<&'a str>,
}

#[derive(Serialize)]
struct Slab<'a> {
    kind: &'a str,
    place: Option<&'a str>,
    instance: Option<u32>,
    process: u32,
    thread: u32,
    first: u64,
    last: u64,
}

/// The handles as one JSON object, indented, with a line end.
///
/// # Errors
/// Those of the serializer.
pub fn handles_to_json(view: &View<'_>) -> Result<String, serde_json::Error> {
    let rows = rows(view);
    let values = view.recording.map_or_else(Vec::new, slabs);
    let known = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let whole = Handles {
        schema: HANDLES_SCHEMA,
        headline: super::answer::lines(view, &rows),
        classes: rows.iter().map(|row| class(view, row)).collect(),
        js_values: values
            .iter()
            .map(|slab| Slab {
                kind: slab.kind,
                place: known(slab.place),
                instance: Some(slab.instance).filter(|number| *number > 0),
                process: slab.process,
                thread: slab.thread,
                first: slab.first,
                last: slab.last,
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&whole)?;
    text.push('\n');
    Ok(text)
}

fn class<'a>(view: &View<'a>, row: &Row<'a>) -> Class<'a> {
    let Row { name, found, .. } = row;
    let known = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    Class {
        class: name.class,
        free: known(name.free),
        module: known(name.module),
        made: found.made,
        freed: found.freed,
        consumed: found.consumed,
        collected: Collected {
            count: found.collected,
            never_freed: found.orphans,
            never_freed_bytes: found.orphan_bytes,
            unknown: found.collected_unknown,
        },
        held: Held {
            count: found.held,
            lost: found.lost_at_end,
            by_ended_threads: found.held_by_ended_threads,
            bytes: found.held_bytes,
            retained_bytes: row.retained,
            unknown: found.held_unknown,
        },
        unknown: found.unknown,
        peak_held: found.peak_held,
        smallest: found.sizes.map(|(low, _)| low),
        largest: found.sizes.map(|(_, high)| high),
        verdict: found.verdict.map(Verdict::new),
        samples: found.samples,
        sites: found
            .sites
            .iter()
            .map(|site| Site {
                made: site.made,
                not_freed: site.not_freed,
                frames: frames(view, site.site),
            })
            .collect(),
    }
}

fn frames<'a>(view: &View<'a>, site: unfreed_events::SiteId) -> Vec<Frame<'a>> {
    let Some(stack) = view.names.stack_of(site) else {
        return Vec::new();
    };
    let frames = view.names.frames_of(stack);
    frames
        .map(|frame| Frame {
            function: frame.function,
            module: frame.module,
            place: frame.place,
        })
        .collect()
}
