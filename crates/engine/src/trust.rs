//! How far the figures can be trusted: one check for each way in which a log
//! can mislead, and a grade.

use std::collections::HashSet;

use crate::account::{Agreement, SelfCheck};
use crate::anomalies::AnomalyKind;
use crate::findings::{
    Check, CheckKind, ConstantSize, Coverage, Grade, Input, Outcome, Trust, TypeFinding,
};
use crate::foreign::Foreign;
use crate::ledger::Totals;
use crate::sampling::SamplingFinding;

/// From this share of the events on, a fault makes the figures wrong.
const FAIL_SHARE: f64 = 0.01;

/// Sizes are suspected to be constants from this many equal ones on.
const CONSTANT_ALLOCATIONS: u64 = 10;

/// A size that a person would write down: whole MiB, or whole 100,000 bytes.
/// Buffers have the same size for good reasons, but seldom one of these.
const ROUND_BYTES: [u64; 2] = [1 << 20, 100_000];

/// Coverage below the first fails, below the second warns.
const COVERAGE: (f64, f64) = (0.5, 0.9);

/// Coverage above this warns: memory that had room to begin with is one reason,
/// sizes that are too large another.
const OVER_COVERAGE: f64 = 1.1;

/// Leaked bytes that may be further off than this share are doubtful.
const SAMPLED: f64 = 0.25;

pub(crate) struct Evidence<'a> {
    pub totals: &'a Totals,
    /// How the log was drawn, if it is a sample.
    pub sampling: Option<&'a SamplingFinding>,
    pub types: &'a [TypeFinding],
    pub anomalies: &'a crate::anomalies::Anomalies,
    pub input: &'a Input,
    pub coverage: Option<&'a Coverage>,
    /// Live bytes at the high-water mark.
    pub peak_bytes: u64,
    /// The most that all linear memories may have had together, in bytes; `None`
    /// if it was not measured.
    pub linear_memory_bytes: Option<u64>,
    /// What came of comparing with snapshots.
    pub self_checks: &'a [SelfCheck],
}

impl Evidence<'_> {
    /// Allocations and frees in the log, which may be a sample.
    fn logged(&self) -> (u64, u64) {
        let all = (self.totals.allocations, self.totals.frees);
        self.sampling
            .map_or(all, |sampling| (sampling.allocations, sampling.frees))
    }
}

/// Makes all checks.
pub(crate) fn trust(evidence: &Evidence<'_>) -> Trust {
    let constant_sizes = constant_sizes(evidence.types);
    let mut checks = input_checks(evidence);
    checks.extend(matching_checks(evidence).into_iter().filter(occurred));
    checks.push(measured_sizes(evidence, &constant_sizes));
    checks.extend(evidence.coverage.and_then(coverage_check));
    checks.extend(fits_memory(evidence));
    checks.extend(matches_headers(evidence.self_checks));
    checks.extend(evidence.sampling.map(sampled));
    if let Some(foreign) = &evidence.input.foreign {
        checks.retain(|check| applies_to_foreign(check.kind));
        checks.push(no_blocks(foreign));
    } else if evidence.input.recorded.is_some() {
        checks.retain(|check| applies_to_recordings(check.kind));
    }
    let worst = checks.iter().map(|check| check.outcome).max();
    let grade = match worst {
        Some(Outcome::Fail) => Grade::Low,
        Some(Outcome::Warn) => Grade::Medium,
        _ => Grade::High,
    };
    let made_it = |check: &&Check| grade != Grade::High && Some(check.outcome) == worst;
    Trust {
        grade,
        because: checks
            .iter()
            .filter(made_it)
            .map(|check| check.kind)
            .collect(),
        checks,
        constant_sizes,
    }
}

/// A recording has no lines, frees in it name no size and no type, and what is
/// called by its address is called so again. It has all allocations, so that
/// growth which no leak explains is no reason to doubt it.
fn applies_to_recordings(kind: CheckKind) -> bool {
    matches!(
        kind,
        CheckKind::Records
            | CheckKind::Complete
            | CheckKind::UniqueIds
            | CheckKind::MatchedFrees
            | CheckKind::PossibleSizes
            | CheckKind::FitsMemory
            | CheckKind::MatchesHeaders
            | CheckKind::Sampled
    )
}

