//! Findings to standard output in the format asked for.

use std::io::{self, Write};

use unfreed_report::{View, document, to_json, to_markdown, to_text, write_csv};

use crate::args::Format;

pub fn show(view: &View<'_>, format: Format) -> io::Result<()> {
    // A stream that is no terminal gets the text without styles.
    let mut out = anstream::stdout();
    match format {
        Format::Text => out.write_all(to_text(&document(view)).as_bytes())?,
        Format::Markdown => out.write_all(to_markdown(&document(view)).as_bytes())?,
        Format::Json => out.write_all(to_json(view)?.as_bytes())?,
        Format::Csv => {
            let mut rows = Vec::new();
            write_csv(view, &mut rows).map_err(|error| error.0)?;
            out.write_all(&rows)?;
        }
    }
    out.flush()
}
