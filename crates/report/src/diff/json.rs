//! A comparison as JSON: `docs/diff.md` describes it, `docs/diff.schema.json` is its
//! schema.

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_engine::compare::{Basis as Compared, Change as Judged, Measure as Found, Row as Of};
use unfreed_engine::findings::Grade;

use super::{DiffView, Named, StackKey, Summary, headline};
use crate::json::Interval;
use crate::phrases;

/// The version of the JSON shape.
pub const DIFF_SCHEMA: &str = "unfreed-diff/1.0";

/// Two runs compared. Sizes are in bytes.
#[derive(Serialize, JsonSchema)]
struct Diff<'a> {
    /// Name and version of this shape.
    schema: &'static str,
    /// The answer, in one or two sentences.
    headline: Vec<String>,
    /// Whether all of both inputs was there and could be read.
    complete: bool,
    /// What is compared: growth per iteration, or what is live at the end.
    basis: Basis,
    /// The earlier run.
    a: Run<'a>,
    /// The later run.
    b: Run<'a>,
    /// All live bytes.
    live: Row,
    /// Linear memory; null if neither run measured it.
    memory: Option<Row>,
    /// Free between blocks in use; null if neither run has an account of its memory.
    holes: Option<Row>,
    /// Live bytes by type, the largest growth first. The changes add up to that of `live`.
    types: Vec<OfType<'a>>,
    /// Live bytes by type and stack, likewise.
    stacks: Vec<OfStack<'a>>,
    /// Numbers of handles that are not freed, by class.
    handles: Vec<OfClass<'a>>,
}

/// What is compared.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Basis {
    /// Growth per iteration.
    PerIteration,
    /// What is there at the end: a run has fewer than three iterations.
    AtEnd,
}

/// One of the runs.
#[derive(Serialize, JsonSchema)]
struct Run<'a> {
    /// The name of its file.
    name: &'a str,
    /// Iterations.
    iterations: usize,
    /// Iterations at the begin that were left out; null with too few.
    warm_up: Option<usize>,
    /// Whether all of it was there and could be read.
    complete: bool,
    /// Whether its figures are estimates.
    estimated: bool,
    /// `high`, `medium` or `low`.
    trust: &'static str,
    /// Allocations.
    allocations: u64,
    /// Temporary ones; null if that is not known.
    temporary: Option<u64>,
    /// The high-water mark of live bytes.
    peak_bytes: u64,
}

/// One thing in both runs.
#[derive(Serialize, JsonSchema)]
struct Row {
    /// What became of it.
    what: What,
    /// By how much more it grows per iteration in `b`, or how much more of it is there at
    /// the end, as `basis` says.
    change: f64,
    /// In the earlier run; null if nothing of it is there.
    a: Option<Measure>,
    /// In the later run.
    b: Option<Measure>,
}

/// What became of something.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum What {
    /// Only `b` has it.
    New,
    /// It grows by more, and that is no chance.
    Grown,
    /// There are too few iterations to tell, or it was not measured.
    Unknown,
    /// It does not differ by more than iterations do.
    Unchanged,
    /// It grows by less.
    Shrunk,
    /// Only `a` has it.
    Gone,
}

/// What a run has of something.
#[derive(Serialize, JsonSchema)]
struct Measure {
    /// At the end.
    at_end: u64,
    /// Growth per iteration; null with too few iterations.
    growth: Option<Growth>,
}

/// Growth per iteration behind the warm-up.
#[derive(Serialize, JsonSchema)]
struct Growth {
    /// The mean.
    per_iteration: f64,
    /// Where the slope lies, by which runs are compared; null with fewer than four
    /// iterations behind the warm-up.
    interval: Option<Interval>,
    /// Whether each of these iterations added the same.
    exact: bool,
}

/// A type.
#[derive(Serialize, JsonSchema)]
struct OfType<'a> {
    /// Its name.
    r#type: &'a str,
    #[serde(flatten)]
    row: Row,
}

