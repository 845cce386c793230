//! The account as JSON: `docs/account-json.md` describes it.

use serde::Serialize;
use unfreed_engine::account::{Class, Comparison, Partition, Rounding};

use crate::account::{ACCOUNT_SCHEMA, AccountView, growth, host, limit, snapshots};
use crate::json::Interval;
use crate::phrases;
use crate::sections::answer;
use crate::why;

/// Sizes are in bytes, times in nanoseconds since the recording began.
#[derive(Serialize)]
struct Account<'a> {
    schema: &'static str,
    headline: Option<String>,
    from: String,
    to: String,
    memories: Vec<Memory<'a>>,
    growth: Vec<Growth<'a>>,
    grows: Vec<Grow<'a>>,
    holes: Vec<Holes<'a>>,
    pins: Vec<Pin<'a>>,
    snapshots: Vec<Snapshot<'a>>,
    marks: Vec<Mark<'a>>,
    rates: Vec<Rate>,
    timeline: Vec<Sample>,
}

#[derive(Serialize)]
struct Memory<'a> {
    name: &'a str,
    model: Option<&'static str>,
    rounding: Option<&'static str>,
    misplaced_blocks: u64,
    size: Change,
    classes: Vec<ClassChange>,
}

#[derive(Serialize)]
struct Change {
    before: u64,
    after: u64,
    growth: i64,
}

#[derive(Serialize)]
struct ClassChange {
    class: &'static str,
    #[serde(flatten)]
    change: Change,
}

#[derive(Serialize)]
struct Growth<'a> {
    r#type: &'a str,
    location: String,
    blocks: i64,
    bytes: i64,
    /// Why its blocks were live at the last snapshot, in words.
    why: Option<String>,
}

#[derive(Serialize)]
struct Grow<'a> {
    memory: &'a str,
    event: u64,
    time: Option<u64>,
    old_pages: u32,
    delta_pages: u32,
    request: Option<u64>,
    holes: Option<u64>,
    largest_hole: Option<u64>,
    free_at_top: Option<u64>,
    would_have_fitted: Option<bool>,
    thread: Option<&'a str>,
    r#type: Option<&'a str>,
    location: Option<String>,
}

#[derive(Serialize)]
struct Holes<'a> {
    memory: &'a str,
    count: u64,
    bytes: u64,
    largest: u64,
    external_fragmentation: f64,
    classes: Vec<SizeClass>,
}

#[derive(Serialize)]
struct SizeClass {
    least: u64,
    count: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Pin<'a> {
    r#type: &'a str,
    location: String,
    blocks: u64,
    bytes: u64,
    held: u64,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    memory: &'a str,
    reason: &'a str,
    mark: Option<&'a str>,
    /// Events before it.
    event: u64,
    time: u64,
    size: u64,
    other_threads: u32,
    result: &'static str,
    error: Option<&'a str>,
    compared: Option<Compared>,
}

#[derive(Serialize)]
struct Compared {
    blocks: u64,
    bytes: u64,
    agreed_blocks: u64,
    slack_blocks: u64,
    slack_bytes: u64,
    differing_blocks: u64,
    differing_bytes: u64,
    own_bytes: u64,
    differences: Vec<Difference>,
}

#[derive(Serialize)]
struct Difference {
    address: String,
    kind: &'static str,
    model_bytes: u64,
    header_bytes: u64,
}

#[derive(Serialize)]
struct Mark<'a> {
    name: &'a str,
    event: u64,
    time: Option<u64>,
    live: u64,
    memories: Vec<Vec<ClassBytes>>,
    measured: Vec<Measured>,
}

#[derive(Serialize)]
struct ClassBytes {
    class: &'static str,
    bytes: u64,
}

#[derive(Serialize)]
struct Measured {
    what: String,
    bytes: u64,
}

#[derive(Serialize)]
struct Rate {
    what: String,
    per_iteration: f64,
    interval: Option<Interval>,
    warm_up: usize,
    marks: usize,
}

#[derive(Serialize)]
struct Sample {
    events: u64,
    time: Option<u64>,
    memory: u64,
    live: u64,
    holes: u64,
    allocations: u64,
}

