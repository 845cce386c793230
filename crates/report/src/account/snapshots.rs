//! What came of comparing the models with snapshots of the memories.

use unfreed_engine::account::{
    Agreement, CheckResult, Comparison, Difference, DifferenceKind, SelfCheck,
};

use crate::account::AccountView;
use crate::document::{Block, Section, Table};
use crate::phrases::taken;
use crate::units::{count, things};

pub fn section(account: &AccountView<'_>) -> Option<Section> {
    let view = account.view;
    let checks = checks(account);
    let unfinished = view.recording.map_or(0, |facts| facts.missing.snapshots);
    if checks.is_empty() && unfinished == 0 {
        return None;
    }
    let mut section = Section::new("Snapshots: the account against the allocator's own headers");
    let mut table = Table::new(
        &["live blocks", "agree", "differ", "bytes that differ"],
        &["memory", "taken", "result"],
    );
    let (shown, left_out) = view.first(&checks);
    for check in shown {
        let figure = |of: fn(&Comparison) -> u64| {
            let comparison = check.comparison();
            comparison.map_or_else(String::new, |found| count(of(found)))
        };
        table.rows.push(vec![
            figure(|found| found.blocks),
            figure(|found| found.agreed_blocks),
            figure(|found| found.differing_blocks),
            figure(|found| found.differing_bytes),
            account.view.memory_name(check.memory).to_owned(),
            taken(&check.said),
            result(check),
        ]);
    }
    if !checks.is_empty() {
        section.table(table, left_out, ["snapshot", "snapshots"]);
    }
    if let Some(last) = checks
        .iter()
        .filter_map(|check| check.comparison())
        .next_back()
    {
        slack(account, last, &mut section);
    }
    differences(account, &checks, &mut section);
    missing(account, &checks, unfinished, &mut section);
    Some(section)
}

/// Those of the memories that are shown.
pub fn checks<'a>(account: &AccountView<'a>) -> Vec<&'a SelfCheck> {
    let all = account
        .spaces()
        .map_or(&[][..], |spaces| spaces.self_checks());
    let shown = |check: &&SelfCheck| account.memory.is_none_or(|only| only == check.memory);
    all.iter().filter(shown).collect()
}

fn result(check: &SelfCheck) -> String {
    match (&check.result, check.agreement()) {
        (CheckResult::NotModelled, _) => "not checked: the allocator is not modelled".to_owned(),
        (CheckResult::PagesMissing(pages), _) => match check.said.error.as_str() {
            "" => format!(
                "not checked: {} of it missing",
                things(*pages, "page", "pages")
            ),
            why => format!("not checked: it could not be written ({why})"),
        },
        (_, Some(Agreement::Agrees)) => "agrees".to_owned(),
        (_, Some(Agreement::NotExact)) => format!(
            "not exact: {} could run meanwhile",
            things(
                u64::from(check.said.threads),
                "other thread",
                "other threads"
            )
        ),
        _ => "FAILED".to_owned(),
    }
}

/// The word for programs.
pub fn result_word(check: &SelfCheck) -> &'static str {
    match (&check.result, check.agreement()) {
        (CheckResult::NotModelled, _) => "not_modelled",
        (CheckResult::PagesMissing(_), _) => "pages_missing",
        (_, Some(Agreement::Agrees)) => "agrees",
        (_, Some(Agreement::NotExact)) => "not_exact",
        _ => "differs",
    }
}

fn slack(account: &AccountView<'_>, found: &Comparison, section: &mut Section) {
    let view = account.view;
    if found.slack_blocks > 0 {
        section.say(format!(
            "In the last one {} of the blocks that agree have {} more or fewer than the account says, which is known of its model (docs/account.md).",
            count(found.slack_blocks),
            view.size(found.slack_bytes)
        ));
    }
}

fn differences(account: &AccountView<'_>, checks: &[&SelfCheck], section: &mut Section) {
    let differing = |check: &&&SelfCheck| {
        check
            .agreement()
            .is_some_and(|how| how != Agreement::Agrees)
    };
    let Some(first) = checks.iter().find(differing) else {
        return;
    };
    if checks
        .iter()
        .any(|check| check.agreement() == Some(Agreement::Differs))
    {
        section.say("Self-check failed: the classes are not to be relied on.");
    }
    section.say(format!(
        "The first differences of {} {}:",
        account.view.memory_name(first.memory),
        taken(&first.said)
    ));
    let found = first
        .comparison()
        .map_or(&[][..], |found| &found.differences);
    section
        .blocks
        .push(Block::List(found.iter().map(difference).collect()));
}

fn difference(difference: &Difference) -> String {
    let Difference {
        address,
        kind,
        model,
        header,
    } = difference;
    let bytes = |bytes: u64| things(bytes, "byte", "bytes");
    match kind {
        DifferenceKind::Size => format!(
            "at {address}: a block in use of {} by its header, of {} by the account",
            bytes(*header),
            bytes(*model)
        ),
        DifferenceKind::NotInUse => format!(
            "at {address}: live by the account, with {}, and not in use by the headers",
            bytes(*model)
        ),
        DifferenceKind::NotRecorded => format!(
            "at {address}: a block in use of {} by its header, free by the account",
            bytes(*header)
        ),
        DifferenceKind::Unreadable => format!("at {address}: what should be a header is none"),
    }
}

/// The word for programs.
pub fn difference_word(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Size => "size",
        DifferenceKind::NotInUse => "not_in_use",
        DifferenceKind::NotRecorded => "not_recorded",
        DifferenceKind::Unreadable => "unreadable",
    }
}

/// Memories that have no snapshot of a kind that others have.
fn missing(
    account: &AccountView<'_>,
    checks: &[&SelfCheck],
    unfinished: u64,
    section: &mut Section,
) {
    if unfinished > 0 {
        section.say(format!(
            "{} begun and not finished, or of a memory that is not known.",
            things(unfinished, "more snapshot was", "more snapshots were")
        ));
    }
    for (reason, what) in [
        ("mark", "at marks"),
        ("end", "at the end"),
        ("signal", "at a signal"),
    ] {
        let of_kind = || checks.iter().filter(|check| check.said.reason == reason);
        if of_kind().next().is_none() {
            continue;
        }
        // An instance without a memory counts as one of no bytes.
        let memories = account.memories().into_iter();
        let places = memories.filter(|(.., to)| to.size() > 0);
        let places = places.map(|(place, ..)| place);
        let without = places.filter(|place| of_kind().all(|check| check.memory != *place));
        let names: Vec<&str> = without
            .map(|place| account.view.memory_name(place))
            .collect();
        if !names.is_empty() {
            section.say(format!(
                "No snapshot {what} has {}: only another thread had it, or it was gone.",
                names.join(", ")
            ));
        }
    }
}
