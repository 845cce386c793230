//! A comparison as CSV: one row for the whole, each type, stack and class of handles.

use std::io::{self, Write};

use unfreed_engine::compare::{Measure, Row};

use super::{Diff, rows};
use crate::csv::CsvError;

const HEAD: [&str; 17] = [
    "row",
    "name",
    "stack",
    "what",
    "change",
    "a_per_iteration",
    "a_low",
    "a_high",
    "a_confidence",
    "a_exact",
    "a_at_end",
    "b_per_iteration",
    "b_low",
    "b_high",
    "b_confidence",
    "b_exact",
    "b_at_end",
];

/// Writes all rows, those that do not differ too. Sizes are in bytes; of handles, their
/// number. Cells are empty where nothing of it is in a run, or growth is not known.
///
/// # Errors
/// What `output` cannot take.
pub fn write_diff_csv(diff: &Diff, output: impl Write) -> Result<(), CsvError> {
    let mut writer = ::csv::Writer::from_writer(output);
    let mut write = |cells: Vec<String>| writer.write_record(&cells).map_err(io::Error::from);
    write(HEAD.map(str::to_owned).to_vec())?;
    write(cells(["total", "", ""], &diff.live))?;
    for row in &diff.types {
        write(cells(["type", &row.key, ""], row))?;
    }
    for row in &diff.stacks {
        let stack = row.key.frames.join(";");
        write(cells(["stack", &row.key.type_name, &stack], row))?;
    }
    for row in &diff.handles {
        write(cells(["handles", &row.key, ""], row))?;
    }
    writer.flush()?;
    Ok(())
}

fn cells<K>(head: [&str; 3], row: &Row<K>) -> Vec<String> {
    let mut cells = head.map(str::to_owned).to_vec();
    cells.extend([rows::change(row.change).to_owned(), row.amount.to_string()]);
    cells.extend(measure(row.before));
    cells.extend(measure(row.after));
    cells
}

fn measure(found: Option<Measure>) -> [String; 6] {
    let growth = found.and_then(|found| found.growth);
    let interval = growth.and_then(|growth| growth.interval);
    let figure = |figure: Option<f64>| figure.map_or_else(String::new, |figure| figure.to_string());
    [
        figure(growth.map(|growth| growth.mean)),
        figure(interval.map(|interval| interval.low)),
        figure(interval.map(|interval| interval.high)),
        figure(interval.map(|interval| interval.confidence)),
        growth.map_or_else(String::new, |growth| growth.is_exact.to_string()),
        found.map_or_else(String::new, |found| found.at_end.to_string()),
    ]
}
