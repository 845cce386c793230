//! What live blocks grew by, by type and by stack.

use std::cmp::Reverse;
use std::collections::HashMap;

use unfreed_engine::account::Live;
use unfreed_events::{SiteId, TypeId};

use crate::account::AccountView;
use crate::document::{Section, Table};
use crate::units::change;
use crate::why;

pub fn by_type(account: &AccountView<'_>) -> Option<Section> {
    let view = account.view;
    let mut types: HashMap<TypeId, Live> = HashMap::new();
    for (site, grown) in growth(account) {
        if let Some(type_id) = view.names.site_type(site) {
            let sum = types.entry(type_id).or_default();
            sum.blocks += grown.blocks;
            sum.bytes += grown.bytes;
        }
    }
    let mut rows: Vec<(&str, Live)> = types
        .into_iter()
        .filter(|(_, grown)| *grown != Live::default())
        .map(|(type_id, grown)| (view.type_name(type_id), grown))
        .collect();
    rows.sort_by_key(|(name, grown)| (Reverse(grown.bytes), *name));
    let mut table = Table::new(&["blocks", "bytes"], &["type"]);
    let (shown, left_out) = view.first(&rows);
    for (name, grown) in shown {
        table.rows.push(vec![
            change(grown.blocks),
            view.units.amount(grown.bytes as f64),
            (*name).to_owned(),
        ]);
    }
    section(
        "Growth of live blocks by type",
        table,
        left_out,
        ["type", "types"],
    )
}

pub fn by_stack(account: &AccountView<'_>) -> Option<Section> {
    let view = account.view;
    let mut rows = growth(account);
    rows.sort_by_key(|(site, grown)| (Reverse(grown.bytes), *site));
    let mut texts = vec!["type", "allocated at"];
    let is_explained = !view.findings.holders.is_empty();
    if is_explained {
        texts.push("why it stays");
    }
    let mut table = Table::new(&["blocks", "bytes"], &texts);
    let (shown, left_out) = view.first(&rows);
    for (site, grown) in shown {
        let mut cells = vec![
            change(grown.blocks),
            view.units.amount(grown.bytes as f64),
            view.site_type(*site).to_owned(),
            view.location(*site).into_owned(),
        ];
        if is_explained {
            let why = why::in_words(*site, view);
            cells.push(why.unwrap_or_else(|| "not live at a snapshot".to_owned()));
        }
        table.rows.push(cells);
    }
    section(
        "Growth of live blocks by stack",
        table,
        left_out,
        ["stack", "stacks"],
    )
}

/// Sites hold blocks of one memory or another; growth is that of all memories.
pub fn growth(account: &AccountView<'_>) -> Vec<(SiteId, Live)> {
    let findings = account.view.findings;
    findings.growth_between(account.from, account.to)
}

fn section(title: &str, table: Table, left_out: usize, what: [&str; 2]) -> Option<Section> {
    if table.rows.is_empty() {
        return None;
    }
    let mut section = Section::new(title);
    section.table(table, left_out, what);
    Some(section)
}
