//! What to do next, the most useful first.

use crate::findings::{Advice, Check, CheckKind, Findings, Outcome, SiteFinding, Verdict};

/// More steps than this are not taken at once.
const MAX_STEPS: usize = 3;

/// Leaks that are named before the steps that make the log better.
const MAX_LEAKS: usize = 2;

/// A second leak is named if it has at least this share (one in so many) of all
/// leaked bytes.
const LEAK_SHARE: u64 = 20;

pub(crate) fn advice(findings: &Findings) -> Vec<Advice> {
    let mut steps = Vec::new();
    steps.extend(input_step(findings));
    steps.extend(allocator_step(findings));
    steps.extend(threads_step(findings));
    let marks = marks_step(findings);
    // Without marks, what was set up once looks like a leak as well.
    let leaks = if marks.is_some() { 1 } else { MAX_LEAKS };
    steps.extend(leak_steps(findings).take(leaks));
    steps.extend(marks);
    let steps_for_the_log = [
        unmatched_step(findings),
        size_step(findings),
        rest_step(findings),
    ];
    steps.extend(steps_for_the_log.into_iter().flatten());
    steps.truncate(MAX_STEPS);
    steps
}

fn input_step(findings: &Findings) -> Option<Advice> {
    let text = &findings.input.text;
    if text.prefixed_records > text.records {
        return Some(Advice::AcceptPrefixes {
            lines: text.prefixed_records,
        });
    }
    // A torn line here and there is a matter of trust, not of the next step.
    let unreadable = failed(findings, CheckKind::Readable);
    (unreadable || !findings.input.damage.is_empty()).then(|| Advice::RepairInput {
        sources: findings.input.damage.len() as u64,
        lines: text.malformed_lines(),
    })
}

/// The main site of each type that leaks, by the order of the leaks.
fn leak_steps(findings: &Findings) -> impl Iterator<Item = Advice> {
    let all = findings.totals.live_bytes;
    let types = findings.leaks.iter().map(|index| &findings.types[*index]);
    let sites = types
        .filter_map(|found| findings.sites.get(found.main_site?))
        .enumerate();
    let worth_it = sites
        .filter(move |(rank, found)| *rank == 0 || found.figures.leaked_bytes >= all / LEAK_SHARE);
    worth_it.filter_map(|(_, found)| leak_step(found))
}

/// Blocks that do not fit together in a recording were handed out by functions
/// that it does not have.
fn allocator_step(findings: &Findings) -> Option<Advice> {
    if findings.input.recorded.is_none() || findings.input.foreign.is_some() {
        return None;
    }
    let kinds = [
        CheckKind::UniqueIds,
        CheckKind::MatchedFrees,
        CheckKind::FitsMemory,
    ];
    let is_wrong = |check: &&Check| match check.kind {
        // A few blocks whose size is not known change little.
        CheckKind::MatchesHeaders => check.outcome == Outcome::Fail,
        kind => kinds.contains(&kind) && check.outcome > Outcome::Note,
    };
    let wrong = findings.trust.checks.iter().find(is_wrong);
    wrong.map(|_| Advice::CheckAllocator)
}

/// What ended threads left is worth a step of its own if it is a share of the
/// leak that a site would be named for.
fn threads_step(findings: &Findings) -> Option<Advice> {
    let left = findings.ended_threads();
    let worth_it = left.bytes > 0 && left.bytes >= findings.totals.live_bytes / LEAK_SHARE;
    worth_it.then_some(Advice::EndThreads(left))
}

/// What was only set up, or stopped growing, needs no step.
fn leak_step(found: &SiteFinding) -> Option<Advice> {
    let rate = match found.verdict {
        Some(Verdict::Systematic(rate) | Verdict::Noisy(rate)) => Some(rate),
        None | Some(Verdict::TooFew) => None,
        Some(Verdict::Clean | Verdict::OneOff | Verdict::Bounded) => return None,
    };
    Some(Advice::FreeSite {
        site: found.site,
        leaked: found.figures.leaked,
        leaked_bytes: found.figures.leaked_bytes,
        rate,
    })
}

fn unmatched_step(findings: &Findings) -> Option<Advice> {
    if !failed(findings, CheckKind::MatchedFrees) {
        return None;
    }
    let with_unmatched = || {
        findings
            .types
            .iter()
            .filter(|found| found.unmatched_frees > 0)
    };
    let most = with_unmatched().max_by_key(|found| found.unmatched_frees)?;
    Some(Advice::LogAllocations {
        type_id: most.type_id,
        frees: most.unmatched_frees,
        of: most.figures.frees,
        other_types: with_unmatched().count() as u64 - 1,
    })
}

fn size_step(findings: &Findings) -> Option<Advice> {
    let leaked_bytes = |type_id| {
        let found = findings.types.iter().find(|found| found.type_id == type_id);
        found.map_or(0, |found| found.figures.leaked_bytes)
    };
    let constants = findings.trust.constant_sizes.iter();
    let largest = constants.max_by_key(|constant| leaked_bytes(constant.type_id))?;
    (leaked_bytes(largest.type_id) > 0).then_some(Advice::MeasureSizes(*largest))
}

fn rest_step(findings: &Findings) -> Option<Advice> {
    if !findings
        .trust
        .checks
        .iter()
        .any(|check| check.kind == CheckKind::Coverage && check.outcome > Outcome::Note)
    {
        return None;
    }
    let coverage = findings.coverage.as_ref()?;
    Some(Advice::ExplainRest {
        bytes: u64::try_from(coverage.unexplained()).ok()?,
        of: u64::try_from(coverage.growth()).ok()?,
    })
}

fn marks_step(findings: &Findings) -> Option<Advice> {
    // Neither a trace of memtrace nor a file of another tool has a place for marks.
    let is_memtrace = findings.sampling.is_some() && findings.input.recorded.is_some();
    let has_marks = !is_memtrace && findings.input.foreign.is_none();
    let is_unjudged = findings.iterations.len() <= 1 && findings.totals.live > 0 && has_marks;
    is_unjudged.then_some(Advice::MarkIterations)
}

fn failed(findings: &Findings, kind: CheckKind) -> bool {
    let mut checks = findings.trust.checks.iter();
    checks.any(|check| check.kind == kind && check.outcome == Outcome::Fail)
}
