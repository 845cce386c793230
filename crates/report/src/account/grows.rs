//! Each `memory.grow`: who caused it, what for, and what was free then.

use unfreed_engine::account::Grow;

use crate::account::AccountView;
use crate::document::{Section, Table};
use crate::units::{count, things};

pub fn section(account: &AccountView<'_>) -> Option<Section> {
    let view = account.view;
    let shown = |grow: &&Grow| account.memory.is_none_or(|only| only == grow.memory);
    let all = account.spaces()?.grows();
    let grows: Vec<&Grow> = all.iter().filter(shown).collect();
    if grows.is_empty() {
        return None;
    }
    let mut section = Section::new("Growth of the memory");
    let mut table = Table::new(
        &[
            "event",
            "pages before",
            "added",
            "asked for",
            "in holes",
            "largest hole",
            "free at the top",
        ],
        &["had room, were it one", "caused by"],
    );
    let (rows, left_out) = view.first(&grows);
    for grow in rows {
        let size = |bytes: Option<u64>| bytes.map_or_else(String::new, |bytes| view.size(bytes));
        table.rows.push(vec![
            count(grow.line),
            count(u64::from(grow.old_pages)),
            count(u64::from(grow.delta_pages)),
            size(grow.request),
            size(grow.free.map(|free| free.holes)),
            size(grow.free.map(|free| free.largest)),
            size(grow.free.map(|free| free.top)),
            fitted(grow).to_owned(),
            match grow.site {
                Some(site) => format!("{} at {}", view.site_type(site), view.location(site)),
                None => "not known".to_owned(),
            },
        ]);
    }
    section.table(table, left_out, ["growth", "growths"]);
    let fragmented = grows
        .iter()
        .filter(|grow| grow.would_have_fitted() == Some(true));
    let fragmented = fragmented.count() as u64;
    if fragmented > 0 {
        section.say(format!(
            "{} of {} would not have been needed, had what was free been in one piece.",
            count(fragmented),
            things(grows.len() as u64, "growth", "growths")
        ));
    }
    Some(section)
}

fn fitted(grow: &Grow) -> &'static str {
    match grow.would_have_fitted() {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    }
}
