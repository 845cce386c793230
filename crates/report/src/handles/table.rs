//! The kinds of handles and their figures.

use crate::document::{Section, Table};
use crate::handles::Row;
use crate::phrases::{self, taken};
use crate::units::count;
use crate::view::View;

pub fn section(view: &View<'_>, rows: &[Row<'_>]) -> Option<Section> {
    if rows.is_empty() {
        return None;
    }
    let mut section = Section::new("Handles");
    section.say(
        "Each object of a class that owns something in linear memory. What is made is freed (free(), delete(), using), consumed \
         (a call took it over), collected (by the garbage collector, without either) or held until the end.",
    );
    let holders = &view.findings.holders;
    let mut figures = vec![
        "made",
        "freed",
        "consumed",
        "collected",
        "never freed of these",
        "held",
        "lost of these",
        "most held",
        "bytes each",
        "bytes held",
    ];
    if !holders.is_empty() {
        figures.push("retained");
    }
    let mut table = Table::new(&figures, &["class", "module", "growth"]);
    let (shown, left_out) = view.first(rows);
    for row in shown {
        let Row { name, found, .. } = row;
        let known = |number: u64, unknown: u64| match unknown {
            0 => count(number),
            unknown => format!("{} + {} unknown", count(number), count(unknown)),
        };
        let sizes = match found.sizes {
            None => "unknown".to_owned(),
            Some((low, high)) if low == high => count(low),
            Some((low, high)) => format!("{} to {}", count(low), count(high)),
        };
        let held_bytes = match found.held_unknown {
            0 => view.size(found.held_bytes),
            unknown => format!(
                "{} + {} unknown",
                view.size(found.held_bytes),
                count(unknown)
            ),
        };
        let mut cells = vec![
            count(found.made),
            count(found.freed),
            count(found.consumed),
            count(found.collected),
            known(found.orphans, found.collected_unknown),
            count(found.held),
            count(found.lost_at_end),
            count(found.peak_held),
            sizes,
            held_bytes,
        ];
        if !holders.is_empty() {
            let retained = row.retained.map(|bytes| view.size(bytes));
            cells.push(retained.unwrap_or_else(|| "none at snapshot".to_owned()));
        }
        cells.extend([
            name.class.to_owned(),
            name.module.to_owned(),
            phrases::verdict(found.verdict, view),
        ]);
        table.rows.push(cells);
    }
    section.table(table, left_out, ["class", "classes"]);
    section.say(
        "Bytes are those of the blocks that handles point to, not of what these point to. Lost: nothing led to the \
         handle when the program had nothing left to do, though it may have been held until then.",
    );
    for found in holders {
        section.say(format!(
            "Retained: what nothing but the handles of the class held in {} {}.",
            view.memory_name(found.memory),
            taken(&found.said)
        ));
    }
    Some(section)
}
