//! The check for people.

use unfreed_engine::budget::Outcome;

use super::culprit::describe;
use super::words::{amount, sentence, what};
use super::{Check, CheckOutcome, CheckedBudget, CheckedInput};
use crate::document::{Block, Document, Section};
use crate::units::things;

/// Culprits of one budget that are shown.
const CULPRITS: usize = 3;

/// What came of the budgets: a line for each that was kept, and for each that was not
/// what was allowed, what was measured, who broke it, and what to do.
#[must_use]
pub fn check(check: &Check<'_>) -> Document {
    let mut document = Document {
        headline: check.inputs.iter().map(headline).collect(),
        sections: Vec::new(),
    };
    for input in &check.inputs {
        let of = match check.inputs.len() {
            1 => String::new(),
            _ => format!(" of {}", input.source),
        };
        let failed = |budget: &&CheckedBudget| budget.judged.outcome == Outcome::Fail;
        let broken = input.budgets.iter().filter(failed);
        document
            .sections
            .extend(broken.map(|budget| section(budget, input, &of)));
        document.sections.extend(others(input, &of));
        document.sections.extend(suppressed(input, &of));
    }
    document.sections.extend(stale(check));
    document
}

fn headline(input: &CheckedInput<'_>) -> String {
    let count = |wanted: fn(Outcome) -> bool| {
        let budgets = input.budgets.iter();
        budgets
            .filter(|budget| wanted(budget.judged.outcome))
            .count() as u64
    };
    let broken = count(|outcome| outcome == Outcome::Fail);
    let all = things(input.budgets.len() as u64, "budget", "budgets");
    let counted = input.view.findings.counted_iterations as u64;
    let iterations = things(counted, "iteration", "iterations");
    let source = &input.source;
    if let [problem, ..] = &input.problems[..] {
        return format!("Cannot tell: {source}: {problem}.");
    }
    match input.outcome() {
        CheckOutcome::Pass => format!("Passed: {source} keeps {all}, in {iterations}."),
        CheckOutcome::Fail => {
            format!("Failed: {source} breaks {broken} of {all}, in {iterations}.")
        }
        CheckOutcome::Unknown => {
            let untold = count(|outcome| {
                matches!(
                    outcome,
                    Outcome::TooFewIterations { .. } | Outcome::NotMeasured(_)
                )
            });
            format!(
                "Cannot tell: {untold} of {all} could not be judged, in {iterations} of {source}."
            )
        }
    }
}

/// A budget that was broken.
fn section(budget: &CheckedBudget, input: &CheckedInput<'_>, of: &str) -> Section {
    let mut section = Section::new(format!("Broken{of}: {}", what(budget)));
    section.say(format!("{}.", capital(&sentence(budget, input))));
    let culprits = &budget.judged.culprits;
    for culprit in culprits.iter().take(CULPRITS) {
        let described = describe(budget.kind, culprit, &input.view);
        section.say(format!(
            "{}: {}",
            described.type_name,
            amount(budget.kind, culprit, &input.view)
        ));
        section.blocks.push(Block::List(described.lines));
        if let Some(why) = described.why {
            section.say(format!("Why it stays: {why}."));
        }
        section.say(format!("Next step: {}", described.next_step));
    }
    let more = culprits.len().saturating_sub(CULPRITS) as u64;
    if more > 0 {
        section.say(format!(
            "{} left out (JSON has all).",
            things(more, "more site", "more sites")
        ));
    }
    if culprits.is_empty() {
        section.say(format!(
            "Next step: `unfreed account {}` says where the bytes are.",
            input.source
        ));
    }
    section
}

/// Budgets that were not broken.
fn others(input: &CheckedInput<'_>, of: &str) -> Option<Section> {
    let is_other = |budget: &&CheckedBudget| budget.judged.outcome != Outcome::Fail;
    let lines: Vec<String> = input
        .budgets
        .iter()
        .filter(is_other)
        .map(|budget| {
            let kept = match budget.judged.outcome {
                Outcome::Pass | Outcome::NotShown => "kept",
                _ => "not judged",
            };
            format!("{kept}: {}: {}", what(budget), sentence(budget, input))
        })
        .chain(
            input
                .problems
                .iter()
                .map(|problem| format!("incomplete: {problem}")),
        )
        .collect();
    list(format!("Budgets{of}"), lines)
}

fn suppressed(input: &CheckedInput<'_>, of: &str) -> Option<Section> {
    let view = &input.view;
    let lines = input.suppressed.iter().map(|found| {
        let reason = found.reason.as_ref().map(|reason| format!(": {reason}"));
        let expires = found.expires.as_ref();
        let expires = expires.map(|date| format!(" (until {date})"));
        format!(
            "leak:{}: {} in {}{}{}",
            found.pattern,
            view.bytes(found.bytes),
            view.things(found.blocks, "block", "blocks"),
            reason.unwrap_or_default(),
            expires.unwrap_or_default()
        )
    });
    list(
        format!("Suppressed{of}, and in no figure above"),
        lines.collect(),
    )
}

fn stale(check: &Check<'_>) -> Option<Section> {
    let lines = check.stale.iter().map(|stale| match &stale.expired {
        Some(date) => format!(
            "{}: leak:{} has expired on {date}, and suppresses nothing",
            stale.place, stale.pattern
        ),
        None => format!("{}: leak:{} matches nothing", stale.place, stale.pattern),
    });
    list("Suppressions to remove".to_owned(), lines.collect())
}

fn list(title: String, lines: Vec<String>) -> Option<Section> {
    (!lines.is_empty()).then(|| Section {
        title,
        blocks: vec![Block::List(lines)],
    })
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + rest.as_str()
}