/// Files of other tools have neither lines of a program nor ids; their readers end at
/// what does not fit together.
fn applies_to_foreign(kind: CheckKind) -> bool {
    matches!(
        kind,
        CheckKind::Records | CheckKind::Complete | CheckKind::PossibleSizes
    )
}

/// What is not known of single blocks makes no figure wrong.
fn no_blocks(foreign: &Foreign) -> Check {
    match foreign {
        Foreign::Dhat(profile) => note(CheckKind::Summed, profile.points, profile.points),
        Foreign::Heaptrack(about) => note(CheckKind::Anonymous, about.frees, about.frees),
    }
}

fn input_checks(evidence: &Evidence<'_>) -> Vec<Check> {
    let text = &evidence.input.text;
    let (allocations, frees) = evidence.logged();
    let events = allocations + frees;
    let damaged: HashSet<&str> = evidence
        .input
        .damage
        .iter()
        .map(|damage| damage.source.as_str())
        .collect();
    let damaged = damaged.len() as u64;
    let records = Check {
        kind: CheckKind::Records,
        outcome: if events > 0 {
            Outcome::Pass
        } else {
            Outcome::Fail
        },
        count: events,
        of: evidence.input.recorded.unwrap_or(text.lines),
    };
    let complete = Check {
        kind: CheckKind::Complete,
        outcome: if damaged > 0 {
            Outcome::Fail
        } else {
            Outcome::Pass
        },
        count: damaged,
        of: evidence.input.sources,
    };
    vec![
        records,
        complete,
        share(
            CheckKind::Readable,
            text.malformed_lines(),
            text.records + text.malformed_lines(),
        ),
        share(
            CheckKind::NoPrefix,
            text.prefixed_records,
            text.records + text.prefixed_records,
        ),
    ]
}

fn matching_checks(evidence: &Evidence<'_>) -> Vec<Check> {
    let count = |kind| evidence.anomalies.events(kind);
    let (allocations, frees) = evidence.logged();
    let reallocations = evidence.totals.reallocations;
    let impossible = count(AnomalyKind::ImpossibleSize);
    let unmatched_reallocations = count(AnomalyKind::UnmatchedReallocation);
    vec![
        share(
            CheckKind::UniqueIds,
            count(AnomalyKind::DuplicateAllocation),
            allocations,
        ),
        share(
            CheckKind::MatchedFrees,
            count(AnomalyKind::UnmatchedFree),
            frees,
        ),
        share(CheckKind::FreedOnce, count(AnomalyKind::DoubleFree), frees),
        share(
            CheckKind::SizesAgree,
            count(AnomalyKind::SizeMismatch),
            frees,
        ),
        share(
            CheckKind::TypesAgree,
            count(AnomalyKind::TypeMismatch),
            frees + reallocations,
        ),
        share(
            CheckKind::MatchedReallocations,
            unmatched_reallocations,
            reallocations + unmatched_reallocations,
        ),
        Check {
            kind: CheckKind::PossibleSizes,
            outcome: if impossible > 0 {
                Outcome::Fail
            } else {
                Outcome::Pass
            },
            count: impossible,
            of: allocations + frees + impossible,
        },
        note(CheckKind::InOrder, count(AnomalyKind::EarlyFree), frees),
        note(
            CheckKind::FreshIds,
            count(AnomalyKind::ReusedId),
            allocations,
        ),
    ]
}

/// A check of what did not occur at all says nothing.
fn occurred(check: &Check) -> bool {
    check.of > 0
}

/// None passes, few warn, many fail.
fn share(kind: CheckKind, count: u64, of: u64) -> Check {
    let outcome = if count == 0 {
        Outcome::Pass
    } else if (count as f64) < FAIL_SHARE * of as f64 {
        Outcome::Warn
    } else {
        Outcome::Fail
    };
    Check {
        kind,
        outcome,
        count,
        of,
    }
}

/// Worth knowing if there are any.
fn note(kind: CheckKind, count: u64, of: u64) -> Check {
    let outcome = if count == 0 {
        Outcome::Pass
    } else {
        Outcome::Note
    };
    Check {
        kind,
        outcome,
        count,
        of,
    }
}

