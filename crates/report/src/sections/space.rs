//! Where the bytes of linear memory are, and where they have come from.

use std::collections::HashSet;

use unfreed_engine::account::{At, Class, Memory, Partition, Spaces};
use unfreed_engine::findings::Verdict;
use unfreed_events::TypeId;

use crate::document::{Section, Table};
use crate::phrases;
use crate::units::percent;
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let spaces = view.findings.spaces.as_ref()?;
    if spaces.memories().is_empty() {
        return None;
    }
    let mut section = Section::new("Linear memory");
    for (place, memory) in spaces.memories().iter().enumerate() {
        table(place, memory, spaces, view, &mut section);
    }
    Some(section)
}

/// How much memory grew from one moment to another, and what of that is a leak,
/// overhead, fragmentation or reserve: one line.
pub fn answer(view: &View<'_>, from: At, to: At, memory: Option<usize>) -> Option<String> {
    let spaces = view.findings.spaces.as_ref()?;
    let sum = |at| Some(sum(&spaces.partitions_at(at)?, memory));
    let (start, end) = (sum(from)?, sum(to)?);
    let growth = |class| end.of(class) as i128 - start.of(class) as i128;
    let total = i128::from(end.size()) - i128::from(start.size());
    let amount = |bytes: i128| view.units.amount(bytes as f64);
    let live = growth(Class::Payload) + growth(Class::ThreadStacks);
    let growing = growing_bytes(view, from, to).min(live).max(0);
    if total == 0 {
        let size = view.size(end.size());
        return Some(match growing {
            0 => format!("Linear memory did not grow: {size}."),
            leak => format!(
                "Linear memory did not grow, {size}, but a leak takes its reserve: {}.",
                amount(leak)
            ),
        });
    }
    let mut parts = Vec::new();
    let share = |bytes: i128| percent(bytes as f64 / total as f64);
    if growing > 0 {
        parts.push(format!("leak {} ({})", amount(growing), share(growing)));
    }
    if live != growing {
        let rest = live - growing;
        parts.push(format!(
            "other live blocks {} ({})",
            amount(rest),
            share(rest)
        ));
    }
    let reserve = growth(Class::Top) + growth(Class::NeverTouched);
    for (name, bytes) in [
        ("allocator overhead", growth(Class::Overhead)),
        ("fragmentation", growth(Class::Holes)),
        ("reserve", reserve),
        (
            "static data and main stack",
            growth(Class::StaticData) + growth(Class::MainStack),
        ),
        ("unknown", growth(Class::Unknown)),
    ] {
        if bytes != 0 || name == "unknown" {
            parts.push(format!("{name} {}", amount(bytes)));
        }
    }
    let iterations = match (from, to) {
        (At::Start, At::End) => in_iterations(view.findings.counted_iterations),
        _ => String::new(),
    };
    let sign = if total > 0 { "+" } else { "" };
    Some(format!(
        "{sign}{}{iterations}: {}.",
        amount(total),
        parts.join(", ")
    ))
}

fn in_iterations(iterations: usize) -> String {
    match iterations {
        0 => String::new(),
        1 => " in 1 iteration".to_owned(),
        more => format!(" in {more} iterations"),
    }
}

/// How much the types that grow with the iterations have grown. What they had
/// before the first iteration was set up.
fn growing_bytes(view: &View<'_>, from: At, to: At) -> i128 {
    let findings = view.findings;
    let marks = findings
        .spaces
        .as_ref()
        .map_or(0, |spaces| spaces.at_marks().len());
    let from = match from {
        At::Start if marks > 0 => At::Mark(0),
        from => from,
    };
    let grows = |verdict| matches!(verdict, Some(Verdict::Systematic(_) | Verdict::Noisy(_)));
    let types = findings.types.iter().filter(|found| grows(found.verdict));
    let growing: HashSet<TypeId> = types.map(|found| found.type_id).collect();
    let grown = findings.growth_between(from, to).into_iter();
    let of_growing = |site| {
        let type_id = view.names.site_type(site);
        type_id.is_some_and(|type_id| growing.contains(&type_id))
    };
    let grown = grown.filter(|(site, _)| of_growing(*site));
    grown.map(|(_, grown)| i128::from(grown.bytes)).sum()
}

/// Of all memories, or of one.
fn sum(partitions: &[Partition], memory: Option<usize>) -> Partition {
    let all = partitions.iter().enumerate();
    let shown = all.filter(|(place, _)| memory.is_none_or(|only| only == *place));
    shown.fold(Partition::default(), |sum, (_, one)| sum.plus(one))
}

fn table(place: usize, memory: &Memory, spaces: &Spaces, view: &View<'_>, section: &mut Section) {
    let start = spaces.at_start().get(place).copied().unwrap_or_default();
    let end = memory.partition();
    let peak = spaces.at_peak().get(place).copied().unwrap_or(start);
    let mut table = Table::new(
        &["at the start", "at the peak", "at the end", "growth"],
        &["class"],
    );
    let mut row = |name: &str, of: &dyn Fn(&Partition) -> u64| {
        table.rows.push(vec![
            view.size(of(&start)),
            view.size(of(&peak)),
            view.size(of(&end)),
            view.units.amount(of(&end) as f64 - of(&start) as f64),
            name.to_owned(),
        ]);
    };
    for class in Class::ALL {
        let of = |partition: &Partition| partition.of(class);
        if of(&start) + of(&peak) + of(&end) > 0 || class == Class::Unknown {
            row(phrases::class(class), &of);
        }
    }
    row("all of it", &Partition::size);
    section.table(table, 0, ["", ""]);
    match memory.holes() {
        Some(holes) if holes.count() > 0 => section.say(format!(
            "{} holes, the largest of {}; external fragmentation {:.2} (1 - largest / all).",
            crate::units::count(holes.count()),
            view.size(holes.largest()),
            holes.fragmentation()
        )),
        Some(_) => {}
        None => section.say(phrases::not_modelled(memory)),
    }
    if memory.misplaced_blocks() > 0 {
        section.say(format!(
            "{} blocks lie where the model of the allocator cannot have put them: classes are not to be relied on.",
            crate::units::count(memory.misplaced_blocks())
        ));
    }
}
