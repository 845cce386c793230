//! The classes as CSV: one row for each class of each memory.

use std::io::{self, Write};

use unfreed_engine::account::Class;

use crate::account::AccountView;
use crate::csv::CsvError;
use crate::phrases;

/// Writes `memory,class,before,after,growth`, in bytes.
///
/// # Errors
/// What `output` cannot take.
pub fn write_account_csv(account: &AccountView<'_>, output: impl Write) -> Result<(), CsvError> {
    let mut writer = csv::Writer::from_writer(output);
    let mut write = |row: [&str; 5]| writer.write_record(row).map_err(io::Error::from);
    write(["memory", "class", "before", "after", "growth"])?;
    for (place, from, to) in account.memories() {
        for class in Class::ALL {
            let (before, after) = (from.of(class), to.of(class));
            let growth = i128::from(after) - i128::from(before);
            write([
                account.view.memory_name(place),
                phrases::class(class),
                &before.to_string(),
                &after.to_string(),
                &growth.to_string(),
            ])?;
        }
    }
    writer.flush()?;
    Ok(())
}
