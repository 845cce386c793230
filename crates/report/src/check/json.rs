//! The check as JSON. The shape is a contract: `docs/check.md` describes it,
//! `docs/check.schema.json` is generated from these types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_engine::budget::{self, Judged, Levels, Outcome};

use super::culprit::{self, describe};
use super::words::{outcome_word, sentence};
use super::{Check, CheckOutcome, CheckedBudget, CheckedInput};

/// Name and version of the shape: readers of version 1 read every 1.x.
pub const CHECK_SCHEMA: &str = "unfreed-check/1.0";

/// What `unfreed check --format json` prints.
#[derive(Serialize, JsonSchema)]
struct Whole<'a> {
    /// Name and version of this shape.
    schema: &'static str,
    /// What came of all budgets of all inputs: `pass`, `fail` or `unknown`.
    outcome: &'static str,
    #[serde(flatten)]
    first: Input<'a>,
    /// Further inputs, such as logs of processes beside a recording; often empty.
    others: Vec<Other<'a>>,
    /// Suppressions that matched nothing, or have expired.
    unused_suppressions: Vec<Unused<'a>>,
}

/// An input beside the first.
#[derive(Serialize, JsonSchema)]
struct Other<'a> {
    /// What came of its budgets: `pass`, `fail` or `unknown`.
    outcome: &'static str,
    #[serde(flatten)]
    input: Input<'a>,
}

/// What was judged.
#[derive(Serialize, JsonSchema)]
struct Input<'a> {
    /// Its name.
    source: &'a str,
    /// Why nothing can be told from it; empty if it can.
    problems: &'a [String],
    /// The iterations that were counted.
    iterations: Iterations<'a>,
    /// The budgets, as they were given.
    budgets: Vec<Budget<'a>>,
    /// Growth per iteration by kinds of budgets, whether there is such a budget or not;
    /// null where it was not measured.
    rates: BTreeMap<&'static str, Option<Measured>>,
    /// What suppressions have left out of the budgets' figures.
    suppressed: Vec<Suppressed<'a>>,
    /// Levels when the first iteration began, and when each ended.
    series: Series,
}

/// Iterations.
#[derive(Serialize, JsonSchema)]
struct Iterations<'a> {
    /// How many.
    counted: usize,
    /// Their names.
    names: Vec<&'a str>,
}

/// One budget.
#[derive(Serialize, JsonSchema)]
struct Budget<'a> {
    /// What it is called.
    name: &'a str,
    /// Of what.
    kind: &'static str,
    /// What it is restricted to, such as `type:Proof*`; null for all.
    subject: Option<String>,
    /// The most that is allowed.
    limit: f64,
    /// The unit of `limit` and of `measured`.
    unit: &'static str,
    /// What was measured; null if it was not.
    measured: Option<Measured>,
    /// `pass`, `fail`, `too_few_iterations` or `not_measured`.
    outcome: &'static str,
    /// Whether the budget lies inside the interval of what was measured: it passes, as
    /// it was not shown to be exceeded.
    not_shown: bool,
    /// Iterations that are needed; only with `too_few_iterations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    needed_iterations: Option<usize>,
    /// All of this in words.
    sentence: String,
    /// Who broke it, the first one most.
    culprits: Vec<Culprit<'a>>,
}

/// A figure and where it lies.
#[derive(Serialize, JsonSchema)]
struct Measured {
    /// Growth per iteration, or for a budget of a level the level.
    growth: f64,
    /// The least that it may be.
    low: f64,
    /// The most that it may be.
    high: f64,
    /// In how many of such intervals the figure is, from 0 to 1; null for a level.
    confidence: Option<f64>,
    /// Whether each iteration has grown by the same, or a level is known.
    exact: bool,
    /// Whether it is estimated from samples.
    estimate: bool,
    /// Iterations that were looked at.
    iterations: usize,
    /// Iterations at the begin that were left out.
    warm_up: usize,
}

/// One that has a part in breaking a budget.
#[derive(Serialize, JsonSchema)]
struct Culprit<'a> {
    /// The type, or the class of handles.
    r#type: &'a str,
    /// What allocates it, innermost first, without frames that only pass the request on.
    stack: Vec<Frame<'a>>,
    /// Bytes per iteration, or at once for a budget of a level; 0 for handles.
    bytes_per_iteration: f64,
    /// Blocks or handles, likewise.
    blocks_per_iteration: f64,
    /// Why it stays; null if it is not known.
    why: Option<String>,
    /// What to do about it.
    next_step: String,
}

/// A frame of a stack.
#[derive(Serialize, JsonSchema)]
struct Frame<'a> {
    /// The function; empty if it has no name.
    function: &'a str,
    /// The file, if it is known.
    file: Option<String>,
    /// The line in it, if it is known.
    line: Option<u64>,
    /// The module's file, or the script; empty for a log.
    module: String,
    /// Byte offset in the module.
    offset: Option<u32>,
}

/// What one suppression has left out.
#[derive(Serialize, JsonSchema)]
struct Suppressed<'a> {
    /// Its pattern.
    pattern: &'a str,
    /// Why it is there.
    reason: Option<&'a str>,
    /// When it expires, as `2027-03-01`.
    expires: Option<&'a str>,
    /// Blocks that were live at the end.
    blocks: u64,
    /// Their bytes.
    bytes: u64,
}

