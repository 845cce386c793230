//! What holds blocks, as JSON: `docs/handles.md` describes it.

use serde::Serialize;
use unfreed_engine::holders::{Chain, Holders};
use unfreed_engine::reach::{Amount, Class};

use super::phrases;
use crate::view::View;

/// The version of the JSON shape.
pub const WHY_SCHEMA: &str = "unfreed-why/1.0";

/// Sizes are in bytes.
#[derive(Serialize)]
struct Why<'a> {
    schema: &'static str,
    memories: Vec<Memory<'a>>,
}

#[derive(Serialize)]
struct Memory<'a> {
    memory: usize,
    taken: &'a str,
    mark: Option<&'a str>,
    events_before: u64,
    other_threads: u32,
    pages_missing: u64,
    globals_unknown: bool,
    classes: Vec<Amounts>,
    sites: Vec<Site<'a>>,
    handles: Vec<Kind<'a>>,
    blocks: Vec<Found<'a>>,
    integers: Integers,
}

#[derive(Serialize)]
struct Amounts {
    class: &'static str,
    root: Option<&'static str>,
    blocks: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Site<'a> {
    r#type: &'a str,
    location: &'a str,
    blocks: u64,
    bytes: u64,
    retained_bytes: u64,
    classes: Vec<Amounts>,
    /// Blocks whose JS handle was collected without `free()`.
    collected: u64,
    /// Blocks that are indirectly lost because such a block is.
    owner_collected: u64,
    why: String,
    largest: Option<Found<'a>>,
}

#[derive(Serialize)]
struct Kind<'a> {
    class: &'a str,
    handles: u64,
    shallow_bytes: u64,
    retained_bytes: u64,
}

#[derive(Serialize)]
struct Found<'a> {
    class: &'static str,
    root: Option<&'static str>,
    from: Option<String>,
    retained_bytes: u64,
    collected: bool,
    path: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    address: u64,
    bytes: u64,
    /// Where in the block before the pointer lies.
    at: Option<u64>,
    /// Where in this block it points.
    offset: u64,
    r#type: &'a str,
    location: &'a str,
}

#[derive(Serialize)]
struct Integers {
    words: u64,
    hits: u64,
    /// Estimated; null if the memory takes more than half of the address space.
    expected_by_chance: Option<f64>,
}

/// What holds the live blocks, as JSON.
///
/// # Errors
///
/// None that serde is known to give for these shapes.
pub fn why_to_json(view: &View<'_>) -> serde_json::Result<String> {
    let why = Why {
        schema: WHY_SCHEMA,
        memories: view
            .findings
            .holders
            .iter()
            .map(|found| memory(found, view))
            .collect(),
    };
    Ok(serde_json::to_string_pretty(&why)? + "\n")
}

fn memory<'a>(found: &'a Holders, view: &View<'a>) -> Memory<'a> {
    Memory {
        memory: found.memory,
        taken: &found.said.reason,
        mark: (found.said.reason == "mark").then_some(found.said.mark.as_str()),
        events_before: found.events_before,
        other_threads: found.said.threads,
        pages_missing: found.pages_missing,
        globals_unknown: found.globals_unknown,
        classes: amounts(&found.classes),
        sites: found
            .sites
            .iter()
            .map(|site| Site {
                r#type: view.site_type(site.site),
                location: view.names.location(site.site).as_str(),
                blocks: site.size.blocks,
                bytes: site.size.shallow,
                retained_bytes: site.size.retained,
                classes: amounts(&site.classes),
                collected: site.collected.blocks,
                owner_collected: site.owner_collected.blocks,
                why: phrases::reason(site, view),
                largest: site.largest.as_ref().map(|chain| block(chain, view)),
            })
            .collect(),
        handles: found
            .kinds
            .iter()
            .map(|kind| Kind {
                class: phrases::kind_name(kind.kind, view),
                handles: kind.handles,
                shallow_bytes: kind.shallow,
                retained_bytes: kind.retained,
            })
            .collect(),
        blocks: found
            .chains
            .iter()
            .map(|chain| block(chain, view))
            .collect(),
        integers: Integers {
            words: found.integers.words,
            hits: found.integers.hits,
            expected_by_chance: found.integers.expected().map(|(_, any)| any),
        },
    }
}

fn amounts(classes: &[(Class, Amount)]) -> Vec<Amounts> {
    let there = classes.iter().filter(|(_, amount)| amount.blocks > 0);
    there
        .map(|(class, amount)| Amounts {
            class: phrases::class_word(*class),
            root: phrases::root_word(*class),
            blocks: amount.blocks,
            bytes: amount.bytes,
        })
        .collect()
}

fn block<'a>(chain: &Chain, view: &View<'a>) -> Found<'a> {
    Found {
        class: phrases::class_word(chain.class),
        root: phrases::root_word(chain.class),
        from: chain
            .origin
            .as_ref()
            .map(|from| phrases::origin(from, view)),
        retained_bytes: chain.retained,
        collected: chain.is_orphan(),
        path: chain
            .links
            .iter()
            .map(|link| Step {
                address: link.address,
                bytes: link.size,
                at: link.at,
                offset: link.offset,
                r#type: view.site_type(link.site),
                location: view.names.location(link.site).as_str(),
            })
            .collect(),
    }
}
