//! The high-water mark, and what did not live long enough to matter.

use unfreed_engine::findings::TypeFinding;

use crate::document::{Section, Table};
use crate::sections::{foreign, iterations};
use crate::units::{count, percent};
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let findings = view.findings;
    let peak = &findings.peak;
    if peak.bytes == 0 {
        return None;
    }
    let mut section = Section::new("Peak");
    let time = peak
        .time
        .map(|ns| format!(", t = {} ms", count(ns / 1_000_000)));
    let iteration = match findings.iterations.len() {
        0 | 1 => String::new(),
        _ => format!(", {}", iterations::label(peak.iteration, view)),
    };
    let (place, time) = match foreign::peak(view) {
        Some(moment) => (moment, None),
        None => (view.place(peak.line), time),
    };
    section.say(format!(
        "{} in {} objects were live at {place}{iteration}{}; at the end it is {} in {}.",
        view.bytes(peak.bytes),
        view.blocks(peak.live),
        time.unwrap_or_default(),
        view.bytes(findings.totals.live_bytes),
        view.blocks(findings.totals.live),
    ));
    let live_then = |found: &&TypeFinding| found.figures.peak > 0;
    let mut types: Vec<&TypeFinding> = view.types().into_iter().filter(live_then).collect();
    types.sort_by_key(|found| std::cmp::Reverse(found.figures.peak_bytes));
    let mut table = Table::new(&["live then", "size then", "share"], &["type"]);
    let (shown, left_out) = view.first(&types);
    for found in shown {
        table.rows.push(vec![
            view.blocks(found.figures.peak),
            view.bytes(found.figures.peak_bytes),
            view.about(percent(
                found.figures.peak_bytes as f64 / peak.bytes.max(1) as f64,
            )),
            view.type_name(found.type_id).to_owned(),
        ]);
    }
    section.table(table, left_out, ["type", "types"]);
    if findings.sampling.is_some() {
        section.say("The highest of many estimates is rather too high.");
        return Some(section);
    }
    if !findings.knows_temporary() {
        return Some(section);
    }
    let totals = &findings.totals;
    let rule = match findings.input.foreign {
        Some(_) => "freed by the next event of all threads",
        None => "freed before the next allocation of their thread",
    };
    section.say(format!(
        "Temporary allocations ({rule}): {} of {}, {}.",
        count(totals.temporary),
        count(totals.allocations),
        percent(totals.temporary as f64 / totals.allocations.max(1) as f64)
    ));
    Some(section)
}
