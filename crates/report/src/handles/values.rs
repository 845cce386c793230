//! JavaScript values that modules hold: how long the slabs are that keep them.

use std::collections::BTreeMap;

use unfreed_events::trace::{Facts, Said, raw};

use crate::document::{Section, Table};
use crate::units::count;
use crate::view::View;

/// A slab that is shown: its first and last length.
pub(super) struct Slab<'a> {
    pub process: u32,
    pub thread: u32,
    pub kind: &'a str,
    pub place: &'a str,
    pub instance: u32,
    pub first: u64,
    pub last: u64,
}

/// Each slab of a recording.
pub(super) fn slabs(facts: &Facts) -> Vec<Slab<'_>> {
    let mut slabs: BTreeMap<(u32, u32, &str, &str, u32), Slab<'_>> = BTreeMap::new();
    for Said {
        process,
        thread,
        what,
        ..
    } in &facts.js_values
    {
        let raw::JsValues {
            kind,
            place,
            instance,
            length,
            ..
        } = what;
        let key = (*process, *thread, kind.as_str(), place.as_str(), *instance);
        let slab = slabs.entry(key).or_insert(Slab {
            process: *process,
            thread: *thread,
            kind,
            place,
            instance: *instance,
            first: *length,
            last: *length,
        });
        slab.last = *length;
    }
    slabs.into_values().collect()
}

pub fn section(view: &View<'_>) -> Option<Section> {
    let mut slabs = slabs(view.recording?);
    if slabs.is_empty() {
        return None;
    }
    slabs.sort_by_key(|slab| std::cmp::Reverse((slab.last - slab.first.min(slab.last), slab.last)));
    let mut section = Section::new("JavaScript values held by modules");
    section.say(
        "Entries of the array or table in which glue keeps the values that a module holds. It never shrinks: growth \
         means that more values than ever are held at once.",
    );
    let mut table = Table::new(&["at the first mark", "at the end", "thread"], &["where"]);
    let (shown, left_out) = view.first(&slabs);
    for slab in shown {
        let place = match slab.kind {
            "heap" => view.short(slab.place).into_owned(),
            _ => format!("table of instance {}", slab.instance),
        };
        table.rows.push(vec![
            count(slab.first),
            count(slab.last),
            slab.thread.to_string(),
            place,
        ]);
    }
    section.table(table, left_out, ["slab", "slabs"]);
    Some(section)
}
