//! `unfreed handles`: what became of each JavaScript object that owns something in
//! linear memory.

use std::io::Write;

use anyhow::Context;
use unfreed_engine::Options;
use unfreed_report::{View, handles, handles_to_json, to_markdown, to_text, write_handles_csv};

use crate::analyze::Analysed;
use crate::args::{Format, Handles as Asked};
use crate::trace;
use crate::why;

/// Runs the command; the result is the exit code.
pub fn run(options: &Asked) -> anyhow::Result<u8> {
    trace::require(&options.file, "a log has no handles")?;
    let mut analysed = trace::analyse(&options.file, &Options::default())?;
    why::explain(&options.file, &mut analysed)?;
    show(options, &analysed).context("cannot write to standard output")?;
    Ok(analysed.code())
}

fn show(options: &Asked, analysed: &Analysed) -> anyhow::Result<()> {
    let view = View {
        all_frames: options.all_frames,
        ..analysed.view(options.units, options.top)
    };
    let mut out = anstream::stdout();
    match options.format {
        Format::Text => out.write_all(to_text(&handles(&view)).as_bytes())?,
        Format::Markdown => out.write_all(to_markdown(&handles(&view)).as_bytes())?,
        Format::Json => out.write_all(handles_to_json(&view)?.as_bytes())?,
        Format::Csv => {
            let mut rows = Vec::new();
            write_handles_csv(&view, &mut rows)?;
            out.write_all(&rows)?;
        }
    }
    out.flush()?;
    Ok(())
}
