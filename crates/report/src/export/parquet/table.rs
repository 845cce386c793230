//! A flat table as a Parquet file, written by row groups.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// Rows that are kept until they are written.
const ROWS: usize = 1 << 16;

/// Bytes that the distinct texts of a column in a row group may take; those beyond are
/// written for each row.
const DICTIONARY: usize = 8 << 20;

/// What a column holds, and whether in each row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Long,
    LongIfAny,
    Int,
    IntIfAny,
    Text,
    TextIfAny,
    Flag,
}

/// A value; `None` where there is none.
pub(super) enum Cell {
    Long(u64),
    Int(u32),
    Text(ByteArray),
    Flag(bool),
    None,
}

impl Cell {
    pub fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    /// None of an empty one.
    pub fn any_text(text: &str) -> Cell {
        match text {
            "" => Cell::None,
            text => Cell::text(text),
        }
    }

    pub fn long(value: Option<u64>) -> Cell {
        value.map_or(Cell::None, Cell::Long)
    }
}

enum Values {
    Long(Vec<i64>),
    Int(Vec<i32>),
    Text(Vec<ByteArray>),
    Flag(Vec<bool>),
}

/// The values of a column, and for each row 1 or, where there is none, 0.
struct Column {
    values: Values,
    levels: Option<Vec<i16>>,
}

impl Column {
    fn of(kind: Kind) -> Column {
        let values = match kind {
            Kind::Long | Kind::LongIfAny => Values::Long(Vec::new()),
            Kind::Int | Kind::IntIfAny => Values::Int(Vec::new()),
            Kind::Text | Kind::TextIfAny => Values::Text(Vec::new()),
            Kind::Flag => Values::Flag(Vec::new()),
        };
        let is_optional = matches!(kind, Kind::LongIfAny | Kind::IntIfAny | Kind::TextIfAny);
        Column {
            values,
            levels: is_optional.then(Vec::new),
        }
    }

    fn push(&mut self, cell: Cell) -> Result<()> {
        let is_none = matches!(cell, Cell::None);
        match (&mut self.values, cell) {
            // Unsigned numbers have the bits of signed ones.
            (Values::Long(values), Cell::Long(value)) => values.push(value.cast_signed()),
            (Values::Int(values), Cell::Int(value)) => values.push(value.cast_signed()),
            (Values::Text(values), Cell::Text(value)) => values.push(value),
            (Values::Flag(values), Cell::Flag(value)) => values.push(value),
            (_, Cell::None) if self.levels.is_some() => {}
            _ => return Err(general("a value of another kind than its column")),
        }
        if let Some(levels) = &mut self.levels {
            levels.push(i16::from(!is_none));
        }
        Ok(())
    }

    fn write(&mut self, out: &mut ColumnWriter<'_>) -> Result<()> {
        let levels = self.levels.as_deref();
        match (&mut self.values, out) {
            (Values::Long(values), ColumnWriter::Int64ColumnWriter(out)) => {
                out.write_batch(values, levels, None)?;
                values.clear();
            }
            (Values::Int(values), ColumnWriter::Int32ColumnWriter(out)) => {
                out.write_batch(values, levels, None)?;
                values.clear();
            }
            (Values::Text(values), ColumnWriter::ByteArrayColumnWriter(out)) => {
                out.write_batch(values, levels, None)?;
                values.clear();
            }
            (Values::Flag(values), ColumnWriter::BoolColumnWriter(out)) => {
                out.write_batch(values, levels, None)?;
                values.clear();
            }
            _ => return Err(general("a column of another kind than its values")),
        }
        if let Some(levels) = &mut self.levels {
            levels.clear();
        }
        Ok(())
    }
}

fn general(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

/// A table. Memory is in proportion to a row group.
pub(super) struct Table<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Column>,
    rows: usize,
}

impl<W: Write + Send> Table<W> {
    pub fn new(out: W, name: &str, columns: &[(&str, Kind)]) -> Result<Table<W>> {
        let mut schema = format!("message {name} {{\n");
        for (name, kind) in columns {
            let kind = match kind {
                Kind::Long => format!("REQUIRED INT64 {name} (INTEGER(64,false));\n"),
                Kind::LongIfAny => format!("OPTIONAL INT64 {name} (INTEGER(64,false));\n"),
                Kind::Int => format!("REQUIRED INT32 {name} (INTEGER(32,false));\n"),
                Kind::IntIfAny => format!("OPTIONAL INT32 {name} (INTEGER(32,false));\n"),
                Kind::Text => format!("REQUIRED BYTE_ARRAY {name} (STRING);\n"),
                Kind::TextIfAny => format!("OPTIONAL BYTE_ARRAY {name} (STRING);\n"),
                Kind::Flag => format!("REQUIRED BOOLEAN {name};\n"),
            };
            schema.push_str(&kind);
        }
        schema.push('}');
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_page_size_limit(DICTIONARY)
            .set_created_by(concat!("unfreed ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let schema = Arc::new(parse_message_type(&schema)?);
        Ok(Table {
            file: SerializedFileWriter::new(out, schema, Arc::new(properties))?,
            columns: columns.iter().map(|(_, kind)| Column::of(*kind)).collect(),
            rows: 0,
        })
    }

    /// Adds a row, a cell for each column.
    pub fn push<const N: usize>(&mut self, cells: [Cell; N]) -> Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell)?;
        }
        self.rows += 1;
        match self.rows >= ROWS {
            true => self.write_group(),
            false => Ok(()),
        }
    }

    pub fn finish(&mut self) -> Result<()> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.file.finish()?;
        self.file.inner_mut().flush()?;
        Ok(())
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            if let Some(mut out) = group.next_column()? {
                column.write(out.untyped())?;
                out.close()?;
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}
