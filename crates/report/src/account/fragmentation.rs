//! The holes at the end, and the blocks between them.

use unfreed_engine::account::Memory;

use crate::account::AccountView;
use crate::document::{Section, Table};
use crate::units::{count, percent};

pub fn section(account: &AccountView<'_>) -> Option<Section> {
    let mut section = Section::new("Fragmentation at the end");
    let memories = account.spaces()?.memories().iter().enumerate();
    for (place, memory) in memories {
        if account.memory.is_none_or(|only| only == place) {
            holes(account, place, memory, &mut section);
        }
    }
    pins(account, &mut section);
    (!section.blocks.is_empty()).then_some(section)
}

fn holes(account: &AccountView<'_>, place: usize, memory: &Memory, section: &mut Section) {
    let view = account.view;
    let Some(holes) = memory.holes().filter(|holes| holes.count() > 0) else {
        return;
    };
    section.say(format!(
        "{}: {} holes with {}, the largest of {}; external fragmentation {:.2} (1 - largest / all).",
        account.view.memory_name(place),
        count(holes.count()),
        view.size(holes.bytes()),
        view.size(holes.largest()),
        holes.fragmentation()
    ));
    let mut table = Table::new(&["holes", "bytes", "share"], &["size"]);
    for class in holes.classes() {
        table.rows.push(vec![
            count(class.count),
            view.size(class.bytes),
            percent(class.bytes as f64 / holes.bytes() as f64),
            format!("{} and more", view.size(class.least)),
        ]);
    }
    section.table(table, 0, ["", ""]);
}

fn pins(account: &AccountView<'_>, section: &mut Section) {
    let view = account.view;
    let pins = &view.findings.pins;
    if pins.is_empty() {
        return;
    }
    section.say(
        "Live blocks in pages of which at most an eighth is in use, and what is free in those pages:",
    );
    let mut table = Table::new(
        &["blocks", "bytes", "kept from being free"],
        &["type", "allocated at"],
    );
    let (shown, left_out) = view.first(pins);
    for pin in shown {
        table.rows.push(vec![
            count(pin.blocks),
            view.size(pin.bytes),
            view.size(pin.held),
            view.site_type(pin.site).to_owned(),
            view.location(pin.site).into_owned(),
        ]);
    }
    section.table(table, left_out, ["site", "sites"]);
}
