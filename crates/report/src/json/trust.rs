//! Checks, the grade, and next steps.

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_engine::findings::{Advice, CheckKind, ConstantSize as Constant, Outcome};

use crate::phrases;
use crate::view::View;

/// How far the figures can be trusted.
#[derive(Serialize, JsonSchema)]
pub(super) struct Trust<'a> {
    /// `high`, `medium` or `low`.
    grade: &'static str,
    /// Names of the checks that made it so; empty for `high`.
    because: Vec<&'static str>,
    /// All checks.
    checks: Vec<Check>,
    /// Types of which every allocation has the same round size.
    constant_sizes: Vec<ConstantSize<'a>>,
}

/// One check.
#[derive(Serialize, JsonSchema)]
struct Check {
    /// What was checked.
    name: &'static str,
    /// `pass`, `note`, `warn` or `fail`.
    outcome: &'static str,
    /// Cases found (bytes for `measured_sizes` and `coverage`).
    count: u64,
    /// Out of so many.
    of: u64,
    /// In words.
    detail: String,
}

/// A type of which every allocation has the same round size.
#[derive(Serialize, JsonSchema)]
struct ConstantSize<'a> {
    /// The type.
    r#type: &'a str,
    /// Its allocations.
    allocations: u64,
    /// The size of each, in bytes.
    size: u64,
}

/// One thing to do.
#[derive(Serialize, JsonSchema)]
pub(super) struct NextStep {
    /// Which kind of step it is.
    kind: &'static str,
    /// In words, with type, site and amount.
    text: String,
}

pub(super) fn trust<'a>(view: &View<'a>) -> Trust<'a> {
    let trust = &view.findings.trust;
    let checks = trust.checks.iter();
    let constant = |constant: &Constant| ConstantSize {
        r#type: view.type_name(constant.type_id),
        allocations: constant.allocations,
        size: constant.size,
    };
    Trust {
        grade: phrases::grade(trust.grade),
        because: trust.because.iter().map(|kind| name(*kind)).collect(),
        checks: checks
            .map(|check| Check {
                name: name(check.kind),
                outcome: outcome(check.outcome),
                count: check.count,
                of: check.of,
                detail: phrases::check_detail(check, view),
            })
            .collect(),
        constant_sizes: trust.constant_sizes.iter().map(constant).collect(),
    }
}

pub(super) fn step(advice: &Advice, text: String) -> NextStep {
    let kind = match advice {
        Advice::AcceptPrefixes { .. } => "accept_prefixes",
        Advice::RepairInput { .. } => "repair_input",
        Advice::FreeSite { .. } => "free_site",
        Advice::LogAllocations { .. } => "log_allocations",
        Advice::MeasureSizes(_) => "measure_sizes",
        Advice::ExplainRest { .. } => "explain_rest",
        Advice::EndThreads(_) => "end_threads",
        Advice::CheckAllocator => "check_allocator",
        Advice::MarkIterations => "mark_iterations",
    };
    NextStep { kind, text }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Note => "note",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
    }
}

fn name(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Records => "records",
        CheckKind::Complete => "complete",
        CheckKind::Readable => "readable",
        CheckKind::NoPrefix => "no_prefix",
        CheckKind::UniqueIds => "unique_ids",
        CheckKind::MatchedFrees => "matched_frees",
        CheckKind::FreedOnce => "freed_once",
        CheckKind::SizesAgree => "sizes_agree",
        CheckKind::TypesAgree => "types_agree",
        CheckKind::MatchedReallocations => "matched_reallocations",
        CheckKind::PossibleSizes => "possible_sizes",
        CheckKind::MeasuredSizes => "measured_sizes",
        CheckKind::InOrder => "in_order",
        CheckKind::FreshIds => "fresh_ids",
        CheckKind::Coverage => "coverage",
        CheckKind::FitsMemory => "fits_memory",
        CheckKind::MatchesHeaders => "matches_headers",
        CheckKind::Summed => "summed",
        CheckKind::Anonymous => "anonymous",
        CheckKind::Sampled => "sampled",
    }
}