/// The account as one JSON object, indented, with a line end.
///
/// # Errors
/// Those of the serializer.
pub fn account_to_json(account: &AccountView<'_>) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&whole(account))?;
    text.push('\n');
    Ok(text)
}

fn whole<'a>(account: &AccountView<'a>) -> Account<'a> {
    let view = account.view;
    Account {
        schema: ACCOUNT_SCHEMA,
        headline: answer(view, account.from, account.to, account.memory),
        from: account.moment(account.from),
        to: account.moment(account.to),
        memories: memories(account),
        growth: growths(account),
        grows: grows(account),
        holes: holes(account),
        pins: pins(account),
        snapshots: snapshots(account),
        marks: marks(account),
        rates: rates(account),
        timeline: timeline(account),
    }
}

fn change(before: u64, after: u64) -> Change {
    Change {
        before,
        after,
        growth: after as i64 - before as i64,
    }
}

fn memories<'a>(account: &AccountView<'a>) -> Vec<Memory<'a>> {
    let Some(spaces) = account.spaces() else {
        return Vec::new();
    };
    let memory = |(place, from, to): (usize, Partition, Partition)| {
        let known = &spaces.memories()[place];
        Memory {
            name: account.view.memory_name(place),
            model: known.model().map(|model| model.name),
            rounding: known.rounding().map(Rounding::name),
            misplaced_blocks: known.misplaced_blocks(),
            size: change(from.size(), to.size()),
            classes: Class::ALL
                .iter()
                .map(|class| ClassChange {
                    class: phrases::class(*class),
                    change: change(from.of(*class), to.of(*class)),
                })
                .collect(),
        }
    };
    account.memories().into_iter().map(memory).collect()
}

fn growths<'a>(account: &AccountView<'a>) -> Vec<Growth<'a>> {
    let view = account.view;
    let mut growths = growth::growth(account);
    growths.sort_by_key(|(site, grown)| (std::cmp::Reverse(grown.bytes), *site));
    growths
        .into_iter()
        .map(|(site, grown)| Growth {
            r#type: view.site_type(site),
            location: view.location(site).into_owned(),
            blocks: grown.blocks,
            bytes: grown.bytes,
            why: why::in_words(site, view),
        })
        .collect()
}

fn grows<'a>(account: &AccountView<'a>) -> Vec<Grow<'a>> {
    let view = account.view;
    let all = account
        .spaces()
        .map_or_else(Vec::new, |spaces| spaces.grows());
    let shown = all
        .iter()
        .filter(|grow| account.memory.is_none_or(|only| only == grow.memory));
    shown
        .map(|grow| Grow {
            memory: account.view.memory_name(grow.memory),
            event: grow.line,
            time: grow.time,
            old_pages: grow.old_pages,
            delta_pages: grow.delta_pages,
            request: grow.request,
            holes: grow.free.map(|free| free.holes),
            largest_hole: grow.free.map(|free| free.largest),
            free_at_top: grow.free.map(|free| free.top),
            would_have_fitted: grow.would_have_fitted(),
            thread: grow.thread.map(|thread| view.names.word(thread)),
            r#type: grow.site.map(|site| view.site_type(site)),
            location: grow.site.map(|site| view.location(site).into_owned()),
        })
        .collect()
}

fn holes<'a>(account: &AccountView<'a>) -> Vec<Holes<'a>> {
    let memories = account.spaces().map_or(&[][..], |spaces| spaces.memories());
    let memories = memories.iter().enumerate();
    let shown = memories.filter(|(place, _)| account.memory.is_none_or(|only| only == *place));
    shown
        .filter_map(|(place, memory)| {
            let holes = memory.holes()?;
            let classes = holes.classes().into_iter().map(|class| SizeClass {
                least: class.least,
                count: class.count,
                bytes: class.bytes,
            });
            Some(Holes {
                memory: account.view.memory_name(place),
                count: holes.count(),
                bytes: holes.bytes(),
                largest: holes.largest(),
                external_fragmentation: holes.fragmentation(),
                classes: classes.collect(),
            })
        })
        .collect()
}