/// A stack.
#[derive(Serialize, JsonSchema)]
struct OfStack<'a> {
    /// What it allocates.
    r#type: &'a str,
    /// Its functions, the one that asked for the memory first; of a site of a log, the
    /// file.
    stack: &'a [String],
    #[serde(flatten)]
    row: Row,
}

/// A class of handles.
#[derive(Serialize, JsonSchema)]
struct OfClass<'a> {
    /// Its name.
    class: &'a str,
    #[serde(flatten)]
    row: Row,
}

/// The comparison as one JSON object, indented, with a line end. Nothing is left out.
///
/// # Errors
/// Those of the serializer.
pub fn diff_to_json(view: &DiffView<'_>) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&whole(view))?;
    text.push('\n');
    Ok(text)
}

/// The JSON Schema of [`diff_to_json`]'s output, indented, with a line end.
///
/// # Errors
/// Those of the serializer.
pub fn diff_json_schema() -> Result<String, serde_json::Error> {
    let schema = schemars::schema_for!(Diff<'static>);
    let mut text = serde_json::to_string_pretty(&schema)?;
    text.push('\n');
    Ok(text)
}

fn whole<'a>(view: &DiffView<'a>) -> Diff<'a> {
    let diff = view.diff;
    let (before, after) = (&diff.before.summary, &diff.after.summary);
    let of_both = |of: fn(&Summary) -> Option<Found>| {
        let (before, after) = (of(before), of(after));
        let is_known = before.is_some() && after.is_some();
        let mut row = Row::new(&Of::of((), before, after, diff.basis));
        if !is_known {
            row.what = What::Unknown;
        }
        (before.is_some() || after.is_some()).then_some(row)
    };
    let types = diff.types.iter();
    let stacks = diff.stacks.iter();
    let handles = diff.handles.iter();
    Diff {
        schema: DIFF_SCHEMA,
        headline: headline::lines(view),
        complete: diff.is_complete(),
        basis: match diff.basis {
            Compared::PerIteration(..) => Basis::PerIteration,
            Compared::AtEnd => Basis::AtEnd,
        },
        a: Run::new(&diff.before),
        b: Run::new(&diff.after),
        live: Row::new(&diff.live),
        memory: of_both(|run| run.memory),
        holes: of_both(|run| run.holes),
        types: types
            .map(|row| OfType {
                r#type: &row.key,
                row: Row::new(row),
            })
            .collect(),
        stacks: stacks.map(OfStack::new).collect(),
        handles: handles
            .map(|row| OfClass {
                class: &row.key,
                row: Row::new(row),
            })
            .collect(),
    }
}

impl<'a> Run<'a> {
    fn new(run: &'a Named) -> Run<'a> {
        let summary = &run.summary;
        let trust: Grade = summary.trust;
        Run {
            name: &run.name,
            iterations: summary.iterations,
            warm_up: summary.window().map(|window| window.warm_up()),
            complete: summary.is_complete,
            estimated: summary.is_estimate,
            trust: phrases::grade(trust),
            allocations: summary.allocations,
            temporary: summary.temporary,
            peak_bytes: summary.peak,
        }
    }
}

impl<'a> OfStack<'a> {
    fn new(row: &'a Of<StackKey>) -> OfStack<'a> {
        OfStack {
            r#type: &row.key.type_name,
            stack: &row.key.frames,
            row: Row::new(row),
        }
    }
}

impl Row {
    fn new<K>(row: &Of<K>) -> Row {
        Row {
            what: match row.change {
                Judged::New => What::New,
                Judged::Grown => What::Grown,
                Judged::Unknown => What::Unknown,
                Judged::Same => What::Unchanged,
                Judged::Shrunk => What::Shrunk,
                Judged::Gone => What::Gone,
            },
            change: row.amount,
            a: row.before.map(Measure::new),
            b: row.after.map(Measure::new),
        }
    }
}

impl Measure {
    fn new(found: Found) -> Measure {
        Measure {
            at_end: found.at_end,
            growth: found.growth.map(|growth| Growth {
                per_iteration: growth.mean,
                interval: growth.interval.map(Interval::new),
                exact: growth.is_exact,
            }),
        }
    }
}
