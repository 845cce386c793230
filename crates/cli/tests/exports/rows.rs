//! Parquet: one row per allocation.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use tempfile::TempDir;

use super::{INPUTS, ledger, totals, unfreed};

/// The rows of the two files, each a map of its columns.
struct Tables {
    allocations: Vec<BTreeMap<String, Field>>,
    frames: Vec<BTreeMap<String, Field>>,
}

fn rows(path: &Path) -> Vec<BTreeMap<String, Field>> {
    let reader = SerializedFileReader::new(File::open(path).expect("a file"));
    let reader = reader.expect("a Parquet file");
    let columns = |row: Row| {
        let columns = row.into_columns().into_iter();
        columns.collect::<BTreeMap<String, Field>>()
    };
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| columns(row.expect("a row"))).collect()
}

fn exported(input: &str) -> Tables {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("run.parquet");
    let output = path.to_str().expect("a path of text");
    let (code, _, said) = unfreed(&["export", "--as", "parquet", "-o", output, input]);
    assert_eq!(code, 0, "{input}: {said}");
    Tables {
        allocations: rows(&path),
        frames: rows(&folder.path().join("run.stacks.parquet")),
    }
}

fn long(row: &BTreeMap<String, Field>, column: &str) -> u64 {
    match row[column] {
        Field::ULong(number) => number,
        Field::UInt(number) => u64::from(number),
        ref other => panic!("{column} is {other:?}"),
    }
}

fn text<'r>(row: &'r BTreeMap<String, Field>, column: &str) -> &'r str {
    match &row[column] {
        Field::Str(text) => text,
        other => panic!("{column} is {other:?}"),
    }
}

#[test]
fn rows_add_up_to_the_ledger() {
    for input in INPUTS {
        let (tables, ledger) = (exported(input), ledger(input));
        let rows = &tables.allocations;
        let names = ["allocations", "allocated_bytes", "leaked", "leaked_bytes"];
        let leaked = rows.iter().filter(|row| text(row, "state") == "leaked");
        let sums = [
            rows.len() as u64,
            rows.iter().map(|row| long(row, "allocated_bytes")).sum(),
            leaked.clone().count() as u64,
            leaked.map(|row| long(row, "last_size")).sum(),
        ];
        assert_eq!(sums, totals(&ledger, names), "{input}");
        for row in rows {
            let is_freed = row["freed_event"] != Field::Null;
            assert_eq!(is_freed, text(row, "state") != "leaked", "{row:?}");
            let site = long(row, "site");
            let frames = tables.frames.iter();
            let of_site = frames.clone().find(|frame| long(frame, "site") == site);
            let frame = of_site.unwrap_or_else(|| panic!("no frame of {row:?}"));
            assert_eq!(text(frame, "type"), text(row, "type"));
            if input.contains("o1js") {
                break;
            }
        }
    }
}

#[test]
fn a_row_tells_the_whole_life_of_a_block() {
    let tables = exported("tests/logs/good/v2.log");
    let is_vec = |row: &&BTreeMap<String, Field>| text(row, "type") == "Vec<u8>";
    let row = tables.allocations.iter().find(is_vec).expect("a row");
    let expected = [
        ("time_ns", Field::ULong(2_500_000)),
        ("thread", Field::Str("main".to_owned())),
        ("iteration", Field::UInt(0)),
        ("memory", Field::Null),
        ("address", Field::Null),
        ("id", Field::ULong(18)),
        ("size", Field::ULong(64)),
        ("last_size", Field::ULong(128)),
        ("allocated_bytes", Field::ULong(256)),
        ("state", Field::Str("freed".to_owned())),
        ("freed_time_ns", Field::ULong(5_000_000)),
        ("freed_thread", Field::Str("main".to_owned())),
        ("freed_iteration", Field::UInt(1)),
    ];
    for (column, value) in expected {
        assert_eq!(row[column], value, "{column}");
    }
}
