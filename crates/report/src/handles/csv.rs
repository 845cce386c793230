//! The kinds of handles as CSV: one row each.

use std::io::{self, Write};

use crate::csv::CsvError;
use crate::handles::{Row, rows};
use crate::view::View;

const HEAD: [&str; 18] = [
    "class",
    "free",
    "module",
    "made",
    "freed",
    "consumed",
    "collected",
    "collected_never_freed",
    "collected_unknown",
    "held",
    "held_lost",
    "held_by_ended_threads",
    "held_unknown",
    "peak_held",
    "held_bytes",
    "never_freed_bytes",
    "held_retained_bytes",
    "growth_per_iteration",
];

/// Writes one row for each class. Sizes are in bytes.
///
/// # Errors
/// What `output` cannot take.
pub fn write_handles_csv(view: &View<'_>, output: impl Write) -> Result<(), CsvError> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(HEAD).map_err(io::Error::from)?;
    let rows = rows(view);
    for row in view.first(&rows).0 {
        let Row { name, found, .. } = row;
        let texts = [name.class, name.free, name.module].map(str::to_owned);
        let figures = [
            found.made,
            found.freed,
            found.consumed,
            found.collected,
            found.orphans,
            found.collected_unknown,
            found.held,
            found.lost_at_end,
            found.held_by_ended_threads,
            found.held_unknown,
            found.peak_held,
            found.held_bytes,
            found.orphan_bytes,
        ];
        let growth = super::growth(found).map(|growth| growth.to_string());
        let figures = figures.iter().map(u64::to_string);
        let cells = texts.into_iter().chain(figures);
        let retained = row
            .retained
            .map_or_else(String::new, |bytes| bytes.to_string());
        let cells = cells.chain([retained, growth.unwrap_or_default()]);
        writer.write_record(cells).map_err(io::Error::from)?;
    }
    writer.flush()?;
    Ok(())
}
