//! The findings as JSON. The shape is a contract: `docs/analysis-json.md`
//! describes it, `docs/analysis.schema.json` is generated from these types, and
//! a change that could break a reader raises the number in [`SCHEMA`].

mod anomalies;
mod figures;
mod foreign;
mod iterations;
mod recording;
mod trust;

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_events::Position;

use crate::phrases;
use crate::sections;
use crate::view::View;

use self::anomalies::Anomalies;
use self::figures::{LargestBlock, Peak, Sampling, Site, Totals, Type};
use self::foreign::Foreign;
use self::iterations::{Coverage, Iteration, Memory};
pub(crate) use self::iterations::{Interval, Verdict};
use self::recording::Recording;
use self::trust::{NextStep, Trust};

/// Name and version of the shape: readers of version 1 read every 1.x.
pub const SCHEMA: &str = "unfreed-analysis/1.0";

/// What `unfreed analyze --format json` prints. Sizes are in bytes, times in
/// nanoseconds; `log_line` counts from 1 in its `source`.
#[derive(Serialize, JsonSchema)]
struct Analysis<'a> {
    /// Name and version of this shape.
    schema: &'static str,
    /// False if an input ends early or has lines that could not be read.
    complete: bool,
    /// The inputs, in the order in which they were read.
    sources: Vec<&'a str>,
    /// Every line of the input is in exactly one of records, program and
    /// malformed.
    lines: Lines,
    /// What leaks, in one or two sentences.
    headline: Vec<String>,
    /// Sums over all types.
    totals: Totals,
    /// How the log was drawn, if it is a sample: then figures of allocations, frees,
    /// leaks and peaks are estimates. Null if the log has everything.
    sampling: Option<Sampling>,
    /// Every type, or those that were asked for.
    types: Vec<Type<'a>>,
    /// Every site: a type and the place that allocates it.
    sites: Vec<Site<'a>>,
    /// The largest objects never freed.
    largest: Vec<LargestBlock<'a>>,
    /// The high-water mark; null if nothing was ever live.
    peak: Option<Peak<'a>>,
    /// The run cut at its marks; empty without marks.
    iterations: Vec<Iteration<'a>>,
    /// Sizes of memories in the log.
    memory: Vec<Memory<'a>>,
    /// Leaked bytes against observed growth; null if no growth was observed.
    coverage: Option<Coverage>,
    /// What a recording says of itself; null for a log.
    recording: Option<Recording<'a>>,
    /// What file of another tool was read; only there if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign: Option<Foreign<'a>>,
    /// Events that do not fit together, and lines that could not be read.
    anomalies: Anomalies<'a>,
    /// How far the figures can be trusted.
    trust: Trust<'a>,
    /// What to do next, the most useful first.
    next_steps: Vec<NextStep>,
}

/// Lines of the input by kind.
#[derive(Serialize, JsonSchema)]
struct Lines {
    /// All lines.
    total: u64,
    /// Lines that are records.
    records: u64,
    /// The program's own lines.
    program: u64,
    /// Lines that start with `@` and could not be read.
    malformed: u64,
    /// Program lines in which a record stands behind other text.
    prefixed: u64,
    /// Program lines too long to be searched for patterns.
    unsearched: u64,
    /// `@MARK` records that `--mark` does not match.
    unselected_marks: u64,
    /// `key=value` fields of no known key.
    unknown_fields: u64,
    /// Inputs whose last line has no line end.
    unterminated_sources: u64,
}

/// A place in the input.
#[derive(Serialize, JsonSchema)]
struct LogPlace<'a> {
    /// The input's name.
    source: &'a str,
    /// Line number in it, from 1; 0 if the input has no events that stand in lines.
    log_line: u64,
}

impl<'a> LogPlace<'a> {
    fn new(view: &View<'a>, line: u64) -> LogPlace<'a> {
        let Position { source, line } = view.sources.position(line);
        LogPlace {
            source,
            log_line: line,
        }
    }
}

/// The findings as one JSON object, indented, with a line end.
pub fn to_json(view: &View<'_>) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&analysis(view))?;
    text.push('\n');
    Ok(text)
}

/// The JSON Schema of [`to_json`]'s output, indented, with a line end.
pub fn json_schema() -> Result<String, serde_json::Error> {
    let schema = schemars::schema_for!(Analysis<'static>);
    let mut text = serde_json::to_string_pretty(&schema)?;
    text.push('\n');
    Ok(text)
}

fn analysis<'a>(view: &View<'a>) -> Analysis<'a> {
    let findings = view.findings;
    Analysis {
        schema: SCHEMA,
        complete: !findings.input.is_incomplete(),
        sources: view.sources.names().collect(),
        lines: lines(view),
        headline: sections::document(view).headline,
        totals: figures::totals(view),
        sampling: figures::sampling(view),
        types: figures::types(view),
        sites: figures::sites(view),
        largest: figures::largest(view),
        peak: figures::peak(view),
        iterations: iterations::iterations(view),
        memory: iterations::memory(view),
        coverage: iterations::coverage(view),
        recording: recording::recording(view),
        foreign: foreign::foreign(view),
        anomalies: anomalies::anomalies(view),
        trust: trust::trust(view),
        next_steps: findings
            .advice
            .iter()
            .map(|advice| trust::step(advice, phrases::advice(advice, view)))
            .collect(),
    }
}

fn lines(view: &View<'_>) -> Lines {
    let text = &view.findings.input.text;
    Lines {
        total: text.lines,
        records: text.records,
        program: text.program_lines,
        malformed: text.malformed_lines(),
        prefixed: text.prefixed_records,
        unsearched: text.unsearched_lines,
        unselected_marks: text.unselected_marks,
        unknown_fields: text.unknown_fields,
        unterminated_sources: text.unterminated_sources,
    }
}
