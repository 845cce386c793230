//! What the peak was made of, and how large memory would be without parts of it.

use std::cmp::Reverse;

use unfreed_engine::account::{At, Class, Partition};
use unfreed_engine::findings::{TypeFinding, Verdict};

use crate::account::AccountView;
use crate::document::{Block, Section, Table};
use crate::units::count;

/// Temporary types that are named.
const TEMPORARY: usize = 10;

pub fn section(account: &AccountView<'_>) -> Option<Section> {
    let view = account.view;
    let findings = view.findings;
    if findings.peak.line == 0 {
        return None;
    }
    let mut section = Section::new("Peak");
    section.say(format!(
        "{} in {} blocks were live at {}; the memories had {} then, and {} at the end.",
        view.size(findings.peak.bytes),
        count(findings.peak.live),
        view.place(findings.peak.line),
        view.size(size(account, At::Peak)?),
        view.size(size(account, At::End)?)
    ));
    let mut passing: Vec<(u64, &TypeFinding)> = findings
        .types
        .iter()
        .map(|found| (passing(found), found))
        .filter(|(bytes, _)| *bytes > 0)
        .collect();
    passing.sort_by_key(|(bytes, found)| (Reverse(*bytes), found.type_id));
    let mut table = Table::new(&["live then and freed since"], &["type"]);
    for (bytes, found) in passing.iter().take(TEMPORARY) {
        table.rows.push(vec![
            view.size(*bytes),
            view.type_name(found.type_id).to_owned(),
        ]);
    }
    if !table.rows.is_empty() {
        let left_out = passing.len().saturating_sub(TEMPORARY);
        section.table(table, left_out, ["type", "types"]);
    }
    without(account, &passing, &mut section);
    Some(section)
}

/// Estimates: an allocator that had been asked for less might have cut memory in
/// another way.
fn without(account: &AccountView<'_>, passing: &[(u64, &TypeFinding)], section: &mut Section) {
    let (view, findings) = (account.view, account.view.findings);
    let Some(all) = size(account, At::End) else {
        return;
    };
    let grows = |found: &&TypeFinding| {
        matches!(
            found.verdict,
            Some(Verdict::Systematic(_) | Verdict::Noisy(_))
        )
    };
    let leak: u64 = findings
        .types
        .iter()
        .filter(grows)
        .map(|found| found.figures.leaked_bytes)
        .sum();
    let holes = at(account, At::Peak).map_or(0, |sum| sum.of(Class::Holes));
    let temporary: u64 = passing.iter().take(TEMPORARY).map(|(bytes, _)| bytes).sum();
    let mut said = Vec::new();
    for (bytes, what) in [
        (leak, "without what grows with the iterations"),
        (holes, "without the holes that there were at the peak"),
        (temporary, "without the types named above"),
    ] {
        if bytes > 0 {
            said.push(format!(
                "about {} {what} (estimated: {} less {})",
                view.size(all.saturating_sub(bytes)),
                view.size(all),
                view.size(bytes)
            ));
        }
    }
    if !said.is_empty() {
        section.say("The memories would have:");
        section.blocks.push(Block::List(said));
    }
}

/// Bytes of a type that were live at the peak and are not at the end.
fn passing(found: &TypeFinding) -> u64 {
    let figures = &found.figures;
    figures.peak_bytes.saturating_sub(figures.leaked_bytes)
}

fn at(account: &AccountView<'_>, at: At) -> Option<Partition> {
    let partitions = account.spaces()?.partitions_at(at)?;
    let none = Partition::default();
    Some(partitions.iter().fold(none, |sum, one| sum.plus(one)))
}

fn size(account: &AccountView<'_>, moment: At) -> Option<u64> {
    Some(at(account, moment)?.size())
}
