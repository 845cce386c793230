//! One HTML file that shows all that was found: the built page of
//! `crates/report/page` with the data of a run in it.

mod against;
mod data;
mod findings;
mod memories;
mod others;
mod sites;
mod stacks;
mod texts;

use std::io::{self, Write};

use data_encoding::BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use thiserror::Error;
use unfreed_engine::ledger::history::{History, MomentKind};

pub use self::data::PAGE_SCHEMA;
use self::data::PageData;
use self::sites::Rows;
use self::stacks::Stacks;
use self::texts::Texts;
use crate::phrases;
use crate::sections;
use crate::units::things;
use crate::view::View;

/// The page without data; `npm run build` in `crates/report/page` writes it.
const PAGE: &str = include_str!("../../page/dist/report.html");

/// What stands in it for the data.
const PLACE: &str = "UNFREED_DATA";

/// Why a page cannot be written.
#[derive(Debug, Error)]
pub enum PageError {
    /// The findings have no history.
    #[error("the run was analysed without its history, which a page shows")]
    NoHistory,
    /// The data cannot be written as JSON.
    #[error("cannot write the data of the page: {0}")]
    Json(#[from] serde_json::Error),
    /// The data cannot be packed.
    #[error("cannot pack the data of the page: {0}")]
    Pack(#[from] io::Error),
}

/// The page. The findings must have a history. With another run the page compares the
/// stacks of both.
///
/// # Errors
/// If they have none.
pub fn page(view: &View<'_>, against: Option<&View<'_>>) -> Result<String, PageError> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(page_data(view, against)?.as_bytes())?;
    let packed = BASE64.encode(&packer.finish()?);
    Ok(PAGE.replacen(PLACE, &packed, 1))
}

/// What the page shows, as JSON.
///
/// # Errors
/// If the findings have no history.
pub fn page_data(view: &View<'_>, against: Option<&View<'_>>) -> Result<String, PageError> {
    let history = view.findings.history.as_ref().ok_or(PageError::NoHistory)?;
    Ok(serde_json::to_string(&all(view, against, history))?)
}

fn all<'a>(view: &'a View<'a>, against: Option<&'a View<'a>>, history: &History) -> PageData {
    let mut texts = Texts::default();
    let mut stacks = Stacks::new(view);
    let mut left_out = Vec::new();
    let rows = Rows::of(view, &mut stacks, &mut texts, &mut left_out);
    if history.dropped_marks > 0 {
        left_out.push(format!(
            "{} among the marks that are shown are left out; verdicts and rates are those of all.",
            things(history.dropped_marks, "mark", "marks")
        ));
    }
    let findings = findings::of(view, &rows);
    let memories = memories::of(view, history, &rows, &mut left_out);
    let handles = others::handles(view, &mut stacks, &mut texts);
    let holders = others::holders(view, &rows, &mut left_out);
    let against = against.map(|other| against::of(other, &mut stacks, &mut texts, &mut left_out));
    let totals = &view.findings.totals;
    let steps = view.findings.advice.iter();
    PageData {
        schema: PAGE_SCHEMA,
        title: view.title(),
        kind: match (view.findings.sampling.is_some(), view.recording.is_some()) {
            (true, _) => "sample",
            (false, true) => "recording",
            (false, false) => "log",
        },
        version: env!("CARGO_PKG_VERSION"),
        headline: sections::document(view).headline,
        findings,
        trust: others::trust(view),
        missing: others::missing(view),
        left_out,
        next_steps: steps.map(|step| phrases::advice(step, view)).collect(),
        totals: data::Totals {
            allocations: totals.allocations,
            frees: totals.frees,
            leaked: totals.live,
            allocated_bytes: totals.allocated_bytes,
            freed_bytes: totals.freed_bytes,
            leaked_bytes: totals.live_bytes,
            peak: view.findings.peak.live,
            peak_bytes: view.findings.peak.bytes,
            temporary: view.findings.sampling.is_none().then_some(totals.temporary),
        },
        moments: moments(view, history),
        changes: rows.changes(history),
        memories,
        timeline: view.findings.spaces.as_ref().and_then(memories::timeline),
        measured: others::measured(view, history),
        grows: others::grows(view, &rows),
        threads: others::threads(view),
        handles,
        holders,
        against,
        types: rows.types,
        sites: rows.sites,
        frames: stacks.frame_columns,
        stacks: stacks.columns,
        strings: texts.into_list(),
    }
}

fn moments(view: &View<'_>, history: &History) -> Vec<data::Moment> {
    let moments = history.moments.iter();
    moments
        .map(|moment| data::Moment {
            kind: match moment.kind {
                MomentKind::Start => "start",
                MomentKind::Mark(_) => "mark",
                MomentKind::Time => "time",
                MomentKind::End => "end",
            },
            name: match moment.kind {
                MomentKind::Mark(name) => Some(view.names.word(name).to_owned()),
                _ => None,
            },
            events: moment.events,
            // Times of a recording count from its begin.
            time: match moment.kind {
                MomentKind::Start if view.recording.is_some() => Some(0),
                _ => moment.time,
            },
        })
        .collect()
}
