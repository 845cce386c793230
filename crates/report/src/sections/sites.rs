//! By site: a type and the `file:line` that allocates it.

use unfreed_engine::findings::SiteFinding;

use crate::document::{Section, Table};
use crate::phrases;
use crate::sections::sampling;
use crate::units::count;
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let leaking = |found: &&SiteFinding| found.figures.leaked > 0;
    let sites: Vec<&SiteFinding> = view.sites().into_iter().filter(leaking).collect();
    if sites.is_empty() {
        return None;
    }
    let mut table = Table::new(
        &["allocations", "frees", "leaked", "temporary", "leaked size"],
        &["type", "site", "verdict"],
    );
    let (shown, left_out) = view.first(&sites);
    for found in shown {
        let figures = &found.figures;
        table.rows.push(vec![
            view.blocks(figures.allocations),
            view.blocks(figures.frees),
            view.blocks(figures.leaked),
            match view.findings.knows_temporary() {
                true => count(figures.temporary),
                false => "unknown".to_owned(),
            },
            match &found.estimate {
                None => view.size(figures.leaked_bytes),
                Some(estimate) => {
                    let range = sampling::range(estimate.leaked_bytes, view);
                    format!("{} ({range})", view.bytes(figures.leaked_bytes))
                }
            },
            view.site_type(found.site).to_owned(),
            view.location(found.site).into_owned(),
            phrases::verdict(found.verdict, view),
        ]);
    }
    let mut section = Section::new("Leaking sites");
    section.table(table, left_out, ["site", "sites"]);
    Some(section)
}