fn constant_sizes(types: &[TypeFinding]) -> Vec<ConstantSize> {
    let constant = |found: &TypeFinding| {
        let (low, high) = found.size_range?;
        let is_round = ROUND_BYTES.iter().any(|unit| low.is_multiple_of(*unit));
        let is_suspect = low == high && low > 0 && is_round;
        (is_suspect && found.figures.allocations >= CONSTANT_ALLOCATIONS).then_some(ConstantSize {
            type_id: found.type_id,
            allocations: found.figures.allocations,
            size: low,
        })
    };
    types.iter().filter_map(constant).collect()
}

fn measured_sizes(evidence: &Evidence<'_>, constant: &[ConstantSize]) -> Check {
    let is_constant = |found: &&TypeFinding| constant.iter().any(|c| c.type_id == found.type_id);
    let leaked = evidence
        .types
        .iter()
        .filter(is_constant)
        .map(|found| found.figures.leaked_bytes);
    let (count, of) = (leaked.sum::<u64>(), evidence.totals.live_bytes);
    let outcome = if constant.is_empty() {
        Outcome::Pass
    } else if count == 0 {
        Outcome::Note
    } else if count > of / 2 {
        Outcome::Fail
    } else {
        Outcome::Warn
    };
    Check {
        kind: CheckKind::MeasuredSizes,
        outcome,
        count,
        of,
    }
}

/// More live bytes than memory: blocks are handed out twice, or frees are missed.
/// Only recordings have all blocks and all linear memories, in which these are.
fn fits_memory(evidence: &Evidence<'_>) -> Option<Check> {
    evidence.input.recorded?;
    let of = evidence.linear_memory_bytes?;
    Some(Check {
        kind: CheckKind::FitsMemory,
        outcome: if evidence.peak_bytes > of {
            Outcome::Fail
        } else {
            Outcome::Pass
        },
        count: evidence.peak_bytes,
        of,
    })
}

/// A snapshot that differs by what other threads may have changed meanwhile says
/// nothing against the figures.
fn matches_headers(checks: &[SelfCheck]) -> Option<Check> {
    let compared = || checks.iter().filter_map(SelfCheck::comparison);
    let of: u64 = compared().map(|found| found.blocks).sum();
    let count = compared().map(|found| found.differing_blocks).sum();
    let outcome = |check: &SelfCheck| match check.agreement()? {
        Agreement::Agrees => Some(Outcome::Pass),
        Agreement::NotExact => Some(Outcome::Note),
        Agreement::Differs => {
            let found = check.comparison()?;
            let few = |part: u64, all: u64| (part as f64) < FAIL_SHARE * all as f64;
            let are_few = few(found.differing_blocks, found.blocks)
                && few(found.differing_bytes, found.bytes);
            Some(if are_few {
                Outcome::Warn
            } else {
                Outcome::Fail
            })
        }
    };
    Some(Check {
        kind: CheckKind::MatchesHeaders,
        outcome: checks.iter().filter_map(outcome).max()?,
        count,
        of,
    })
}

/// Estimates that may be far off are doubtful.
fn sampled(sampling: &SamplingFinding) -> Check {
    let total = &sampling.total;
    let (low, high) = total.leaked_bytes;
    let is_close = high - low <= SAMPLED * (high + low);
    Check {
        kind: CheckKind::Sampled,
        outcome: match is_close {
            true => Outcome::Note,
            false => Outcome::Warn,
        },
        count: total.leaked_samples,
        of: total.samples,
    }
}

fn coverage_check(coverage: &Coverage) -> Option<Check> {
    let ratio = coverage.ratio()?;
    // All of the memory would not have held it.
    let is_impossible = coverage.explained_bytes > coverage.end_bytes;
    let outcome = if ratio < COVERAGE.0 || is_impossible {
        Outcome::Fail
    } else if !(COVERAGE.1..=OVER_COVERAGE).contains(&ratio) {
        Outcome::Warn
    } else {
        Outcome::Pass
    };
    Some(Check {
        kind: CheckKind::Coverage,
        outcome,
        count: coverage.explained_bytes,
        of: u64::try_from(coverage.growth()).unwrap_or(0),
    })
}
