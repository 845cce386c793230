//! The largest single leaked objects.

use crate::document::{Section, Table};
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let mut table = Table::new(&["size", "id"], &["type", "site", "logged at"]);
    for block in &view.findings.largest {
        let type_id = view.names.site_type(block.site);
        if type_id.is_some_and(|id| view.shows(id)) {
            table.rows.push(vec![
                view.size(block.size),
                block.id.0.to_string(),
                view.site_type(block.site).to_owned(),
                view.location(block.site).to_owned(),
                view.place(block.line),
            ]);
        }
    }
    if table.rows.is_empty() {
        return None;
    }
    let mut section = Section::new("Largest leaked objects");
    section.table(table, 0, "");
    Some(section)
}
