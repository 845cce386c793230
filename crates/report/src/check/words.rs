//! Budgets and their outcomes in words.

use unfreed_engine::budget::{Culprit, Measured, Outcome, Unmeasured, Who};

use super::culprit::describe;
use super::{CheckedBudget, CheckedInput, Kind};
use crate::phrases::after_warm_up;
use crate::units::{average, percent, things, with_interval};
use crate::view::View;

/// A figure in the unit of its kind.
pub(super) fn figure(kind: Kind, figure: f64, view: &View<'_>) -> String {
    if kind.is_bytes() {
        view.units.amount(figure)
    } else if kind.is_share() {
        percent(figure)
    } else {
        average(figure)
    }
}

/// What a budget is of: "leaked bytes per iteration of type Proof*".
pub(super) fn what(budget: &CheckedBudget) -> String {
    match &budget.subject {
        None => budget.kind.title().to_owned(),
        Some(subject) => format!("{} ({subject})", budget.kind.title()),
    }
}

/// What was allowed and what was measured, in one line.
pub(super) fn sentence(budget: &CheckedBudget, input: &CheckedInput<'_>) -> String {
    let view = &input.view;
    let allowed = format!("allowed {}", figure(budget.kind, budget.limit, view));
    let measured = (budget.judged.measured.as_ref())
        .map(|measured| format!("measured {}", measured_words(budget.kind, measured, view)));
    let said = match budget.judged.outcome {
        Outcome::Pass | Outcome::Fail => String::new(),
        Outcome::NotShown => ": not shown to exceed".to_owned(),
        Outcome::TooFewIterations { counted, needed } => {
            format!("not enough iterations: {counted} of {needed}")
        }
        Outcome::NotMeasured(why) => format!("not measured: {}", unmeasured(why)),
    };
    match measured {
        Some(measured) => format!("{allowed}, {measured}{said}"),
        None => format!("{allowed}, {said}"),
    }
}

fn measured_words(kind: Kind, measured: &Measured, view: &View<'_>) -> String {
    let amount = |value| figure(kind, value, view);
    let shown = view.about(amount(measured.figure));
    let estimate = match measured.is_estimate {
        true => ", estimated from samples",
        false => "",
    };
    if !kind.is_rate() {
        return format!("{shown}{estimate}");
    }
    let growth = match measured.interval {
        Some(interval) if !measured.is_exact => {
            let (low, high) = (amount(interval.low), amount(interval.high));
            with_interval(&shown, &low, &high, interval.confidence)
        }
        _ => format!("exactly {shown}"),
    };
    format!(
        "{growth} in {}{}{estimate}",
        things(measured.iterations as u64, "iteration", "iterations"),
        after_warm_up(measured.warm_up)
    )
}

fn unmeasured(why: Unmeasured) -> &'static str {
    match why {
        Unmeasured::NoAllocations => "there is no allocation in it",
        Unmeasured::NoMemory => "there is no linear memory in it",
        Unmeasured::NotModelled => "the holes of its allocator are not known",
        Unmeasured::NoHandles => "handles are followed in recordings only",
        Unmeasured::NoTemporary => "samples and sums do not tell temporary allocations",
        Unmeasured::TooManyMarks => "there are more marks than memories are kept for",
        Unmeasured::NothingMatches => "nothing that was recorded has a name that matches",
    }
}

/// How much of it a culprit has.
pub(super) fn amount(kind: Kind, culprit: &Culprit, view: &View<'_>) -> String {
    let [one, more] = match culprit.who {
        Who::Handles(_) => ["handle", "handles"],
        Who::Site(_) if matches!(kind, Kind::Temporary | Kind::TemporaryShare) => {
            ["temporary allocation", "temporary allocations"]
        }
        Who::Site(_) if kind == Kind::MemoryGrowth => ["growth", "growths"],
        Who::Site(_) => ["block", "blocks"],
    };
    let things = if culprit.blocks == 1.0 { one } else { more };
    let blocks = view.about(format!("{} {things}", average(culprit.blocks)));
    let per = match kind {
        Kind::Temporary | Kind::TemporaryShare => " in the run",
        kind if kind.is_rate() => " per iteration",
        _ => "",
    };
    if matches!(
        kind,
        Kind::HolesBytes | Kind::HolesGrowth | Kind::HolesShare
    ) {
        let held = view.units.amount(culprit.bytes);
        return format!("{blocks} between {held} of holes at the end");
    }
    match culprit.bytes {
        0.0 => format!("{blocks}{per}"),
        bytes => format!("{} in {blocks}{per}", view.about(view.units.amount(bytes))),
    }
}

/// What was allowed and measured, who broke it and what to do, in lines.
pub(super) fn failure(budget: &CheckedBudget, input: &CheckedInput<'_>) -> String {
    let mut lines = vec![format!("{}: {}", what(budget), sentence(budget, input))];
    for culprit in &budget.judged.culprits {
        let described = describe(budget.kind, culprit, &input.view);
        let amount = amount(budget.kind, culprit, &input.view);
        lines.push(format!("{}: {amount}", described.type_name));
        lines.extend(described.lines.iter().map(|line| format!("  at {line}")));
        let why = described.why.iter();
        lines.extend(why.map(|why| format!("  why it stays: {why}")));
        lines.push(format!("  next step: {}", described.next_step));
    }
    lines.join("\n")
}

/// An outcome for programs.
pub(super) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass | Outcome::NotShown => "pass",
        Outcome::Fail => "fail",
        Outcome::TooFewIterations { .. } => "too_few_iterations",
        Outcome::NotMeasured(_) => "not_measured",
    }
}