fn pins<'a>(account: &AccountView<'a>) -> Vec<Pin<'a>> {
    let view = account.view;
    let pins = view.findings.pins.iter();
    pins.map(|pin| Pin {
        r#type: view.site_type(pin.site),
        location: view.location(pin.site).into_owned(),
        blocks: pin.blocks,
        bytes: pin.bytes,
        held: pin.held,
    })
    .collect()
}

fn snapshots<'a>(account: &AccountView<'a>) -> Vec<Snapshot<'a>> {
    let filled = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    let checks = snapshots::checks(account).into_iter();
    checks
        .map(|check| Snapshot {
            memory: account.view.memory_name(check.memory),
            reason: &check.said.reason,
            mark: filled(&check.said.mark),
            event: check.events_before,
            time: check.time.saturating_mul(1000),
            size: check.said.bytes,
            other_threads: check.said.threads,
            result: snapshots::result_word(check),
            error: filled(&check.said.error),
            compared: check.comparison().map(compared),
        })
        .collect()
}

fn compared(found: &Comparison) -> Compared {
    let differences = found.differences.iter().map(|difference| Difference {
        address: difference.address.to_string(),
        kind: snapshots::difference_word(difference.kind),
        model_bytes: difference.model,
        header_bytes: difference.header,
    });
    Compared {
        blocks: found.blocks,
        bytes: found.bytes,
        agreed_blocks: found.agreed_blocks,
        slack_blocks: found.slack_blocks,
        slack_bytes: found.slack_bytes,
        differing_blocks: found.differing_blocks,
        differing_bytes: found.differing_bytes,
        own_bytes: found.own_bytes,
        differences: differences.collect(),
    }
}

fn marks<'a>(account: &AccountView<'a>) -> Vec<Mark<'a>> {
    let view = account.view;
    let Some(spaces) = account.spaces() else {
        return Vec::new();
    };
    let classes = |partition: &Partition| {
        let of = |class: &Class| ClassBytes {
            class: phrases::class(*class),
            bytes: partition.of(*class),
        };
        Class::ALL.iter().map(of).collect()
    };
    let marks = spaces.at_marks().iter().enumerate();
    marks
        .map(|(number, mark)| Mark {
            name: view.names.word(mark.name),
            event: mark.line,
            time: mark.time,
            live: mark.live,
            memories: spaces
                .at_mark(number)
                .unwrap_or_default()
                .iter()
                .map(classes)
                .collect(),
            measured: mark
                .measured
                .iter()
                .map(|(source, bytes)| Measured {
                    what: phrases::memory_source(*source, view),
                    bytes: *bytes,
                })
                .collect(),
        })
        .collect()
}

/// Of each memory, and of all that was measured at marks.
fn rates(account: &AccountView<'_>) -> Vec<Rate> {
    let Some(spaces) = account.spaces() else {
        return Vec::new();
    };
    let memories = 0..spaces.memories().len();
    let shown = memories.filter(|place| account.memory.is_none_or(|only| only == *place));
    let of_memories = shown.map(|place| {
        let name = account.view.memory_name(place).to_owned();
        (name, limit::sizes(spaces, place))
    });
    let marks = spaces.at_marks();
    let of_sources = host::sources(marks).into_iter().map(|source| {
        let name = phrases::memory_source(source, account.view);
        (name, host::sizes(marks, source))
    });
    let all = of_memories.chain(of_sources);
    all.filter_map(|(what, sizes)| {
        let trend = host::trend(&sizes)?;
        Some(Rate {
            what,
            per_iteration: trend.slope.growth,
            interval: trend.slope.interval.map(Interval::new),
            warm_up: trend.warm_up,
            marks: sizes.len(),
        })
    })
    .collect()
}

fn timeline(account: &AccountView<'_>) -> Vec<Sample> {
    let Some(spaces) = account.spaces() else {
        return Vec::new();
    };
    let samples = spaces.timeline().samples().iter();
    samples
        .map(|sample| Sample {
            events: sample.events,
            time: sample.time,
            memory: sample.memory,
            live: sample.live,
            holes: sample.holes,
            allocations: sample.allocations,
        })
        .collect()
}