/// A suppression that does nothing.
#[derive(Serialize, JsonSchema)]
struct Unused<'a> {
    /// Its pattern.
    pattern: &'a str,
    /// Its file and line.
    place: &'a str,
    /// When it has expired; null if it matched nothing.
    expired: Option<&'a str>,
}

/// Levels at each mark; null where one was not measured.
#[derive(Serialize, JsonSchema)]
struct Series {
    /// Live bytes.
    live_bytes: Vec<Option<u64>>,
    /// Live blocks.
    live_blocks: Vec<Option<u64>>,
    /// Size of all linear memories.
    memory_bytes: Vec<Option<u64>>,
    /// Bytes of holes between blocks.
    holes_bytes: Vec<Option<u64>>,
    /// Handles that are not freed.
    handles_held: Vec<Option<u64>>,
}

/// The check as one JSON object, indented, with a line end; `None` without an input.
///
/// # Errors
/// Those of the serializer.
pub fn check_to_json(check: &Check<'_>) -> Result<String, serde_json::Error> {
    let mut inputs = check.inputs.iter();
    let Some(first) = inputs.next() else {
        return Ok(String::new());
    };
    let whole = Whole {
        schema: CHECK_SCHEMA,
        outcome: word(check.outcome()),
        first: input(first),
        others: inputs
            .map(|other| Other {
                outcome: word(other.outcome()),
                input: input(other),
            })
            .collect(),
        unused_suppressions: check
            .stale
            .iter()
            .map(|stale| Unused {
                pattern: &stale.pattern,
                place: &stale.place,
                expired: stale.expired.as_deref(),
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&whole)?;
    text.push('\n');
    Ok(text)
}

/// The JSON Schema of [`check_to_json`]'s output, indented, with a line end.
///
/// # Errors
/// Those of the serializer.
pub fn check_json_schema() -> Result<String, serde_json::Error> {
    let schema = schemars::schema_for!(Whole<'static>);
    let mut text = serde_json::to_string_pretty(&schema)?;
    text.push('\n');
    Ok(text)
}

fn word(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Pass => "pass",
        CheckOutcome::Fail => "fail",
        CheckOutcome::Unknown => "unknown",
    }
}

fn input<'a>(input: &'a CheckedInput<'a>) -> Input<'a> {
    let findings = input.view.findings;
    let counted = findings.counted_iterations;
    let parts = findings.iterations.get(1..=counted).unwrap_or(&[]);
    let names = parts.iter().filter_map(|part| part.name);
    let levels = Levels::of(findings);
    Input {
        source: &input.source,
        problems: &input.problems,
        iterations: Iterations {
            counted,
            names: names.map(|name| input.view.names.word(name)).collect(),
        },
        budgets: input
            .budgets
            .iter()
            .map(|found| budget(found, input))
            .collect(),
        rates: (input.rates.iter())
            .map(|(kind, rate)| (kind.word(), rate.as_ref().map(measured)))
            .collect(),
        suppressed: input
            .suppressed
            .iter()
            .map(|found| Suppressed {
                pattern: &found.pattern,
                reason: found.reason.as_deref(),
                expires: found.expires.as_deref(),
                blocks: found.blocks,
                bytes: found.bytes,
            })
            .collect(),
        series: Series {
            live_bytes: levels.live_bytes,
            live_blocks: levels.live_blocks,
            memory_bytes: levels.memory_bytes,
            holes_bytes: levels.holes_bytes,
            handles_held: levels.handles_held,
        },
    }
}

fn measured(measured: &budget::Measured) -> Measured {
    Measured {
        growth: measured.figure,
        low: measured.interval.map_or(measured.figure, |found| found.low),
        high: measured
            .interval
            .map_or(measured.figure, |found| found.high),
        confidence: measured.interval.map(|found| found.confidence),
        exact: measured.is_exact,
        estimate: measured.is_estimate,
        iterations: measured.iterations,
        warm_up: measured.warm_up,
    }
}

fn budget<'a>(found: &'a CheckedBudget, input: &'a CheckedInput<'a>) -> Budget<'a> {
    let Judged {
        outcome,
        measured,
        culprits,
    } = &found.judged;
    let needed = match outcome {
        Outcome::TooFewIterations { needed, .. } => Some(*needed),
        _ => None,
    };
    Budget {
        name: &found.name,
        kind: found.kind.word(),
        subject: found.subject.as_ref().map(ToString::to_string),
        limit: found.limit,
        unit: found.kind.unit(),
        measured: measured.as_ref().map(self::measured),
        outcome: outcome_word(*outcome),
        not_shown: *outcome == Outcome::NotShown,
        needed_iterations: needed,
        sentence: sentence(found, input),
        culprits: culprits
            .iter()
            .map(|culprit| {
                let described = describe(found.kind, culprit, &input.view);
                Culprit {
                    r#type: described.type_name,
                    stack: described.stack.into_iter().map(frame).collect(),
                    bytes_per_iteration: culprit.bytes,
                    blocks_per_iteration: culprit.blocks,
                    why: described.why,
                    next_step: described.next_step,
                }
            })
            .collect(),
    }
}

fn frame(place: culprit::Place<'_>) -> Frame<'_> {
    Frame {
        function: place.function,
        file: place.file,
        line: place.line,
        module: place.module,
        offset: place.offset,
    }
}
