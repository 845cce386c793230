//! The largest single leaked objects.

use crate::document::{Section, Table};
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let blocks = view.largest();
    if blocks.is_empty() {
        return None;
    }
    let mut table = Table::new(&["size", "id"], &["type", "site", "logged at"]);
    for block in blocks {
        table.rows.push(vec![
            view.size(block.size),
            block.id.0.to_string(),
            view.site_type(block.site).to_owned(),
            view.location(block.site).into_owned(),
            view.place(block.line),
        ]);
    }
    let mut section = Section::new("Largest leaked objects");
    section.table(table, 0, ["", ""]);
    Some(section)
}
